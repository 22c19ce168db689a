"""Intervals for quantiles: from the share of answers up to them, from a test, or from replicates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.cumulative import Distribution, Ordering
from analysis.estimation.estimators import share
from analysis.estimation.intervals import t_quantile
from analysis.estimation.result import Estimates, Status
from analysis.estimation.settings import (
    EstimationSettings,
    IntervalMethod,
    MissingRule,
    QuantileInterval,
    QuantileRule,
)
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, IntArray

_SHARE_INTERVALS = {
    QuantileInterval.MEAN: IntervalMethod.MEAN,
    QuantileInterval.BETA: IntervalMethod.BETA,
    QuantileInterval.XLOGIT: IntervalMethod.XLOGIT,
    QuantileInterval.ARCSINE: IntervalMethod.ARCSINE,
}


@dataclass(frozen=True, eq=False)
class AnsweredItem:
    """One item and those who answered it: what its quantiles are read from.

    `sample` has the rows with an answer as its members; `answers` one entry a row; `domain` the domain of
    each row (-1: none); `by` the domain variables. `values` (domains × probabilities) are the quantiles.
    """

    sample: Sample
    answers: FloatArray
    domain: IntArray
    by: tuple[str, ...]
    ordering: Ordering
    distributions: tuple[Distribution, ...]
    probabilities: FloatArray
    rule: QuantileRule

    @cached_property
    def values(self) -> FloatArray:
        """The quantiles, shape (domains, probabilities); NaN where nobody answered."""
        return self.read(np.broadcast_to(self.probabilities, self.shape))

    @property
    def shape(self) -> tuple[int, int]:
        """Domains and probabilities."""
        return len(self.distributions), self.probabilities.size

    def read(self, probability: FloatArray) -> FloatArray:
        """The quantiles of each domain at probabilities of its own, shape (domains, probabilities)."""
        told = zip(self.distributions, probability, strict=True)
        return np.array([answers.at(row, self.rule) for answers, row in told]).reshape(self.shape)


@dataclass(frozen=True, eq=False)
class Limits:
    """Intervals of the quantiles of an item, shape (domains, probabilities); NaN where there is none."""

    lower: FloatArray
    upper: FloatArray
    standard_error: FloatArray
    degrees_of_freedom: IntArray
    respondent_count: IntArray
    status: NDArray[np.object_]


def limits(
    item: AnsweredItem, values: FloatArray, *, interval: QuantileInterval, settings: EstimationSettings
) -> Limits:
    """The intervals of the quantiles `values` (domains × probabilities).

    Raises `EstimationError` for intervals of replicates of a sample that has none, `DomainIsPsuError` as
    `share` does.
    """
    method = _SHARE_INTERVALS.get(interval, IntervalMethod.MEAN)
    shares = _shares_up_to(item, values, replace(settings, share_interval=method))
    df = _table(item, shares, "degrees_of_freedom")
    t = t_quantile(df, level=settings.confidence_level)
    if interval is QuantileInterval.REPLICATES:
        error = _replicated_errors(item, values)
        low, high = values - t * error, values + t * error
    else:
        if interval is QuantileInterval.SCORE:
            low, high = _score_limits(item, t, settings)
        else:  # Woodruff 1952: the limits of the share, read as the quantile was
            low = item.read(_table(item, shares, "lower"))
            high = item.read(_table(item, shares, "upper"))
        error = (high - low) / (2 * t)
    return Limits(
        lower=low,
        upper=high,
        standard_error=error,
        degrees_of_freedom=df.astype(np.int64),
        respondent_count=_table(item, shares, "respondent_count").astype(np.int64),
        status=_statuses(item, shares, known=~np.isnan(error)),
    )


def _shares_up_to(item: AnsweredItem, values: FloatArray, settings: EstimationSettings) -> Estimates:
    """The shares of answers up to the values (domains × k) of their domain, value by value.

    At the largest answer the share is 1 and shows no variance: its interval is the one-sided one of a share
    of exactly 1.
    """
    bound = np.where(item.domain[:, None] >= 0, values[item.domain], np.nan)
    below = item.answers[:, None] <= bound
    names = [f"answer up to value {place}" for place in range(values.shape[1])]
    columns = {name: below[:, place].astype(np.int8) for place, name in enumerate(names)}
    asked = item.sample.with_columns(columns)
    settings = replace(settings, missing=MissingRule.BY_ITEM)
    return share(asked, names, categories=[1], by=item.by, settings=settings)


def _table(item: AnsweredItem, shares: Estimates, name: str) -> FloatArray:
    """One attribute of the shares as (domains × values), NaN for None."""
    told = [getattr(each, name) for each in shares]
    numbers = np.array([np.nan if each is None else each for each in told], dtype=np.float64)
    return numbers.reshape(-1, item.shape[0]).T


def _statuses(item: AnsweredItem, shares: Estimates, *, known: BoolArray) -> NDArray[np.object_]:
    told = np.empty(len(shares), dtype=np.object_)
    told[:] = [each.status for each in shares]
    result: NDArray[np.object_] = told.reshape(-1, item.shape[0]).T
    result[(result == Status.AVAILABLE) & ~known] = Status.BEYOND_ANSWERS
    return result


def _replicated_errors(item: AnsweredItem, values: FloatArray) -> FloatArray:
    """Standard errors from the spread of the replicates' quantiles (R survey 4.5, `svyquantile`)."""
    sample = item.sample
    if sample.replicates is None:
        raise EstimationError(
            "The sample has no replicates to take the intervals of quantiles from.",
            hint=f"Make replicate weights first, or ask for interval {QuantileInterval.MEAN}.",
        )
    replicated = []
    for weights in sample.replicates.weights():
        answers = item.ordering.distributions(np.where(sample.members, weights, 0.0))
        replicated.append(replace(item, distributions=tuple(answers)).values.reshape(-1))
    variance = sample.replicates.variance(np.array(replicated), estimate=values.reshape(-1))
    return np.sqrt(variance).reshape(values.shape)


def _score_limits(
    item: AnsweredItem, t: FloatArray, settings: EstimationSettings
) -> tuple[FloatArray, FloatArray]:
    """The first answers whose share F is no longer clearly below p, and clearly above it.

    Francisco & Fuller 1991: the interval holds the values at which (F - p) / SE(F) lies between ± t. Both
    ends are found by halving, as F rises from answer to answer.
    """
    last = np.array([max(0, answers.values.size - 1) for answers in item.distributions])
    first = np.zeros((*item.shape, 2), dtype=np.int64)
    beyond = np.repeat(np.broadcast_to(last[:, None], item.shape)[..., None], 2, axis=2)
    while np.any(first < beyond):
        middle = (first + beyond) // 2
        at = _answers_at(item, middle).reshape(item.shape[0], -1)
        shares = _shares_up_to(item, at, settings)
        value = shares.values.reshape(-1, item.shape[0]).T.reshape(middle.shape)
        error = shares.standard_errors.reshape(-1, item.shape[0]).T.reshape(middle.shape)
        above = value - item.probabilities[:, None]
        reach = t[..., None] * error * np.array([-1.0, 1.0])
        is_far_enough = above >= reach
        beyond = np.where(is_far_enough, middle, beyond)
        first = np.where(is_far_enough, first, np.minimum(middle + 1, beyond))
    found = _answers_at(item, first)
    return found[..., 0], found[..., 1]


def _answers_at(item: AnsweredItem, rank: IntArray) -> FloatArray:
    """The answers of each domain at ranks of its own (domains × …); NaN where nobody answered."""
    told = zip(item.distributions, rank, strict=True)
    return np.array(
        [each.values[row] if each.values.size else np.full(row.shape, np.nan) for each, row in told]
    )
