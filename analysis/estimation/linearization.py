"""Taylor linearization: the variance of totals of influences, stage by stage, finite populations included.

A mean, share or ratio R = Y / X has the influence u = w (y - R x) / X, a total u = w y. Its variance is that
of the sum of u: V = Σ_h (1 - f1) n/(n-1) Σ_i (z_hi - z̄_h)² + Σ_h f1 Σ_i (1 - f2) m/(m-1) Σ_k (z_hik -
z̄_hi)² + …, with z the sum of u in a unit, zero in units without members (Särndal, Swensson & Wretman 1992,
§4.3; the rules for single units are those of R survey 4.5, `onestrat` and `multistage`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.codes import blocks
from analysis.design import SinglePsu, SinglePsuInDomain, SinglePsuRules
from analysis.estimation.cells import merged
from analysis.estimation.domains import Domains
from analysis.estimation.items import Influence, Items
from analysis.estimation.sums import per, sum_matrix
from analysis.estimation.totals import StageTotals, TotalsTable
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, IntArray, Stage

_BLOCK = 4_000_000  # numbers held at a time where influences fill rows × estimates
_CACHED = 400_000  # numbers worked on at a time where they are many but could stay in the cache


@dataclass(frozen=True, eq=False)
class _Pairs:
    """The (group, domain) pairs of a stage's cells, and what each pair adds up to."""

    of_cell: IntArray
    group: IntArray
    domain: IntArray
    matrix: csr_array


def variances(
    sample: Sample, items: Items, *, table: TotalsTable, domains: Domains, influence: Influence
) -> FloatArray:
    """Variance of every estimate, shape (domains, items); NaN where single units leave nothing to average."""
    result = np.zeros((domains.count, items.item_count))
    for totals in table.stages:
        pairs = _pair(totals.group, totals.domain, domain_count=domains.count)
        columns = max(1, _CACHED // max(1, totals.group.size))
        for start in range(0, items.item_count, columns):
            block = slice(start, start + columns)
            result[:, block] += _table_variance(
                totals, sample.design, pairs=pairs, influence=influence, block=block
            )
    return result


def _table_variance(
    totals: StageTotals, design: SinglePsuRules, *, pairs: _Pairs, influence: Influence, block: slice
) -> FloatArray:
    sums = totals.sums.of(block)
    y_coefficient = influence.y_coefficient[:, block][totals.domain]
    x_coefficient = influence.x_coefficient[:, block][totals.domain]
    within = None if sums.moments is None else sums.moments.of(y=y_coefficient, x=x_coefficient)
    return stage_variance(
        totals.stage,
        design,
        pairs=pairs,
        cells=CellTotals(
            y_coefficient * sums.y + x_coefficient * sums.x, lambda: totals.units(block), within
        ),
        domain_count=influence.y_coefficient.shape[0],
    )


def _pair(group: IntArray, domain: IntArray, *, domain_count: int) -> _Pairs:
    of_cell, first = merged(group, domain)
    return _Pairs(of_cell, group[first], domain[first], sum_matrix(of_cell, first.size))


@dataclass(frozen=True, eq=False)
class CellTotals:
    """Sums z of influences by cell, shape (cells, estimates), and the number of `units` with an answer.

    A cell is one unit, or, with `within`, several: their Σ (z_i - z̄)² about the mean of the cell.
    """

    z: FloatArray
    units: Callable[[], FloatArray]
    within: FloatArray | None = None

    def squares(self, pairs: _Pairs, *, centre: FloatArray, size: FloatArray) -> FloatArray:
        """Σ (z_i - centre)² over all units of each pair, those without a cell being zeros."""
        if self.within is None:
            cells = np.bincount(pairs.of_cell, minlength=pairs.group.size)[:, None]
            apart = self.z - centre[pairs.of_cell]
            apart *= apart
        else:
            units = self.units()
            cells = pairs.matrix @ units
            apart = self.within + units * (per(self.z, units) - centre[pairs.of_cell]) ** 2
        return np.asarray(pairs.matrix @ apart + (size - cells) * centre**2)


def stage_variance(
    stage: Stage, design: SinglePsuRules, *, pairs: _Pairs, cells: CellTotals, domain_count: int
) -> FloatArray:
    """One stage's share of the variance, shape (domains, items)."""
    size = stage.group_size[pairs.group].astype(np.float64)[:, None]
    total = pairs.matrix @ cells.z
    centre, scale = total / size, stage.group_scale[pairs.group][:, None]
    by_domain = sum_matrix(pairs.domain, domain_count)
    if not _has_singles(stage, design):
        return np.asarray(by_domain @ (scale * cells.squares(pairs, centre=centre, size=size)))
    answering = pairs.matrix @ cells.units()
    single = _single(stage, design, pairs=pairs, answering=answering)
    if design.single_psu is SinglePsu.ADJUST:
        overall = _mean_of_parent(stage, pairs, total=total, answering=answering)
        centre = np.where(single, overall, centre)
    share = scale * cells.squares(pairs, centre=centre, size=size)
    if design.single_psu is SinglePsu.AVERAGE:
        share = _averaged(stage, pairs, share=share, single=single, answering=answering)
    return np.asarray(by_domain @ share)


def _has_singles(stage: Stage, design: SinglePsuRules) -> bool:
    return bool(stage.group_is_single.any()) or design.single_psu_in_domains is SinglePsuInDomain.APPLY


def _single(stage: Stage, design: SinglePsuRules, *, pairs: _Pairs, answering: FloatArray) -> BoolArray:
    single = np.asarray(stage.group_is_single[pairs.group][:, None] & (answering > 0))  # empty: not there
    if design.single_psu_in_domains is SinglePsuInDomain.APPLY:
        # groups of several units, taken with certainty or not, as in R survey 4.5
        several = (stage.group_size[pairs.group] > 1)[:, None]
        return np.asarray(single | (several & (answering == 1)))
    return single


def _parents(stage: Stage, pairs: _Pairs) -> tuple[IntArray, csr_array]:
    code, first = merged(stage.group_parent[pairs.group], pairs.domain)
    return code, sum_matrix(code, first.size)


def _mean_of_parent(stage: Stage, pairs: _Pairs, *, total: FloatArray, answering: FloatArray) -> FloatArray:
    """The mean over all units of the groups of the parent that have answers, for each pair."""
    parent, matrix = _parents(stage, pairs)
    units = matrix @ (stage.group_size[pairs.group].astype(np.float64)[:, None] * (answering > 0))
    return np.asarray(((matrix @ total) / np.maximum(units, 1))[parent])


def _averaged(
    stage: Stage,
    pairs: _Pairs,
    *,
    share: FloatArray,
    single: BoolArray,
    answering: FloatArray,
) -> FloatArray:
    """Single groups count what the others of the parent contribute on average; NaN without any other."""
    parent, matrix = _parents(stage, pairs)
    here = (answering > 0).astype(np.float64)
    groups, others = matrix @ here, matrix @ (here * ~single)
    factor = np.divide(groups, others, out=np.full_like(groups, np.nan), where=others > 0)
    factor[groups == 0] = 0
    return np.where(single & ~np.isnan(factor)[parent], 0, share * factor[parent])


def residual_blocks(
    sample: Sample, items: Items, *, domains: Domains, influence: Influence
) -> Iterator[tuple[slice, FloatArray]]:
    """Blocks of estimates (item-major) with the residual influences of all rows on them.

    A block holds as many whole items as fit into it, or a part of the domains of one item.
    """
    count, item_count = influence.y_coefficient.shape
    width = max(1, _BLOCK // len(sample))
    together = max(1, width // max(1, count))
    for first in range(0, item_count, together):
        of = slice(first, min(first + together, item_count))
        for start in range(0, count, width):
            stop = min(start + width, count)
            rows = np.zeros((len(sample), of.stop - first, stop - start))
            for inside, domain, values in row_influences(
                sample, items, domains=domains, influence=influence, of=of
            ):
                own = (domain >= start) & (domain < stop)
                rows[inside[own], :, domain[own] - start] = values[own]
            residual = sample.residual(rows.reshape(len(sample), -1))
            yield slice(first * count + start, (of.stop - 1) * count + stop), residual


def row_influences(
    sample: Sample, items: Items, *, domains: Domains, influence: Influence, of: slice = slice(None)
) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    """Blocks of rows in a domain: which they are, their domains, their influences (rows × items)."""
    for rows in blocks(len(sample)):
        inside = np.flatnonzero(domains.code[rows] >= 0)
        domain = domains.code[rows][inside]
        y, x = (each[inside] for each in items.dense(rows, of))
        z = influence.y_coefficient[:, of][domain] * y + influence.x_coefficient[:, of][domain] * x
        yield inside + rows.start, domain, sample.weights[rows][inside, None] * z
