"""Trimming: bring extreme weights within limits, give the rest to others, and keep known totals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis.choices import chosen
from analysis.errors import Problem, WeightingError
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray
from analysis.weighting.calibrated_replicates import in_replicate

_NEAR = 1e-9  # a weight that misses a limit by less of it is at the limit: rounding is no reason to trim


class Redistribution(StrEnum):
    """Who takes over the weight that trimming cuts off.

    PROPORTIONAL: the rows not trimmed grow by one factor, so that they keep their relations. EQUAL: each gets
    the same amount, which changes small weights more than large ones (R survey 4.5, `trimWeights`).
    """

    PROPORTIONAL = "proportional"
    EQUAL = "equal"


class TrimmingPasses(StrEnum):
    """UNTIL_WITHIN: trim again those whom redistribution has pushed over a limit. ONE: leave them there."""

    UNTIL_WITHIN = "until_within"
    ONE = "one"


@dataclass(frozen=True)
class Trimming:
    """Limits of the weights and how the rest is redistributed; what one set of weights becomes under them."""

    lower: float
    upper: float
    redistribution: Redistribution
    passes: TrimmingPasses

    def adjusted(self, weights: FloatArray, replicate: int) -> FloatArray:
        """The weights of a replicate (counted from 0), trimmed like the sample's.

        Raises `WeightingError` naming the replicate when the limits cannot hold the sum.
        """
        try:
            return self.trimmed(weights)
        except WeightingError as refusal:
            problems = list(in_replicate(refusal.problems, replicate))
            raise WeightingError("A replicate cannot be trimmed.", problems=problems) from refusal

    def trimmed(self, weights: FloatArray) -> FloatArray:
        """Weights within the limits with the same sum; rows of weight 0 stay out of it.

        A row once trimmed takes over nothing from others as long as there are rows that never were. Raises
        `WeightingError` when the limits cannot hold the sum.
        """
        counted = weights != 0
        result, taken = weights.copy(), np.zeros_like(counted)
        while (outside := self._outside(result, counted)).any():
            clipped = np.where(outside, np.clip(result, self.lower, self.upper), result)
            excess = float((result - clipped).sum())
            taken |= outside
            free = counted & ~taken
            if not free.any():  # then those at the other limit have room
                free = counted & ((clipped < self.upper) if excess > 0 else (clipped > self.lower))
            if not free.any():
                raise WeightingError("The weights cannot be trimmed.", problems=[self._too_narrow(weights)])
            result = self._spread(clipped, free=free, excess=excess)
            if self.passes is TrimmingPasses.ONE:
                break
        return result

    def _outside(self, weights: FloatArray, counted: BoolArray) -> BoolArray:
        low, high = self.lower - _NEAR * abs(self.lower), self.upper + _NEAR * abs(self.upper)
        return np.asarray(counted & ((weights < low) | (weights > high)))

    def _spread(self, weights: FloatArray, *, free: BoolArray, excess: float) -> FloatArray:
        if self.redistribution is Redistribution.EQUAL:
            return np.where(free, weights + excess / int(free.sum()), weights)
        return np.where(free, weights * (1 + excess / float(weights[free].sum())), weights)

    def _too_narrow(self, weights: FloatArray) -> Problem:
        mean = float(weights[weights != 0].mean())
        text = (
            f"between {self.lower:g} and {self.upper:g} cannot hold the sum: the mean weight is {mean:g}; "
            "widen them around it"
        )
        return Problem("limits_too_narrow", "limits", text)


def trim(
    sample: Sample,
    *,
    lower: float = 0.0,
    upper: float = np.inf,
    redistribution: Redistribution = Redistribution.PROPORTIONAL,
    passes: TrimmingPasses = TrimmingPasses.UNTIL_WITHIN,
) -> Sample:
    """The sample with weights between `lower` and `upper` and the same sum (Potter 1990).

    Known totals are no longer met afterwards: calibrate again, or use `trim_and_calibrate`. Standard errors
    take the trimmed weights as given, and what the calibrations before explain; replicates are trimmed each
    by itself. Raises `WeightingError` for limits that exclude each other or that the sum cannot be kept
    within.
    """
    trimming = Trimming(
        _checked(lower, upper),
        upper,
        chosen(Redistribution, redistribution, name="The redistribution"),
        chosen(TrimmingPasses, passes, name="The number of passes"),
    )
    weights = trimming.trimmed(sample.weights)
    replicates = sample.replicates
    if replicates is not None:
        replicates = replicates.adjusted(trimming)
        for _ in replicates.weights():  # refuse now what would be refused at the first estimate
            pass
    return sample.reweighted(weights, replicates=replicates)


def trim_and_calibrate(
    sample: Sample,
    calibration: Callable[[Sample], Sample],
    *,
    lower: float = 0.0,
    upper: float = np.inf,
    redistribution: Redistribution = Redistribution.PROPORTIONAL,
    maximum_cycles: int = 50,
    tolerance: float = 1e-6,
) -> Sample:
    """The calibrated sample with weights between `lower` and `upper` that still meet the known totals.

    `calibration` makes a calibrated sample of one that is not: `lambda sample: rake(sample, margins=…)`. It
    and trimming take turns until no weight is outside the limits by more than `tolerance` of them. The
    result counts as one calibration, from the trimmed weights. Raises `WeightingError` telling how far the
    weights still are outside after `maximum_cycles`, and whatever `calibration` and `trim` refuse.
    """
    low, high = _checked(lower, upper) * (1 - tolerance), upper * (1 + tolerance)
    current = calibration(sample)
    for _ in range(maximum_cycles):
        weights = current.weights[current.weights != 0]
        if weights.min() >= low and weights.max() <= high:
            return current
        trimmed = trim(current, lower=lower, upper=upper, redistribution=redistribution)
        current = calibration(sample.reweighted(trimmed.weights, replicates=trimmed.replicates))
    weights = current.weights[current.weights != 0]
    text = (
        f"between {lower:g} and {upper:g}: the weights still go from {weights.min():g} to {weights.max():g}; "
        "widen the limits, collapse categories, or calibrate with bounds (Linear, Logit)"
    )
    raise WeightingError(
        f"Trimming and known totals have not come together in {maximum_cycles} cycles.",
        problems=[Problem("not_converged", "limits", text)],
    )


def _checked(lower: float, upper: float) -> float:
    if not lower < upper:
        problem = Problem("limits_exclude", "limits", f"{lower:g} is not below {upper:g}")
        raise WeightingError("The weights cannot be trimmed.", problems=[problem])
    return lower
