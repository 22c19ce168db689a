"""Items of a compact table: sums by cell of what was answered, which can be added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from analysis.codes import blocks
from analysis.estimation.cells import RowCells
from analysis.estimation.items import NumberItems
from analysis.estimation.number_sums import weighted_sums, with_moments
from analysis.estimation.sums import CellSums, Moments, level_moments, per, sum_matrix
from analysis.stages import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class ItemNumbers:
    """Answers that are numbers y, or pairs of numbers y and x (else 1); one entry a cell.

    `n` counts them, `weight` is Σw, `x` and `y` are Σwx and Σwy, their ratio the slope of the cell. `xx`,
    `xe` and `ee` are Σwxx, Σwxe and Σwee with e = y - slope x; `spread_xx`, `spread_xr` and `spread_rr` are
    the `Moments` of the weighted values. Measured from the cell's own slope they lose no digits.
    """

    n: FloatArray
    weight: FloatArray
    x: FloatArray
    y: FloatArray
    xx: FloatArray
    xe: FloatArray
    ee: FloatArray
    spread_xx: FloatArray
    spread_xr: FloatArray
    spread_rr: FloatArray

    @property
    def slope(self) -> FloatArray:
        """Σwy / Σwx of each cell."""
        return per(self.y, self.x)

    @property
    def sums(self) -> CellSums:
        """The sums with their moments, shape (cells, 1)."""
        moments = (self.slope, self.spread_xx, self.spread_xr, self.spread_rr)
        y, x, n = (each[:, None] for each in (self.y, self.x, self.n))
        return CellSums(y, x, n, Moments(*(each[:, None] for each in moments)))

    def merged(self, code: IntArray, count: int) -> ItemNumbers:
        """The sums of cells that belong together: `code` (one a cell) says to which of `count`."""
        matrix, sums = sum_matrix(code, count), self.sums.merged(code, count)
        if sums.n is None or sums.moments is None:
            raise ValueError("sums that had answers and moments have lost them")
        by = self.slope - sums.moments.slope[code, 0]  # e becomes e + by × x beside the common slope
        return ItemNumbers(
            n=sums.n[:, 0],
            weight=matrix @ self.weight,
            x=sums.x[:, 0],
            y=sums.y[:, 0],
            xx=matrix @ self.xx,
            xe=matrix @ (self.xe + by * self.xx),
            ee=matrix @ (self.ee + 2 * by * self.xe + by**2 * self.xx),
            spread_xx=sums.moments.xx[:, 0],
            spread_xr=sums.moments.xr[:, 0],
            spread_rr=sums.moments.rr[:, 0],
        )

    def scaled(self, factor: FloatArray) -> ItemNumbers:
        """The same under weights times a factor of each cell."""
        powers = {"n": 0, "spread_xx": 2, "spread_xr": 2, "spread_rr": 2}
        names = [each.name for each in fields(self)]
        return ItemNumbers(*(getattr(self, name) * factor ** powers.get(name, 1) for name in names))


@dataclass(frozen=True, eq=False)
class ItemLevels:
    """Answers by level: their number n, Σw and Σw², shape (levels, cells), and the label of each level."""

    labels: tuple[object, ...]
    n: FloatArray
    weight: FloatArray
    square: FloatArray

    def merged(self, code: IntArray, count: int) -> ItemLevels:
        """The sums of cells that belong together: `code` (one a cell) says to which of `count`."""
        matrix = sum_matrix(code, count)
        return ItemLevels(self.labels, *((matrix @ each.T).T for each in (self.n, self.weight, self.square)))

    def scaled(self, factor: FloatArray) -> ItemLevels:
        """The same under weights times a factor of each cell."""
        return ItemLevels(self.labels, self.n, self.weight * factor, self.square * factor**2)

    def labelled(self, labels: Sequence[object]) -> ItemLevels:
        """The same with these levels, among which its own are."""
        place_of = {label: place for place, label in enumerate(labels)}
        places = [place_of[label] for label in self.labels]

        def spread(levels: FloatArray) -> FloatArray:
            result = np.zeros((len(labels), levels.shape[1]))
            result[places] = levels
            return result

        return ItemLevels(tuple(labels), spread(self.n), spread(self.weight), spread(self.square))

    def taken(self, places: IntArray) -> ItemLevels:
        """Some of the levels, in this order."""
        labels = tuple(self.labels[place] for place in places)
        return ItemLevels(labels, self.n[places], self.weight[places], self.square[places])

    def divided(self, count: int) -> ItemLevels:
        """Two levels of them: 1 for the first `count`, 0 for the others."""
        levels = (self.n, self.weight, self.square)
        return ItemLevels(
            (0, 1), *(np.stack([each[count:].sum(axis=0), each[:count].sum(axis=0)]) for each in levels)
        )

    def numbers(self) -> ItemNumbers:
        """The same as sums of the numbers that the labels are."""
        values = np.array(self.labels, dtype=np.float64)
        slope, *moments = level_moments(self.n, self.weight, self.square, values=values)
        weight, apart = self.weight.sum(axis=0), values[:, None] - slope
        squares = (weight, (apart * self.weight).sum(axis=0), (apart**2 * self.weight).sum(axis=0))
        return ItemNumbers(self.n.sum(axis=0), weight, weight, values @ self.weight, *squares, *moments)


Item = ItemLevels | ItemNumbers


def stacked(one: Item, two: Item) -> Item:
    """The cells of an item in one table before its cells in another."""
    if isinstance(one, ItemLevels) and isinstance(two, ItemLevels):
        labels = _joined(one.labels, two.labels)
        first, second = one.labelled(labels), two.labelled(labels)
        parts = ((first.n, second.n), (first.weight, second.weight), (first.square, second.square))
        return ItemLevels(tuple(labels), *(np.hstack(pair) for pair in parts))
    numbers = [each.numbers() if isinstance(each, ItemLevels) else each for each in (one, two)]
    names = [each.name for each in fields(ItemNumbers)]
    return ItemNumbers(*(np.concatenate([getattr(each, name) for each in numbers]) for name in names))


def _joined(one: Sequence[object], two: Sequence[object]) -> list[object]:
    """The labels of both, in their order where they have one, else as they come."""
    labels = list(dict.fromkeys([*one, *two]))
    try:
        return sorted(labels)  # type: ignore[type-var]  # what does not compare raises
    except TypeError:
        return labels


def item_numbers(items: NumberItems, cells: RowCells, *, weights: FloatArray) -> ItemNumbers:
    """The sums of a single item that is a number, or a pair of numbers, not centred; two passes."""
    sums = with_moments(items, cells, weighted_sums(items, cells, weights=weights), weights=weights)
    if sums.n is None or sums.moments is None:
        raise ValueError("the kernel has not counted the answers")
    slope = np.append(sums.moments.slope[:, 0], 0.0)  # the last for rows in no cell
    weight, xx, xe, ee = tables = np.zeros((4, slope.size))
    for rows in blocks(weights.size):
        code, own = cells.codes(rows), weights[rows]
        y, x, answered = items.read(0, rows)
        e = y - slope[code] * x
        for table, values in zip(tables, (answered, x * x, x * e, e * e), strict=True):
            table += np.bincount(code, weights=own * values, minlength=slope.size)
    moments = sums.moments
    return ItemNumbers(
        sums.n[:, 0],
        weight[:-1],
        sums.x[:, 0],
        sums.y[:, 0],
        *(xx[:-1], xe[:-1], ee[:-1]),
        *(moments.xx[:, 0], moments.xr[:, 0], moments.rr[:, 0]),
    )
