"""Opening hours of counters as they were recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.opening import Schedule, Week
from survey.models import ClosedDay, OpeningHours


def schedules(session: Session, service_point_ids: Collection[int]) -> dict[int, Schedule]:
    """The schedule of each of these counters, in two statements; one without recorded hours has no weeks."""
    weeks: dict[int, dict[date, Week]] = defaultdict(dict)
    for hours in session.scalars(
        select(OpeningHours)
        .where(OpeningHours.service_point_id.in_(service_point_ids))
        .order_by(OpeningHours.valid_from, OpeningHours.id)
    ):
        weeks[hours.service_point_id][hours.valid_from] = hours.week
    closed: dict[int, dict[date, str]] = defaultdict(dict)
    for row in session.scalars(
        select(ClosedDay).where(ClosedDay.service_point_id.in_(service_point_ids)).order_by(ClosedDay.id)
    ):
        closed[row.service_point_id].pop(row.day, None)
        if row.is_closed:
            closed[row.service_point_id][row.day] = row.reason
    return {
        point_id: Schedule(tuple(sorted(weeks[point_id].items())), closed[point_id])
        for point_id in service_point_ids
    }
