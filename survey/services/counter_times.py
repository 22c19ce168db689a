"""Counter times: when counters were open, when a device stood there, when one was heard; and what follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.coverage import Coverage, coverage_of
from survey.domain.opening import PROVINCE_TIME, Schedule, bounds
from survey.domain.spans import Span, common, span_of, united
from survey.models import Device, ServicePoint
from survey.queries import devices as device_queries
from survey.queries import opening_hours as opening_hour_queries


@dataclass(frozen=True)
class CounterTimes:
    """The times of one counter until `until`; all spans are in order."""

    schedule: Schedule
    valid: Span
    placed: tuple[Span, ...]
    covered: tuple[Span, ...]
    until: int

    def coverage(self, first: date, last: date) -> Coverage:
        """The coverage from the first day to the last, both included, as far as it has passed."""
        period = bounds(first, last)
        period = Span(max(period.start, self.valid.start), min(period.end, self.valid.end, self.until))
        if period.end <= period.start:
            return coverage_of([], placed=[], covered=[])
        open_spans = common(self.schedule.open_spans(first, last), [period])
        return coverage_of(open_spans, placed=self.placed, covered=self.covered)


def counter_times(
    session: Session, service_point_ids: Collection[int], *, first: date, last: date, now: datetime
) -> dict[int, CounterTimes]:
    """The times of these counters in a period, in a fixed number of statements."""
    period = bounds(first, last)
    schedules = opening_hour_queries.schedules(session, service_point_ids)
    placed: dict[int, list[Span]] = defaultdict(list)
    for device in device_queries.placements_at(session, service_point_ids):
        for point_id, span in placed_spans(device, now=now):
            placed[point_id].append(span)
    covered: dict[int, list[Span]] = defaultdict(list)
    for stretch in device_queries.stretches_at(
        session, service_point_ids, begins_at=period.begins_at, ends_at=period.ends_at
    ):
        covered[stretch.service_point_id].append(span_of(stretch.begins_at, stretch.ends_at))
    points = session.scalars(select(ServicePoint).where(ServicePoint.id.in_(service_point_ids)))
    return {
        point.id: CounterTimes(
            schedule=schedules[point.id],
            valid=_valid(point),
            placed=tuple(united(placed[point.id])),
            covered=tuple(united(covered[point.id])),
            until=int(now.timestamp()),
        )
        for point in points
    }


def placed_spans(device: Device, *, now: datetime) -> Iterator[tuple[int, Span]]:
    """Counter id and the time in which the device stood there, one after the other."""
    end = now if device.revoked_at is None else min(now, device.revoked_at)
    ends = [*(placement.since for placement in device.placements[1:]), end]
    for placement, until in zip(device.placements, ends, strict=True):
        if placement.since < until:
            yield placement.service_point_id, span_of(placement.since, until)


def _valid(point: ServicePoint) -> Span:
    begins = datetime.combine(point.valid_from, time(), PROVINCE_TIME)
    last = point.valid_to or date(9998, 12, 31)
    return span_of(begins, datetime.combine(last + timedelta(days=1), time(), PROVINCE_TIME))
