"""What a fitted model says: its coefficients with their uncertainty, ready for a page or a chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import overload

import numpy as np
import pandas as pd
from scipy.special import stdtr

from analysis.design import Design
from analysis.errors import EstimationError, ModelError, Problem
from analysis.estimation.intervals import mean_interval
from analysis.models.data import ModelData
from analysis.models.families import Family
from analysis.models.formula import Formula
from analysis.models.kernel import GeneralizedFitter, KernelFit
from analysis.printing import Printed
from analysis.replicate_design import ReplicateDesign
from analysis.stages import BoolArray, FloatArray, some
from analysis.testing.result import known

_ROUND_OFF = 1e-12  # of a coefficient: a smaller standard error is what arithmetic leaves of zero


class VarianceMethod(StrEnum):
    """Where standard errors come from: the influences of the rows, or the sample's replicates."""

    LINEARIZATION = "linearization"
    REPLICATION = "replication"


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """One coefficient: its t statistic and p-value are of being 0; what is not available is None."""

    name: str
    value: float
    standard_error: float | None
    t: float | None
    p_value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, eq=False, repr=False)
class Coefficients(Printed, Sequence[Coefficient]):
    """The coefficients of a model: `values` (p,), `covariance` (p × p), t with `degrees_of_freedom`.

    Without degrees of freedom there is neither a p-value nor an interval, without variance no test, and
    `reason` says so.
    """

    names: tuple[str, ...]
    values: FloatArray
    covariance: FloatArray
    degrees_of_freedom: int
    confidence_level: float

    @overload
    def __getitem__(self, index: int) -> Coefficient: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Coefficient, ...]: ...
    def __getitem__(self, index: int | slice) -> Coefficient | tuple[Coefficient, ...]:
        return self._all[index]

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Coefficient]:
        return iter(self._all)

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors (p,), NaN where the sample shows no variance."""
        variance = np.diag(self.covariance)
        return np.sqrt(np.where(variance >= 0, variance, np.nan))

    @property
    def reason(self) -> str | None:
        """Why something is missing; None when nothing is."""
        if np.isnan(self.standard_errors).any():
            return "Every stratum of the domain has only one sampling unit."
        if self.degrees_of_freedom <= 0:
            return "No degrees of freedom are left: too few sampling units for so many coefficients."
        certain = [self.names[place] for place in np.flatnonzero(~self._varies)]
        return f"The sample shows no variance of {some(certain)}." if certain else None

    @property
    def _varies(self) -> BoolArray:
        error = self.standard_errors
        return np.asarray(~(error <= _ROUND_OFF * np.abs(self.values)), dtype=np.bool_)

    @cached_property
    def _all(self) -> tuple[Coefficient, ...]:
        error, df = self.standard_errors, float(self.degrees_of_freedom)
        t = np.divide(self.values, error, out=np.full_like(error, np.nan), where=self._varies)
        p_value = 2 * stdtr(df, -np.abs(t)) if df > 0 else np.full_like(t, np.nan)
        low, high = mean_interval(self.values, error=error, df=np.array(df), level=self.confidence_level)
        columns = [map(known, each) for each in (error, t, p_value, low, high)]
        return tuple(
            Coefficient(
                name=name, value=float(value), standard_error=se, t=ratio, p_value=p, lower=lower, upper=upper
            )
            for name, value, se, ratio, p, lower, upper in zip(self.names, self.values, *columns, strict=True)
        )

    def get(self, name: str) -> Coefficient:
        """The coefficient of a column, e.g. `get("stypeH")`; raises `EstimationError` when there is none."""
        if name not in self.names:
            raise EstimationError(
                f"There is no coefficient {name!r}.", hint=f"Coefficients: {some(self.names)}."
            )
        return self[self.names.index(name)]

    def to_frame(self) -> pd.DataFrame:
        """One row a coefficient: name, estimate, standard_error, t, p_value, ci_low, ci_high."""
        frame = pd.DataFrame([asdict(each) for each in self])
        return frame.rename(columns={"value": "estimate", "lower": "ci_low", "upper": "ci_high"})

    def __str__(self) -> str:
        lines = [_LINE.format("", "estimate", "SE", "t", "p", f"{self.confidence_level:.0%} from", "to")]
        for each in self:
            estimate, limits = (each.value, each.standard_error, each.t), (each.lower, each.upper)
            cells = (*map(_short, estimate), _probability(each.p_value), *map(_short, limits))
            lines.append(_LINE.format(each.name, *cells))
        return "\n".join(lines)


_LINE = "{:<24} {:>12} {:>10} {:>9} {:>9} {:>12} {:>12}"


def _short(number: float | None) -> str:
    return "–" if number is None else f"{number:.4g}"


def _probability(p_value: float | None) -> str:
    if p_value is None:
        return "–"
    return "<0.0001" if p_value < 0.0001 else f"{p_value:.4f}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Model(Printed):
    """A fitted model: its coefficients and the data they come from.

    `failed_replicate_count` replicates could not be fitted and are left out of the covariance.
    """

    formula: Formula
    coefficients: Coefficients
    failed_replicate_count: int
    data: ModelData = field(repr=False)

    @property
    def respondent_count(self) -> int:
        """How many rows the model was fitted to."""
        return int(self.data.rows.size)

    @property
    def left_out_count(self) -> int:
        """How many members of the domain miss a variable of the model."""
        return self.data.left_out_count

    @property
    def method(self) -> VarianceMethod:
        """Where the standard errors come from."""
        replicated = self.data.sample.replicates is not None
        return VarianceMethod.REPLICATION if replicated else VarianceMethod.LINEARIZATION

    @property
    def design(self) -> Design | ReplicateDesign:
        """The design the sample was drawn by."""
        return self.data.sample.design

    @property
    def title(self) -> str:
        """What kind of model it is."""
        return "Model"

    def to_frame(self) -> pd.DataFrame:
        """The coefficients, one a row."""
        return self.coefficients.to_frame()

    def forest(self) -> pd.DataFrame:
        """The data of a chart of the coefficients: label, estimate, ci_low, ci_high; no intercept."""
        frame = self.to_frame().rename(columns={"name": "label"})
        kept = [place for place, name in enumerate(frame["label"]) if name in self.slopes]
        return frame.loc[kept, ["label", "estimate", "ci_low", "ci_high"]].reset_index(drop=True)

    @property
    def slopes(self) -> tuple[str, ...]:
        """The coefficients that belong to terms."""
        encoding = self.data.encoding
        return tuple(
            name for name, term in zip(encoding.columns, encoding.column_term, strict=True) if term > 0
        )

    def ratios(self) -> pd.DataFrame:
        """`forest` in ratios: exp of the coefficients of a model that is linear in logarithms.

        Odds ratios (logistic and ordinal regression), or ratios of means (Poisson).
        """
        frame = self.forest()
        numbers = ["estimate", "ci_low", "ci_high"]
        return frame.assign(**{name: np.exp(frame[name].astype(np.float64)) for name in numbers})

    def _lines(self) -> list[str]:
        left = f", {self.left_out_count} more miss a variable" if self.left_out_count else ""
        df = self.coefficients.degrees_of_freedom
        lines = [
            f"{self.title}: {self.formula}",
            f"{self.respondent_count} respondents{left}; standard errors by {self.method}; "
            f"{df} degrees of freedom",
            str(self.coefficients),
        ]
        if self.failed_replicate_count:
            lines.append(f"{self.failed_replicate_count} replicates could not be fitted and are left out.")
        return lines if self.coefficients.reason is None else [*lines, self.coefficients.reason]

    def __str__(self) -> str:
        return "\n".join(self._lines())


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Regression(Model):
    """A fitted linear, logistic or Poisson regression.

    `deviance` and `null_deviance` (of the model without terms) are sums over the rows with weights scaled to
    mean 1 over the members of the domain. `dispersion` is the weighted variance of the Pearson residuals
    (linear regression: of the residuals), under replicates their weighted mean square, as in R survey 4.5.
    `model_covariance` (p × p) is the inverse information with weights of mean 1: what the covariance would be
    if the model held, the dispersion were 1 and rows were drawn by themselves.
    """

    family: Family
    dispersion: float
    deviance: float
    null_deviance: float
    model_covariance: FloatArray = field(repr=False)
    fitter: GeneralizedFitter = field(repr=False)
    fit: KernelFit = field(repr=False)

    @property
    def title(self) -> str:
        """What kind of regression it is."""
        return _TITLES[self.family]

    def ratios(self) -> pd.DataFrame:
        """`forest` in ratios: odds ratios (logistic regression) or ratios of means (Poisson regression).

        Raises `ModelError` for a linear regression, whose coefficients are differences.
        """
        if self.family is Family.GAUSSIAN:
            problem = Problem("no_ratios", "model", "a linear regression has differences, not ratios")
            raise ModelError("There are no ratios.", problems=[problem])
        return super().ratios()

    def _lines(self) -> list[str]:
        fit = f"Dispersion {self.dispersion:.4g}; deviance {self.deviance:.6g} of {self.null_deviance:.6g}"
        return [*super()._lines(), fit]


_TITLES = {
    Family.GAUSSIAN: "Linear regression",
    Family.BINOMIAL: "Logistic regression",
    Family.POISSON: "Poisson regression",
}
