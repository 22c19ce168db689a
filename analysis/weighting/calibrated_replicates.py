"""Calibration carried into replicates: every replicate is calibrated by itself, as the sample was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from analysis.errors import Problem
from analysis.replicates import Replicates
from analysis.stages import FloatArray, IntArray
from analysis.weighting.distances import Distance


@dataclass(frozen=True, eq=False)
class CellFactors:
    """Factors g of every replicate (cells × replicates), by the cell of a row (`code`; -1: factor 1)."""

    code: IntArray
    cell_factors: FloatArray

    def adjusted(self, weights: FloatArray, replicate: int) -> FloatArray:
        """The weights (one a row) of a replicate, times the factor of their cell."""
        with_one = np.append(self.cell_factors[:, replicate], 1.0)
        return np.asarray(weights * with_one[self.code])


@dataclass(frozen=True, eq=False)
class RowFactors:
    """Factors F(q x'λ) of every replicate, kept as its coefficients λ (p × replicates)."""

    values: FloatArray
    importance: FloatArray
    distance: Distance
    coefficients: FloatArray

    def adjusted(self, weights: FloatArray, replicate: int) -> FloatArray:
        """The weights (one a row) of a replicate, times the factor of each row."""
        position = self.importance * (self.values @ self.coefficients[:, replicate])
        return np.asarray(weights * self.distance.factor(position))


def cell_sums(replicates: Replicates, cell: IntArray, *, count: int) -> FloatArray:
    """Sums of the replicates' weights by cell, shape (cells, replicates); cell -1 is left out."""
    inside = np.flatnonzero(cell >= 0)
    if not replicates.adjustments:
        at = (cell[inside], replicates.unit[inside])
        table = csr_array((replicates.base[inside], at), shape=(count, replicates.factors.shape[0]))
        return np.asarray(table @ replicates.factors)
    sums = [np.bincount(cell[inside], weights=each[inside], minlength=count) for each in replicates.weights()]
    return np.column_stack(sums)


def in_replicate(problems: Sequence[Problem], replicate: int) -> Iterator[Problem]:
    """The same problems, placed in a replicate (counted from 0)."""
    for problem in problems:
        yield replace(problem, place=f"replicate {replicate + 1}, {problem.place}")
