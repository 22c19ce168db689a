"""Drivers of an outcome: what each factor contributes, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import pandas as pd

from analysis.choices import chosen
from analysis.errors import EstimationError
from analysis.estimation.result import Estimates
from analysis.printing import Printed
from analysis.stages import FloatArray, some


class Importance(StrEnum):
    """What is said about a factor.

    STANDARDIZED_COEFFICIENT: standard deviations of the outcome for one of the factor, the others held.
    SHAPLEY_SHARE: its share of R², averaged over all orders of entry (LMG). RELATIVE_WEIGHT: its share of R²
    after Johnson.
    """

    STANDARDIZED_COEFFICIENT = "standardized_coefficient"
    SHAPLEY_SHARE = "shapley_share"
    RELATIVE_WEIGHT = "relative_weight"


class DriverStatus(StrEnum):
    """How much of a driver analysis there is. AVAILABLE: all of it.

    NO_VARIANCE: the values without standard errors. NO_DEGREES_OF_FREEDOM: values and standard errors without
    intervals. TOO_MANY_FACTORS: no Shapley shares. The others: nothing.
    """

    AVAILABLE = "available"
    TOO_FEW_RESPONDENTS = "too_few_respondents"
    NO_VARIATION = "no_variation"
    COLLINEAR = "collinear"
    TOO_MANY_FACTORS = "too_many_factors"
    NO_VARIANCE = "no_variance"
    NO_DEGREES_OF_FREEDOM = "no_degrees_of_freedom"


REASONS: Mapping[DriverStatus, str] = MappingProxyType(
    {
        DriverStatus.TOO_FEW_RESPONDENTS: "Too few people answered the outcome and all factors.",
        DriverStatus.NO_VARIATION: "Everybody gave the same answer.",
        DriverStatus.COLLINEAR: "Some factors follow from the others.",
        DriverStatus.TOO_MANY_FACTORS: "There are too many factors to go through all orders of entry.",
        DriverStatus.NO_VARIANCE: "Every stratum of this domain has only one sampling unit.",
        DriverStatus.NO_DEGREES_OF_FREEDOM: "The domain has no more sampling units than strata.",
    }
)


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """One number about a factor (or R², factor None); what is not available is None.

    `share_of_explained` is a share of R² as a share of all that is explained (0–1, adding up to 1 over the
    factors); None for coefficients and R².
    """

    factor: str | None
    measure: Importance | None
    value: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    share_of_explained: float | None
    status: DriverStatus

    @property
    def reason(self) -> str | None:
        """Why something is missing; None when nothing is."""
        return REASONS.get(self.status)

    def __str__(self) -> str:
        name = "R²" if self.factor is None else f"{self.measure} of {self.factor}"
        if self.value is None:
            return f"{name}: not available. {self.reason}"
        text = f"{name}: {self.value:.4f}"
        if self.standard_error is not None:
            text += f", SE {self.standard_error:.4f}"
        return text if self.lower is None else f"{text}, {self.lower:.4f} to {self.upper:.4f}"


@dataclass(frozen=True, kw_only=True, repr=False)
class DriverAnalysis(Printed):
    """The contributions of the factors to an outcome, over the members who answered all of them.

    `contributions` goes measure by measure, factor by factor; `covariance` is that of their values followed
    by R² (all NaN where there is none). `performance` holds the mean score of every factor among all who
    answered it. `concerned` names the factors behind a status.
    """

    outcome: str
    factors: tuple[str, ...]
    contributions: tuple[Contribution, ...]
    r_squared: Contribution
    covariance: FloatArray
    performance: Estimates
    degrees_of_freedom: int
    confidence_level: float
    respondent_count: int
    incomplete_count: int
    standard_error_method: str
    status: DriverStatus
    concerned: tuple[str, ...] = ()

    @property
    def reason(self) -> str | None:
        """Why something is missing, and by which factors; None when nothing is."""
        reason = REASONS.get(self.status)
        return reason if reason is None or not self.concerned else f"{reason} {some(self.concerned)}."

    def __str__(self) -> str:
        title = f"Drivers of {self.outcome}, n = {self.respondent_count}, SE by {self.standard_error_method}"
        lines = [title if self.reason is None else f"{title}. {self.reason}", str(self.r_squared)]
        return "\n".join(lines + [str(each) for each in self.contributions])

    def get(self, factor: str, measure: Importance = Importance.SHAPLEY_SHARE) -> Contribution:
        """What one factor contributes. Raises `EstimationError` for a factor or measure that there is not."""
        measure = chosen(Importance, measure, name="measure")
        for each in self.contributions:
            if each.factor == factor and each.measure == measure:
                return each
        raise EstimationError(f"There is no factor {factor!r}.", hint=f"Factors: {some(self.factors)}.")

    def to_frame(self) -> pd.DataFrame:
        """One row a factor and measure, then R²."""
        return pd.DataFrame(
            [
                {
                    "factor": each.factor,
                    "measure": "r_squared" if each.measure is None else str(each.measure),
                    "estimate": each.value,
                    "standard_error": each.standard_error,
                    "ci_low": each.lower,
                    "ci_high": each.upper,
                    "share_of_explained": each.share_of_explained,
                    "degrees_of_freedom": self.degrees_of_freedom,
                    "respondents": self.respondent_count,
                    "status": str(each.status),
                    "reason": each.reason,
                }
                for each in (*self.contributions, self.r_squared)
            ]
        )
