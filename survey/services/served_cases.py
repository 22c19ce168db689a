"""Served cases beside ratings: how many dossiers a counter returned in the days in which it was rated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from survey.models import ServicePoint
from survey.queries import dossiers as dossier_queries
from survey.queries.dossiers import ServedCount
from survey.services.score_domains import SERVICE_POINT
from survey.services.scores import RoundScores


def served_cases(session: Session, point: ServicePoint, period: tuple[date, date]) -> Sequence[ServedCount]:
    """The dossiers that the counter returned from the first to the last day, by procedure and day."""
    first_day, last_day = period
    return dossier_queries.served_cases(
        session, service_point_ids=[point.id], first_day=first_day, last_day=last_day
    )


def served_beside(session: Session, scored: RoundScores) -> dict[str, int]:
    """Dossiers returned between the first and the last day of the ratings, by the code of the counter.

    Empty unless the figures are divided by counter. A counter that is not in it told of no dossier, which is
    not the same as none served.
    """
    codes = {figure.domain.code for figure in scored.figures if figure.domain.by == SERVICE_POINT}
    if scored.days is None or not codes:
        return {}
    known = dossier_queries.service_point_ids_by_code(session, None)
    points = {known[code]: code for code in sorted(codes) if code in known}
    found: Counter[str] = Counter()
    first_day, last_day = scored.days
    for row in dossier_queries.served_cases(
        session, service_point_ids=points.keys(), first_day=first_day, last_day=last_day
    ):
        found[points[row.service_point_id]] += row.count
    return dict(found)
