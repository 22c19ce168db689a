"""Intervals for quantiles: from the share of answers up to them, from a test, or from replicates."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.estimation.cumulative import Distribution
from analysis.estimation.intervals import t_quantile
from analysis.estimation.result import STATUSES, Estimates, Status
from analysis.estimation.settings import (
    EstimationSettings,
    IntervalMethod,
    QuantileInterval,
    QuantileRule,
)
from analysis.stages import BoolArray, FloatArray, IntArray

_SHARE_INTERVALS = {
    QuantileInterval.MEAN: IntervalMethod.MEAN,
    QuantileInterval.BETA: IntervalMethod.BETA,
    QuantileInterval.XLOGIT: IntervalMethod.XLOGIT,
    QuantileInterval.ARCSINE: IntervalMethod.ARCSINE,
}


@dataclass(frozen=True, eq=False)
class SharesUpTo:
    """Shares of the answers up to some values, shape (domains, values); `status` are places in `Status`."""

    value: FloatArray
    standard_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    degrees_of_freedom: IntArray
    respondent_count: IntArray
    status: IntArray

    @classmethod
    def of(cls, shares: Estimates) -> SharesUpTo:
        """From the estimates of a call with an item for each value."""
        told, shape = shares.columns, (-1, len(shares.columns.domain_labels))
        return cls(
            value=shares.values.reshape(shape).T,
            standard_error=shares.standard_errors.reshape(shape).T,
            lower=told.lower.reshape(shape).T,
            upper=told.upper.reshape(shape).T,
            degrees_of_freedom=told.degrees_of_freedom.reshape(shape).T,
            respondent_count=told.respondent_count.reshape(shape).T,
            status=told.status.reshape(shape).T,
        )

    def at(self, place: IntArray) -> SharesUpTo:
        """Of each domain those at places of its own (domains × values)."""
        return SharesUpTo(
            *(np.take_along_axis(getattr(self, each.name), place, axis=1) for each in fields(self))
        )


class Answers(Protocol):
    """The answers to one item by domain, from rows or from their sums."""

    def shares_up_to(self, values: FloatArray, settings: EstimationSettings) -> SharesUpTo:
        """The shares of answers up to the values (domains × k) of their domain.

        At the largest answer the share is 1 and shows no variance: its interval is the one-sided one of a
        share of exactly 1.
        """
        ...

    def replicated_errors(self, item: AnsweredItem) -> FloatArray:
        """Standard errors of the item's quantiles from replicates (domains × probabilities).

        Raises `EstimationError` where there are none.
        """
        ...


@dataclass(frozen=True, eq=False)
class AnsweredItem:
    """One item: its distribution in each domain, what quantiles to read from it, and by which rule."""

    answers: Answers
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


def limits(item: AnsweredItem, *, interval: QuantileInterval, settings: EstimationSettings) -> Limits:
    """The intervals of the quantiles of an item.

    Raises `EstimationError` for intervals of replicates of a sample that has none, `DomainIsPsuError` as
    `share` does.
    """
    method = _SHARE_INTERVALS.get(interval, IntervalMethod.MEAN)
    values = item.values
    shares = item.answers.shares_up_to(values, replace(settings, share_interval=method))
    t = t_quantile(shares.degrees_of_freedom.astype(np.float64), level=settings.confidence_level)
    if interval is QuantileInterval.REPLICATES:
        error = item.answers.replicated_errors(item)
        low, high = values - t * error, values + t * error
    else:
        if interval is QuantileInterval.SCORE:
            low, high = _score_limits(item, t, settings)
        else:  # Woodruff 1952: the limits of the share, read as the quantile was
            low, high = item.read(shares.lower), item.read(shares.upper)
        error = (high - low) / (2 * t)
    return Limits(
        lower=low,
        upper=high,
        standard_error=error,
        degrees_of_freedom=shares.degrees_of_freedom,
        respondent_count=shares.respondent_count,
        status=_statuses(shares, known=~np.isnan(error)),
    )


def _statuses(shares: SharesUpTo, *, known: BoolArray) -> NDArray[np.object_]:
    told = np.empty(len(STATUSES), dtype=np.object_)
    told[:] = STATUSES
    result: NDArray[np.object_] = told[shares.status]
    result[(result == Status.AVAILABLE) & ~known] = Status.BEYOND_ANSWERS
    return result


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
        shares = item.answers.shares_up_to(at, settings)
        above = shares.value.reshape(middle.shape) - item.probabilities[:, None]
        reach = t[..., None] * shares.standard_error.reshape(middle.shape) * np.array([-1.0, 1.0])
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
