"""Served cases beside ratings: the same days, and no zero for counters that told of nothing."""

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from survey.services import snapshots
from survey.services.score_domains import SERVICE_POINT
from survey.services.scores import ScoreRequest, score_round
from survey.services.served_cases import served_beside, served_cases
from tests.factories import (
    make_organisation,
    make_response,
    make_served_dossier,
    make_service_point,
    make_survey_round,
)


def test_served_dossiers_stand_beside_the_ratings_of_their_counter_and_days(session: Session) -> None:
    unit = make_organisation(session, code="STP")
    round_ = make_survey_round(session, code="taps")
    points = [
        make_service_point(session, code=code, organisation=unit, round_id=round_.id) for code in ("Q7", "Q8")
    ]
    for point in points:
        for day in (12, 14):
            captured_at = datetime(2026, 1, day, 3, tzinfo=UTC)
            make_response(session, round_, service_point_id=point.id, captured_at=captured_at)
    for day in (11, 12, 13, 15):  # the first and the last day lie outside the days of the ratings
        returned_at = datetime(2026, 1, day, 3, tzinfo=UTC)
        make_served_dossier(
            session, organisation_id=unit.id, service_point_id=points[0].id, returned_at=returned_at
        )
    snapshots.bring_up_to_date(session, round_)
    by_counter = score_round(session, round_, ScoreRequest(by=SERVICE_POINT))
    assert served_beside(session, by_counter) == {"Q7": 2}
    assert served_beside(session, score_round(session, round_, ScoreRequest())) == {}
    days = (date(2026, 1, 11), date(2026, 1, 12))
    assert [row.count for row in served_cases(session, points[0], days)] == [1, 1]
    assert served_cases(session, points[1], days) == []
