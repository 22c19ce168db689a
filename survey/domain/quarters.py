"""Quarters: the period of an on-site evaluation, written 2026-Q3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from survey.config import TIME_ZONE

PROVINCE_TIME = ZoneInfo(TIME_ZONE)
_WRITTEN = re.compile(r"(20[0-9]{2})-Q([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a year in the province's calendar; `number` runs from 1 to 4."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def first_day(self) -> date:
        """The first day."""
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last_day(self) -> date:
        """The last day."""
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> Quarter:
        """The quarter after."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The first moment, and the first moment after."""
        return moments_of_days(self.first_day, self.last_day)


def quarter_of(day: date) -> Quarter:
    """The quarter in which the day lies."""
    return Quarter(day.year, (day.month + 2) // 3)


def read_quarter(text: str) -> Quarter | None:
    """The quarter as written, else None."""
    found = _WRITTEN.fullmatch(text)
    return None if found is None else Quarter(int(found[1]), int(found[2]))


def province_day(moment: datetime) -> date:
    """The calendar day of the moment in the province."""
    return moment.astimezone(PROVINCE_TIME).date()


def moments_of_days(first_day: date, last_day: date) -> tuple[datetime, datetime]:
    """The first moment of the first day in the province, and the first moment after the last."""
    return _midnight(first_day), _midnight(last_day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=PROVINCE_TIME)
