"""The covariance matrix of a set of estimates: items, categories and domains together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.sparse import csr_array, diags_array

from analysis.design import SinglePsu, SinglePsuInDomain, SinglePsuRules
from analysis.estimation.domains import Domains
from analysis.estimation.items import Influence, Items
from analysis.estimation.linearization import row_influences
from analysis.estimation.sums import sum_matrix
from analysis.estimation.totals import StageTotals, TotalsTable
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, IntArray, Stage


def covariance(
    sample: Sample,
    items: Items,
    *,
    table: TotalsTable,
    domains: Domains,
    influence: Influence,
    variance: FloatArray,
) -> FloatArray:
    """Covariances of all estimates (item-major), shape (estimates, estimates).

    `variance` (one an estimate) becomes the diagonal: a domain's own variance knows which strata have
    members, covariances know which have members of any domain. That matters to the single-PSU rules alone.
    Reads the rows again where they are units: then the products of two items are not in the table.
    """
    result = np.zeros((variance.size, variance.size))
    for totals in table.stages:
        sums = _influence_sums(totals, influence)
        spread: Callable[[FloatArray], csr_array]
        if totals.stage.rows_are_units:
            spread = partial(row_spread, sample, items, domains=domains, influence=influence)
            of_groups = sums
        else:
            by_group = sum_matrix(totals.stage.unit_group, totals.stage.group_size.size)
            spread = partial(_unit_spread, sums)
            of_groups = by_group @ sums
        result += _stage_covariance(
            totals.stage, sample.design, totals=of_groups, answering=_answering(totals), spread=spread
        )
    np.fill_diagonal(result, variance)
    return result


def _answering(totals: StageTotals) -> IntArray:
    """How many units of each group have members of any domain who answered any item."""
    stage, units = totals.stage, totals.units().max(axis=1, initial=0)
    if stage.rows_are_units:
        return np.bincount(totals.unit, weights=units, minlength=stage.group_size.size).astype(np.int64)
    answered = np.unique(totals.unit[units > 0])
    return np.bincount(stage.unit_group[answered], minlength=stage.group_size.size)


def _influence_sums(totals: StageTotals, influence: Influence) -> csr_array:
    """Sums of influences by unit of the stage (its groups where units are rows), shape (units, estimates)."""
    stage, sums = totals.stage, totals.sums
    domain_count, item_count = influence.y_coefficient.shape
    z = influence.y_coefficient[totals.domain] * sums.y + influence.x_coefficient[totals.domain] * sums.x
    columns = totals.domain[:, None] + domain_count * np.arange(item_count)
    places = (np.repeat(totals.unit, item_count), columns.reshape(-1))
    height = stage.group_size.size if stage.rows_are_units else stage.unit_count
    return csr_array((z.reshape(-1), places), shape=(height, domain_count * item_count))


def _unit_spread(units: csr_array, scale: FloatArray) -> csr_array:
    return units.T @ (diags_array(scale) @ units)


def row_spread(
    sample: Sample, items: Items, scale: FloatArray, *, domains: Domains, influence: Influence
) -> csr_array:
    """Σ scale z z' of the influences of all rows on all estimates (item-major), scale one a row."""
    item_count, size = items.item_count, items.item_count * domains.count
    result = csr_array((size, size))
    for inside, domain, values in row_influences(sample, items, domains=domains, influence=influence):
        rows = np.repeat(np.arange(inside.size), item_count)
        columns = domain[:, None] + domains.count * np.arange(item_count)
        z = csr_array((values.reshape(-1), (rows, columns.reshape(-1))), shape=(inside.size, size))
        result = result + _unit_spread(z, scale[inside])
    return result


def _stage_covariance(
    stage: Stage,
    design: SinglePsuRules,
    *,
    totals: csr_array,
    answering: IntArray,
    spread: Callable[[FloatArray], csr_array],
) -> FloatArray:
    """Σ over groups of scale × Σ (z - centre)(z - centre)'; the same rules as `stage_variance`.

    `totals` are the sums by group, `answering` the units of each group with answers in any domain, and
    `spread` gives Σ scale z z' over the units from a scale for each.
    """
    here, size = answering > 0, stage.group_size.astype(np.float64)
    single = stage.group_is_single & here
    if design.single_psu_in_domains is SinglePsuInDomain.APPLY:
        single |= (stage.group_size > 1) & (answering == 1)
    adjusted = single if design.single_psu is SinglePsu.ADJUST else np.zeros_like(single)
    scale = stage.group_scale * _group_factor(stage, design.single_psu, here=here, single=single)
    if np.isnan(scale).any():  # single groups without any other to average
        return np.full((totals.shape[1], totals.shape[1]), np.nan)
    centred = _unit_spread(totals, np.where(adjusted, 0, scale) / size)
    result = np.asarray((spread(scale[stage.unit_group]) - centred).todense(), dtype=np.float64)
    if adjusted.any():
        # Σ (z - c)(z - c)' with the mean c of the parent's units instead of the group's own
        total, weight = totals.toarray()[adjusted], scale[adjusted][:, None]
        centre = _parent_means(stage, totals, here=here)[adjusted]
        cross = total.T @ (weight * centre)
        result += centre.T @ (weight * size[adjusted][:, None] * centre) - cross - cross.T
    return result


def _group_factor(stage: Stage, rule: SinglePsu, *, here: BoolArray, single: BoolArray) -> FloatArray:
    """What the others of the parent stand for besides themselves; NaN where there are none."""
    if rule is not SinglePsu.AVERAGE:
        return np.ones(single.size)
    groups = np.bincount(stage.group_parent, weights=here)
    others = np.bincount(stage.group_parent, weights=here & ~single)
    factor = np.divide(groups, others, out=np.full_like(groups, np.nan), where=others > 0)
    factor[groups == 0] = 0
    return np.where(single & (others > 0)[stage.group_parent], 0.0, factor[stage.group_parent])


def _parent_means(stage: Stage, totals: csr_array, *, here: BoolArray) -> FloatArray:
    """The mean over all units of the groups of the parent that have answers, for each group."""
    by_parent = sum_matrix(stage.group_parent, int(stage.group_parent.max()) + 1)
    units = by_parent @ np.where(here, stage.group_size, 0).astype(np.float64)
    means = (by_parent @ totals).toarray() / np.maximum(units, 1)[:, None]
    return np.asarray(means[stage.group_parent], dtype=np.float64)
