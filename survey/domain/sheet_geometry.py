"""Where the pieces of a printed sheet lie on the paper, and where it is cut and folded; in millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MARK_DISTANCE = 2.0  # between a mark and what is kept, so that a careless cut leaves no line
MARK_LENGTH = 6.0


class SheetKind(StrEnum):
    """What is printed for a counter."""

    POSTER = "poster"
    TENT = "tent"
    STRIP = "strip"


@dataclass(frozen=True)
class Box:
    """A rectangle; `left` and `bottom` count from the lower left corner of the paper."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.bottom + self.height


@dataclass(frozen=True)
class Mark:
    """A short line from (x1, y1) to (x2, y2)."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class SheetGeometry:
    """A sheet of paper: `trimmed` is kept, in `columns` × `rows` pieces of one size without gaps.

    `folds` are the heights at which a piece is folded.
    """

    page_width: float
    page_height: float
    trimmed: Box
    columns: int = 1
    rows: int = 1
    folds: tuple[float, ...] = ()

    def pieces(self) -> tuple[Box, ...]:
        """The pieces, row by row from the top."""
        width, height = self.trimmed.width / self.columns, self.trimmed.height / self.rows
        return tuple(
            Box(self.trimmed.left + column * width, self.trimmed.top - (row + 1) * height, width, height)
            for row in range(self.rows)
            for column in range(self.columns)
        )

    def crop_marks(self) -> tuple[Mark, ...]:
        """The marks of every cut, all outside what is kept."""
        kept = self.trimmed
        places = [kept.left + kept.width * number / self.columns for number in range(self.columns + 1)]
        heights = [kept.bottom + kept.height * number / self.rows for number in range(self.rows + 1)]
        upright = [
            Mark(place, start, place, start + MARK_LENGTH)
            for place in places
            for start in (kept.bottom - MARK_DISTANCE - MARK_LENGTH, kept.top + MARK_DISTANCE)
        ]
        return (*upright, *(mark for height in heights for mark in self._level_marks(height)))

    def fold_marks(self) -> tuple[Mark, ...]:
        """The marks of every fold, all outside what is kept."""
        return tuple(mark for height in self.folds for mark in self._level_marks(height))

    def _level_marks(self, height: float) -> tuple[Mark, Mark]:
        left, right = self.trimmed.left - MARK_DISTANCE, self.trimmed.right + MARK_DISTANCE
        return (
            Mark(left - MARK_LENGTH, height, left, height),
            Mark(right, height, right + MARK_LENGTH, height),
        )


# The poster is A4 when cut; an office printer at full size leaves its marks off the A4 paper. The others are
# cut from A4 paper.
GEOMETRIES = {
    SheetKind.POSTER: SheetGeometry(page_width=230, page_height=317, trimmed=Box(10, 10, 210, 297)),
    SheetKind.TENT: SheetGeometry(
        page_width=210, page_height=297, trimmed=Box(10, 10, 190, 277), folds=(148.5,)
    ),
    SheetKind.STRIP: SheetGeometry(
        page_width=210, page_height=297, trimmed=Box(25, 16.5, 160, 264), columns=2, rows=4
    ),
}
