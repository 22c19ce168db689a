"""Served dossiers as they are known now: the newest version of each, by quarter, unit, counter and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from survey.domain.quarters import Quarter, moments_of_days, province_day, quarter_of
from survey.models import OnSiteStatement, Organisation, ServedDossier, ServicePoint

CODES_AT_ONCE = 500


@dataclass(frozen=True)
class ServedCount:
    """Dossiers of one procedure returned at one counter on one day of the province."""

    service_point_id: int
    procedure_code: str
    day: date
    count: int


def newest_versions(session: Session, codes: Iterable[str]) -> dict[str, ServedDossier]:
    """The newest version of each of these codes that is known."""
    found: dict[str, ServedDossier] = {}
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), CODES_AT_ONCE):
        some = wanted[start : start + CODES_AT_ONCE]
        rows = session.scalars(
            select(ServedDossier).where(_is_newest(), ServedDossier.code.in_(some)).order_by(ServedDossier.id)
        )
        found |= {row.code: row for row in rows}
    return found


def returned_in(
    session: Session, quarter: Quarter, *, organisation_id: int | None = None
) -> Sequence[ServedDossier]:
    """Dossiers whose result was returned in the quarter, of one unit or of all, by time, then code."""
    first, after = quarter.bounds
    rows = select(ServedDossier).where(
        _is_newest(), ServedDossier.returned_at >= first, ServedDossier.returned_at < after
    )
    if organisation_id is not None:
        rows = rows.where(ServedDossier.organisation_id == organisation_id)
    return session.scalars(rows.order_by(ServedDossier.returned_at, ServedDossier.code)).all()


def overdue_count(session: Session, quarter: Quarter, *, organisation_id: int) -> int:
    """Dossiers that fell due in the quarter and are not returned to this day."""
    first, after = quarter.bounds
    rows = select(func.count(ServedDossier.id)).where(
        _is_newest(),
        ServedDossier.organisation_id == organisation_id,
        ServedDossier.returned_at.is_(None),
        ServedDossier.due_at >= first,
        ServedDossier.due_at < after,
    )
    return session.scalar(rows) or 0


def quarters_with_dossiers(session: Session) -> list[Quarter]:
    """Every quarter from the first to the last return, the newest first; none without dossiers."""
    first, last = session.execute(
        select(func.min(ServedDossier.returned_at), func.max(ServedDossier.returned_at))
    ).one()
    if first is None or last is None:
        return []
    quarter, end, found = quarter_of(province_day(first)), quarter_of(province_day(last)), []
    while quarter <= end:
        found.append(quarter)
        quarter = quarter.next
    return found[::-1]


def served_cases(
    session: Session, *, service_point_ids: Collection[int], first_day: date, last_day: date
) -> list[ServedCount]:
    """Returned dossiers by counter, procedure and day, in that order; both days belong to the period.

    A counter, procedure or day that is not in the list has no recorded dossier, which is not the same as
    none served: the one-stop software may have told of nothing.
    """
    begin, after = moments_of_days(first_day, last_day)
    rows = session.execute(
        select(ServedDossier.service_point_id, ServedDossier.procedure_code, ServedDossier.returned_at)
        .where(
            _is_newest(),
            ServedDossier.service_point_id.in_(service_point_ids),
            ServedDossier.returned_at >= begin,
            ServedDossier.returned_at < after,
        )
        .order_by(ServedDossier.id)
    )
    counts: Counter[tuple[int, str, date]] = Counter()
    for point_id, procedure_code, returned_at in rows:
        if point_id is not None and returned_at is not None:  # the conditions say so; types cannot
            counts[point_id, procedure_code, province_day(returned_at)] += 1
    return [ServedCount(*key, count) for key, count in sorted(counts.items())]


def newest_statements(session: Session, quarter: Quarter) -> dict[int, dict[str, OnSiteStatement]]:
    """What every unit stated for the quarter: organisation id → measure → the newest row."""
    rows = session.scalars(
        select(OnSiteStatement)
        .where(OnSiteStatement.year == quarter.year, OnSiteStatement.quarter == quarter.number)
        .order_by(OnSiteStatement.id)
    )
    found: dict[int, dict[str, OnSiteStatement]] = {}
    for row in rows:
        found.setdefault(row.organisation_id, {})[row.measure] = row
    return found


def organisation_ids_by_code(session: Session, within: Collection[int] | None) -> dict[str, int]:
    """Ids of the units by code; only these, where some are given."""
    rows = select(Organisation.code, Organisation.id).order_by(Organisation.code)
    rows = rows if within is None else rows.where(Organisation.id.in_(within))
    return {code: id_ for code, id_ in session.execute(rows)}


def service_point_ids_by_code(session: Session, within: Collection[int] | None) -> dict[str, int]:
    """Ids of the counters by code; only those whose centre or organisation is among these, if given."""
    rows = select(ServicePoint.code, ServicePoint.id).order_by(ServicePoint.code)
    if within is not None:
        rows = rows.where(or_(ServicePoint.centre_id.in_(within), ServicePoint.organisation_id.in_(within)))
    return {code: id_ for code, id_ in session.execute(rows)}


def centre_ids_by_point(session: Session) -> Mapping[int, int]:
    """The centre of every counter, by ids."""
    rows = session.execute(select(ServicePoint.id, ServicePoint.centre_id).order_by(ServicePoint.id))
    return {row.id: row.centre_id for row in rows}


def _is_newest() -> ColumnElement[bool]:
    newer = aliased(ServedDossier)
    is_newer = and_(newer.code == ServedDossier.code, newer.version > ServedDossier.version)
    return ~select(newer.id).where(is_newer).exists()
