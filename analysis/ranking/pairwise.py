"""Which units can be told apart: studentized differences of all pairs against simulated errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.stages import BoolArray, FloatArray, IntArray

_BLOCK = 400_000  # numbers held at a time: what fits next to the processor
_ROUND_OFF = 1e-12  # of the variances: a smaller variance of a difference is none


class Sides(StrEnum):
    """Which ends of the rank are bounded; LOWER bounds only how good (1, 2, …) a unit can be."""

    BOTH = "both"
    LOWER = "lower"
    UPPER = "upper"


class Procedure(StrEnum):
    """Whether pairs that were told apart make the next critical value smaller, until nothing changes."""

    STEPDOWN = "stepdown"
    SINGLE_STEP = "single_step"


@dataclass(frozen=True, eq=False)
class RankBounds:
    """Ranks at both ends of some units, and the critical value of the last step."""

    lower: IntArray
    upper: IntArray
    critical_value: float


@dataclass(frozen=True, eq=False)
class Pairwise:
    """Studentized differences of all pairs (first - second), and what draws are divided by."""

    ratio: FloatArray
    inverse: NDArray[np.float32]
    errors: NDArray[np.float32]

    @classmethod
    def of(cls, values: FloatArray, covariance: FloatArray, errors: NDArray[np.float32]) -> Pairwise:
        """All pairs of units from their values (k,), covariance (k × k) and drawn errors (k × draws)."""
        variance = np.diag(covariance)
        square = variance[:, None] + variance - 2 * covariance
        known = square > _ROUND_OFF * (variance[:, None] + variance)  # else the two vary as one
        inverse = np.divide(
            1.0, np.sqrt(np.where(known, square, 1.0)), out=np.zeros_like(square), where=known
        )
        return cls((values[:, None] - values) * inverse, inverse.astype(np.float32), errors)

    def bounds(self, unit: int | None, *, sides: Sides, level: float, procedure: Procedure) -> RankBounds:
        """The ranks of one unit, by its own pairs; None: of all units, by all pairs."""
        first, second = self._pairs(unit, sides)
        told, critical = self._told_apart(first, second, level=level, procedure=procedure)
        count = len(self.ratio)
        beaten = np.bincount(second[told], minlength=count) * (sides is not Sides.UPPER)
        beats = np.bincount(first[told], minlength=count) * (sides is not Sides.LOWER)
        of = slice(None) if unit is None else slice(unit, unit + 1)
        return RankBounds((1 + beaten)[of], (count - beats)[of], critical)

    def _pairs(self, unit: int | None, sides: Sides) -> tuple[IntArray, IntArray]:
        """The pairs (first may beat second) that bound the ranks asked for, less pairs that vary as one."""
        pairs = self.inverse > 0
        if unit is not None:
            of_unit = np.zeros_like(pairs)
            if sides is not Sides.UPPER:
                of_unit[:, unit] = True
            if sides is not Sides.LOWER:
                of_unit[unit] = True
            pairs = pairs & of_unit
        first, second = np.nonzero(pairs)
        return first, second

    def _told_apart(
        self, first: IntArray, second: IntArray, *, level: float, procedure: Procedure
    ) -> tuple[BoolArray, float]:
        """Which first units are above their second ones, all claims at the level (Romano & Wolf 2005)."""
        told = np.zeros(first.size, dtype=np.bool_)
        critical = np.inf
        while not told.all():
            largest = self._largest(first[~told], second[~told])
            critical = float(np.quantile(largest, level, method="higher"))
            more = ~told & (self.ratio[first, second] > critical)
            told |= more
            if procedure is Procedure.SINGLE_STEP or not more.any():
                break
        return told, critical

    def _largest(self, first: IntArray, second: IntArray) -> NDArray[np.float32]:
        """The largest studentized difference of the pairs in every draw, shape (draws,)."""
        draws = self.errors.shape[1]
        result = np.full(draws, -np.inf, dtype=np.float32)
        width = max(1, _BLOCK // draws)
        for start in range(0, first.size, width):
            one, other = first[start : start + width], second[start : start + width]
            apart = self.errors[one]
            apart -= self.errors[other]
            apart *= self.inverse[one, other][:, None]
            np.maximum(result, apart.max(axis=0), out=result)
        return result
