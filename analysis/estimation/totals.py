"""The PSU-total kernel: one pass over the rows; means, shares and ratios are algebra on what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.estimation.domains import Domains
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray, Stage, joint_codes


@dataclass(frozen=True, eq=False)
class ItemValues:
    """What is summed: numerators y and denominators x, shape (rows, items), 0 where there is no answer.

    `answered` is 1.0 where the row counts for the item, x where x is an indicator (means, shares, totals).
    For means and ratios y has been centred: it stands for y - `centre` x, so that large values with a small
    spread lose no digits.
    """

    y: FloatArray
    x: FloatArray
    answered: FloatArray
    centre: FloatArray

    @property
    def item_count(self) -> int:
        """How many items there are."""
        return int(self.y.shape[1])


@dataclass(frozen=True, eq=False)
class StageTotals:
    """Weighted sums of one stage by (unit, domain) cell: `y`, `x` and answers `n`, shape (cells, items)."""

    stage: Stage
    unit: IntArray
    domain: IntArray
    y: FloatArray
    x: FloatArray
    n: FloatArray


@dataclass(frozen=True, eq=False)
class DomainTotals:
    """Sums by domain and item, shape (domains, items): Σwx, Σwy, Σw, Σwxx, Σwxy, Σwyy, Σw², answers n."""

    x: FloatArray
    y: FloatArray
    weight: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray
    weight_squared: FloatArray
    n: FloatArray


@dataclass(frozen=True, eq=False)
class TotalsTable:
    """The compact table of a call: sums by domain, and by unit and domain for the stages with variance."""

    domains: DomainTotals
    stages: tuple[StageTotals, ...]


def sum_matrix(code: IntArray, count: int) -> csr_array:
    """The matrix (count × rows) that sums rows by their code; code -1 is left out."""
    rows = np.flatnonzero(code >= 0)
    shape = (count, code.size)
    return csr_array((np.ones(rows.size), (code[rows], rows)), shape=shape)


def tabulate(sample: Sample, items: ItemValues, *, domains: Domains) -> TotalsTable:
    """Reduce the rows once to sums by domain and by (unit, domain) of each stage.

    Stages whose populations were all taken, or that lie under units of an unbounded population, have no
    variance of their own and no table.
    """
    weighted = sample.weights[:, None]
    y, x = weighted * items.y, weighted * items.x
    by_domain = sum_matrix(domains.code, domains.count)
    totals = DomainTotals(
        x=by_domain @ x,
        y=by_domain @ y,
        weight=by_domain @ (weighted * items.answered),
        xx=by_domain @ (x * items.x),
        xy=by_domain @ (x * items.y),
        yy=by_domain @ (y * items.y),
        weight_squared=by_domain @ (weighted**2 * items.answered),
        n=by_domain @ items.answered,
    )
    tables = tuple(
        _stage_totals(stage, domains=domains, y=y, x=x, n=items.answered) for stage in varying(sample.stages)
    )
    return TotalsTable(totals, tables)


def varying(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages that add to the variance."""
    return tuple(stage for stage in stages if stage.group_scale.any())


def _stage_totals(
    stage: Stage, *, domains: Domains, y: FloatArray, x: FloatArray, n: FloatArray
) -> StageTotals:
    inside = np.flatnonzero(domains.code >= 0)
    unit, domain = stage.unit[inside], domains.code[inside]
    if stage.rows_are_units:
        return StageTotals(stage, unit, domain, y[inside], x[inside], n[inside])
    key = joint_codes(unit * domains.count + domain)
    cells = int(key.max(initial=-1)) + 1
    cell_unit, cell_domain = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    cell_unit[key], cell_domain[key] = unit, domain
    cell = np.full(domains.code.size, -1, dtype=np.int64)
    cell[inside] = key
    by_cell = sum_matrix(cell, cells)
    return StageTotals(stage, cell_unit, cell_domain, by_cell @ y, by_cell @ x, by_cell @ n)
