"""Design-based t tests: a mean against a value, two groups against each other, two answers of one person."""

from __future__ import annotations

import numpy as np

from analysis.errors import EstimationError
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings
from analysis.estimation.variance import covariance_of_statistics
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, some
from analysis.testing.answers import Categories, answering, groups, numbers
from analysis.testing.result import Group, HypothesisTest
from analysis.testing.student import student_test


def mean_against(
    sample: Sample, of: str, *, value: float = 0.0, settings: EstimationSettings = DEFAULT_SETTINGS
) -> HypothesisTest:
    """Test whether the mean of a column is `value`; t with one degree of freedom less than the design has.

    `estimate` is the mean. Source: R survey 4.5, `svyttest`. Raises `EstimationError` for a column of words,
    for missing answers under `MissingRule.REFUSE`, and when nobody answered.
    """
    answered = answering(sample, [of], settings)
    question = f"mean of {of} = {value:g}"
    y = numbers(sample, of)
    return _one_mean(sample, answered, y=y, against=value, question=question, settings=settings)


def paired_difference(
    sample: Sample, first: str, second: str, *, settings: EstimationSettings = DEFAULT_SETTINGS
) -> HypothesisTest:
    """Test whether two answers of the same people have the same mean.

    `estimate` is the mean of first - second among those who gave both. Otherwise as `mean_against`.
    """
    answered = answering(sample, [first, second], settings)
    y = numbers(sample, first) - numbers(sample, second)
    question = f"mean of {first} - {second} = 0"
    return _one_mean(sample, answered, y=y, against=0.0, question=question, settings=settings)


def mean_difference(
    sample: Sample, of: str, *, between: str, settings: EstimationSettings = DEFAULT_SETTINGS
) -> HypothesisTest:
    """Test whether a column has the same mean in the two groups of `between`.

    `estimate` is the mean of the second group less that of the first; t with one degree of freedom less than
    the members that answered have, or, with replicate weights, all members (R survey 4.5, `svyttest`). Raises
    `EstimationError` for other than two groups, for a group nobody is in, and as `mean_against`;
    `DomainIsPsuError` when each group is one sampled PSU.
    """
    answered = answering(sample, [of, between], settings)
    pair = _two_groups(answered, between, settings)
    y = numbers(sample, of)
    inside = (pair.code == 0, pair.code == 1)
    first, second = (_mean(y, np.where(group, answered.weights, 0.0)) for group in inside)
    return student_test(
        answered,
        question=f"mean of {of}, {between} {pair.labels[1]} - {pair.labels[0]} = 0",
        method="design-based t test, two groups",
        estimate=second - first,
        variance=_variance_of_difference(answered, y, inside=inside, means=(first, second)),
        df=(answered if sample.replicates is None else sample).degrees_of_freedom - 1,
        level=settings.confidence_level,
        groups=tuple(map(Group, pair.labels, (first, second), pair.respondents.tolist())),
    )


def _two_groups(answered: Sample, between: str, settings: EstimationSettings) -> Categories:
    pair = groups(answered, between, settings)
    if pair.count != 2:
        raise EstimationError(
            f"{between} has {pair.count} groups ({some(pair.labels)}); a t test compares two.",
            hint="Choose two by a condition, or use rank_test, which compares any number.",
        )
    return pair


def _variance_of_difference(
    answered: Sample,
    y: FloatArray,
    *,
    inside: tuple[BoolArray, BoolArray],
    means: tuple[float, float],
) -> float:
    """Variance of the second group's mean less the first's."""

    def influence() -> FloatArray:
        first, second = (
            _influence(y, answered.weights, group=group, mean=mean)
            for group, mean in zip(inside, means, strict=True)
        )
        return (second - first)[:, None]

    def difference(weights: FloatArray) -> FloatArray:
        first, second = (_mean(y, np.where(group, weights, 0.0)) for group in inside)
        return np.array([second - first])

    estimate = np.array([means[1] - means[0]])
    variance = covariance_of_statistics(
        answered, estimate=estimate, influence=influence, statistic=difference
    )
    return float(variance[0, 0])


def _one_mean(
    sample: Sample,
    answered: Sample,
    *,
    y: FloatArray,
    against: float,
    question: str,
    settings: EstimationSettings,
) -> HypothesisTest:
    everyone = answered.members

    def statistic(weights: FloatArray) -> FloatArray:
        return np.array([_mean(y, np.where(everyone, weights, 0.0))])

    estimate = statistic(answered.weights)
    mean = float(estimate[0])
    variance = covariance_of_statistics(
        answered,
        estimate=estimate,
        influence=lambda: _influence(y, answered.weights, group=everyone, mean=mean)[:, None],
        statistic=statistic,
    )
    return student_test(
        answered,
        question=question,
        method="design-based t test, one mean",
        estimate=mean,
        variance=float(variance[0, 0]),
        df=sample.degrees_of_freedom - 1,
        level=settings.confidence_level,
        against=against,
    )


def _mean(y: FloatArray, weights: FloatArray) -> float:
    """Σwy / Σw over the rows with a weight; NaN where there is none (a replicate without the group)."""
    used = weights != 0
    total = float(weights[used].sum())
    return float(weights[used] @ y[used]) / total if total else np.nan


def _influence(y: FloatArray, weights: FloatArray, *, group: BoolArray, mean: float) -> FloatArray:
    """Weighted influences w (y - mean) / Σw of the rows on the mean of their group, zero outside."""
    total = float(weights[group].sum())
    return np.where(group, weights * (np.where(group, y, 0.0) - mean) / total, 0.0)
