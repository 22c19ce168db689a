"""Weighted distributions of answers, and the rules that read quantiles from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.estimation.settings import QuantileRule
from analysis.stages import BoolArray, FloatArray, IntArray

_TIE = 1e-11  # shares nearer than this are equal: sums of weights in another order differ by less
_DENSE = 4  # cells a row up to which sums by value are a table, not a sorted list

BY_VALUE = frozenset(
    {QuantileRule.MATH, QuantileRule.HF1, QuantileRule.SCHOOL, QuantileRule.HF2, QuantileRule.HF3}
)  # these rules see how much weight each value has, the others every row


@dataclass(frozen=True, eq=False)
class Distribution:
    """The answers of one domain: `values` in ascending order and the weight of each, none of them 0."""

    values: FloatArray
    weights: FloatArray

    @property
    def cumulative(self) -> FloatArray:
        """F: the share of the weight at or below each value, ending at exactly 1.

        Where calibration made a weight negative, F falls; it is then read from the right, as R does.
        """
        sums = np.cumsum(self.weights, dtype=np.longdouble)
        share = np.asarray(sums / sums[-1], dtype=np.float64) if sums.size else np.empty(0)
        return np.minimum.accumulate(share[::-1])[::-1]

    def at(self, probability: FloatArray, rule: QuantileRule) -> FloatArray:
        """The quantiles at these probabilities; NaN where there is no answer or no such probability."""
        p = np.asarray(probability, dtype=np.float64)
        known = (p >= -_TIE) & (p <= 1 + _TIE) & (self.values.size > 0)
        result = np.full(p.shape, np.nan)
        if self.values.size == 1:
            result[known] = self.values[0]
        elif known.any():
            result[known] = _RULES[rule](self, np.clip(p[known], 0, 1))
        return result


@dataclass(frozen=True, eq=False)
class Ordering:
    """Answers sorted once by domain and value, for any weights: the cells of the distributions.

    `cell` is the cell of each row (-1: the row does not count), `values` and `domain` one entry a cell.
    """

    cell: IntArray
    values: FloatArray
    domain: IntArray
    domain_count: int

    def distributions(self, weights: FloatArray) -> list[Distribution]:
        """The distribution of every domain under weights (one a row); cells without weight are left out."""
        inside = self.cell >= 0
        sums = np.bincount(self.cell[inside], weights=weights[inside], minlength=self.values.size)
        sums = sums.astype(np.float64)
        there = sums != 0
        values, sums, domain = self.values[there], sums[there], self.domain[there]
        edges = np.searchsorted(domain, np.arange(self.domain_count + 1))
        return [Distribution(values[start:stop], sums[start:stop]) for start, stop in pairwise(edges)]


def order(values: FloatArray, *, domain: IntArray, domain_count: int, rule: QuantileRule) -> Ordering:
    """Sort answers (one a row, NaN = missing) by domain (-1: none) and value as the rule needs them.

    For rules that look at values alone, rows with the same value are one cell: a Likert item is summed, not
    sorted.
    """
    inside = np.flatnonzero((domain >= 0) & ~np.isnan(values))
    code, answers = domain[inside], values[inside]
    cell = np.full(values.size, -1, dtype=np.int64)
    if rule not in BY_VALUE:
        place = np.lexsort((answers, code))
        cell[inside[place]] = np.arange(place.size)
        return Ordering(cell, answers[place], code[place], domain_count)
    value_code, levels = pd.factorize(answers, sort=True)
    key = code * levels.size + value_code
    if domain_count * levels.size <= _DENSE * max(1, inside.size):
        keys = np.arange(domain_count * levels.size)
        cell[inside] = key
    else:
        keys, back = np.unique(key, return_inverse=True)
        cell[inside] = back.reshape(-1)
    width = max(1, levels.size)
    return Ordering(cell, np.asarray(levels, dtype=np.float64)[keys % width], keys // width, domain_count)


def _ranked(answers: Distribution, p: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """How many values have F ≤ p, the last of them (the first where there is none), and the one after it."""
    count = np.searchsorted(answers.cumulative, p + _TIE, side="right")
    last = answers.values.size - 1
    return count, answers.values[np.maximum(count - 1, 0)], answers.values[np.minimum(count, last)]


def _is_tie(answers: Distribution, p: FloatArray, count: IntArray) -> BoolArray:
    return (count > 0) & (np.abs(answers.cumulative[np.maximum(count - 1, 0)] - p) <= _TIE)


def _smallest(answers: Distribution, p: FloatArray) -> FloatArray:
    count, below, above = _ranked(answers, p)
    return np.where(_is_tie(answers, p, count), below, above)


def _halfway(answers: Distribution, p: FloatArray) -> FloatArray:
    count, below, above = _ranked(answers, p)
    return np.where(_is_tie(answers, p, count), (below + above) / 2, above)


def _even(answers: Distribution, p: FloatArray) -> FloatArray:
    count, below, above = _ranked(answers, p)
    return np.where(_is_tie(answers, p, count) & (count % 2 == 0), below, above)


# Where the rules that see rows put row k on the scale of p: F its cumulative share, s its own, last the
# share of the largest answer (Hyndman & Fan 1996, definitions 4 to 9, with weights as in R's `qrule`)
_Positions = Callable[[FloatArray, FloatArray], FloatArray]
_POSITIONS: Mapping[QuantileRule, _Positions] = MappingProxyType(
    {
        QuantileRule.HF4: lambda cumulative, share: cumulative,
        QuantileRule.HF5: lambda cumulative, share: cumulative - share / 2,
        QuantileRule.HF6: lambda cumulative, share: cumulative / (1 + share[-1]),
        QuantileRule.HF7: lambda cumulative, share: (cumulative - share) / (1 - share[-1]),
        QuantileRule.HF8: lambda cumulative, share: (cumulative - share / 3) / (1 + share[-1] / 3),
        QuantileRule.HF9: lambda cumulative, share: (cumulative - share * 3 / 8) / (1 + share[-1] / 4),
    }
)


def _interpolated(rule: QuantileRule) -> Callable[[Distribution, FloatArray], FloatArray]:
    def read(answers: Distribution, p: FloatArray) -> FloatArray:
        share = answers.weights / answers.weights.sum()
        place = _POSITIONS[rule](answers.cumulative, share)
        after = np.clip(np.searchsorted(place, p + _TIE, side="right"), 1, place.size - 1)
        before = after - 1
        low, high = answers.values[before], answers.values[after]
        part = np.clip((p - place[before]) / (place[after] - place[before]), 0, 1)
        near = np.abs(p - place[before]) <= _TIE  # at an answer, it and nothing beside it
        return np.where(near, low, np.where(part == 1, high, low + (high - low) * part))

    return read


def _shah_vaish(answers: Distribution, p: FloatArray, *, own: FloatArray) -> FloatArray:
    """The last answer at or below p, where row k stands at (S_k + 1/2 - own_k / 2) / (n + 1)."""
    n = answers.values.size
    place = (answers.cumulative * n + 0.5 - own / 2) / (n + 1)
    ascending = np.argsort(place, kind="stable")
    count = np.searchsorted(place[ascending], p + _TIE, side="right")
    return answers.values[ascending][np.maximum(count - 1, 0)]


def _scaled(answers: Distribution, p: FloatArray) -> FloatArray:
    return _shah_vaish(answers, p, own=answers.weights / answers.weights.mean())


def _unscaled(answers: Distribution, p: FloatArray) -> FloatArray:
    return _shah_vaish(answers, p, own=answers.weights)


_RULES: Mapping[QuantileRule, Callable[[Distribution, FloatArray], FloatArray]] = MappingProxyType(
    {
        QuantileRule.MATH: _smallest,
        QuantileRule.HF1: _smallest,
        QuantileRule.SCHOOL: _halfway,
        QuantileRule.HF2: _halfway,
        QuantileRule.HF3: _even,
        **{rule: _interpolated(rule) for rule in _POSITIONS},
        QuantileRule.SHAHVAISH: _scaled,
        QuantileRule.SHAHVAISH_UNSCALED: _unscaled,
    }
)
