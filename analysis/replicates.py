"""Replicate weights: the sample weighted again and again, as if it had been drawn again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.linalg.lapack import dpstrf

from analysis.codes import first_of, joint_codes
from analysis.printing import Printed
from analysis.replicate_design import ReplicateCentre, ReplicateMethod
from analysis.stages import BoolArray, FloatArray, IntArray

_BLOCK = 1 << 18  # multiplications at a time: products that BLAS does not spread over threads, which wait
_LEAST_WIDTH = 32
_HELD = (
    50_000_000  # rows × replicates kept where every row has factors of its own; more are made when asked for
)
_RANK_TOLERANCE = 1e-5  # a column of which less is left beside the others is made of them (R: `degf`)


class ReplicateAdjustment(Protocol):
    """A calibration, or another change of the weights, made in every replicate by itself."""

    def adjusted(self, weights: FloatArray, replicate: int) -> FloatArray:
        """The weights (one a row) of a replicate, counted from 0, after the change."""
        ...


@runtime_checkable
class CellReplicateAdjustment(Protocol):
    """An adjustment that multiplies the weights by factors, the same in all rows of a cell.

    `code` is the cell of each row (-1: factor 1), `cell_factors` has the shape (cells, replicates).
    """

    code: IntArray
    cell_factors: FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class Replicates(Printed):
    """Replicate weights and how their spread becomes a variance: scale × Σ_r rscales_r (θ_r - centre)².

    The weight of row i in replicate r is `base[i]` × `factors[unit[i], r]`, changed by the `adjustments` one
    after the other: factors by sampling unit keep a thousand replicates of a million rows small. `base` and
    `unit` have one entry a row, `factors` the shape (units, replicates), `rscales` one entry a replicate.
    `degrees_of_freedom` None: those that the weights themselves show. `seed` made random replicates. Source:
    Wolter 2007; R survey 4.5, `svrVar`.
    """

    method: ReplicateMethod
    base: FloatArray
    unit: IntArray
    factors: FloatArray
    scale: float
    rscales: FloatArray
    centre: ReplicateCentre = ReplicateCentre.MEAN
    degrees_of_freedom: int | None = None
    seed: int | None = None
    adjustments: tuple[ReplicateAdjustment, ...] = ()

    def __str__(self) -> str:
        made = "" if self.seed is None else f", seed {self.seed}"
        calibrated = ", each calibrated" if self.adjustments else ""
        return f"{self.count} {self.method} replicates{made}{calibrated}"

    @property
    def count(self) -> int:
        """How many replicates there are."""
        return int(self.factors.shape[1])

    def weights(self) -> Iterator[FloatArray]:
        """The weights of one replicate after the other, one a row."""
        for replicate in range(self.count):
            yield self.weight(replicate)

    def weight(self, replicate: int) -> FloatArray:
        """The weights of one replicate (counted from 0), one a row."""
        result = self.base * self.factors[self.unit, replicate]
        for adjustment in self.adjustments:
            result = adjustment.adjusted(result, replicate)
        return np.asarray(result, dtype=np.float64)

    def adjusted(self, adjustment: ReplicateAdjustment) -> Replicates:
        """The same replicates, each calibrated once more."""
        return replace(self, adjustments=(*self.adjustments, adjustment))

    def by_code(self) -> CodedReplicates:
        """The replicates as factors of the base weight by groups of rows that have them in common."""
        cells = [each for each in self.adjustments if isinstance(each, CellReplicateAdjustment)]
        if len(cells) < len(self.adjustments):
            rows = np.arange(self.base.size)
            coded = CodedReplicates(rows, (), self)
            few = self.base.size * self.count <= _HELD
            return replace(coded, parts=((rows, coded.factors(rows)),)) if few else coded
        code, parts = self.unit, [(np.arange(self.factors.shape[0]), self.factors)]
        if cells:
            code = joint_codes(self.unit, *(each.code for each in cells))
            first = first_of(code, int(code.max(initial=-1)) + 1)
            ones = np.ones((1, self.count))
            parts = [(self.unit[first], self.factors)]
            parts += [(each.code[first], np.vstack([each.cell_factors, ones])) for each in cells]
        return CodedReplicates(code, tuple(parts), self)

    def deviations(self, replicated: FloatArray, *, estimate: FloatArray) -> FloatArray:
        """√(scale × rscale) × (θ_r - centre) for statistics replicated as (…, replicates, k); same shape.

        `estimate` has the shape (…, k). A replicate in which a statistic has no value is left out for it;
        where none has one, NaN.
        """
        weight = np.sqrt(self.scale * self.rscales)[:, None]
        known = np.isfinite(replicated)
        if known.all() and self.centre is ReplicateCentre.ESTIMATE:
            return np.asarray((replicated - estimate[..., None, :]) * weight, dtype=np.float64)
        counting = self.rscales > 0
        if known.all():
            centre = (replicated if counting.all() else replicated[..., counting, :]).mean(axis=-2)
            return np.asarray((replicated - centre[..., None, :]) * weight, dtype=np.float64)
        return self._incomplete_deviations(replicated, known, estimate=estimate) * weight

    def _incomplete_deviations(
        self, replicated: FloatArray, known: BoolArray, *, estimate: FloatArray
    ) -> FloatArray:
        counting = known & (self.rscales > 0)[:, None]
        count = counting.sum(axis=-2)
        if self.centre is ReplicateCentre.ESTIMATE:
            centre = np.where(count > 0, estimate, np.nan)
        else:
            total = np.where(counting, replicated, 0.0).sum(axis=-2)
            centre = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        apart = np.where(known, replicated, 0.0) - centre[..., None, :]
        return np.where(known | np.isnan(apart), apart, 0.0)

    def covariance(self, replicated: FloatArray, *, estimate: FloatArray) -> FloatArray:
        """Covariance (k × k) of the statistics whose replicates are `replicated` (replicates × k)."""
        apart = self.deviations(replicated, estimate=estimate)
        return np.asarray(apart.T @ apart, dtype=np.float64)

    def variance(self, replicated: FloatArray, *, estimate: FloatArray) -> FloatArray:
        """The diagonal of `covariance`, for statistics replicated as (…, replicates, k): shape (…, k)."""
        apart = self.deviations(replicated, estimate=estimate)
        return np.asarray(np.einsum("...rk,...rk->...k", apart, apart), dtype=np.float64)

    def degrees_of_freedom_in(self, members: BoolArray) -> int:
        """As given, or the rank of the members' replicate weights less one (R survey 4.5, `degf`)."""
        return int(self.degrees_of_freedom_by(np.where(members, 0, -1), count=1)[0])

    def degrees_of_freedom_by(self, domain: IntArray, *, count: int) -> IntArray:
        """The same for each of `count` domains; `domain` is the code of each row, -1 for none."""
        if self.degrees_of_freedom is not None:
            return np.full(count, self.degrees_of_freedom)
        coded, inside = self.by_code(), np.flatnonzero(domain >= 0)
        width = coded.group_count + 1
        cells, cell = np.unique(domain[inside] * width + coded.code[inside], return_inverse=True)
        squares = np.bincount(cell.reshape(-1), weights=self.base[inside] ** 2, minlength=cells.size)
        start = np.searchsorted(cells, np.arange(count + 1) * width)
        result = np.zeros(count, dtype=np.int64)
        for code, own in enumerate(map(slice, start[:-1].tolist(), start[1:].tolist())):
            factors = coded.factors(cells[own] % width) * np.sqrt(squares[own])[:, None]
            result[code] = max(0, _rank(factors) - 1)
        return result


@dataclass(frozen=True, eq=False)
class CodedReplicates:
    """Replicates by groups of rows: `code` (one a row) and, asked for in parts, the factors of each group."""

    code: IntArray
    parts: tuple[tuple[IntArray, FloatArray], ...]
    replicates: Replicates

    @property
    def group_count(self) -> int:
        """How many groups there are."""
        return int(self.code.max(initial=-1)) + 1

    def factors(self, groups: IntArray, replicates: slice = slice(None)) -> FloatArray:
        """The factors of the base weight, shape (groups, replicates)."""
        if not self.parts:
            return self._row_factors(groups, replicates)
        place, table = self.parts[0]
        result = table[place[groups], replicates]
        for place, table in self.parts[1:]:
            result = result * table[place[groups], replicates]
        return np.asarray(result, dtype=np.float64)

    def _row_factors(self, rows: IntArray, replicates: slice) -> FloatArray:
        base = self.replicates.base[rows]
        inverse = np.divide(1.0, base, out=np.zeros_like(base), where=base != 0)
        chosen = range(*replicates.indices(self.replicates.count))
        return np.column_stack([self.replicates.weight(each)[rows] * inverse for each in chosen])

    def blocks(self, *, work: int) -> Iterator[slice]:
        """Slices of the replicates, where one replicate costs `work` multiplications."""
        width = max(_LEAST_WIDTH, _BLOCK // max(1, work))
        for start in range(0, self.replicates.count, width):
            yield slice(start, min(start + width, self.replicates.count))


def _rank(matrix: FloatArray) -> int:
    """The rank, by a pivoted Cholesky factor of the inner products of the columns (of the rows if fewer)."""
    tall = matrix if matrix.shape[1] <= matrix.shape[0] else matrix.T
    products = np.zeros((tall.shape[1], tall.shape[1]))
    height = max(_LEAST_WIDTH, _BLOCK // max(1, products.size))
    for start in range(0, tall.shape[0], height):
        rows = tall[start : start + height]
        products += rows.T @ rows
    length = np.sqrt(np.diag(products))
    used = length > 0
    if not used.any():
        return 0
    scaled = products[np.ix_(used, used)] / np.outer(length[used], length[used])
    return int(dpstrf(scaled, tol=_RANK_TOLERANCE**2)[2])
