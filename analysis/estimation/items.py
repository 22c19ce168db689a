"""Items: what a call sums of each answer, read from the columns block by block and never held as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.codes import blocks
from analysis.estimation.levels import Levels, Numbers
from analysis.stages import BoolArray, FloatArray, IntArray


class Items(Protocol):
    """Numerators y and denominators x of several items, 0 in rows without an answer.

    x is 1 for means, shares and totals. For means and ratios y has been centred: it stands for y - `centre`
    x (one a item), so that large values with a small spread lose no digits.
    """

    @property
    def centre(self) -> FloatArray:
        """What y is measured from, one number an item."""
        ...

    @property
    def item_count(self) -> int:
        """How many items there are."""
        ...

    def dense(self, rows: slice, of: slice = slice(None)) -> tuple[FloatArray, FloatArray]:
        """y and x of these rows and items, shape (rows, items)."""
        ...


@dataclass(frozen=True, eq=False)
class Influence:
    """The influence of a row on an estimate: w (y_coefficient y + x_coefficient x), by domain and item."""

    y_coefficient: FloatArray
    x_coefficient: FloatArray


@dataclass(frozen=True, eq=False)
class LevelItems:
    """Items that are functions of a level: y of item i is `values[i][level - 1]` in its column.

    `column` (one an item) is the place of its column among `columns`.
    """

    columns: tuple[Levels, ...]
    column: IntArray
    values: tuple[FloatArray, ...]
    centre: FloatArray

    @property
    def item_count(self) -> int:
        """How many items there are."""
        return len(self.values)

    def dense(self, rows: slice, of: slice = slice(None)) -> tuple[FloatArray, FloatArray]:
        """y and x of these rows and items, shape (rows, items)."""
        chosen = range(*of.indices(self.item_count))
        codes = {place: self.columns[place].codes(rows) for place in {int(self.column[i]) for i in chosen}}
        own = [(codes[int(self.column[item])], self.values[item]) for item in chosen]
        y = np.column_stack([np.append(0.0, values)[code] for code, values in own])
        return y, np.column_stack([(code > 0).astype(np.float64) for code, _ in own])


@dataclass(frozen=True, eq=False)
class NumberItems:
    """Items that are numbers: y, and x where the item is a ratio (else 1).

    A row counts for an item that has both, and where `complete` (None: everywhere) allows it.
    """

    above: tuple[Numbers, ...]
    below: tuple[Numbers, ...] | None
    complete: BoolArray | None
    centre: FloatArray

    @property
    def item_count(self) -> int:
        """How many items there are."""
        return len(self.above)

    def read(self, item: int, rows: slice) -> tuple[FloatArray, FloatArray, BoolArray]:
        """y, x and whether there is an answer, for one item in these rows; shape (rows,)."""
        y = self.above[item].floats(rows)
        x = np.ones_like(y) if self.below is None else self.below[item].floats(rows)
        answered = ~(np.isnan(y) | np.isnan(x))
        if self.complete is not None:
            answered &= self.complete[rows]
        x[~answered] = 0.0
        return np.where(answered, y - self.centre[item] * x, 0.0), x, answered

    def dense(self, rows: slice, of: slice = slice(None)) -> tuple[FloatArray, FloatArray]:
        """y and x of these rows and items, shape (rows, items)."""
        read = [self.read(item, rows) for item in range(*of.indices(self.item_count))]
        return np.column_stack([y for y, _, _ in read]), np.column_stack([x for _, x, _ in read])


def centred(
    above: Sequence[Numbers],
    below: Sequence[Numbers] | None,
    *,
    complete: BoolArray | None,
    weights: FloatArray,
) -> NumberItems:
    """Items measured from Σwy / Σwx under these weights (one a row, 0 for rows that do not count)."""
    items = NumberItems(tuple(above), None if below is None else tuple(below), complete, np.zeros(len(above)))
    centre = np.zeros(len(above))
    for item in range(items.item_count):
        total_y, total_x = 0.0, 0.0
        for rows in blocks(weights.size):
            y, x, _ = items.read(item, rows)
            total_y += float(weights[rows] @ y)
            total_x += float(weights[rows] @ x)
        centre[item] = total_y / total_x if total_x else 0.0
    return NumberItems(items.above, items.below, complete, centre)
