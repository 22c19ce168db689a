"""An invented stream of counter ratings with the rhythm of a service hall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

PROVINCE_TIME = ZoneInfo("Asia/Ho_Chi_Minh")

# Monday is the busiest day, Saturday is half a morning, Sunday is closed.
WEEKDAY_VOLUME = (1.30, 1.12, 1.05, 1.00, 1.08, 0.28, 0.0)
# Half-hours of the working day and their share: two peaks, a closed noon.
HALF_HOURS = (
    (7.5, 0.6), (8.0, 1.3), (8.5, 1.7), (9.0, 1.8), (9.5, 1.6), (10.0, 1.3), (10.5, 0.9), (11.0, 0.4),
    (13.5, 0.7), (14.0, 1.3), (14.5, 1.5), (15.0, 1.3), (15.5, 1.0), (16.0, 0.7), (16.5, 0.3),
)  # fmt: skip
AFTERNOON = 12.0
LEVELS = np.arange(1, 6)
SPREAD = 0.9
REASONS = ("attitude", "guidance", "many_trips", "late", "cumbersome", "fees", "facilities", "other")
REASON_WEIGHTS = np.array([0.14, 0.2, 0.22, 0.24, 0.16, 0.03, 0.08, 0.05])
SHARE_OF_QR = 0.27
SHARE_OF_ENGLISH = 0.02
SHARE_GIVING_REASONS = 0.55
SHARE_COMMENTING_BY_QR = 0.08
COMMENTS = (
    "Cán bộ hướng dẫn dễ hiểu, cảm ơn.",
    "Chờ hơi lâu vào buổi sáng thứ Hai.",
    "Mong có thêm ghế ngồi và quạt.",
    "Hồ sơ trả đúng hẹn.",
    "Phải đi lại hai lần vì thiếu giấy tờ.",
    "Nên nhắn tin khi có kết quả.",
)


@dataclass(frozen=True)
class Counter:
    """A counter of the demonstration: its place in the list, share of the ratings, mean contentment (1–5)."""

    number: int
    share: float
    contentment: float


@dataclass(frozen=True)
class Rating:
    """One invented visit: the tap, and what was added to it."""

    counter: int
    captured_at: datetime
    level: int
    by_phone: bool
    language: str
    reasons: tuple[str, ...]
    comment: str


def ratings(
    generator: np.random.Generator,
    *,
    counters: Sequence[Counter],
    first_day: date,
    last_day: date,
    count: int,
) -> list[Rating]:
    """`count` ratings between two days, in order of time. The same generator state gives the same stream."""
    days = [first_day + timedelta(days=place) for place in range((last_day - first_day).days + 1)]
    volume = np.array([WEEKDAY_VOLUME[day.weekday()] for day in days]) * generator.gamma(
        40, 1 / 40, len(days)
    )
    day_places = generator.choice(len(days), size=count, p=volume / volume.sum())
    shares = np.array([counter.share for counter in counters])
    counter_places = generator.choice(len(counters), size=count, p=shares / shares.sum())
    moments = _moments(generator, days=days, day_places=day_places)
    made = [
        _rating(generator, counter=counters[counter_places[place]], captured_at=moments[place])
        for place in range(count)
    ]
    return sorted(made, key=lambda rating: (rating.captured_at, rating.counter))


def _moments(
    generator: np.random.Generator, *, days: Sequence[date], day_places: np.ndarray
) -> list[datetime]:
    starts = np.array([start for start, _share in HALF_HOURS])
    weights = np.array([share for _start, share in HALF_HOURS])
    morning = weights * (starts < AFTERNOON)
    moments = []
    for place in day_places:
        day = days[place]
        open_hours = morning if day.weekday() == 5 else weights
        start = generator.choice(starts, p=open_hours / open_hours.sum())
        seconds = int(start * 3600 + generator.integers(1800))
        moments.append(datetime.combine(day, time(), PROVINCE_TIME) + timedelta(seconds=seconds))
    return moments


def _rating(generator: np.random.Generator, *, counter: Counter, captured_at: datetime) -> Rating:
    # Waiting in the first hours of a Monday costs contentment; so does the last half-hour of a day.
    crowded = captured_at.weekday() == 0 and captured_at.hour in (8, 9)
    mean = counter.contentment - (0.25 if crowded else 0.0) - (0.1 if captured_at.hour >= 16 else 0.0)
    level = int(np.clip(np.rint(generator.normal(mean, SPREAD)), LEVELS[0], LEVELS[-1]))
    by_phone = bool(generator.random() < SHARE_OF_QR)
    reasons: tuple[str, ...] = ()
    if level <= 2 and generator.random() < SHARE_GIVING_REASONS:
        reasons = _reasons(generator)
    comments = by_phone and generator.random() < SHARE_COMMENTING_BY_QR
    return Rating(
        counter=counter.number,
        captured_at=captured_at,
        level=level,
        by_phone=by_phone,
        language="en" if generator.random() < SHARE_OF_ENGLISH else "vi",
        reasons=reasons,
        comment=COMMENTS[generator.integers(len(COMMENTS))] if comments else "",
    )


def _reasons(generator: np.random.Generator) -> tuple[str, ...]:
    weights = REASON_WEIGHTS / REASON_WEIGHTS.sum()
    size = 1 + int(generator.random() < 0.3)
    chosen = generator.choice(len(REASONS), size=size, replace=False, p=weights)
    return tuple(REASONS[place] for place in sorted(chosen))
