"""Score coverage: beside every figure of the counters, how much of their opening hours it can speak of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.columns import NOBODY
from survey.domain.coverage import Coverage, together
from survey.domain.enums import Selection
from survey.domain.figures import Domain
from survey.domain.opening import PROVINCE_TIME
from survey.models import ServicePoint
from survey.services.counter_times import CounterTimes, counter_times
from survey.services.score_domains import DAY, MONTH, ORGANISATION, SERVICE_POINT
from survey.services.scores import RoundScores


class ScoreCoverage:
    """The coverage of the counters of a self-selected round, for any of its domains."""

    def __init__(
        self,
        scored: RoundScores,
        points: Mapping[int, ServicePoint],
        times: Mapping[int, CounterTimes],
        *,
        period: tuple[date, date],
    ) -> None:
        self._scored = scored
        self._points = points
        self._times = times
        self._period = period
        self._found: dict[tuple[str, str], Coverage] = {}

    def of(self, domain: Domain) -> Coverage:
        """The coverage behind the figures of a domain.

        Units and counters narrow the counters, months and days the period; other divisions (hours, answers)
        have the coverage of the whole.
        """
        key = (domain.by, domain.code) if domain.by in (ORGANISATION, SERVICE_POINT, MONTH, DAY) else ("", "")
        if key not in self._found:
            first, last = self._days(*key)
            self._found[key] = together(
                self._times[point_id].coverage(first, last) for point_id in self._ids(*key)
            )
        return self._found[key]

    def _ids(self, by: str, code: str) -> list[int]:
        if by == SERVICE_POINT:
            return [id_ for id_, point in self._points.items() if point.code == code]
        if by == ORGANISATION:
            tree = self._scored.scope.data.tree
            below = tree.subtree(tree.by_code[code].id)
            return [id_ for id_, point in self._points.items() if point.organisation_id in below]
        return list(self._points)

    def _days(self, by: str, code: str) -> tuple[date, date]:
        first, last = self._period
        if by == DAY:
            day = date.fromisoformat(code)
            return day, day
        if by == MONTH:
            begins = date.fromisoformat(f"{code}-01")
            next_month = (begins.replace(day=28) + timedelta(days=4)).replace(day=1)
            ends = next_month - timedelta(days=1)
            return max(first, begins), min(last, ends)
        return first, last


def score_coverage(session: Session, scored: RoundScores, *, now: datetime) -> ScoreCoverage | None:
    """The coverage behind the figures of a stream, from its first day until today; None for other rounds."""
    if scored.round.selection is not Selection.SELF_SELECTED:
        return None
    points = {point.id: point for point in _points(session, scored)}
    today = now.astimezone(PROVINCE_TIME).date()
    last = today if scored.round.closes_on is None else min(today, scored.round.closes_on)
    first = scored.round.opens_on
    times = counter_times(session, points.keys(), first=first, last=max(first, last), now=now)
    return ScoreCoverage(scored, points, times, period=(first, last))


def _points(session: Session, scored: RoundScores) -> list[ServicePoint]:
    """The counters of the scope: those that send their ratings here, and those that did."""
    own = scored.scope.data.columns.row("service_point_id")[scored.scope.members]
    rated: Collection[int] = np.unique(own[own != NOBODY]).tolist()
    points = session.scalars(
        select(ServicePoint)
        .where(ServicePoint.id.in_(rated) | (ServicePoint.round_id == scored.round.id))
        .order_by(ServicePoint.code)
    )
    visible = scored.scope.unit_ids
    return [point for point in points if visible is None or point.organisation_id in visible]
