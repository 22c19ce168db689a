"""How far estimates can be off: their variances, covariances and degrees of freedom, whatever the method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.stages import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """The uncertainty of the estimates of one call.

    `variance` has the shape (domains, items), NaN where there is none; `covariance` gives the covariances of
    all estimates (item-major), shape (estimates, estimates), when asked. `degrees_of_freedom` are those of
    each domain, `design_degrees_of_freedom` those of the whole sample.
    """

    variance: FloatArray
    covariance: Callable[[], FloatArray]
    degrees_of_freedom: IntArray
    design_degrees_of_freedom: int
