"""Taylor linearization: the variance of totals of influences, stage by stage, finite populations included.

A mean, share or ratio R = Y / X has the influence u = w (y - R x) / X, a total u = w y. Its variance is that
of the sum of u: V = Σ_h (1 - f1) n/(n-1) Σ_i (z_hi - z̄_h)² + Σ_h f1 Σ_i (1 - f2) m/(m-1) Σ_k (z_hik -
z̄_hi)² + …, with z the sum of u in a unit, zero in units without members (Särndal, Swensson & Wretman 1992,
§4.3; the rules for single units are those of R survey 4.5, `onestrat` and `multistage`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.design import SinglePsu, SinglePsuInDomain, SinglePsuRules
from analysis.estimation.domains import Domains
from analysis.estimation.totals import ItemValues, StageTotals, TotalsTable, sum_matrix, varying
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, IntArray, Stage

_BLOCK = 4_000_000  # numbers held at a time where influences fill rows × estimates


@dataclass(frozen=True, eq=False)
class Influence:
    """The influence of a row on an estimate: w (y_coefficient y + x_coefficient x), by domain and item."""

    y_coefficient: FloatArray
    x_coefficient: FloatArray


@dataclass(frozen=True, eq=False)
class _Pairs:
    """The (group, domain) pairs of a stage's cells, and what each pair adds up to."""

    of_cell: IntArray
    group: IntArray
    domain: IntArray
    matrix: csr_array


def variances(
    sample: Sample, items: ItemValues, *, table: TotalsTable, domains: Domains, influence: Influence
) -> FloatArray:
    """Variance of every estimate, shape (domains, items); NaN where single units leave nothing to average."""
    if sample.calibrations:
        return _calibrated_variances(sample, items, domains=domains, influence=influence)
    result = np.zeros((domains.count, items.item_count))
    for totals in table.stages:
        columns = max(1, _BLOCK // max(1, totals.unit.size))
        for start in range(0, items.item_count, columns):
            block = slice(start, start + columns)
            result[:, block] += _table_variance(totals, sample.design, influence=influence, block=block)
    return result


def _table_variance(
    totals: StageTotals, design: SinglePsuRules, *, influence: Influence, block: slice
) -> FloatArray:
    y_coefficient = influence.y_coefficient[:, block][totals.domain]
    x_coefficient = influence.x_coefficient[:, block][totals.domain]
    z = y_coefficient * totals.y[:, block] + x_coefficient * totals.x[:, block]
    count = influence.y_coefficient.shape[0]
    pairs = _pair(totals.stage, unit=totals.unit, domain=totals.domain, domain_count=count)
    return stage_variance(
        totals.stage, design, pairs=pairs, z=z, present=totals.n[:, block] > 0, domain_count=count
    )


def _pair(stage: Stage, *, unit: IntArray, domain: IntArray, domain_count: int) -> _Pairs:
    keys, of_cell = np.unique(stage.unit_group[unit] * domain_count + domain, return_inverse=True)
    of_cell = of_cell.reshape(-1)
    return _Pairs(of_cell, keys // domain_count, keys % domain_count, sum_matrix(of_cell, keys.size))


def stage_variance(
    stage: Stage,
    design: SinglePsuRules,
    *,
    pairs: _Pairs,
    z: FloatArray,
    present: BoolArray,
    domain_count: int,
) -> FloatArray:
    """One stage's share of the variance, shape (domains, items).

    `z` and `present` (has an answer) have the shape (cells, items); units without a cell are zeros.
    """
    size = stage.group_size[pairs.group].astype(np.float64)[:, None]
    total = pairs.matrix @ z
    answering = pairs.matrix @ present.astype(np.float64)
    single = _single(stage, design, pairs=pairs, answering=answering)
    centre = total / size
    if design.single_psu is SinglePsu.ADJUST and single.any():
        overall = _mean_of_parent(stage, pairs, total=total, answering=answering, domain_count=domain_count)
        centre = np.where(single, overall, centre)
    cells = np.bincount(pairs.of_cell, minlength=pairs.group.size)[:, None]
    squares = pairs.matrix @ (z - centre[pairs.of_cell]) ** 2 + (size - cells) * centre**2
    share = stage.group_scale[pairs.group][:, None] * squares
    if design.single_psu is SinglePsu.AVERAGE and single.any():
        share = _averaged(
            stage, pairs, share=share, single=single, answering=answering, domain_count=domain_count
        )
    return np.asarray(sum_matrix(pairs.domain, domain_count) @ share)


def _single(stage: Stage, design: SinglePsuRules, *, pairs: _Pairs, answering: FloatArray) -> BoolArray:
    single = np.broadcast_to(stage.group_is_single[pairs.group][:, None], answering.shape)
    if design.single_psu_in_domains is SinglePsuInDomain.APPLY:
        # groups of several units, taken with certainty or not, as in R survey 4.5
        several = (stage.group_size[pairs.group] > 1)[:, None]
        return np.asarray(single | (several & (answering == 1)))
    return single


def _parents(stage: Stage, pairs: _Pairs, domain_count: int) -> tuple[IntArray, csr_array]:
    keys, code = np.unique(stage.group_parent[pairs.group] * domain_count + pairs.domain, return_inverse=True)
    return code.reshape(-1), sum_matrix(code.reshape(-1), keys.size)


def _mean_of_parent(
    stage: Stage, pairs: _Pairs, *, total: FloatArray, answering: FloatArray, domain_count: int
) -> FloatArray:
    """The mean over all units of the groups of the parent that have answers, for each pair."""
    parent, matrix = _parents(stage, pairs, domain_count)
    units = matrix @ (stage.group_size[pairs.group].astype(np.float64)[:, None] * (answering > 0))
    return np.asarray(((matrix @ total) / np.maximum(units, 1))[parent])


def _averaged(
    stage: Stage,
    pairs: _Pairs,
    *,
    share: FloatArray,
    single: BoolArray,
    answering: FloatArray,
    domain_count: int,
) -> FloatArray:
    """Single groups count what the others of the parent contribute on average; NaN without any other."""
    parent, matrix = _parents(stage, pairs, domain_count)
    here = (answering > 0).astype(np.float64)
    groups, others = matrix @ here, matrix @ (here * ~single)
    factor = np.divide(groups, others, out=np.full_like(groups, np.nan), where=others > 0)
    factor[groups == 0] = 0
    return np.where(single & ~np.isnan(factor)[parent], 0, share * factor[parent])


def _calibrated_variances(
    sample: Sample, items: ItemValues, *, domains: Domains, influence: Influence
) -> FloatArray:
    """The same for a calibrated sample: every row has a residual in every domain, members or not."""
    shape = influence.y_coefficient.shape
    result = np.zeros(shape[0] * shape[1])
    stages = [(stage, unit_matrix(stage), _whole(stage)) for stage in varying(sample.stages)]
    for block, rows in residual_blocks(sample, items, domains=domains, influence=influence):
        for stage, matrix, pairs in stages:
            z = rows if matrix is None else matrix @ rows
            present = np.ones(z.shape, dtype=np.bool_)
            result[block] += stage_variance(
                stage, sample.design, pairs=pairs, z=z, present=present, domain_count=1
            ).reshape(-1)
    return result.reshape(shape[1], shape[0]).T


def _whole(stage: Stage) -> _Pairs:
    """The pairs of a stage whose units are all in one domain."""
    unit = np.arange(stage.unit_count, dtype=np.int64)
    return _pair(stage, unit=unit, domain=np.zeros_like(unit), domain_count=1)


def residual_blocks(
    sample: Sample, items: ItemValues, *, domains: Domains, influence: Influence
) -> Iterator[tuple[slice, FloatArray]]:
    """Blocks of estimates (item-major) with the residual influences of all rows on them.

    A block holds as many whole items as fit into it, or a part of the domains of one item.
    """
    count, item_count = influence.y_coefficient.shape
    width = max(1, _BLOCK // len(sample))
    together = max(1, width // max(1, count))
    for first in range(0, item_count, together):
        some = slice(first, min(first + together, item_count))
        for start in range(0, count, width):
            stop = min(start + width, count)
            inside = np.flatnonzero((domains.code >= start) & (domains.code < stop))
            domain = domains.code[inside]
            rows = np.zeros((len(sample), some.stop - first, stop - start))
            rows[inside, :, domain - start] = row_influence(sample, items, influence, inside, domain, of=some)
            residual = sample.residual(rows.reshape(len(sample), -1))
            yield slice(first * count + start, (some.stop - 1) * count + stop), residual


def row_influence(
    sample: Sample,
    items: ItemValues,
    influence: Influence,
    inside: IntArray,
    domain: IntArray,
    *,
    of: slice = slice(None),
) -> FloatArray:
    y = influence.y_coefficient[:, of][domain] * items.y[inside, of]
    x = influence.x_coefficient[:, of][domain] * items.x[inside, of]
    return np.asarray(sample.weights[inside, None] * (y + x))


def unit_matrix(stage: Stage) -> csr_array | None:
    """The matrix that sums rows by the units of a stage; None where they are its units already."""
    return None if stage.rows_are_units else sum_matrix(stage.unit, stage.unit_count)


def unit_sums(stage: Stage, rows: FloatArray) -> FloatArray:
    matrix = unit_matrix(stage)
    return rows if matrix is None else np.asarray(matrix @ rows)
