"""Design-weighted second moments of several items, and the uncertainty of whatever is computed from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import numpy as np

from analysis.choices import chosen
from analysis.design import SinglePsu
from analysis.errors import EstimationError
from analysis.estimation.availability import membership_of, refuse_psu_domains
from analysis.estimation.domains import cross
from analysis.estimation.settings import MissingRule, OnePsuDomains
from analysis.estimation.sums import sum_matrix
from analysis.estimation.totals import varying
from analysis.estimation.variance import covariance_of_statistics
from analysis.items import item_matrix
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, some

_STEP = 3e-4  # of a standard deviation: truncation and round-off of the five-point rule both below 1e-11
_BATCH = 256  # covariance matrices handed to a function at a time


class StandardErrorMethod(StrEnum):
    """How statistics of moments get their standard errors; a sample with replicates always uses those.

    LINEARIZATION: by influences, with every stage, finite population and calibration of the design.
    JACKKNIFE: delete-one-PSU (JKn) from the moments of the PSUs, first stage only (Wolter 2007, §4.5).
    """

    LINEARIZATION = "linearization"
    JACKKNIFE = "jackknife"


class MatrixFunction(Protocol):
    """Statistics that are computed from covariance matrices."""

    def __call__(self, covariances: FloatArray, /) -> FloatArray:
        """From covariance matrices (batch × m × m) to k statistics of each (batch × k)."""
        ...


@dataclass(frozen=True, eq=False)
class Moments:
    """Weighted means and covariances of m items over the members of a sample who answered all of them.

    `values` (rows × m) are the answers less their mean, 0 in rows that do not count; `complete` (rows) says
    which count. `covariance` has the divisor Σw, so that n / (n - 1) is left to whoever wants it.
    """

    sample: Sample
    items: tuple[str, ...]
    values: FloatArray
    complete: BoolArray
    mean: FloatArray
    covariance: FloatArray

    @property
    def respondent_count(self) -> int:
        """Members who answered every item."""
        return int(self.complete.sum())

    @property
    def incomplete_count(self) -> int:
        """Members who left out at least one item."""
        return int(self.sample.members.sum()) - self.respondent_count

    @property
    def constant_items(self) -> tuple[str, ...]:
        """Items to which everybody gave the same answer."""
        scale = np.maximum(np.abs(self.mean), 1.0)
        flat = np.sqrt(np.diag(self.covariance)) <= 1e-12 * scale
        return tuple(name for name, is_flat in zip(self.items, flat, strict=True) if is_flat)

    def covariance_under(self, weights: FloatArray) -> FloatArray:
        """The covariance matrix (m × m) of the same answers under other weights (one a row)."""
        return _weighted_covariance(self.values, np.where(self.complete, weights, 0.0))[1]

    def covariance_of(
        self,
        function: MatrixFunction,
        *,
        method: StandardErrorMethod = StandardErrorMethod.LINEARIZATION,
        gradient: FloatArray | None = None,
    ) -> FloatArray:
        """Covariance (k × k) of the statistics `function` computes from the covariance matrix.

        `gradient` (k × m × m, symmetric) is the derivative by the entries of the matrix; by default it is
        taken numerically. Raises `EstimationError` where the jackknife cannot know the design.
        """
        method = chosen(StandardErrorMethod, method, name="standard_error")
        estimate = function(self.covariance[None])[0]
        if method is StandardErrorMethod.JACKKNIFE and self.sample.replicates is None:
            return _jackknife(self, function, estimate)
        return covariance_of_statistics(
            self.sample,
            estimate=estimate,
            influence=lambda: self.influence(_gradient(self, function) if gradient is None else gradient),
            statistic=lambda weights: function(self.covariance_under(weights)[None])[0],
        )

    def influence(self, gradient: FloatArray) -> FloatArray:
        """Weighted influences (rows × k) of statistics with this derivative by the covariance matrix.

        The influence of a row on a covariance is w (d d' - C) / Σw, d its answers less their means.
        """
        weights = np.where(self.complete, self.sample.weights, 0.0)
        columns = [
            np.einsum("ij,ij->i", self.values @ each, self.values) - np.sum(each * self.covariance)
            for each in gradient
        ]
        return np.asarray((weights / weights.sum())[:, None] * np.column_stack(columns))


def complete_moments(
    sample: Sample,
    items: Sequence[str],
    *,
    missing: MissingRule = MissingRule.LISTWISE,
    one_psu_domains: OnePsuDomains = OnePsuDomains.REFUSE,
) -> Moments:
    """The moments of the members who answered all items; the others stay in the design.

    Raises `EstimationError` for items that cannot be used, for missing answers that are refused, and
    `DomainIsPsuError` when all members are in one sampled PSU and such domains are refused.
    """
    missing = chosen(MissingRule, missing, name="missing")
    raw = item_matrix(sample.frame, items)
    answered = np.asarray(~np.isnan(raw).any(axis=1), dtype=np.bool_)
    if missing is MissingRule.BY_ITEM:
        raise EstimationError(
            "Moments of several items come from respondents who answered all of them.",
            hint="Use MissingRule.LISTWISE or REFUSE.",
        )
    if missing is MissingRule.REFUSE and not answered[sample.members].all():
        rows = list(sample.frame.index[sample.members & ~answered])
        raise EstimationError(
            f"Answers are missing in rows {some(rows)}.",
            hint="MissingRule.LISTWISE leaves them out of the estimate.",
        )
    if chosen(OnePsuDomains, one_psu_domains, name="one_psu_domains") is OnePsuDomains.REFUSE:
        _refuse_one_psu(sample)
    complete = sample.members & answered
    given = np.where(complete[:, None], raw, 0.0)
    mean, covariance = _weighted_covariance(given, np.where(complete, sample.weights, 0.0))
    values = np.where(complete[:, None], given - mean, 0.0)
    return Moments(sample, tuple(items), values, complete, mean, covariance)


def correlations(covariances: FloatArray) -> FloatArray:
    """Correlation matrices of covariance matrices (batch × m × m)."""
    deviation = np.sqrt(np.einsum("bii->bi", covariances))
    return np.asarray(covariances / (deviation[:, :, None] * deviation[:, None, :]))


def _weighted_covariance(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and covariance; no weight at all leaves nothing (NaN)."""
    total = weights.sum()
    if not total > 0:
        return np.full(values.shape[1], np.nan), np.full((values.shape[1],) * 2, np.nan)
    mean = weights @ values / total
    apart = np.where((weights != 0)[:, None], values - mean, 0.0)  # calibration may leave negative ones
    return mean, np.asarray(apart.T @ (weights[:, None] * apart) / total)


def _refuse_one_psu(sample: Sample) -> None:
    domains = cross(sample, ())
    domains = replace(domains, code=np.where(sample.members, domains.code, -1))
    refuse_psu_domains(domains, membership_of(sample, domains))


def _gradient(moments: Moments, function: MatrixFunction) -> FloatArray:
    """Derivative (k × m × m) by central differences of fourth order, in units of standard deviations."""
    deviation = np.sqrt(np.diag(moments.covariance))
    rows, columns = np.triu_indices(deviation.size)
    apart = rows != columns
    steps = []
    for factor in (1.0, -1.0, 2.0, -2.0):
        moved = np.repeat(moments.covariance[None], rows.size, axis=0)
        size = factor * _STEP * deviation[rows] * deviation[columns]
        places = np.arange(rows.size)
        moved[places, rows, columns] += size
        moved[places[apart], columns[apart], rows[apart]] += size[apart]
        steps.append(_in_batches(function, moved))
    once, back, twice, far_back = steps
    slope = (8 * (once - back) - (twice - far_back)) / (12 * _STEP)
    slope /= (deviation[rows] * deviation[columns] * np.where(apart, 2, 1))[:, None]
    gradient = np.zeros((slope.shape[1], deviation.size, deviation.size))
    gradient[:, rows, columns] = slope.T
    gradient[:, columns, rows] = slope.T
    return gradient


def _in_batches(function: MatrixFunction, covariances: FloatArray) -> FloatArray:
    starts = range(0, len(covariances), _BATCH)
    return np.concatenate([function(covariances[start : start + _BATCH]) for start in starts])


def _jackknife(moments: Moments, function: MatrixFunction, estimate: FloatArray) -> FloatArray:
    """Σ_h (1 - f_h) (n_h - 1)/n_h Σ_i (θ_hi - θ)(θ_hi - θ)', each PSU left out in turn."""
    _refuse_unknown_to_jackknife(moments.sample)
    stage = moments.sample.stages[0]
    size = stage.group_size[stage.unit_group].astype(np.float64)
    scale = (1 - stage.group_fraction[stage.unit_group]) * (size - 1) / size
    result = np.zeros((estimate.size, estimate.size))
    start = 0
    for covariances in _left_out(moments):
        apart = function(covariances) - estimate
        result += apart.T @ (scale[start : start + len(apart), None] * apart)
        start += len(apart)
    return result


def _left_out(moments: Moments) -> Iterator[FloatArray]:
    """Covariance matrices (batch × m × m) without one PSU each, from the sums of the PSUs alone."""
    stage, values = moments.sample.stages[0], moments.values
    weights = np.where(moments.complete, moments.sample.weights, 0.0)
    columns = values.shape[1]
    products = np.einsum("ij,ik->ijk", values, values).reshape(len(values), -1)
    rows = weights[:, None] * np.column_stack([np.ones(len(values)), values, products])
    by_unit = sum_matrix(stage.unit, stage.unit_count) @ rows
    by_group = sum_matrix(stage.unit_group, stage.group_size.size) @ by_unit
    whole, size = by_unit.sum(axis=0), stage.group_size.astype(np.float64)
    for start in range(0, stage.unit_count, _BATCH):
        group = stage.unit_group[start : start + _BATCH]
        n = np.maximum(size[group], 2)[:, None]  # a group of one has no part in the variance
        sums = whole + by_group[group] / (n - 1) - by_unit[start : start + _BATCH] * n / (n - 1)
        mean = sums[:, 1 : columns + 1] / sums[:, :1]
        second = (sums[:, columns + 1 :] / sums[:, :1]).reshape(-1, columns, columns)
        yield second - mean[:, :, None] * mean[:, None, :]


def _refuse_unknown_to_jackknife(sample: Sample) -> None:
    reasons = []
    if sample.calibrations:
        reasons.append("the weights are calibrated, which moments do not show")
    if len(varying(sample.stages)) > 1:
        reasons.append("stages below the first add to the variance")
    if sample.stages[0].group_is_single.any() and sample.design.single_psu in (
        SinglePsu.ADJUST,
        SinglePsu.AVERAGE,
    ):
        reasons.append("strata of one PSU are to be given a variance")
    if reasons:
        raise EstimationError(
            f"Leaving out one PSU at a time does not suit this sample: {'; '.join(reasons)}.",
            hint="Use StandardErrorMethod.LINEARIZATION, or a sample with replicate weights.",
        )
