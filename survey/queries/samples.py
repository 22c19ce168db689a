"""Sampling frames, samples and population totals of a round."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from survey.domain.enums import SampleFileKind
from survey.models import (
    FrameUnit,
    Organisation,
    PopulationTotal,
    Response,
    SampleFile,
    SampleUnit,
    SampleUnitOutcome,
    SamplingFrame,
    SurveyRound,
)


def sampling_frame(session: Session, round_: SurveyRound) -> SamplingFrame | None:
    """The frame of a round, if one was imported."""
    return session.scalar(select(SamplingFrame).where(SamplingFrame.round_id == round_.id))


def frame_units(session: Session, round_: SurveyRound) -> Sequence[FrameUnit]:
    """The primary sampling units of a round's frame, by stratum and code."""
    return session.scalars(
        select(FrameUnit)
        .join(SamplingFrame, FrameUnit.frame_id == SamplingFrame.id)
        .where(SamplingFrame.round_id == round_.id)
        .order_by(FrameUnit.stratum, FrameUnit.psu)
    ).all()


def sample_file(session: Session, round_: SurveyRound, kind: SampleFileKind) -> SampleFile | None:
    """The file that the sample or the totals came from, if one was imported."""
    return session.scalar(select(SampleFile).where(SampleFile.round_id == round_.id, SampleFile.kind == kind))


def sample_size(session: Session, round_: SurveyRound) -> int:
    """How many units were drawn for a round."""
    return session.scalar(select(func.count(SampleUnit.id)).where(SampleUnit.round_id == round_.id)) or 0


def sample_units(session: Session, round_: SurveyRound) -> Sequence[SampleUnit]:
    """All drawn units of a round, by stratum, PSU and code."""
    return session.scalars(
        select(SampleUnit)
        .where(SampleUnit.round_id == round_.id)
        .order_by(SampleUnit.stratum, SampleUnit.psu, SampleUnit.code)
    ).all()


def field_work_has_begun(session: Session, round_: SurveyRound) -> bool:
    """Whether a round has responses or recorded outcomes, so that its sample must stay as it is."""
    answered = exists().where(Response.round_id == round_.id)
    recorded = exists().where(
        SampleUnitOutcome.sample_unit_id == SampleUnit.id, SampleUnit.round_id == round_.id
    )
    return bool(session.scalar(select(answered)) or session.scalar(select(recorded)))


def population_totals(session: Session, round_: SurveyRound) -> dict[str, int]:
    """Known population counts by cell (answer codes joined by `|`), in cell order."""
    rows = session.execute(
        select(PopulationTotal.cell, PopulationTotal.total)
        .where(PopulationTotal.round_id == round_.id)
        .order_by(PopulationTotal.cell)
    )
    return {cell: total for cell, total in rows}


def organisation_ids_by_code(session: Session) -> dict[str, int]:
    """Ids of all organisations by code, for imports."""
    rows = session.execute(select(Organisation.code, Organisation.id).order_by(Organisation.code))
    return {code: id_ for code, id_ in rows}
