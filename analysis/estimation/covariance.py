"""The covariance matrix of a set of estimates: items, categories and domains together."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array

from analysis.design import SinglePsu
from analysis.estimation.domains import Domains
from analysis.estimation.items import Items
from analysis.estimation.linearization import Influence, residual_blocks, row_influences
from analysis.estimation.sums import sum_matrix
from analysis.estimation.totals import varying
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, Stage


def covariance(
    sample: Sample, items: Items, *, domains: Domains, influence: Influence, variance: FloatArray
) -> FloatArray:
    """Covariances of all estimates (item-major), shape (estimates, estimates), from the influences of the
    rows.

    `variance` (one an estimate) becomes the diagonal: a domain's own variance knows which strata have
    members, which matters to the single-PSU rules ADJUST and AVERAGE alone.
    """
    rows = _influences(sample, items, domains=domains, influence=influence)
    result = np.zeros((variance.size, variance.size))
    for stage in varying(sample.stages):
        z = rows if stage.rows_are_units else sum_matrix(stage.unit, stage.unit_count) @ rows
        result += _stage_covariance(stage, sample.design.single_psu, csr_array(z))
    np.fill_diagonal(result, variance)
    return result


def _influences(sample: Sample, items: Items, *, domains: Domains, influence: Influence) -> csr_array:
    count = items.item_count * domains.count
    if sample.calibrations:
        dense = np.zeros((len(sample), count))
        for block, values in residual_blocks(sample, items, domains=domains, influence=influence):
            dense[:, block] = values
        return csr_array(dense)
    parts = []
    for inside, domain, values in row_influences(sample, items, domains=domains, influence=influence):
        columns = domain[:, None] + domains.count * np.arange(items.item_count)[None, :]
        at = (np.repeat(inside, items.item_count), columns.reshape(-1))
        parts.append(csr_array((values.reshape(-1), at), shape=(len(sample), count)))
    return csr_array(sum(parts[1:], start=parts[0]))


def _stage_covariance(stage: Stage, rule: SinglePsu, z: csr_array) -> FloatArray:
    """Σ over groups of scale × Σ (z - centre)(z - centre)'; the same rules as `stage_variance`."""
    by_group = sum_matrix(stage.unit_group, stage.group_size.size)
    totals = by_group @ z
    single, size = stage.group_is_single, stage.group_size.astype(np.float64)
    scale = stage.group_scale * _group_factor(stage, rule, single)
    unit_scale = np.where(single, 0, scale)[stage.unit_group]
    spread = z.T @ (diags_array(unit_scale) @ z)
    centred = totals.T @ (diags_array(np.where(single, 0, scale) / size) @ totals)
    result = np.asarray((spread - centred).todense(), dtype=np.float64)
    if rule is SinglePsu.ADJUST and single.any():
        apart = totals.toarray()[single] - _parent_means(stage, totals, size)[single]
        result += apart.T @ (scale[single][:, None] * apart)
    return result


def _group_factor(stage: Stage, rule: SinglePsu, single: BoolArray) -> FloatArray:
    if rule is not SinglePsu.AVERAGE:
        return np.ones(single.size)
    groups = np.bincount(stage.group_parent)
    others = np.bincount(stage.group_parent, weights=~single)
    factor = np.divide(groups, others, out=np.zeros(groups.size), where=others > 0)
    return np.asarray(factor[stage.group_parent], dtype=np.float64)


def _parent_means(stage: Stage, totals: csr_array, size: FloatArray) -> FloatArray:
    by_parent = sum_matrix(stage.group_parent, int(stage.group_parent.max()) + 1)
    means = (by_parent @ totals).toarray() / (by_parent @ size)[:, None]
    return np.asarray(means[stage.group_parent], dtype=np.float64)
