"""The places that packets name by code: counters and drawn units, within what a token may write to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from survey.models import SampleUnit, ServicePoint, SurveyRound


@dataclass(frozen=True)
class Place:
    """A row named in a packet and the organisation it belongs to, if any."""

    id: int
    organisation_id: int | None


def service_points_by_code(session: Session, codes: Collection[str]) -> dict[str, Place]:
    """Counters by their staff code; codes that do not exist are left out."""
    if not codes:
        return {}
    rows = session.execute(
        select(ServicePoint.code, ServicePoint.id, ServicePoint.organisation_id)
        .where(ServicePoint.code.in_(codes))
        .order_by(ServicePoint.id)
    )
    return {row.code: Place(row.id, row.organisation_id) for row in rows}


def sample_units_by_code(
    session: Session, names: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Place]:
    """Drawn units by (code of the round, code of the unit); those that do not exist are left out."""
    if not names:
        return {}
    rows = session.execute(
        select(
            SurveyRound.code.label("round_code"), SampleUnit.code, SampleUnit.id, SampleUnit.organisation_id
        )
        .join(SurveyRound, SampleUnit.round_id == SurveyRound.id)
        .where(tuple_(SurveyRound.code, SampleUnit.code).in_(names))
        .order_by(SampleUnit.id)
    )
    return {(row.round_code, row.code): Place(row.id, row.organisation_id) for row in rows}
