"""Geometry of the dot plot that stands in every row of the index table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from survey.services.index_scores import GroupResult, SheetResult

WIDTH = 200
MARGIN = 10  # so that a dot at an end is not cut
STEP = 5
SHORTEST = 15  # percentage points; a shorter axis would blow small differences up


@dataclass(frozen=True)
class Dot:
    """Where a unit's marks stand, in pixels; None for what there is not."""

    index: float
    previous: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Axis:
    """The axis of a group, in percent."""

    lowest: int
    highest: int

    @property
    def width(self) -> int:
        """Width of the drawing, margins included."""
        return WIDTH + 2 * MARGIN

    @property
    def ticks(self) -> list[tuple[int, float]]:
        """Values on the axis with their places."""
        return [(value, self.place(Decimal(value))) for value in range(self.lowest, self.highest + 1, STEP)]

    def place(self, value: Decimal) -> float:
        """Pixels from the left edge of the drawing; values off the axis stand at its end."""
        share = (float(value) - self.lowest) / (self.highest - self.lowest)
        return round(MARGIN + WIDTH * min(max(share, 0.0), 1.0), 1)

    def dot(self, sheet: SheetResult) -> Dot | None:
        """The marks of a unit; None without an index."""
        if sheet.score.index is None:
            return None
        before = None if sheet.change is None else sheet.change.previous_index
        interval = sheet.index_interval
        return Dot(
            index=self.place(sheet.score.index),
            previous=None if before is None else self.place(before),
            low=None if interval is None else self.place(interval.low),
            high=None if interval is None else self.place(interval.high),
        )


def axis_of(group: GroupResult) -> Axis:
    """An axis between round values on which every mark of the group stands."""
    marks = [mark for sheet in group.sheets for mark in _marks(sheet)]
    if not marks:
        return Axis(lowest=0, highest=100)
    highest = min(math.ceil(max(marks) / STEP) * STEP, 100)
    lowest = min(math.floor(min(marks) / STEP) * STEP, highest - SHORTEST)
    return Axis(lowest=lowest, highest=highest) if lowest >= 0 else Axis(lowest=0, highest=SHORTEST)


def _marks(sheet: SheetResult) -> Sequence[Decimal]:
    interval = sheet.index_interval
    marks = (
        sheet.score.index,
        None if sheet.change is None else sheet.change.previous_index,
        None if interval is None else interval.low,
        None if interval is None else interval.high,
    )
    return [mark for mark in marks if mark is not None]
