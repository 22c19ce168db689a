"""Interviews with sampled units: one response each, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.enums import Disposition, Mode, OutcomeReason
from survey.errors import HaiLongError
from survey.models import Account, SampleUnit, SampleUnitOutcome, SurveyRound
from survey.queries.interviews import response_of, round_of
from survey.services.intake import Outcome, Packet, Receipt, receive_packet

LONGEST_NOTE = 300


class AlreadyInterviewedError(HaiLongError):
    """The unit has its interview; a second one would count a person twice."""


class RoundNotOpenError(HaiLongError):
    """The round is not open on this day."""


@dataclass(frozen=True)
class FilledInterview:
    """What the form of one interview holds; `uuid` was made when the form was first shown."""

    uuid: UUID
    language: str
    answers: Mapping[str, object]


def require_open(round_: SurveyRound, *, today: date) -> None:
    """Raise RoundNotOpenError unless the round is open on this day (of the province's calendar)."""
    if today < round_.opens_on or (round_.closes_on is not None and today > round_.closes_on):
        raise RoundNotOpenError(f"Round {round_.code} is not open on {today}.")


def record_interview(
    session: Session, unit: SampleUnit, interview: FilledInterview, *, entered_by: Account, now: datetime
) -> Receipt:
    """Pass an interview through the one door and mark its unit as complete.

    The same interview sent again is a duplicate, which is a success; a rejected one leaves the unit as it is.
    Raises AlreadyInterviewedError when the unit has another interview, or this one with other answers.
    """
    unit = _locked(session, unit)
    present = response_of(session, unit)
    is_done = present is not None or unit.disposition is Disposition.COMPLETE
    if is_done and (present is None or present.uuid != interview.uuid):
        raise AlreadyInterviewedError(f"Unit {unit.code} has its interview.")
    round_ = round_of(session, unit)
    version = round_.questionnaire_version
    packet = Packet(
        uuid=interview.uuid,
        round_code=round_.code,
        questionnaire_code=version.questionnaire_code,
        questionnaire_version=version.version,
        mode=Mode.TABLET,
        language=interview.language,
        answers=interview.answers,
        sample_unit_id=unit.id,
        entered_by_id=entered_by.id,
    )
    receipt = receive_packet(session, packet, now=now)
    if receipt.outcome is Outcome.CONFLICT:
        raise AlreadyInterviewedError(f"Unit {unit.code} was interviewed with other answers.")
    if receipt.is_kept:
        unit.disposition = Disposition.COMPLETE
        session.flush()
    return receipt


def record_outcome(
    session: Session,
    unit: SampleUnit,
    *,
    reason: OutcomeReason,
    note: str,
    recorded_by: Account,
    now: datetime,
) -> SampleUnitOutcome:
    """Record why a unit gave no interview; a later visit may record another reason or an interview.

    Raises AlreadyInterviewedError when the unit has its interview.
    """
    unit = _locked(session, unit)
    if unit.disposition is Disposition.COMPLETE or response_of(session, unit) is not None:
        raise AlreadyInterviewedError(f"Unit {unit.code} has its interview.")
    outcome = SampleUnitOutcome(
        sample_unit_id=unit.id,
        reason=reason,
        disposition=reason.disposition,
        note=note[:LONGEST_NOTE],
        recorded_by_id=recorded_by.id,
        recorded_at=now,
    )
    unit.disposition = reason.disposition
    session.add(outcome)
    session.flush()
    return outcome


def _locked(session: Session, unit: SampleUnit) -> SampleUnit:
    """The unit as it stands now, held until the transaction ends, so that two tablets take turns."""
    return session.scalars(
        select(SampleUnit)
        .where(SampleUnit.id == unit.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
