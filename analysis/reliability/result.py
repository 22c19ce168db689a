"""A reliability coefficient with its uncertainty, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.choices import chosen
from analysis.estimation.intervals import t_quantile
from analysis.estimation.settings import EstimationSettings
from analysis.moments import Moments, StandardErrorMethod
from analysis.printing import Printed
from analysis.stages import FloatArray


class Coefficient(StrEnum):
    """Which reliability: Cronbach's alpha (1951), or omega total of one factor (McDonald 1999)."""

    ALPHA = "alpha"
    OMEGA_TOTAL = "omega_total"


class ReliabilityStatus(StrEnum):
    """How much of a coefficient there is. AVAILABLE: all of it.

    NO_VARIANCE: the value without standard error. NO_DEGREES_OF_FREEDOM: value and standard error without
    interval. The others: nothing.
    """

    AVAILABLE = "available"
    TOO_FEW_RESPONDENTS = "too_few_respondents"
    NO_VARIATION = "no_variation"
    NO_VARIANCE = "no_variance"
    NO_DEGREES_OF_FREEDOM = "no_degrees_of_freedom"


REASONS: Mapping[ReliabilityStatus, str] = MappingProxyType(
    {
        ReliabilityStatus.TOO_FEW_RESPONDENTS: "Fewer than two people answered all of the items.",
        ReliabilityStatus.NO_VARIATION: "Everybody gave the same answers to an item or to all of them.",
        ReliabilityStatus.NO_VARIANCE: "Every stratum of this domain has only one sampling unit.",
        ReliabilityStatus.NO_DEGREES_OF_FREEDOM: "The domain has no more sampling units than strata.",
    }
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Reliability(Printed):
    """One coefficient (at most 1) of the sum of the items; what is not available is None.

    `if_dropped` is the coefficient without each item (alpha of three items or more), `loadings` are the
    standardized loadings of the factor (omega). `respondent_count` counts members who answered all the items,
    `incomplete_count` the members who did not. Limits are those of ln(1 - coefficient) ± t × its standard
    error, so that they never pass 1 (Bonett 2002).
    """

    coefficient: Coefficient
    items: tuple[str, ...]
    value: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    confidence_level: float
    degrees_of_freedom: int
    respondent_count: int
    incomplete_count: int
    standard_error_method: str
    status: ReliabilityStatus
    if_dropped: Mapping[str, float]
    loadings: Mapping[str, float]

    @property
    def is_available(self) -> bool:
        """Whether there is both a value and a standard error."""
        return self.value is not None and self.standard_error is not None

    @property
    def reason(self) -> str | None:
        """Why something is missing; None when nothing is."""
        return REASONS.get(self.status)

    def __str__(self) -> str:
        title = f"{self.coefficient} of {len(self.items)} items"
        if self.value is None:
            return f"{title}: not available. {self.reason}"
        text = f"{title}: {self.value:.4f}"
        if self.standard_error is not None:
            text += f", SE {self.standard_error:.4f} ({self.standard_error_method})"
        if self.lower is not None:
            text += f", {self.confidence_level:.0%} {self.lower:.4f} to {self.upper:.4f}"
        return f"{text}, n = {self.respondent_count}"

    def to_frame(self) -> pd.DataFrame:
        """One row an item: its loading and the coefficient without it, beside the coefficient's numbers."""
        return pd.DataFrame(
            {
                "item": self.items,
                "loading": [self.loadings.get(item) for item in self.items],
                "if_dropped": [self.if_dropped.get(item) for item in self.items],
                "coefficient": str(self.coefficient),
                "estimate": self.value,
                "standard_error": self.standard_error,
                "ci_low": self.lower,
                "ci_high": self.upper,
                "degrees_of_freedom": self.degrees_of_freedom,
                "respondents": self.respondent_count,
                "status": str(self.status),
                "reason": self.reason,
            }
        )


@dataclass(frozen=True)
class Uncertainty:
    """How the standard error of a coefficient is asked for."""

    method: StandardErrorMethod
    confidence_level: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", chosen(StandardErrorMethod, self.method, name="standard_error"))
        EstimationSettings(confidence_level=self.confidence_level)  # refuses impossible levels


def reliability(
    coefficient: Coefficient,
    moments: Moments,
    *,
    value: float,
    variance: float,
    asked: Uncertainty,
    if_dropped: Mapping[str, float] = MappingProxyType({}),
    loadings: Mapping[str, float] = MappingProxyType({}),
) -> Reliability:
    """The result for an estimated coefficient and its variance."""
    freedom = moments.sample.degrees_of_freedom
    status = ReliabilityStatus.AVAILABLE
    if not np.isfinite(variance):
        status = ReliabilityStatus.NO_VARIANCE
    elif freedom <= 0:
        status = ReliabilityStatus.NO_DEGREES_OF_FREEDOM
    error = None if status is ReliabilityStatus.NO_VARIANCE else float(np.sqrt(max(variance, 0.0)))
    lower, upper = None, None
    if status is ReliabilityStatus.AVAILABLE and error is not None:
        lower, upper = _limits(value, error, np.array(float(freedom)), level=asked.confidence_level)
    return Reliability(
        coefficient=coefficient,
        items=moments.items,
        value=value,
        standard_error=error,
        lower=lower,
        upper=upper,
        confidence_level=asked.confidence_level,
        degrees_of_freedom=freedom,
        respondent_count=moments.respondent_count,
        incomplete_count=moments.incomplete_count,
        standard_error_method=_method_name(moments, asked),
        status=status,
        if_dropped=MappingProxyType(dict(if_dropped)),
        loadings=MappingProxyType(dict(loadings)),
    )


def not_available(
    coefficient: Coefficient, moments: Moments, *, status: ReliabilityStatus, asked: Uncertainty
) -> Reliability:
    """The result where there is no coefficient."""
    return Reliability(
        coefficient=coefficient,
        items=moments.items,
        value=None,
        standard_error=None,
        lower=None,
        upper=None,
        confidence_level=asked.confidence_level,
        degrees_of_freedom=moments.sample.degrees_of_freedom,
        respondent_count=moments.respondent_count,
        incomplete_count=moments.incomplete_count,
        standard_error_method=_method_name(moments, asked),
        status=status,
        if_dropped=MappingProxyType({}),
        loadings=MappingProxyType({}),
    )


def _method_name(moments: Moments, asked: Uncertainty) -> str:
    return "replication" if moments.sample.replicates is not None else str(asked.method)


def _limits(
    value: float, error: float, degrees_of_freedom: FloatArray, *, level: float
) -> tuple[float, float]:
    if value >= 1:
        return value, value
    reach = float(t_quantile(degrees_of_freedom, level=level)) * error / (1 - value)
    return 1 - (1 - value) * float(np.exp(reach)), 1 - (1 - value) * float(np.exp(-reach))
