"""Composites: the figure of a group of items as one linearized variable, whose error follows the design."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AggregationError
from survey.services.score_data import Group

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class GroupAnswers:
    """Answers to the items of one group: `satisfied` (1, 0, NaN) with one row a respondent, the final weight
    and the domain of each (-1: none)."""

    satisfied: FloatArray
    weight: FloatArray
    domain: IntArray
    domain_count: int


@dataclass(frozen=True, eq=False)
class Composite:
    """`values` of a group, one a domain (NaN without answers), and their influence `z`, one a respondent.

    The weighted total of `z` in a domain is 0 and its variance is that of the value (linearization, Särndal,
    Swensson & Wretman 1992, §5.5): Σ_j a_j (y_ij - p_j) / X_j for a value Σ_j a_j p_j with p_j = Y_j / X_j.
    The covariances of the item shares give the same. One a domain are also `respondents`, `simple_variance`
    (of a simple random sample with replacement of as many) and `effective` (Kish 1965, (Σw)² / Σw²).
    """

    values: FloatArray
    z: FloatArray
    respondents: IntArray
    simple_variance: FloatArray
    effective: FloatArray


def composite(group: Group, answers: GroupAnswers, *, rule: str) -> Composite:
    """The figure of a group under an aggregation rule (`item-mean/1`).

    Raises AggregationError for a rule that has no design-based counterpart.
    """
    name = rule.partition("/")[0]
    if name not in _RULES:
        raise AggregationError(
            f"The aggregation rule {rule} has no design-based counterpart.",
            hint=f"Known: {', '.join(_RULES)}.",
        )
    inside = answers.domain >= 0
    valid = ~np.isnan(answers.satisfied) & inside[:, None] & (answers.weight > 0)[:, None]
    y_sum = _sums(answers, np.where(valid, answers.satisfied, 0.0))
    x_sum = _sums(answers, valid.astype(np.float64))
    values, centre, scale = _RULES[name](y_sum, x_sum, [len(items) for items in group.factors])
    domain = np.where(inside, answers.domain, 0)
    deviation = np.where(valid, np.nan_to_num(answers.satisfied) - centre[domain], 0.0)
    z = (deviation * scale[domain]).sum(axis=1)
    return _described(answers, values, z, np.asarray(valid.any(axis=1)))


def _described(
    answers: GroupAnswers, values: FloatArray, z: FloatArray, counted: NDArray[np.bool_]
) -> Composite:
    weight = np.where(counted, answers.weight, 0.0)
    domain = np.where(counted, answers.domain, 0)

    def summed(numbers: FloatArray) -> FloatArray:
        sums = np.bincount(domain, weights=numbers, minlength=answers.domain_count)
        return np.asarray(sums, dtype=np.float64)

    n, whole, squares = summed(counted.astype(np.float64)), summed(weight), summed(weight**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        # The weighted variance of the influences around their mean 0, of n answers drawn with replacement.
        simple = np.where(n > 1, summed(weight * z**2) * whole / (n - 1), np.nan)
        effective = whole**2 / squares
    return Composite(values, z, np.rint(n).astype(np.int64), simple, effective)


Linearized = tuple[FloatArray, FloatArray, FloatArray]  # values, centres and scales of the items


def _item_mean(y: FloatArray, x: FloatArray, _sizes: Sequence[int]) -> Linearized:
    rated = x > 0
    return _mean_of_shares(y, x, np.where(rated, 1.0, 0.0) / _at_least_one(rated.sum(axis=1))[:, None])


def _factor_mean(y: FloatArray, x: FloatArray, sizes: Sequence[int]) -> Linearized:
    rated = x > 0
    factor = np.repeat(np.arange(len(sizes)), sizes)
    in_factor = np.column_stack([rated[:, factor == place].sum(axis=1) for place in range(len(sizes))])
    rated_factors = _at_least_one((in_factor > 0).sum(axis=1))
    part = np.where(rated, 1.0, 0.0) / _at_least_one(in_factor)[:, factor] / rated_factors[:, None]
    return _mean_of_shares(y, x, part)


def _mean_of_shares(y: FloatArray, x: FloatArray, part: FloatArray) -> Linearized:
    share = np.divide(y, x, out=np.zeros_like(y), where=x > 0)
    share = np.where((y == x) & (x > 0), 1.0, share)  # all satisfied is exactly 1, whatever the division says
    values = np.where(part.sum(axis=1) > 0, (part * share).sum(axis=1), np.nan)
    values = np.where((share == 1).all(axis=1, where=x > 0) & ~np.isnan(values), 1.0, values)
    return values, share, np.divide(part, x, out=np.zeros_like(x), where=x > 0)


def _pooled(y: FloatArray, x: FloatArray, _sizes: Sequence[int]) -> Linearized:
    above, below = y.sum(axis=1), x.sum(axis=1)
    value = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
    inverse = np.divide(1.0, below, out=np.zeros_like(below), where=below > 0)
    return value, np.nan_to_num(value)[:, None] + np.zeros_like(x), inverse[:, None] + np.zeros_like(x)


_RULES: Mapping[str, Callable[[FloatArray, FloatArray, Sequence[int]], Linearized]] = {
    "item-mean": _item_mean,
    "factor-mean": _factor_mean,
    "pooled": _pooled,
}


def _at_least_one(counts: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.maximum(counts, 1))


def _sums(answers: GroupAnswers, values: FloatArray) -> FloatArray:
    """Weighted sums by domain, shape (domains, items)."""
    inside = answers.domain >= 0
    weighted = values[inside] * answers.weight[inside, None]
    columns = [
        np.bincount(answers.domain[inside], weights=weighted[:, item], minlength=answers.domain_count)
        for item in range(values.shape[1])
    ]
    return np.column_stack(columns)
