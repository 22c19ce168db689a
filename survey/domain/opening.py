"""Opening hours: what a week looks like, how people write it, and when exactly a counter is open."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from survey.config import TIME_ZONE
from survey.domain.spans import Span, span_of, united
from survey.domain.wording import N_
from survey.errors import HaiLongError

PROVINCE_TIME = ZoneInfo(TIME_ZONE)
WEEKDAYS = tuple(str(day) for day in range(7))
MINUTES_A_DAY = 24 * 60
_TIME = r"(\d{1,2})(?:[:.hg](\d{2})?)?"
_STRETCH = re.compile(rf"\s*{_TIME}\s*[-–]\s*{_TIME}\s*", re.IGNORECASE)

Week = Mapping[str, Sequence[Sequence[str]]]  # "0" (Monday) … "6" → [["07:00", "11:30"], …]


class OpeningHoursError(HaiLongError):
    """Hours that cannot be read or that contradict each other."""


@dataclass(frozen=True)
class Schedule:
    """When a counter is open: weeks by the day from which they hold, and days closed in spite of them.

    `weeks` are in the order of their days. Nothing is known before the first of them.
    """

    weeks: tuple[tuple[date, Week], ...]
    closed_days: Collection[date] = frozenset()

    def week_on(self, day: date) -> Week | None:
        """The week that holds on this day; None while nothing is known."""
        held = [week for valid_from, week in self.weeks if valid_from <= day]
        return held[-1] if held else None

    def open_spans(self, first: date, last: date) -> list[Span]:
        """When the counter is open from the first day to the last, both included, in order."""
        spans = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            week = self.week_on(day)
            if week is not None and day not in self.closed_days:
                spans += [_span(day, start, end) for start, end in week.get(str(day.weekday()), ())]
        return united(spans)


def read_hours(text: str) -> list[list[str]]:
    """The hours of one day as people write them ("7:00-11:30, 13:30-17:00"); nothing means closed.

    Raises OpeningHoursError for what cannot be read, ends before it begins or overlaps.
    """
    found: list[tuple[int, int]] = []
    for part in filter(str.strip, re.split(r"[,;]", text)):
        match = _STRETCH.fullmatch(part)
        if match is None:
            raise OpeningHoursError(
                N_("“%(text)s” cannot be read. Please write hours like 07:00-11:30, 13:30-17:00."),
                text=part.strip(),
            )
        hour, minute, last_hour, last_minute = (int(number or 0) for number in match.groups())
        start, end = hour * 60 + minute, last_hour * 60 + last_minute
        if minute > 59 or last_minute > 59 or not start < end <= MINUTES_A_DAY:
            raise OpeningHoursError(
                N_("“%(text)s” is no time of a day that ends after it begins."), text=part.strip()
            )
        found.append((start, end))
    found.sort()
    if any(later[0] < earlier[1] for earlier, later in pairwise(found)):
        raise OpeningHoursError(N_("The hours “%(text)s” overlap."), text=text.strip())
    return [[_clock(start), _clock(end)] for start, end in found]


def written_hours(stretches: Sequence[Sequence[str]]) -> str:
    """The hours of one day as they are typed; empty when closed."""
    return ", ".join(f"{start}-{end}" for start, end in stretches)


def day_of(second: int) -> date:
    """The province's calendar day of a second since 1970."""
    return datetime.fromtimestamp(second, PROVINCE_TIME).date()


def bounds(first: date, last: date) -> Span:
    """From midnight of the first day to midnight after the last, in the province."""
    return span_of(
        datetime.combine(first, time(), PROVINCE_TIME),
        datetime.combine(last + timedelta(days=1), time(), PROVINCE_TIME),
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _span(day: date, start: str, end: str) -> Span:
    midnight = int(datetime.combine(day, time(), PROVINCE_TIME).timestamp())
    return Span(midnight + 60 * _minutes(start), midnight + 60 * _minutes(end))


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return 60 * int(hours) + int(minutes)
