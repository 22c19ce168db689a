"""Agreement of two classifications of the same people beyond chance: Cohen's kappa."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.errors import EstimationError
from analysis.estimation.intervals import mean_interval
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings
from analysis.estimation.variance import covariance_of_statistics
from analysis.printing import Printed
from analysis.replicate_design import ReplicateDesign
from analysis.sample import Sample
from analysis.stages import FloatArray, some
from analysis.testing.answers import refuse_nobody
from analysis.testing.result import known
from analysis.testing.tables import CrossTable, cross_table


@dataclass(frozen=True, kw_only=True, repr=False)
class Agreement(Printed):
    """Cohen's kappa: 1 complete agreement, 0 what chance gives; None: not available.

    `observed` and `expected` are the shares that agree, in fact and by chance. The interval is by t with the
    degrees of freedom of the members that answered; where nobody disagrees there is neither it nor an error.
    """

    first: str
    second: str
    kappa: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    confidence_level: float
    degrees_of_freedom: int
    observed: float
    expected: float
    respondent_count: int
    table: CrossTable = field(repr=False)
    design: Design | ReplicateDesign = field(repr=False)

    @property
    def reason(self) -> str | None:
        """Why something is missing; None when nothing is."""
        if self.kappa is None:
            return "Both put everybody into one category."
        if _nobody_disagrees(self.table):
            return "Nobody disagrees, so the sample shows no error."
        if self.standard_error is None:
            return "Every stratum of the domain has only one sampling unit."
        return None if self.degrees_of_freedom > 0 else "The domain has no more sampling units than strata."

    def __str__(self) -> str:
        title = f"kappa of {self.first} and {self.second}"
        if self.kappa is None:
            return f"{title}: not available. {self.reason}"
        text = f"{title}: {self.kappa:.4f}"
        if self.standard_error is not None:
            text += f", SE {self.standard_error:.4g}"
        if self.lower is not None:
            text += f", {self.confidence_level:.0%} {self.lower:.4f} to {self.upper:.4f}"
        text += f"; {self.observed:.1%} agree, {self.expected:.1%} by chance; n = {self.respondent_count}"
        return text if self.reason is None else f"{text}. {self.reason}"

    def to_frame(self) -> pd.DataFrame:
        """One row with every number."""
        return pd.DataFrame(
            [
                {
                    "first": self.first,
                    "second": self.second,
                    "kappa": self.kappa,
                    "standard_error": self.standard_error,
                    "ci_low": self.lower,
                    "ci_high": self.upper,
                    "degrees_of_freedom": self.degrees_of_freedom,
                    "observed": self.observed,
                    "expected": self.expected,
                    "respondents": self.respondent_count,
                    "reason": self.reason,
                }
            ]
        )


def agreement(
    sample: Sample, first: str, second: str, *, settings: EstimationSettings = DEFAULT_SETTINGS
) -> Agreement:
    """Cohen's kappa of two columns with the same categories, among the members that have both.

    κ = (P_o - P_e) / (1 - P_e), with its standard error from the shares of the cells by the delta method
    (Cohen 1960; R survey 4.5, `svykappa`). Raises `EstimationError` when the categories of the two columns
    differ, when nobody has both, and as `cross_table`.
    """
    table = cross_table(sample, rows=first, columns=second, settings=settings)
    refuse_nobody(table.answered, [first, second])
    _refuse_other_categories(table)
    shares = table.shares
    observed, expected = float(np.trace(shares)), float(shares.sum(axis=1) @ shares.sum(axis=0))
    kappa, error = _kappa(table, observed=observed, expected=expected) if expected < 1 else (np.nan, np.nan)
    if _nobody_disagrees(table):
        error = np.nan  # zero would say that the design fixes the value
    df = table.answered.degrees_of_freedom
    lower, upper = mean_interval(
        np.array([kappa]), error=np.array([error]), df=np.array([float(df)]), level=settings.confidence_level
    )
    return Agreement(
        first=first,
        second=second,
        kappa=known(kappa),
        standard_error=known(error),
        lower=known(lower[0]),
        upper=known(upper[0]),
        confidence_level=settings.confidence_level,
        degrees_of_freedom=df,
        observed=observed,
        expected=expected,
        respondent_count=table.respondent_count,
        table=table,
        design=sample.design,
    )


def _nobody_disagrees(table: CrossTable) -> bool:
    return int(table.respondents.trace()) == table.respondent_count


def _refuse_other_categories(table: CrossTable) -> None:
    one, other = table.rows.labels, table.columns.labels
    if one != other:
        only = [label for label in (*one, *other) if (label in one) != (label in other)]
        raise EstimationError(
            f"{table.rows.name} and {table.columns.name} do not have the same categories: "
            f"{some(only)} occur in one of them.",
            hint="Declare the same categories for both (pandas categories), used or not.",
        )


def _kappa(table: CrossTable, *, observed: float, expected: float) -> tuple[float, float]:
    """Kappa and its standard error: dκ = dP_o / (1 - P_e) - (1 - P_o) / (1 - P_e)² dP_e."""
    chance = table.shares.sum(axis=0)[:, None] + table.shares.sum(axis=1)[None, :]
    gradient = np.eye(len(chance)) / (1 - expected) - (1 - observed) / (1 - expected) ** 2 * chance
    return (observed - expected) / (1 - expected), float(np.sqrt(_variance(table, gradient)))


def _variance(table: CrossTable, gradient: FloatArray) -> float:
    """Variance of a linear function of the shares of the cells (rows × columns)."""
    answered = table.answered
    inside = np.flatnonzero(answered.members)
    value = np.zeros(len(answered))
    value[inside] = gradient[table.rows.code[inside], table.columns.code[inside]]
    mean = float((gradient * table.shares).sum())

    def influence() -> FloatArray:
        result = np.zeros((len(answered), 1))
        result[inside, 0] = answered.weights[inside] * (value[inside] - mean) / table.total
        return result

    def statistic(weights: FloatArray) -> FloatArray:
        return np.array([weights @ value / weights.sum()])

    variance = covariance_of_statistics(
        answered, estimate=np.array([mean]), influence=influence, statistic=statistic
    )
    return float(variance[0, 0])
