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
    """Second moments of the answers of each cell about their mean, shape (cells, items).

    `slope` is Σwy / Σwx, and r = w (y - slope x) what it leaves of a row: xx = Σ (wx - mean)², xr = Σ (wx -
    mean) r, rr = Σ r². In this form nothing is lost where rows are nearly alike, or answers in proportion.
    """

    slope: FloatArray
    xx: FloatArray
    xr: FloatArray
    rr: FloatArray

    def of(self, *, y: FloatArray, x: FloatArray) -> FloatArray:
        """Σ (z - z̄)² of z = w (y coefficient × y + x coefficient × x), the coefficients by cell and item."""
        along = y * self.slope + x  # z = y r + along wx
        return np.maximum(y**2 * self.rr + 2 * y * along * self.xr + along**2 * self.xx, 0.0)


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
        moments = self.moments and Moments(
            *(
                each[:, items]
                for each in (self.moments.slope, self.moments.xx, self.moments.xr, self.moments.rr)
            )
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
        mean, slope = per(self.x, self.n), per(y, x)
        apart, turned = mean - per(x, n)[code], self.moments.slope - slope[code]
        own = self.moments  # r becomes r + turned wx, of which the mean in a cell is turned × mean
        moments = Moments(
            slope=slope,
            xx=matrix @ (own.xx + self.n * apart**2),
            xr=matrix @ (own.xr + turned * own.xx + self.n * apart * turned * mean),
            rr=matrix @ (own.rr + 2 * turned * own.xr + turned**2 * (own.xx + self.n * mean**2)),
        )
        return CellSums(y, x, n, moments)


@dataclass(frozen=True, eq=False)
class SquareSums:
    """Σw, Σwxx, Σwxy and Σwyy of the answers by domain and item, shape (domains, items)."""

    weight: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray


def per(total: FloatArray, count: FloatArray) -> FloatArray:
    """Totals by what they are totals of; 0 where there is nothing."""
    return np.divide(total, count, out=np.zeros_like(total), where=count != 0)


def level_moments(
    n: FloatArray, weight: FloatArray, square: FloatArray, *, values: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Slope, xx, xr and rr (cells) of an item with these `values` by level, from n, Σw and Σw² (levels ×
    cells).
    """
    mean = per(weight, n)
    within = np.maximum(square - weight * mean, 0.0)
    within[within <= _ROUNDING * square] = 0.0
    total = weight.sum(axis=0)
    slope, apart = per(values @ weight, total), mean - per(total, n.sum(axis=0))
    left = values[:, None] - slope
    return (
        slope,
        (within + n * apart**2).sum(axis=0),
        (left * (within + weight * apart)).sum(axis=0),
        (left**2 * square).sum(axis=0),
    )
