"""Design-based rank tests: whether groups of the population tend to give the same answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from scipy import stats
from scipy.special import ndtri

from analysis.choices import chosen
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings
from analysis.estimation.sums import sum_matrix
from analysis.estimation.variance import covariance_of_statistics
from analysis.sample import Sample
from analysis.stages import FloatArray
from analysis.testing.answers import Categories, answering, groups, numbers
from analysis.testing.result import Group, HypothesisStatus, HypothesisTest, known
from analysis.testing.student import student_test

_ROUND_OFF = 1e-12  # of the relative rank: an answer this near the middle is the median itself


class RankScore(StrEnum):
    """What of a rank R (0 to 1) is averaged: R itself (WILCOXON; with more groups Kruskal–Wallis), the normal
    quantile of R (VAN_DER_WAERDEN), or whether R is in the upper half (MEDIAN)."""

    WILCOXON = "wilcoxon"
    VAN_DER_WAERDEN = "van_der_waerden"
    MEDIAN = "median"


class TieRank(StrEnum):
    """The rank of people who gave the same answer.

    MIDDLE: the share of the population below them plus half their own. ROW_ORDER: the plain mean of their
    places in the order of the rows, which differs when weights do, and with the order of the rows
    (R survey 4.5, `svyranktest`).
    """

    MIDDLE = "middle"
    ROW_ORDER = "row_order"


_SCORES: Mapping[RankScore, Callable[[FloatArray], FloatArray]] = MappingProxyType(
    {
        RankScore.WILCOXON: lambda rank: rank,
        RankScore.VAN_DER_WAERDEN: lambda rank: np.asarray(ndtri(rank), dtype=np.float64),
        RankScore.MEDIAN: lambda rank: (rank > 0.5 + _ROUND_OFF).astype(np.float64),
    }
)


def rank_test(
    sample: Sample,
    of: str,
    *,
    between: str,
    score: RankScore = RankScore.WILCOXON,
    ties: TieRank = TieRank.MIDDLE,
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> HypothesisTest:
    """Test whether the groups of `between` tend to the same answers, by the mean scores of estimated ranks.

    Two groups: t of the difference in mean score, second less first (`estimate`), with one degree of freedom
    less than the members that answered have. More: F of all differences. Stages, finite populations,
    calibration and replicates count. Source: Lumley & Scott 2013, Biometrika 100; R survey 4.5,
    `svyranktest`. Raises `EstimationError` for a column of words, for one group only, for a group nobody is
    in, and when nobody answered; `DomainIsPsuError` when the groups are single sampled PSUs.
    """
    score, ties = chosen(RankScore, score, name="score"), chosen(TieRank, ties, name="ties")
    answered = answering(sample, [of, between], settings)
    found = groups(answered, between, settings)
    ranks = _ranks(answered, numbers(sample, of), ties)
    scores = np.where(answered.members, _SCORES[score](ranks), 0.0)
    by_group = sum_matrix(found.code, found.count)  # none but members have a group
    size = by_group @ answered.weights
    means = (by_group @ (answered.weights * scores)) / size
    told = tuple(map(Group, found.labels, means.tolist(), found.respondents.tolist()))
    covariance = _covariance(answered, found, scores=scores, means=means, size=size)
    question = f"{score.replace('_', ' ')} scores of {of} by {between}"
    if found.count == 2:
        return student_test(
            answered,
            question=f"{question}, {found.labels[1]} - {found.labels[0]} = 0",
            method="design-based rank test",
            estimate=float(means[1] - means[0]),
            variance=float(covariance[0, 0]),
            df=answered.degrees_of_freedom - 1,
            level=settings.confidence_level,
            groups=told,
        )
    return _joint_test(answered, question=question, told=told, means=means, covariance=covariance)


def _ranks(answered: Sample, y: FloatArray, ties: TieRank) -> FloatArray:
    """Estimated ranks of the members in the population, as shares of it (0 to 1); 0.5 elsewhere."""
    result = np.full(len(answered), 0.5)
    members = answered.members
    if ties is TieRank.ROW_ORDER and answered.calibrations:
        # the reference keeps calibrated rows outside the domain, with weight 0, among the ties
        members = ~np.isnan(y)
    inside = np.flatnonzero(members)
    weights = np.where(answered.members, answered.weights, 0.0)[inside]
    value = np.unique(y[inside], return_inverse=True)[1].reshape(-1)
    order = np.argsort(value, kind="stable")
    place = np.empty(inside.size)
    place[order] = np.cumsum(weights[order]) - weights[order] / 2
    by_value = sum_matrix(value, int(value.max()) + 1)
    if ties is TieRank.ROW_ORDER:
        middle = (by_value @ place) / np.bincount(value)
    else:
        tied = by_value @ weights
        middle = np.cumsum(tied) - tied / 2
    result[inside] = middle[value] / weights.sum()
    return result


def _covariance(
    answered: Sample, found: Categories, *, scores: FloatArray, means: FloatArray, size: FloatArray
) -> FloatArray:
    """Covariance of the mean scores of the groups less that of the first; the ranks count as known."""
    code = np.where(found.code >= 0, found.code, 0)
    apart = np.where(found.code >= 0, (scores - means[code]) / size[code], 0.0)
    influence = np.zeros((len(answered), found.count - 1))
    later = np.flatnonzero(found.code > 0)
    influence[later, found.code[later] - 1] = apart[later]
    first = found.code == 0
    influence[first] = -apart[first, None]
    return covariance_of_statistics(
        answered,
        estimate=np.zeros(found.count - 1),
        influence=lambda: np.where(answered.members, answered.weights, 0.0)[:, None] * influence,
        statistic=lambda weights: np.asarray(weights @ influence),
    )


def _joint_test(
    answered: Sample,
    *,
    question: str,
    told: tuple[Group, ...],
    means: FloatArray,
    covariance: FloatArray,
) -> HypothesisTest:
    free = means.size - 1
    denominator = answered.degrees_of_freedom - free
    apart = means[1:] - means[0]
    statistic, p_value = np.nan, np.nan
    status = HypothesisStatus.NO_VARIANCE
    if np.isfinite(covariance).all() and np.linalg.cond(covariance) < 1 / np.finfo(np.float64).eps:
        statistic = float(apart @ np.linalg.solve(covariance, apart)) / free
        status = HypothesisStatus.NO_DEGREES_OF_FREEDOM
    if not np.isnan(statistic) and denominator > 0:
        p_value, status = float(stats.f.sf(statistic, free, denominator)), HypothesisStatus.AVAILABLE
    return HypothesisTest(
        question=question,
        method="design-based rank test, Wald F",
        statistic_name="F",
        statistic=known(statistic),
        degrees_of_freedom=float(free),
        denominator_degrees_of_freedom=float(denominator),
        p_value=known(p_value),
        respondent_count=int(answered.members.sum()),
        groups=told,
        status=status,
        design=answered.design,
    )
