"""Beside every figure of the counters stands how much of their opening hours it can speak of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.domain.figures import Domain
from survey.domain.permissions import TokenScope
from survey.models import CoveredStretch, ServicePoint, SurveyRound
from survey.services import opening_hours
from survey.services.score_coverage import score_coverage
from survey.services.scores import ScoreRequest, score_round
from tests.factories import make_organisation, make_response, make_service_point, make_survey_round
from tests.support.devices import SigningDevice

WEEK = {str(day): [["07:00", "11:30"], ["13:30", "17:00"]] for day in range(5)}
MONDAY = date(2026, 3, 2)
DARK = (date(2026, 3, 3), date(2026, 3, 4))


@pytest.fixture
def round_(session: Session, clock) -> SurveyRound:
    """A week of one counter whose screen was dark for two days, and of one that has no device."""
    clock.now = datetime(2026, 3, 7, tzinfo=UTC)
    province = make_organisation(session, code="95")
    round_ = make_survey_round(session, code="taps", organiser_id=province.id, opens_on=MONDAY)
    for code in ("DARK", "NONE"):
        unit = make_organisation(session, kind_code="department", parent_id=province.id, code=f"U-{code}")
        point = make_service_point(session, code=code, organisation=unit, round_id=round_.id)
        opening_hours.set_week(session, [point], week=WEEK, valid_from=MONDAY, account=None, now=clock.now)
        for _ in range(40):
            make_response(session, round_, answers={"overall": 5}, service_point_id=point.id)
        if code == "DARK":
            stand(session, point)
    session.commit()
    return round_


def stand(session: Session, point: ServicePoint) -> None:
    begins = datetime(2026, 3, 1, 23, tzinfo=UTC)  # six on Monday morning in the province
    device = SigningDevice().enrol(session, point, now=begins)
    for offset in range(5):
        if MONDAY + timedelta(days=offset) not in DARK:
            start = begins + timedelta(days=offset)
            session.add(
                CoveredStretch(
                    device_id=device.id,
                    service_point_id=point.id,
                    begins_at=start,
                    ends_at=start + timedelta(hours=12),
                )
            )
    session.flush()


def test_a_counter_dark_for_two_days_of_a_week_says_so_in_every_division(
    session: Session, round_: SurveyRound, clock
) -> None:
    covered = score_coverage(session, score_round(session, round_, ScoreRequest()), now=clock.now)
    assert covered is not None

    def of(by: str, code: str) -> tuple[float | None, int, int, int]:
        found = covered.of(Domain(by, code, {}))
        return found.share, len(found.dark_days), found.known_count, found.counter_count

    assert of("service_point", "DARK") == (0.6, 2, 1, 1)
    assert of("service_point", "NONE") == (None, 0, 0, 1)
    assert of("organisation", "U-DARK") == (0.6, 2, 1, 1)
    assert of("organisation", "95") == (0.6, 2, 1, 2)
    assert of("", "") == (0.6, 2, 1, 2)
    assert of("month", "2026-03") == (0.6, 2, 1, 2)
    assert of("day", "2026-03-03") == (0.0, 1, 1, 2)
    assert of("day", "2026-03-02") == (1.0, 0, 1, 2)


def test_the_page_says_it_beside_the_score(
    sign_in: Callable[[str, str], FlaskClient], round_: SurveyRound
) -> None:
    page = sign_in("viewer", "95").get("/scores?round=taps&by=service_point&language=en").text
    assert page.count("coverage 60% · no data: 2 days (03/03/2026, 04/03/2026)") == 1
    assert page.count("coverage unknown: no enrolled device") == 1
    assert page.count("coverage 60% · no data: 2 days at counters · 1 of 2 counters watched") == 2


def test_the_api_says_it_in_every_row(
    client: FlaskClient, api_token: Callable[..., str], round_: SurveyRound
) -> None:
    token = api_token([TokenScope.READ_SCORES])
    answer = client.get(
        "/api/v1/scores?round=taps&by=service_point", headers={"Authorization": f"Bearer {token}"}
    )
    names = ("open_hours", "covered_hours", "missing_hours", "unknown_hours", "coverage", "days_without_data")
    found = {
        row["domain"]: tuple(row[name] for name in names)
        for row in answer.get_json()["scores"]
        if row["level"] == "overall"
    }
    assert found == {
        None: (80.0, 24.0, 16.0, 40.0, 0.6, 2),
        "DARK": (40.0, 24.0, 16.0, 0.0, 0.6, 2),
        "NONE": (40.0, None, None, 40.0, None, None),
    }
