"""What an enumerator sees: open sampled rounds, counts and units, only within the units of the account."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from survey.domain.enums import Disposition, Selection
from survey.errors import NotFoundError
from survey.models import Organisation, SampleUnit, SurveyRound
from survey.queries.interviews import (
    UNITS_PER_PAGE,
    UnitStatus,
    get_unit,
    list_units,
    open_rounds,
    psus_within,
    round_progress,
)
from tests.factories import make_organisation, make_response, make_sample_unit, make_survey_round

TODAY = date(2026, 3, 2)


@pytest.fixture
def here(session: Session) -> Organisation:
    return make_organisation(session)


def sampled_round(session: Session, **values: Any) -> SurveyRound:
    return make_survey_round(
        session, **{"selection": Selection.PROBABILITY_SAMPLE, "opens_on": TODAY, **values}
    )


def test_counts_by_state_add_up_to_the_units_drawn(session: Session, here: Organisation) -> None:
    round_ = sampled_round(session)
    for disposition in Disposition:
        make_sample_unit(session, round_id=round_.id, organisation_id=here.id, disposition=disposition)
    make_sample_unit(session, round_id=round_.id, organisation_id=make_organisation(session).id)
    [progress] = open_rounds(session, {here.id}, today=TODAY)
    assert (progress.round, progress.drawn) == (round_, 7)
    assert (progress.left, progress.complete, progress.refused, progress.other) == (1, 1, 1, 4)
    assert round_progress(session, round_, {here.id}) == progress


def test_a_unit_that_answered_by_another_door_is_done_whatever_was_recorded(
    session: Session, here: Organisation
) -> None:
    round_ = sampled_round(session)
    for disposition in (Disposition.PENDING, Disposition.REFUSED, Disposition.PENDING):
        make_sample_unit(session, round_id=round_.id, organisation_id=here.id, disposition=disposition)
    waiting, refused, left = session.scalars(select(SampleUnit).order_by(SampleUnit.id))
    for unit in (waiting, refused):
        make_response(session, round_, sample_unit_id=unit.id)
    make_response(session, round_, sample_unit_id=left.id, supplements=uuid4())  # adds to none that is here
    [progress] = open_rounds(session, {here.id}, today=TODAY)
    assert (progress.left, progress.complete, progress.refused) == (1, 2, 0)
    assert round_progress(session, round_, {here.id}) == progress
    listed = {
        status: [
            (one.unit.id, one.status)
            for one in list_units(session, round_, {here.id}, status=status, psu=None, page=1).units
        ]
        for status in (UnitStatus.COMPLETE, UnitStatus.LEFT, UnitStatus.REFUSED)
    }
    assert listed == {
        UnitStatus.COMPLETE: [(waiting.id, UnitStatus.COMPLETE), (refused.id, UnitStatus.COMPLETE)],
        UnitStatus.LEFT: [(left.id, UnitStatus.LEFT)],
        UnitStatus.REFUSED: [],
    }


def test_only_sampled_rounds_open_today_with_units_here_are_shown(
    session: Session, here: Organisation
) -> None:
    shown = [
        sampled_round(session, code="a"),
        sampled_round(session, code="b", closes_on=TODAY),
    ]
    hidden = [
        sampled_round(session, opens_on=date(2026, 3, 3)),
        sampled_round(session, opens_on=date(2026, 1, 1), closes_on=date(2026, 3, 1)),
        sampled_round(session, selection=Selection.INVITED),
    ]
    for round_ in (*shown, *hidden):
        make_sample_unit(session, round_id=round_.id, organisation_id=here.id)
    sampled_round(session, code="without units")
    assert [entry.round for entry in open_rounds(session, {here.id}, today=TODAY)] == shown


def test_a_unit_without_organisation_belongs_to_the_organiser(session: Session, here: Organisation) -> None:
    elsewhere = make_organisation(session)
    round_ = sampled_round(session, organiser_id=here.id)
    unit = make_sample_unit(session, round_id=round_.id)
    assert get_unit(session, unit.id, {here.id}) == unit
    with pytest.raises(NotFoundError):
        get_unit(session, unit.id, {elsewhere.id})
    with pytest.raises(NotFoundError):
        round_progress(session, round_, {elsewhere.id})


def test_units_are_listed_by_psu_and_code_and_narrowed(session: Session, here: Organisation) -> None:
    round_ = sampled_round(session)
    for code, psu, disposition in (
        ("c", "p2", Disposition.PENDING),
        ("b", "p1", Disposition.REFUSED),
        ("a", "p2", Disposition.PENDING),
    ):
        make_sample_unit(
            session,
            round_id=round_.id,
            organisation_id=here.id,
            code=code,
            psu=psu,
            disposition=disposition,
        )

    def codes(status: UnitStatus | None = None, psu: str | None = None) -> list[str]:
        page = list_units(session, round_, {here.id}, status=status, psu=psu, page=1)
        return [listed.unit.code for listed in page.units]

    assert codes() == ["b", "a", "c"]
    assert codes(status=UnitStatus.LEFT) == ["a", "c"]
    assert codes(status=UnitStatus.REFUSED) == ["b"]
    assert codes(psu="p1") == ["b"]
    assert psus_within(session, round_, {here.id}) == ["p1", "p2"]


def test_a_long_list_comes_in_pages_and_no_page_lies_beyond(session: Session, here: Organisation) -> None:
    round_ = sampled_round(session)
    for number in range(UNITS_PER_PAGE + 1):
        make_sample_unit(session, round_id=round_.id, organisation_id=here.id, psu="p", code=f"{number:03}")
    pages = [
        list_units(session, round_, {here.id}, status=None, psu=None, page=page) for page in (0, 1, 2, 99)
    ]
    assert [(page.number, page.count, len(page.units)) for page in pages] == [
        (1, 2, UNITS_PER_PAGE),
        (1, 2, UNITS_PER_PAGE),
        (2, 2, 1),
        (2, 2, 1),
    ]


def test_a_list_takes_the_same_number_of_queries_however_long(session: Session, here: Organisation) -> None:
    round_ = sampled_round(session)
    counts = []
    for _ in range(2):
        for _ in range(3):
            organisation = make_organisation(session, parent_id=here.id)
            make_sample_unit(session, round_id=round_.id, organisation_id=organisation.id)
        session.flush()
        session.expire_all()
        seen = range(here.id, here.id + 100)
        statements: list[str] = []

        def note(*arguments: Any, statements: list[str] = statements) -> None:
            statements.append(arguments[2])

        connection = session.connection()
        round_.code  # noqa: B018 -- loaded before the count begins
        event.listen(connection, "before_cursor_execute", note)
        page = list_units(session, round_, frozenset(seen), status=None, psu=None, page=1)
        names = [listed.unit.organisation.names for listed in page.units if listed.unit.organisation]
        event.remove(connection, "before_cursor_execute", note)
        counts.append((len(names), len(statements)))
    assert counts == [(3, counts[0][1]), (6, counts[0][1])]
