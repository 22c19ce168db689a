"""Sums by cell of the compact table, which can be added: two halves of the rows make the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.stages import BoolArray, FloatArray, IntArray

# Of a sum of squared weights: below this, what is left beside their mean is what 16 digits leave over.
_ROUNDING = 1e-13


def sum_matrix(code: IntArray, count: int) -> csr_array:
    """The matrix (count × rows) that sums rows by their code; code -1 is left out."""
    rows = np.flatnonzero(code >= 0)
    shape = (count, code.size)
    return csr_array((np.ones(rows.size), (code[rows], rows)), shape=shape)


@dataclass(frozen=True, eq=False)
class Moments:
    """Σ (v - v̄)(v - v̄)' of v = (w x, w y) over the answers of each cell, shape (cells, items).

    Measured from the mean of the cell, so that nothing is lost where all rows are nearly alike.
    """

    xx: FloatArray
    xy: FloatArray
    yy: FloatArray

    def of(self, *, x: FloatArray, y: FloatArray) -> FloatArray:
        """Σ (z - z̄)² of z = w (y coefficient × y + x coefficient × x), the coefficients by cell and item."""
        return y**2 * self.yy + 2 * y * x * self.xy + x**2 * self.xx


@dataclass(frozen=True, eq=False)
class CellSums:
    """Σwy and Σwx by cell and item, shape (cells, items), with the answers `n` and moments if asked for."""

    y: FloatArray
    x: FloatArray
    n: FloatArray | None = None
    moments: Moments | None = None

    @property
    def present(self) -> BoolArray:
        """Where there is an answer: without counts, where weights, all above 0, add up to something."""
        return np.asarray((self.x if self.n is None else self.n) != 0)

    def of(self, items: slice) -> CellSums:
        """The sums of some of the items."""
        moments = None
        if self.moments is not None:
            moments = Moments(
                *(each[:, items] for each in (self.moments.xx, self.moments.xy, self.moments.yy))
            )
        return CellSums(
            self.y[:, items], self.x[:, items], None if self.n is None else self.n[:, items], moments
        )

    def merged(self, code: IntArray, count: int) -> CellSums:
        """The sums of cells that belong together: `code` (one a cell) says to which of `count`."""
        matrix = sum_matrix(code, count)
        y, x = matrix @ self.y, matrix @ self.x
        if self.n is None:
            return CellSums(y, x)
        n = matrix @ self.n
        if self.moments is None:
            return CellSums(y, x, n)
        apart_x = per(self.x, self.n) - per(x, n)[code]
        apart_y = per(self.y, self.n) - per(y, n)[code]
        moments = Moments(
            xx=matrix @ (self.moments.xx + self.n * apart_x**2),
            xy=matrix @ (self.moments.xy + self.n * apart_x * apart_y),
            yy=matrix @ (self.moments.yy + self.n * apart_y**2),
        )
        return CellSums(y, x, n, moments)


def per(total: FloatArray, count: FloatArray) -> FloatArray:
    """Totals by what they are totals of; 0 where there is nothing."""
    return np.divide(total, count, out=np.zeros_like(total), where=count != 0)


def level_moments(
    n: FloatArray, weight: FloatArray, square: FloatArray, *, values: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """xx, xy and yy (cells) of an item with these `values` by level, from n, Σw and Σw² (cells × levels)."""
    mean = per(weight, n)
    within = np.maximum(square - weight * mean, 0.0)
    within[within <= _ROUNDING * square] = 0.0
    count = n.sum(axis=1)
    apart_x = mean - per(weight.sum(axis=1), count)[:, None]
    apart_y = mean * values - per(weight @ values, count)[:, None]
    return (
        (within + n * apart_x**2).sum(axis=1),
        (values * within + n * apart_x * apart_y).sum(axis=1),
        (values**2 * within + n * apart_y**2).sum(axis=1),
    )
