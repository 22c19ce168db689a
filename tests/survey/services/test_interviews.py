"""A drawn person has one interview or a reason for none, whatever is sent twice or at once."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import Disposition, Mode, OutcomeReason, Selection
from survey.extensions import db
from survey.models import Account, Response, SampleUnit, SampleUnitOutcome
from survey.queries.interviews import newest_outcome, response_of
from survey.services import accounts as account_services
from survey.services.intake import Outcome
from survey.services.interviews import (
    AlreadyInterviewedError,
    FilledInterview,
    RoundNotOpenError,
    record_interview,
    record_outcome,
    require_open,
)
from tests.factories import make_response, make_sample_unit, make_survey_round

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FIRST, SECOND = UUID(int=1), UUID(int=2)


@pytest.fixture
def enumerator(session: Session) -> Account:
    return account_services.create_account(
        session, username="e", display_name="E", password="a long enough password", now=NOW
    )


@pytest.fixture
def unit(session: Session) -> SampleUnit:
    round_ = make_survey_round(session, questionnaire="sipas-2023", selection=Selection.PROBABILITY_SAMPLE)
    return make_sample_unit(session, round_id=round_.id)


def filled(uuid: UUID = FIRST, **answers: object) -> FilledInterview:
    return FilledInterview(uuid=uuid, language="vi", answers={"sex": "male", **answers})


def test_an_interview_goes_through_the_door_and_completes_its_unit(
    session: Session, unit: SampleUnit, enumerator: Account
) -> None:
    receipt = record_interview(session, unit, filled(c9_i_a_1=5), entered_by=enumerator, now=NOW)
    assert receipt.outcome is Outcome.STORED
    response = response_of(session, unit)
    assert response is not None
    assert (response.uuid, response.mode, response.sample_unit_id, response.entered_by_id) == (
        FIRST,
        Mode.TABLET,
        unit.id,
        enumerator.id,
    )
    assert response.answers == {"sex": "male", "c9_i_a_1": 5}
    assert unit.disposition is Disposition.COMPLETE


def test_the_same_interview_sent_again_is_one(
    session: Session, unit: SampleUnit, enumerator: Account
) -> None:
    outcomes = [
        record_interview(session, unit, filled(), entered_by=enumerator, now=NOW).outcome for _ in range(2)
    ]
    assert outcomes == [Outcome.STORED, Outcome.DUPLICATE]
    assert session.scalar(select(func.count(Response.id))) == 1


@pytest.mark.parametrize("second", [filled(SECOND), filled(FIRST, education="primary")])
def test_a_second_interview_of_a_unit_is_refused_and_the_first_stands(
    session: Session, unit: SampleUnit, enumerator: Account, second: FilledInterview
) -> None:
    record_interview(session, unit, filled(), entered_by=enumerator, now=NOW)
    with pytest.raises(AlreadyInterviewedError):
        record_interview(session, unit, second, entered_by=enumerator, now=NOW)
    assert session.scalars(select(Response)).one().answers == {"sex": "male"}


def test_a_response_that_came_another_way_also_counts_as_the_interview(
    session: Session, unit: SampleUnit, enumerator: Account
) -> None:
    round_ = make_survey_round(session)
    make_response(session, round_, mode=Mode.PAPER, sample_unit_id=unit.id)
    with pytest.raises(AlreadyInterviewedError):
        record_interview(session, unit, filled(), entered_by=enumerator, now=NOW)


def test_a_rejected_interview_leaves_the_unit_as_it_is(
    session: Session, unit: SampleUnit, enumerator: Account
) -> None:
    receipt = record_interview(session, unit, filled(c9_i_a_1=9), entered_by=enumerator, now=NOW)
    assert (receipt.outcome, [problem.item for problem in receipt.problems]) == (
        Outcome.REJECTED,
        ["c9_i_a_1"],
    )
    assert (unit.disposition, response_of(session, unit)) == (Disposition.PENDING, None)


@pytest.mark.parametrize(
    ("reason", "disposition"),
    [
        (OutcomeReason.REFUSED, Disposition.REFUSED),
        (OutcomeReason.ABSENT, Disposition.NOT_CONTACTED),
        (OutcomeReason.WRONG_ADDRESS, Disposition.NOT_CONTACTED),
        (OutcomeReason.BROKEN_OFF, Disposition.PARTIAL),
        (OutcomeReason.UNABLE, Disposition.OTHER_NON_INTERVIEW),
        (OutcomeReason.MOVED_OR_DIED, Disposition.NOT_ELIGIBLE),
    ],
)
def test_a_reason_sets_the_disposition(
    session: Session,
    unit: SampleUnit,
    enumerator: Account,
    reason: OutcomeReason,
    disposition: Disposition,
) -> None:
    record_outcome(session, unit, reason=reason, note="", recorded_by=enumerator, now=NOW)
    assert unit.disposition is disposition


def test_every_visit_is_kept_and_the_newest_counts_until_the_interview(
    session: Session, unit: SampleUnit, enumerator: Account
) -> None:
    for reason, note in ((OutcomeReason.ABSENT, "sáng"), (OutcomeReason.REFUSED, "chiều")):
        record_outcome(session, unit, reason=reason, note=note, recorded_by=enumerator, now=NOW)
    newest = newest_outcome(session, unit)
    assert newest is not None
    assert (newest.reason, newest.note, newest.recorded_by_id) == (
        OutcomeReason.REFUSED,
        "chiều",
        enumerator.id,
    )
    record_interview(session, unit, filled(), entered_by=enumerator, now=NOW)
    assert unit.disposition is Disposition.COMPLETE
    assert session.scalar(select(func.count(SampleUnitOutcome.id))) == 2


def test_a_unit_with_an_interview_takes_no_reason_for_none(
    session: Session, unit: SampleUnit, enumerator: Account
) -> None:
    record_interview(session, unit, filled(), entered_by=enumerator, now=NOW)
    with pytest.raises(AlreadyInterviewedError):
        record_outcome(session, unit, reason=OutcomeReason.REFUSED, note="", recorded_by=enumerator, now=NOW)


def test_two_tablets_at_once_make_one_interview(
    app: Flask, session: Session, unit: SampleUnit, enumerator: Account
) -> None:
    unit_id, account_id = unit.id, enumerator.id
    session.commit()
    start = threading.Barrier(4)
    results: list[str] = []

    def interview() -> None:
        with app.app_context():
            own = db.session()
            account, own_unit = own.get_one(Account, account_id), own.get_one(SampleUnit, unit_id)
            own.rollback()
            start.wait()
            try:
                record_interview(own, own_unit, filled(uuid4()), entered_by=account, now=NOW)
                own.commit()
                results.append("stored")
            except AlreadyInterviewedError:
                own.rollback()
                results.append("refused")

    threads = [threading.Thread(target=interview) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    assert sorted(results) == ["refused", "refused", "refused", "stored"]
    assert session.scalar(select(func.count(Response.id))) == 1


@pytest.mark.parametrize(
    ("today", "is_open"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 1), False),
    ],
)
def test_a_round_is_open_from_its_first_to_its_last_day(session: Session, today: date, is_open: bool) -> None:
    round_ = make_survey_round(session, opens_on=date(2026, 3, 1), closes_on=date(2026, 3, 31))
    if is_open:
        require_open(round_, today=today)
    else:
        with pytest.raises(RoundNotOpenError):
            require_open(round_, today=today)
