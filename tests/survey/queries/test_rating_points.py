"""Where a citizen rates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from survey.errors import NotFoundError
from survey.queries.admission import REMEMBERED_ENTRIES, REMEMBERED_FOR, Memory
from survey.queries.rating_points import get_rating_point
from tests.factories import make_service_point, make_survey_round

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_a_counter_is_given_with_its_round_and_questionnaire(session: Session):
    round_ = make_survey_round(session)
    point = make_service_point(session, public_code="abc", round_id=round_.id)
    found = get_rating_point(session, "abc", now=NOW)
    assert (found.id, found.round.code, found.questionnaire.code) == (point.id, round_.code, "rating")
    assert found.is_open_at(NOW)


def test_a_counter_without_a_round_is_not_open(session: Session):
    make_service_point(session, public_code="abc")
    found = get_rating_point(session, "abc", now=NOW)
    assert (found.round, found.questionnaire, found.is_open_at(NOW)) == (None, None, False)


@pytest.mark.parametrize(
    "validity",
    [
        {"valid_from": date(2026, 3, 3)},
        {"valid_from": date(2025, 1, 1), "valid_to": date(2026, 3, 1)},
    ],
)
def test_a_code_outside_its_validity_is_not_found(session: Session, validity):
    make_service_point(session, public_code="abc", **validity)
    with pytest.raises(NotFoundError):
        get_rating_point(session, "abc", now=NOW)


def test_an_edit_counts_after_a_few_seconds(session: Session):
    point = make_service_point(session, public_code="abc", names={"vi": "Quầy 1"})
    get_rating_point(session, "abc", now=NOW)
    point.names = {"vi": "Quầy 2"}
    session.flush()
    within = get_rating_point(session, "abc", now=NOW + REMEMBERED_FOR - timedelta(milliseconds=1))
    after = get_rating_point(session, "abc", now=NOW + REMEMBERED_FOR)
    assert (within.names, after.names) == ({"vi": "Quầy 1"}, {"vi": "Quầy 2"})


def test_a_clock_that_was_set_back_makes_nothing_last_longer(session: Session):
    point = make_service_point(session, public_code="abc", names={"vi": "Quầy 1"})
    get_rating_point(session, "abc", now=NOW)
    point.names = {"vi": "Quầy 2"}
    session.flush()
    assert get_rating_point(session, "abc", now=NOW - timedelta(hours=1)).names == {"vi": "Quầy 2"}


def test_an_unknown_code_is_asked_for_every_time_and_never_fills_the_memory():
    memory = Memory()
    asked: list[list[str]] = []

    def read(keys: list[str]) -> dict[str, int]:
        asked.append(keys)
        return {}

    for _ in range(2):
        assert memory.recall("point", ["nowhere"], now=NOW, read=read) == {}
    assert asked == [["nowhere"], ["nowhere"]]


def test_the_memory_never_holds_more_than_its_bound():
    memory = Memory()
    for number in range(REMEMBERED_ENTRIES + 10):
        memory.recall("point", [number], now=NOW, read=lambda keys: {key: key for key in keys})
    assert memory.size <= REMEMBERED_ENTRIES
