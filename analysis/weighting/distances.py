"""Distances: how far a calibration lets a weight move, and with what shape.

A calibrated weight is w = d F(q x'λ): F is the inverse of the derivative of a distance between w and d, with
F(0) = 1 and a slope of 1 there. To first order all give the same estimates (Deville & Särndal 1992, §2–3;
Singh & Mohl 1996); they differ in how far single weights go. `g` below is w / d.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.errors import Problem, WeightingError
from analysis.stages import BoolArray, FloatArray


class Distance(Protocol):
    """What a calibration asks of a distance: F, its slope, and the limits of g."""

    @property
    def lower(self) -> float:
        """The smallest g there can be."""
        ...

    @property
    def upper(self) -> float:
        """The largest g there can be."""
        ...

    def factor(self, u: FloatArray) -> FloatArray:
        """F(u), the factor g of a row whose q x'λ is u."""
        ...

    def slope(self, u: FloatArray) -> FloatArray:
        """The derivative of F at u."""
        ...


@dataclass(frozen=True)
class Linear:
    """g = 1 + u: the generalized regression estimator; bounded, the truncated linear distance.

    Without bounds always solved in one step, but g may turn negative.
    """

    lower: float = -np.inf
    upper: float = np.inf

    def __post_init__(self) -> None:
        _check_bounds(self)

    def factor(self, u: FloatArray) -> FloatArray:
        """1 + u, held between the bounds."""
        return np.clip(1 + u, self.lower, self.upper)

    def slope(self, u: FloatArray) -> FloatArray:
        """1 between the bounds, 0 beyond."""
        return _inside(self, 1 + u).astype(np.float64)


@dataclass(frozen=True)
class RakingRatio:
    """g = exp(u), always positive: with categorical auxiliary variables the weights of raking."""

    lower: float = 0.0
    upper: float = np.inf

    def __post_init__(self) -> None:
        _check_bounds(self)

    def factor(self, u: FloatArray) -> FloatArray:
        """exp(u), held between the bounds; infinite where it is too large for a number."""
        return np.clip(_exp(u), self.lower, self.upper)

    def slope(self, u: FloatArray) -> FloatArray:
        """exp(u) between the bounds, 0 beyond."""
        factor = _exp(u)
        return np.where(_inside(self, factor), factor, 0.0)


@dataclass(frozen=True)
class Logit:
    """g goes from `lower` to `upper` in an S-curve and reaches neither (Deville & Särndal 1992, case 6)."""

    lower: float
    upper: float

    def __post_init__(self) -> None:
        _check_bounds(self)
        if not (np.isfinite(self.lower) and np.isfinite(self.upper)):
            _refuse(f"between {self.lower} and {self.upper}: the logit distance needs two finite bounds")

    @property
    def _steepness(self) -> float:
        return (self.upper - self.lower) / ((1 - self.lower) * (self.upper - 1))

    def factor(self, u: FloatArray) -> FloatArray:
        """[L(U-1) + U(1-L) e^{Au}] / [(U-1) + (1-L) e^{Au}] with A = (U-L) / ((1-L)(U-1))."""
        return self.lower + (self.upper - self.lower) * self._part(u)

    def slope(self, u: FloatArray) -> FloatArray:
        """(U-L) A s(1-s), with s the share of the way from `lower` to `upper`."""
        part = self._part(u)
        return (self.upper - self.lower) * self._steepness * part * (1 - part)

    def _part(self, u: FloatArray) -> FloatArray:
        odds = (1 - self.lower) / (self.upper - 1)
        with np.errstate(over="ignore"):
            return np.asarray(1 / (1 + np.exp(-self._steepness * u) / odds))


@dataclass(frozen=True)
class HyperbolicSine:
    """g = [p + √(p² + 4)] / 2 with p = arsinh(2u): positive, and slower than exp(u) to grow large.

    The inverse of u = sinh(g - 1/g) / 2 (Roy & Vanheuverzwyn 2001; Le Guennec & Sautory 2002, CALMAR 2; with
    α = 1).
    """

    lower: float = 0.0
    upper: float = np.inf

    def __post_init__(self) -> None:
        _check_bounds(self)

    def factor(self, u: FloatArray) -> FloatArray:
        """[p + √(p² + 4)] / 2, held between the bounds."""
        return np.clip(self._free(u), self.lower, self.upper)

    def slope(self, u: FloatArray) -> FloatArray:
        """F p' / √(p² + 4) between the bounds, 0 beyond."""
        factor, p = self._free(u), np.arcsinh(2 * u)
        slope = 2 * factor / np.sqrt((p**2 + 4) * (1 + 4 * u**2))
        return np.where(_inside(self, factor), slope, 0.0)

    @staticmethod
    def _free(u: FloatArray) -> FloatArray:
        p = np.arcsinh(2 * u)
        root = np.sqrt(p**2 + 4)
        # the sum of a large and its almost opposite loses every digit: 2 / (√(p² + 4) - p) is the same
        return np.asarray(np.where(p >= 0, (p + root) / 2, 2 / (root - np.minimum(p, 0))))


def _exp(u: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(u))


def _inside(distance: Distance, factor: FloatArray) -> BoolArray:
    return (factor > distance.lower) & (factor < distance.upper)


def _check_bounds(distance: Distance) -> None:
    if not distance.lower < 1 < distance.upper:
        _refuse(
            f"between {distance.lower} and {distance.upper}: 1, no change at all, must lie between the bounds"
        )


def _refuse(message: str) -> None:
    problem = Problem("bounds_impossible", "factor g", message)
    raise WeightingError("There is no such distance.", problems=[problem])


LINEAR = Linear()
