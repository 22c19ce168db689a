"""The result of a test of a hypothesis, or the reason why it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.printing import Printed
from analysis.replicate_design import ReplicateDesign


class HypothesisStatus(StrEnum):
    """How much of a test there is: all of it, or no p-value."""

    AVAILABLE = "available"
    NO_DEGREES_OF_FREEDOM = "no_degrees_of_freedom"
    NO_VARIANCE = "no_variance"


REASONS: Mapping[HypothesisStatus, str] = MappingProxyType(
    {
        HypothesisStatus.NO_DEGREES_OF_FREEDOM: "There are too few sampling units for the hypothesis.",
        HypothesisStatus.NO_VARIANCE: "The sample shows no variance of what is tested.",
    }
)


@dataclass(frozen=True)
class Group:
    """One of the groups compared: its mean (of the answers, or of their rank scores) and its respondents."""

    label: object
    mean: float
    respondent_count: int


@dataclass(frozen=True, kw_only=True, repr=False)
class HypothesisTest(Printed):
    """A test: what was asked, the statistic, degrees of freedom, p-value; what is not available is None.

    `statistic` is named by `statistic_name` (t, F, X²). `degrees_of_freedom` belong to t, to the numerator of
    F or to X²; `denominator_degrees_of_freedom` to F alone. `p_value` is two-sided for t. `estimate` (with
    standard error and the limits of its interval at `confidence_level`) is the mean or difference tested, in
    units of the variable. `respondent_count` counts the rows that answered, unweighted; `groups` tells of
    each group compared.
    """

    question: str
    method: str
    statistic_name: str
    statistic: float | None
    degrees_of_freedom: float | None
    denominator_degrees_of_freedom: float | None = None
    p_value: float | None
    estimate: float | None = None
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    confidence_level: float | None = None
    respondent_count: int
    groups: tuple[Group, ...] = ()
    status: HypothesisStatus
    design: Design | ReplicateDesign = field(repr=False)

    @property
    def is_available(self) -> bool:
        """Whether there is a p-value."""
        return self.p_value is not None

    @property
    def reason(self) -> str | None:
        """Why there is no p-value; None when there is one."""
        return REASONS.get(self.status)

    def __str__(self) -> str:
        return f"{self.question}: {'; '.join(self._parts())}"

    def _parts(self) -> list[str]:
        if self.p_value is None or self.statistic is None:
            parts = [f"no p-value ({self.method}): {(self.reason or '').rstrip('.').lower()}"]
        else:
            free = [self.degrees_of_freedom, self.denominator_degrees_of_freedom]
            known = ", ".join(f"{each:.4g}" for each in free if each is not None)
            name = self.statistic_name + (f"({known})" if known else "")
            parts = [f"{name} = {self.statistic:.4g}, {_probability(self.p_value)} ({self.method})"]
        if self.estimate is not None:
            parts.append(self._estimated(self.estimate))
        return [*parts, f"{self.respondent_count} respondents"]

    def _estimated(self, estimate: float) -> str:
        text = f"estimate {estimate:.5g}"
        if self.standard_error is not None:
            text += f", SE {self.standard_error:.4g}"
        if self.lower is not None and self.confidence_level is not None:
            text += f", {self.confidence_level:.0%} {self.lower:.5g} to {self.upper:.5g}"
        return text

    def to_frame(self) -> pd.DataFrame:
        """One row with every number of the test."""
        return pd.DataFrame([self._row()])

    def _row(self) -> dict[str, object]:
        return {
            "question": self.question,
            "method": self.method,
            "statistic": self.statistic,
            "degrees_of_freedom": self.degrees_of_freedom,
            "denominator_degrees_of_freedom": self.denominator_degrees_of_freedom,
            "p_value": self.p_value,
            "estimate": self.estimate,
            "standard_error": self.standard_error,
            "ci_low": self.lower,
            "ci_high": self.upper,
            "respondents": self.respondent_count,
            "status": str(self.status),
            "reason": self.reason,
        }


def known(value: float) -> float | None:
    """A number, or None where the arithmetic gave none."""
    return None if np.isnan(value) else float(value)


def _probability(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.4f}"
