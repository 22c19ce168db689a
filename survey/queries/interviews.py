"""What an enumerator has to do: open sampled rounds, their units within reach, and how far the work is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from survey.domain.enums import Disposition, Selection
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.models import Response, SampleUnit, SampleUnitOutcome, SurveyRound

UNITS_PER_PAGE = 50


class UnitStatus(StrEnum):
    """Where the work on a unit stands."""

    LEFT = "left"
    COMPLETE = "complete"
    REFUSED = "refused"
    OTHER = "other"


STATUS_OF = {
    Disposition.PENDING: UnitStatus.LEFT,
    Disposition.COMPLETE: UnitStatus.COMPLETE,
    Disposition.REFUSED: UnitStatus.REFUSED,
    Disposition.PARTIAL: UnitStatus.OTHER,
    Disposition.NOT_CONTACTED: UnitStatus.OTHER,
    Disposition.OTHER_NON_INTERVIEW: UnitStatus.OTHER,
    Disposition.NOT_ELIGIBLE: UnitStatus.OTHER,
}

# The same words as in the unique index, which answers this.
IS_INTERVIEWED = (
    exists().where(Response.sample_unit_id == SampleUnit.id, Response.supplements.is_(None))
).label("is_interviewed")


@dataclass(frozen=True)
class RoundProgress:
    """Units of a round within reach: `complete`, `refused`, `other` outcomes and `left` add up to `drawn`."""

    round: SurveyRound
    drawn: int
    complete: int
    refused: int
    other: int
    left: int


@dataclass(frozen=True)
class ListedUnit:
    """A unit in a list, where the work on it stands, and the newest outcome recorded for it."""

    unit: SampleUnit
    status: UnitStatus
    outcome: SampleUnitOutcome | None


@dataclass(frozen=True)
class UnitPage:
    """One page of a list of units; pages count from 1."""

    units: tuple[ListedUnit, ...]
    number: int
    count: int


def open_rounds(session: Session, organisation_ids: Collection[int], *, today: date) -> list[RoundProgress]:
    """Progress of the sampled rounds open today that have units within these organisations, by code."""
    rounds = session.scalars(
        select(SurveyRound)
        .where(
            SurveyRound.selection == Selection.PROBABILITY_SAMPLE,
            SurveyRound.opens_on <= today,
            or_(SurveyRound.closes_on.is_(None), SurveyRound.closes_on >= today),
        )
        .order_by(SurveyRound.code)
    ).all()
    counts: dict[int, Counter[UnitStatus]] = {round_.id: Counter() for round_ in rounds}
    rows = session.execute(
        select(SampleUnit.round_id, IS_INTERVIEWED, SampleUnit.disposition, func.count(SampleUnit.id))
        .join(SurveyRound, SampleUnit.round_id == SurveyRound.id)
        .where(SampleUnit.round_id.in_(counts), _within(organisation_ids))
        .group_by(SampleUnit.round_id, IS_INTERVIEWED.name, SampleUnit.disposition)
    )
    for round_id, is_interviewed, disposition, count in rows:
        counts[round_id][_status(disposition, is_interviewed)] += count
    return [_progress(round_, counts[round_.id]) for round_ in rounds if counts[round_.id]]


def round_progress(session: Session, round_: SurveyRound, organisation_ids: Collection[int]) -> RoundProgress:
    """Progress of one round within these organisations; NotFoundError when it has no units there."""
    rows = session.execute(
        select(IS_INTERVIEWED, SampleUnit.disposition, func.count(SampleUnit.id))
        .join(SurveyRound, SampleUnit.round_id == SurveyRound.id)
        .where(SampleUnit.round_id == round_.id, _within(organisation_ids))
        .group_by(IS_INTERVIEWED.name, SampleUnit.disposition)
    )
    counts: Counter[UnitStatus] = Counter()
    for is_interviewed, disposition, count in rows:
        counts[_status(disposition, is_interviewed)] += count
    if not counts:
        raise NotFoundError(N_("Round %(code)s has no units here."), code=round_.code)
    return _progress(round_, counts)


def psus_within(session: Session, round_: SurveyRound, organisation_ids: Collection[int]) -> Sequence[str]:
    """Codes of the primary sampling units with units within these organisations."""
    return session.scalars(
        select(SampleUnit.psu)
        .join(SurveyRound, SampleUnit.round_id == SurveyRound.id)
        .where(SampleUnit.round_id == round_.id, _within(organisation_ids))
        .distinct()
        .order_by(SampleUnit.psu)
    ).all()


def list_units(
    session: Session,
    round_: SurveyRound,
    organisation_ids: Collection[int],
    *,
    status: UnitStatus | None,
    psu: str | None,
    page: int,
) -> UnitPage:
    """Units of a round within these organisations by PSU and code; `status` and `psu` narrow the list."""
    wanted = [SampleUnit.round_id == round_.id, _within(organisation_ids)]
    if status is not None:
        wanted.append(_has_status(status))
    if psu is not None:
        wanted.append(SampleUnit.psu == psu)
    units = (
        select(SampleUnit, IS_INTERVIEWED)
        .join(SurveyRound, SampleUnit.round_id == SurveyRound.id)
        .where(*wanted)
    )
    total = session.scalar(units.with_only_columns(func.count(SampleUnit.id))) or 0
    page_count = max(-(-total // UNITS_PER_PAGE), 1)
    number = min(max(page, 1), page_count)
    rows = session.execute(
        units.options(joinedload(SampleUnit.organisation))
        .order_by(SampleUnit.psu, SampleUnit.code)
        .offset((number - 1) * UNITS_PER_PAGE)
        .limit(UNITS_PER_PAGE)
    ).all()
    outcomes = _newest_outcomes(session, [unit.id for unit, _ in rows])
    listed = tuple(
        ListedUnit(unit, _status(unit.disposition, is_interviewed), outcomes.get(unit.id))
        for unit, is_interviewed in rows
    )
    return UnitPage(units=listed, number=number, count=page_count)


def get_unit(session: Session, unit_id: int, organisation_ids: Collection[int]) -> SampleUnit:
    """The unit with this id within these organisations; raises NotFoundError."""
    unit = session.scalar(
        select(SampleUnit)
        .join(SurveyRound, SampleUnit.round_id == SurveyRound.id)
        .where(SampleUnit.id == unit_id, _within(organisation_ids))
    )
    if unit is None:
        raise NotFoundError(N_("There is no sampled unit %(id)s here."), id=unit_id)
    return unit


def round_of(session: Session, unit: SampleUnit) -> SurveyRound:
    """The round a unit was drawn for."""
    return session.scalars(select(SurveyRound).where(SurveyRound.id == unit.round_id)).one()


def response_of(session: Session, unit: SampleUnit) -> Response | None:
    """The interview of a unit, if it has one."""
    return session.scalar(
        select(Response)
        .where(Response.sample_unit_id == unit.id, Response.supplements.is_(None))
        .order_by(Response.id)
        .limit(1)
    )


def newest_outcome(session: Session, unit: SampleUnit) -> SampleUnitOutcome | None:
    """What was recorded last for a unit without an interview."""
    return _newest_outcomes(session, [unit.id]).get(unit.id)


def _newest_outcomes(session: Session, unit_ids: Collection[int]) -> dict[int, SampleUnitOutcome]:
    newest = (
        select(func.max(SampleUnitOutcome.id))
        .where(SampleUnitOutcome.sample_unit_id.in_(unit_ids))
        .group_by(SampleUnitOutcome.sample_unit_id)
    )
    outcomes = session.scalars(
        select(SampleUnitOutcome).where(SampleUnitOutcome.id.in_(newest)).order_by(SampleUnitOutcome.id)
    )
    return {outcome.sample_unit_id: outcome for outcome in outcomes}


def _status(disposition: Disposition, is_interviewed: bool) -> UnitStatus:
    """Who has answered has, by whatever door, and whatever was recorded of the visits."""
    return UnitStatus.COMPLETE if is_interviewed else STATUS_OF[disposition]


def _has_status(status: UnitStatus) -> ColumnElement[bool]:
    stands = SampleUnit.disposition.in_([d for d, s in STATUS_OF.items() if s is status])
    if status is UnitStatus.COMPLETE:
        return or_(IS_INTERVIEWED.element, stands)
    return and_(~IS_INTERVIEWED.element, stands)


def _within(organisation_ids: Collection[int]) -> ColumnElement[bool]:
    """A unit belongs to its organisation; one without belongs to the organiser of its round."""
    return func.coalesce(SampleUnit.organisation_id, SurveyRound.organiser_id).in_(organisation_ids)


def _progress(round_: SurveyRound, counts: Counter[UnitStatus]) -> RoundProgress:
    return RoundProgress(
        round=round_,
        drawn=counts.total(),
        complete=counts[UnitStatus.COMPLETE],
        refused=counts[UnitStatus.REFUSED],
        other=counts[UnitStatus.OTHER],
        left=counts[UnitStatus.LEFT],
    )
