"""Sums of items that are numbers of any kind: means, totals and ratios."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.codes import BLOCK, blocks
from analysis.estimation.cells import RowCells
from analysis.estimation.items import Influence, NumberItems
from analysis.estimation.sums import CellSums, Moments, SquareSums, per
from analysis.stages import FloatArray


class _Table:
    """A sum of each item by code; rows of the last code (`count`, also written -1) are left out."""

    def __init__(self, item_count: int, count: int) -> None:
        self._sums = np.zeros((item_count, count + 1))

    def add(self, item: int, code: NDArray[np.int64], values: FloatArray) -> None:
        np.add.at(self._sums[item], code, values)

    @property
    def sums(self) -> FloatArray:
        """Shape (codes, items)."""
        return np.ascontiguousarray(self._sums[:, :-1].T)


def weighted_sums(items: NumberItems, cells: RowCells, *, weights: FloatArray) -> CellSums:
    """Σwy, Σwx and the answers under any weights (one a row), shape (cells, items)."""
    y, x, n = (_Table(items.item_count, cells.count) for _ in range(3))
    for rows in blocks(weights.size):
        code, weight = cells.codes(rows).astype(np.int64), weights[rows]
        for item in range(items.item_count):
            own_y, own_x, answered = items.read(item, rows)
            y.add(item, code, weight * own_y)
            x.add(item, code, weight * own_x)
            n.add(item, code, answered.astype(np.float64))
    return CellSums(y.sums, x.sums, n.sums)


def with_moments(items: NumberItems, cells: RowCells, sums: CellSums, *, weights: FloatArray) -> CellSums:
    """The same sums with the moments of the rows about the means of their cells: a second pass."""
    if sums.n is None:
        raise ValueError("moments are measured from means, which need the number of answers")
    slope = per(sums.y, sums.x)
    nothing = np.zeros((1, items.item_count))  # for rows in no cell
    mean, steep, rest = (
        np.vstack([each, nothing])
        for each in (per(sums.x, sums.n), slope, per(sums.y - slope * sums.x, sums.n))
    )
    xx, xr, rr = (_Table(items.item_count, cells.count) for _ in range(3))
    for rows in blocks(weights.size):
        code, weight = cells.codes(rows).astype(np.int64), weights[rows]
        for item in range(items.item_count):
            y, x, answered = items.read(item, rows)
            apart = np.where(answered, weight * x - mean[code, item], 0.0)
            left = np.where(answered, weight * (y - steep[code, item] * x) - rest[code, item], 0.0)
            xx.add(item, code, apart * apart)
            xr.add(item, code, apart * left)
            rr.add(item, code, left * left)
    return CellSums(sums.y, sums.x, sums.n, Moments(slope, xx.sums, xr.sums, rr.sums))


def squares(
    items: NumberItems, domain: NDArray[np.int64], *, domain_count: int, weights: FloatArray
) -> SquareSums:
    """Sums of products by domain (one code a row; -1: none)."""
    weight, xx, xy, yy = (_Table(items.item_count, domain_count) for _ in range(4))
    for rows in blocks(weights.size, BLOCK):
        code, own = domain[rows], weights[rows]
        for item in range(items.item_count):
            y, x, answered = items.read(item, rows)
            weight.add(item, code, own * answered)
            xx.add(item, code, own * x * x)
            xy.add(item, code, own * x * y)
            yy.add(item, code, own * y * y)
    return SquareSums(weight.sums, xx.sums, xy.sums, yy.sums)


def squared_influences(
    items: NumberItems, domain: NDArray[np.int64], *, influence: Influence, weights: FloatArray
) -> FloatArray:
    """Σ weight × influence² by domain (one code a row; -1: none) and item, shape (domains, items)."""
    table = _Table(items.item_count, influence.y_coefficient.shape[0])
    for rows in blocks(weights.size):
        code = domain[rows]
        for item in range(items.item_count):
            y, x, _ = items.read(item, rows)
            z = influence.y_coefficient[code, item] * y + influence.x_coefficient[code, item] * x
            table.add(item, code, weights[rows] * z**2)
    return table.sums
