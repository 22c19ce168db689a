"""What a calibration explains of an estimate: its influence less the regression on the known totals.

A calibrated total Σ w y varies like Σ w e, with e = y - x'B the residual of the regression of y on the
auxiliary variables x, B = (Σ d q x x')⁻¹ Σ d q x y under the weights d before calibration (Deville & Särndal
1992, §3). The importance q is 1, or 1 / variance where the calibration was told of unequal variances.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from scipy.sparse import csr_array, diags_array

from analysis.estimation.sums import sum_matrix
from analysis.stages import FloatArray, IntArray
from analysis.weighting.independent_columns import orthonormal

Basis: TypeAlias = FloatArray | csr_array

_ROUNDING = 1e-12  # of an influence left as its residual: the known totals explain all of it


@dataclass(frozen=True, eq=False)
class CellCalibration:
    """A calibration whose auxiliary variables, and so its factor g, are constant in cells of rows.

    `cell` is the cell of each row (-1: weight 0), `after` the calibrated weight of each row. By cell:
    `cell_values` the auxiliary variables (cells × p; None: an indicator of each cell, which is
    post-stratification), `cell_before` the sum of the weights before, `cell_factor` g, `cell_importance` q.
    """

    cell: IntArray
    after: FloatArray
    cell_values: FloatArray | None
    cell_before: FloatArray
    cell_factor: FloatArray
    cell_importance: FloatArray

    @cached_property
    def basis(self) -> Basis:
        """The auxiliary variables (cells × p) turned so that Σ_c before q basis basis' is the identity.

        Cells whose factor is 0 have lost their influence with their weight, and take no part.
        """
        weight = np.where(self.cell_factor != 0, self.cell_before * self.cell_importance, 0.0)
        if self.cell_values is not None:
            return orthonormal(self.cell_values, weight).columns
        inverse = np.divide(1.0, weight, out=np.zeros_like(weight), where=weight > 0)
        return csr_array(diags_array(np.sqrt(inverse)))

    def explained(self, sums: FloatArray) -> FloatArray:
        """x'B in each cell, from the sums over the cells (cells × k) of weighted influences."""
        ratio = _over(self.cell_importance, self.cell_factor)
        return np.asarray(self.basis @ (self.basis.T @ (ratio[:, None] * sums)))

    def residual(self, influence: FloatArray) -> FloatArray:
        """Weighted influences (rows × k) less what the known totals explain of them."""
        inside = self.cell >= 0
        explained = self.explained(self._sums @ influence)
        weighted = np.where(inside[:, None], explained[self.cell], 0.0) * self.after[:, None]
        return _without_rounding(influence - weighted, influence)

    @cached_property
    def _sums(self) -> csr_array:
        return sum_matrix(self.cell, self.cell_before.size)


@dataclass(frozen=True, eq=False)
class RowCalibration:
    """A calibration whose auxiliary variables differ from row to row.

    One a row: `values` (rows × p), the weights `before`, the factor g, the importance q.
    """

    values: FloatArray
    before: FloatArray
    factor: FloatArray
    importance: FloatArray

    @cached_property
    def basis(self) -> FloatArray:
        """The auxiliary variables (rows × p) turned so that Σ before q basis basis' is the identity.

        Rows whose factor is 0 have lost their influence with their weight, and take no part.
        """
        weight = np.where(self.factor != 0, self.before * self.importance, 0.0)
        return orthonormal(self.values, weight).columns

    def residual(self, influence: FloatArray) -> FloatArray:
        """Weighted influences (rows × k) less what the known totals explain of them."""
        ratio = _over(self.importance, self.factor)
        explained = self.basis @ (self.basis.T @ (ratio[:, None] * influence))
        return _without_rounding(influence - (self.before * self.factor)[:, None] * explained, influence)


def _over(importance: FloatArray, factor: FloatArray) -> FloatArray:
    """q / g; 0 where g is 0: such rows have no weight left and no influence."""
    return np.divide(importance, factor, out=np.zeros_like(factor), where=factor != 0)


def _without_rounding(residual: FloatArray, influence: FloatArray) -> FloatArray:
    """Residuals (rows × k), exactly 0 in the columns of estimates that the known totals fix."""
    left, whole = (np.einsum("ij,ij->j", each, each) for each in (residual, influence))
    residual[:, left <= _ROUNDING**2 * whole] = 0.0
    return residual
