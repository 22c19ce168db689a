"""Columns measured from their mean in standard deviations: the scales on which models are fitted.

Squares and products of raw columns lose digits when means are large beside deviations (years, money); what is
estimated on these scales is carried back exactly by a linear map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from analysis.errors import ModelError, Problem
from analysis.stages import FloatArray, some

_BLOCK = 1 << 16  # rows at a time: temporaries stay in the cache, memory stays bounded
_CONSTANT = 1e-20  # squared: round-off beside a mean
_COLLINEAR = 1e-11  # share of a column's sum of squares that the other columns leave


@dataclass(frozen=True, eq=False)
class ScaledMatrix:
    """A model matrix X (rows × p) seen as Z = (X - centre) / scale.

    The column `intercept` (None: there is none, and nothing is centred) stays 1. `extent` is the largest
    value of each column of Z, whatever its sign.
    """

    matrix: FloatArray
    centre: FloatArray
    scale: FloatArray
    extent: FloatArray
    intercept: int | None
    columns: tuple[str, ...]

    def blocks(self) -> Iterator[tuple[slice, FloatArray]]:
        """Z, some rows at a time."""
        for start in range(0, self.matrix.shape[0], _BLOCK):
            rows = slice(start, start + _BLOCK)
            yield rows, (self.matrix[rows] - self.centre) / self.scale

    def predictor(self, scaled: FloatArray) -> FloatArray:
        """Z γ for all rows."""
        result = np.empty(self.matrix.shape[0])
        for rows, block in self.blocks():
            result[rows] = block @ scaled
        return result

    @property
    def back(self) -> FloatArray:
        """The map (p × p) from coefficients of Z to those of X."""
        back = np.diag(1 / self.scale)
        if self.intercept is not None:
            shift = self.centre / self.scale
            back[self.intercept] -= shift
        return back

    def scaled(self, coefficients: FloatArray) -> FloatArray:
        """Coefficients of X as coefficients of Z."""
        scaled = coefficients * self.scale
        if self.intercept is not None:
            scaled[self.intercept] += coefficients @ self.centre
        return scaled

    def reach(self, scaled: FloatArray) -> float:
        """A bound of |Z γ| over the rows."""
        return float(np.abs(scaled) @ self.extent)

    def moving(self, step: FloatArray) -> list[str]:
        """The columns that a step of the coefficients of Z moves; the intercept only if nothing else does."""
        size = np.abs(step)
        moved = [at for at in np.flatnonzero(size > 1e-2 * size.max()) if at != self.intercept]
        return [self.columns[at] for at in moved] or [self.columns[at] for at in np.flatnonzero(size)]


def scale_columns(
    matrix: FloatArray, weights: FloatArray, *, columns: Sequence[str] | None = None
) -> ScaledMatrix:
    """The scales of the columns of a model matrix under weights (one a row).

    Raises `ModelError` naming every column that is a sum of multiples of the columns before it.
    """
    names = (
        tuple(columns) if columns is not None else tuple(f"column {at + 1}" for at in range(matrix.shape[1]))
    )
    importance = np.abs(weights)
    total = importance.sum()
    mean = (importance @ matrix) / total
    squares, extent = np.zeros((2, mean.size)), np.zeros((2, mean.size))  # from the mean, and from zero
    for start in range(0, matrix.shape[0], _BLOCK):
        rows = slice(start, start + _BLOCK)
        for place, block in enumerate((matrix[rows] - mean, matrix[rows])):
            squares[place] += importance[rows] @ block**2
            extent[place] = np.maximum(extent[place], np.abs(block).max(axis=0))
    constant = (squares[0] <= _CONSTANT * squares[1]) & (squares[1] > 0)
    intercept = int(np.flatnonzero(constant)[0]) if constant.any() else None
    raw = constant | (intercept is None)  # these columns stay where they are
    scale = np.sqrt(np.where(raw, squares[1], squares[0]) / total)
    if intercept is not None:
        scale[intercept] = mean[intercept]
    scale = np.where(scale != 0, scale, 1.0)
    scaled = ScaledMatrix(
        matrix=matrix,
        centre=np.where(raw, 0.0, mean),
        scale=scale,
        extent=np.where(raw, extent[1], extent[0]) / np.abs(scale),
        intercept=intercept,
        columns=names,
    )
    _refuse_collinear(scaled, importance)
    return scaled


def _refuse_collinear(scaled: ScaledMatrix, importance: FloatArray) -> None:
    size = len(scaled.columns)
    products = np.zeros((size, size))
    for rows, block in scaled.blocks():
        products += block.T @ (block * importance[rows, None])
    # the intercept first: a column that does not vary is told from it
    order = sorted(range(size), key=lambda at: at != scaled.intercept)
    kept: list[int] = []
    factor = np.zeros((size, size))  # lower triangle of the products of the columns kept
    problems = []
    for at in order:
        known = products[kept, at]
        own = products[at, at]
        count = len(kept)
        row = solve_triangular(factor[:count, :count], known, lower=True) if count else known
        left = own - row @ row
        if left > _COLLINEAR * own and own > 0:
            factor[count, :count], factor[count, count] = row, np.sqrt(left)
            kept.append(at)
            continue
        shares = solve_triangular(factor[:count, :count].T, row) if count else row
        others = [scaled.columns[kept[place]] for place in np.flatnonzero(np.abs(shares) > 1e-6)]
        text = f"follows from {some(others)}" if others else "is zero in every row"
        problems.append(Problem("collinear", f"column {scaled.columns[at]}", text))
    if problems:
        raise ModelError("Columns of the model say the same; leave out a term.", problems=problems)
