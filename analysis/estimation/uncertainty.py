"""How far estimates can be off: their variances, covariances and degrees of freedom, whatever the method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.estimation.settings import IntervalMethod
from analysis.stages import FloatArray, IntArray

_BY_LOG_ODDS = (IntervalMethod.LOGIT, IntervalMethod.LIKELIHOOD)


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """The uncertainty of the estimates of one call.

    `variance` has the shape (domains, items), NaN where there is none; `covariance` gives the covariances of
    all estimates (item-major), shape (estimates, estimates), when asked. `degrees_of_freedom` are those of
    each domain, `design_degrees_of_freedom` those of the whole sample. `log_odds_variance` (domains, items)
    is the variance of the log odds of shares where a method has its own, NaN or None where it follows from
    `variance` as variance / (p (1 - p))².
    """

    variance: FloatArray
    covariance: Callable[[], FloatArray]
    degrees_of_freedom: IntArray
    design_degrees_of_freedom: int
    log_odds_variance: FloatArray | None = None

    def interval_variance(
        self, value: FloatArray, method: IntervalMethod, *, answer_count: FloatArray
    ) -> FloatArray:
        """The variance an interval for shares is made with, shape (domains, items) as the arguments.

        LOGIT and LIKELIHOOD take the variance of the log odds where there is one of its own, times
        (p (1 - p))² so that it stands in for that of the share; in LIKELIHOOD without the n / (n - 1) of
        other designs (R survey 4.5, `svyciprop` of replicate designs, `summary.svrepglm`).
        """
        if self.log_odds_variance is None or method not in _BY_LOG_ODDS:
            return self.variance
        implied = self.log_odds_variance * (value * (1 - value)) ** 2
        if method is IntervalMethod.LIKELIHOOD:
            implied = implied * (1 - 1 / np.maximum(answer_count, 1))
        return np.where(np.isnan(implied), self.variance, implied)
