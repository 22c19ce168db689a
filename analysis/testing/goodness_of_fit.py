"""Whether the answers to one question have given shares, in the light of the design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.errors import EstimationError
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings
from analysis.estimation.variance import covariance_of_statistics
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray, some
from analysis.testing.answers import Categories, answering, categories
from analysis.testing.result import HypothesisStatus, HypothesisTest, known


@dataclass(frozen=True, kw_only=True, repr=False)
class GoodnessOfFitTest(HypothesisTest):
    """A test against given shares: the `given` and the `estimated` share of each of `labels`.

    `pearson` is Pearson's X² of the weighted shares scaled to the number of respondents; `statistic` is
    `pearson` over its design effect.
    """

    labels: tuple[object, ...]
    given: tuple[float, ...]
    estimated: tuple[float, ...]
    pearson: float


def goodness_of_fit(
    sample: Sample,
    of: str,
    *,
    shares: Mapping[object, float],
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> GoodnessOfFitTest:
    """Test whether the answers to `of` have the given shares in the population.

    `shares` maps every category to its share, or to numbers in that proportion. Pearson's X² against the
    scaled chi-square with the mean and variance of its own distribution (Rao & Scott 1981, second order;
    R survey 4.5, `svygofchisq`). Raises `EstimationError` for answers without a given share, for shares that
    are not above 0, for fewer than two categories, and as `cross_table`.
    """
    answered = answering(sample, [of], settings)
    found = categories(answered, of)
    given = _given(found, shares)
    code = _codes(found, tuple(shares))
    counts = _sums(code, np.where(answered.members, answered.weights, 0.0), given.size)
    total, respondents = float(counts.sum()), int(answered.members.sum())
    deviation, slopes = _deviation(counts, given)
    square = float(deviation @ deviation)
    effect, free, p_value = _scaled(square, _covariance(answered, code, slopes))
    status = _status(effect, sample.degrees_of_freedom)
    return GoodnessOfFitTest(
        question=f"shares of {of} as given",
        method="Pearson's X², Rao–Scott second order",
        statistic_name="X²",
        statistic=known(square / effect),
        degrees_of_freedom=known(free),
        p_value=known(p_value) if status is HypothesisStatus.AVAILABLE else None,
        respondent_count=respondents,
        status=status,
        design=sample.design,
        labels=tuple(shares),
        given=tuple(given.tolist()),
        estimated=tuple((counts / total).tolist()),
        pearson=square * respondents / total,
    )


def _status(effect: float, degrees_of_freedom: int) -> HypothesisStatus:
    if np.isnan(effect):
        return HypothesisStatus.NO_VARIANCE
    return HypothesisStatus.AVAILABLE if degrees_of_freedom > 0 else HypothesisStatus.NO_DEGREES_OF_FREEDOM


def _sums(code: IntArray, weights: FloatArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(code, weights=weights, minlength=size), dtype=np.float64)


def _deviation(counts: FloatArray, given: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(count - total × given) / √(total × given), of which the total is estimated as well, and its slopes by
    the counts (counts × deviations).
    """
    total = float(counts.sum())
    root = np.sqrt(total * given)
    deviation = (counts - total * given) / root
    return deviation, np.diag(1 / root) - (given / root + deviation / (2 * total))


def _covariance(answered: Sample, code: IntArray, slopes: FloatArray) -> FloatArray:
    """Covariance of the counts times their slopes (counts × k); shape (k, k)."""
    weights = np.where(answered.members, answered.weights, 0.0)
    return covariance_of_statistics(
        answered,
        estimate=_sums(code, weights, len(slopes)) @ slopes,
        influence=lambda: weights[:, None] * slopes[code],
        statistic=lambda replicate: np.asarray(_sums(code, replicate, len(slopes)) @ slopes),
    )


def _scaled(square: float, covariance: FloatArray) -> tuple[float, float, float]:
    """The design effect of X², its degrees of freedom and its p-value, from the mean and variance of its own
    distribution; NaN where there is no variance.
    """
    trace, squares = float(np.trace(covariance)), float((covariance**2).sum())  # Σλ and Σλ²
    if not trace > 0:
        return np.nan, np.nan, np.nan
    effect, free = squares / trace, trace**2 / squares
    return effect, free, float(stats.chi2.sf(square / effect, free))


def _given(found: Categories, shares: Mapping[object, float]) -> FloatArray:
    unknown = [label for label in found.labels if label not in shares]
    if unknown:
        raise EstimationError(
            f"There is no given share for {found.name} {some(unknown)}.", hint="Give every answer a share."
        )
    if len(shares) < 2:
        raise EstimationError(f"{found.name} has one given share only.", hint="Give two or more.")
    wrong = [label for label, value in shares.items() if not (np.isfinite(value) and value > 0)]
    if wrong:
        raise EstimationError(
            f"The given share of {found.name} {some(wrong)} is not above 0.",
            hint="Leave out what cannot be answered, or join it with another category.",
        )
    given = np.array([float(value) for value in shares.values()])
    return np.asarray(given / given.sum())


def _codes(found: Categories, labels: tuple[object, ...]) -> IntArray:
    """The place of each row's answer among the labels; 0 where there is none."""
    place = np.array([labels.index(label) for label in found.labels], dtype=np.int64)
    return np.where(found.code >= 0, place[found.code], 0)
