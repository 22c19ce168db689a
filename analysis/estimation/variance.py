"""The covariance of any statistics of a sample, from the influences of its rows or from its replicates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.design import SinglePsu, SinglePsuInDomain, SinglePsuRules
from analysis.estimation.totals import sum_matrix, varying
from analysis.replicates import Replicates
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, Stage

Statistic = Callable[[FloatArray], FloatArray]


def covariance_of_statistics(
    sample: Sample, *, estimate: FloatArray, influence: Callable[[], FloatArray], statistic: Statistic
) -> FloatArray:
    """Covariance (k × k) of k statistics, in the way the sample's design asks for.

    `influence` gives the weighted influences (rows × k), zero outside the domain; `statistic` gives the k
    values under other weights (one a row, zero outside the domain). A sample with replicates answers from
    the replicates, any other by linearization.
    """
    if sample.replicates is None:
        return covariance_of_totals(sample, influence())
    replicated = np.array([statistic(np.where(sample.members, w, 0.0)) for w in sample.replicates.weights()])
    return sample.replicates.covariance(replicated, estimate=estimate)


def covariance_of_totals(sample: Sample, influence: FloatArray) -> FloatArray:
    """Covariance (k × k) of the column sums of weighted influences (rows × k), zero outside the domain.

    What calibration explains is taken out first. Stage by stage as in `analysis.estimation.linearization`,
    with the single-PSU rules of the design (R survey 4.5, `svyrecvar`). In a sample with replicates the
    totals are replicated instead.
    """
    if sample.replicates is not None:
        return _replicated_covariance(sample, sample.replicates, influence)
    return covariance_of_residuals(sample, sample.residual(influence))


def covariance_of_residuals(sample: Sample, rows: FloatArray) -> FloatArray:
    """The same for influences from which calibration has been taken out already."""
    # known totals tie rows outside the domain to it: once calibrated, every unit has its residual
    whole = sample.calibrations or sample.is_pps
    members = np.ones_like(sample.members) if whole else sample.members
    result = np.zeros((rows.shape[1], rows.shape[1]))
    for stage in varying(sample.stages):
        if stage.rows_are_units:
            units, present = rows, members
        else:
            matrix = sum_matrix(stage.unit, stage.unit_count)
            units, present = matrix @ rows, (matrix @ members.astype(np.float64)) > 0
        result += unit_covariance(stage, sample.design, units, present=present)
    return result


def _replicated_covariance(sample: Sample, replicates: Replicates, influence: FloatArray) -> FloatArray:
    """The covariance of totals whose rows' contributions change as the weights do."""
    scale = np.divide(replicates.base, sample.weights, out=np.zeros(len(sample)), where=sample.weights != 0)
    coded = replicates.by_code()
    sums = sum_matrix(coded.code, coded.group_count) @ (scale[:, None] * influence)
    groups = np.arange(coded.group_count)
    totals = np.empty((replicates.count, influence.shape[1]))
    for block in coded.blocks(work=max(1, sums.size)):
        totals[block] = coded.factors(groups, block).T @ sums
    return replicates.covariance(totals, estimate=influence.sum(axis=0))


def unit_covariance(
    stage: Stage, design: SinglePsuRules, units: FloatArray, *, present: BoolArray | None = None
) -> FloatArray:
    """One stage's share of the covariance (k × k), from the weighted sums of its units (units × k).

    `present` are the units that have members of the domain; None: all count.
    """
    if stage.form is not None:
        return np.asarray(units.T @ (stage.form @ units))
    apart, scale = _deviations(stage, design, units, present=present)
    return np.asarray(apart.T @ (scale[:, None] * apart))


def unit_variance(stage: Stage, design: SinglePsuRules, units: FloatArray) -> FloatArray:
    """The diagonal of `unit_covariance` where all units count, shape (k,)."""
    if stage.form is not None:
        return np.asarray(np.einsum("ij,ij->j", units, stage.form @ units))
    apart, scale = _deviations(stage, design, units, present=None)
    return np.asarray(scale @ apart**2)


def _deviations(
    stage: Stage, design: SinglePsuRules, units: FloatArray, *, present: BoolArray | None
) -> tuple[FloatArray, FloatArray]:
    """How far units are from the centre of their group (units × k), and what their squares count."""
    by_group = sum_matrix(stage.unit_group, stage.group_size.size)
    size = stage.group_size.astype(np.float64)
    answering = size if present is None else by_group @ present.astype(np.float64)
    here = answering > 0
    single = stage.group_is_single & here
    if design.single_psu_in_domains is SinglePsuInDomain.APPLY:
        single |= (stage.group_size > 1) & (answering == 1)
    total = by_group @ units
    centre = total / size[:, None]
    factor = here.astype(np.float64)
    if design.single_psu is SinglePsu.ADJUST and single.any():
        centre = np.where(single[:, None], parent_means(stage, total, here=here), centre)
    elif design.single_psu is SinglePsu.AVERAGE and single.any():
        factor = averaged(stage, here=here, single=single)
    return units - centre[stage.unit_group], stage.unit_scale * factor[stage.unit_group]


def parent_means(stage: Stage, total: FloatArray, *, here: BoolArray) -> FloatArray:
    """The mean over all units of the groups of the parent that count, for each group (groups × k)."""
    by_parent = sum_matrix(stage.group_parent, int(stage.group_parent.max()) + 1)
    size = stage.group_size.astype(np.float64)
    means = (by_parent @ (total * here[:, None])) / np.maximum(by_parent @ (size * here), 1)[:, None]
    return np.asarray(means[stage.group_parent], dtype=np.float64)


def averaged(stage: Stage, *, here: BoolArray, single: BoolArray) -> FloatArray:
    """Single groups count what the others of the parent contribute on average; NaN without any other."""
    groups = np.bincount(stage.group_parent, weights=here)
    others = np.bincount(stage.group_parent, weights=here & ~single)
    factor = np.divide(groups, others, out=np.full_like(groups, np.nan), where=others > 0)
    factor[groups == 0] = 0
    return np.where(single & (others > 0)[stage.group_parent], 0.0, here * factor[stage.group_parent])
