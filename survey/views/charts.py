"""Charts: the geometry of small drawings that stand beside their numbers; templates only print it.

Places across are percentages of the width, so that a drawing fits any column while its text keeps its size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PLOT_MARGIN = 4.0  # percent on either side, so that a dot or a number at an end is not cut
SMALLEST_WITH_NUMBER = 0.055  # a narrower segment has no room for its number
ROOMY = 0.13  # a segment with room for its number on a phone too
MOST_TICKS = 7
_STEPS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0)
LEVEL_CLASSES = 5


@dataclass(frozen=True)
class Axis:
    """One shared axis from `lowest` to `highest`, in the unit of the values, with its ticks."""

    lowest: float
    highest: float
    step: float

    @property
    def ticks(self) -> list[tuple[float, float]]:
        """Values on the axis with their places."""
        count = round((self.highest - self.lowest) / self.step)
        values = [round(self.lowest + number * self.step, 10) for number in range(count + 1)]
        return [(value, self.place(value)) for value in values]

    def place(self, value: float) -> float:
        """Percent from the left edge of the drawing; values off the axis stand at its end."""
        share = (value - self.lowest) / (self.highest - self.lowest)
        return round(PLOT_MARGIN + (100 - 2 * PLOT_MARGIN) * min(max(share, 0.0), 1.0), 2)


def axis_for(values: Iterable[float], *, within: tuple[float, float]) -> Axis:
    """An axis that holds all values, on round numbers, never beyond `within`, and never so short that small
    differences look large: it spans at least a fifth of what is possible."""
    bottom, top = within
    found = list(values) or [bottom, top]
    shortest = (top - bottom) / 5
    low, high = min(found), max(found)
    spare = max(0.0, shortest - (high - low)) / 2
    low, high = low - spare, high + spare
    low, high = low - max(0.0, high - top), high + max(0.0, bottom - low)  # what is cut off at one end
    low, high = max(bottom, low), min(top, high)
    step = next((step for step in _STEPS if (high - low) / step <= MOST_TICKS - 1), _STEPS[-1])
    lowest = max(bottom, bottom + math.floor((low - bottom) / step + 1e-9) * step)
    highest = min(top, bottom + math.ceil((high - bottom) / step - 1e-9) * step)
    return Axis(lowest=lowest, highest=highest, step=step)


@dataclass(frozen=True)
class Mark:
    """A dot with its interval, in percent of the width; no interval where the figure has none."""

    at: float
    low: float | None
    high: float | None


def mark(axis: Axis, *, value: float | None, lower: float | None, upper: float | None) -> Mark | None:
    """Where a figure stands on the axis; None without a value."""
    if value is None:
        return None
    return Mark(
        at=axis.place(value),
        low=None if lower is None else axis.place(lower),
        high=None if upper is None else axis.place(upper),
    )


@dataclass(frozen=True)
class Segment:
    """One level of a stacked bar: its share (0–1), its place (percent), its colour from 1 (lowest) to 5."""

    level: int
    share: float
    x: float
    width: float
    colour: int
    has_room: bool
    is_roomy: bool

    @property
    def middle(self) -> float:
        """Where its number stands, in percent."""
        return round(self.x + self.width / 2, 2)


def stacked_bar(counts: Mapping[int, int]) -> tuple[Segment, ...]:
    """The levels side by side, the lowest first; empty without answers."""
    total = sum(counts.values())
    if not total:
        return ()
    segments, start = [], 0.0
    for place, (level, count) in enumerate(sorted(counts.items())):
        share = count / total
        segments.append(
            Segment(
                level=level,
                share=share,
                x=round(start * 100, 3),
                width=round(share * 100, 3),
                colour=level_colour(place, len(counts)),
                has_room=share >= SMALLEST_WITH_NUMBER,
                is_roomy=share >= ROOMY,
            )
        )
        start += share
    return tuple(segments)


def level_colour(place: int, level_count: int) -> int:
    """Which of the five steps of the hue a level takes; the ends of every scale take the ends of the hue."""
    return 1 + round(place * (LEVEL_CLASSES - 1) / max(level_count - 1, 1))


@dataclass(frozen=True)
class Column:
    """One column of a column chart with what it stands for: `x` and `width` in percent, heights in pixels."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class ColumnChart:
    """Counts as columns on a common ground; `marks` are labels under some of them with their places."""

    columns: tuple[Column, ...]
    height: int
    highest: int
    marks: tuple[tuple[str, float], ...]


def column_chart(counts: Sequence[tuple[str, int]], *, height: int, marks: Mapping[int, str]) -> ColumnChart:
    """Columns for (label, count) in their order; `marks` are texts under the columns at these places."""
    highest = max((count for _, count in counts), default=0)
    pitch = 100 / max(len(counts), 1)
    gap = pitch / 5
    columns = []
    for place, (label, count) in enumerate(counts):
        tall = height * count / highest if highest else 0.0
        columns.append(
            Column(
                label=label,
                count=count,
                x=round(place * pitch + gap / 2, 3),
                y=round(height - tall, 2),
                width=round(pitch - gap, 3),
                height=round(tall, 2),
            )
        )
    placed = tuple((text, round(place * pitch + pitch / 2, 2)) for place, text in sorted(marks.items()))
    return ColumnChart(tuple(columns), height=height, highest=highest, marks=placed)
