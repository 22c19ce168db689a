"""What a model predicts for given rows, with standard errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.choices import chosen
from analysis.errors import EstimationError
from analysis.estimation.intervals import t_quantile
from analysis.models.families import FUNCTIONS
from analysis.models.ordinal import OrdinalRegression
from analysis.models.result import Model, Regression
from analysis.printing import Printed
from analysis.stages import FloatArray, some


class PredictionScale(StrEnum):
    """RESPONSE: means, shares or counts. LINK: the linear predictor (log odds, logarithms of counts)."""

    RESPONSE = "response"
    LINK = "link"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Predictions(Printed):
    """Predicted values, one a label, and how they hang on estimates with a known covariance.

    `title` says what is predicted. The covariance of the values is `slopes` C `slopes`' with the
    `base_covariance` C (`slopes`: values × estimates), so that many values need no square table. Limits are
    from t with `degrees_of_freedom`, NaN without any; on the response scale of a regression they are those of
    the linear predictor carried over, so that shares stay within 0 and 1.
    """

    title: str
    labels: tuple[str, ...]
    values: FloatArray
    slopes: FloatArray
    base_covariance: FloatArray
    degrees_of_freedom: int
    confidence_level: float
    limits: tuple[FloatArray, FloatArray] | None = None

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors, one a value; NaN where the sample shows no variance."""
        variance = np.einsum("ij,ij->i", self.slopes @ self.base_covariance, self.slopes)
        return np.sqrt(np.where(variance >= 0, variance, np.nan))

    @property
    def covariance(self) -> FloatArray:
        """The covariance of the values (values × values)."""
        return self.slopes @ self.base_covariance @ self.slopes.T

    @property
    def lower(self) -> FloatArray:
        """Lower limits, one a value."""
        return self.values - self._reach if self.limits is None else self.limits[0]

    @property
    def upper(self) -> FloatArray:
        """Upper limits, one a value."""
        return self.values + self._reach if self.limits is None else self.limits[1]

    @property
    def _reach(self) -> FloatArray:
        df = np.array(float(self.degrees_of_freedom))
        return np.asarray(t_quantile(df, level=self.confidence_level) * self.standard_errors)

    def difference(self, label: object, *, reference: object) -> Predictions:
        """The difference of two values with its standard error, e.g. the marginal effect of a level.

        Raises `EstimationError` for a label that was not predicted.
        """
        unknown = [each for each in (label, reference) if str(each) not in self.labels]
        if unknown:
            raise EstimationError(
                f"Nothing is predicted for {some(unknown)}.", hint=f"Labels: {some(self.labels)}."
            )
        contrast = np.zeros((1, len(self.labels)))
        contrast[0, self.labels.index(str(label))] += 1
        contrast[0, self.labels.index(str(reference))] -= 1
        return Predictions(
            title=f"Difference of: {self.title}",
            labels=(f"{label} - {reference}",),
            values=contrast @ self.values,
            slopes=contrast @ self.slopes,
            base_covariance=self.base_covariance,
            degrees_of_freedom=self.degrees_of_freedom,
            confidence_level=self.confidence_level,
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a value: label, estimate, standard_error, ci_low, ci_high (empty: not available)."""
        numbers = {
            "estimate": self.values,
            "standard_error": self.standard_errors,
            "ci_low": self.lower,
            "ci_high": self.upper,
        }
        return pd.DataFrame({"label": self.labels, **numbers})

    def forest(self) -> pd.DataFrame:
        """The data of a chart: label, estimate, ci_low, ci_high."""
        return self.to_frame().drop(columns="standard_error")

    def __str__(self) -> str:
        columns = (self.labels, self.values, self.standard_errors, self.lower, self.upper)
        lines = [f"{self.title}; {self.degrees_of_freedom} degrees of freedom"]
        for label, value, error, low, high in zip(*columns, strict=True):
            text = f"{label}: {value:.5g}"
            text += "" if np.isnan(error) else f", SE {error:.4g}"
            text += "" if np.isnan(low) else f", {self.confidence_level:.0%} {low:.5g} to {high:.5g}"
            lines.append(text)
        return "\n".join(lines)


def predict(
    model: Regression,
    rows: pd.DataFrame | Mapping[str, Sequence[object]],
    *,
    scale: PredictionScale = PredictionScale.RESPONSE,
) -> Predictions:
    """What a regression predicts for rows that hold its variables; labels are the rows' index.

    Standard errors are of the mean response of such people, not of one person: x' V x on the link scale, the
    slope of the inverse link times that on the response scale (R survey 4.5, `predict.svyglm`). Raises
    `FormulaError` for unknown columns and levels, `EstimationError` for rows that miss a variable.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(dict(rows))
    matrix = _complete_matrix(model, frame)
    functions, coefficients = FUNCTIONS[model.family], model.coefficients
    link = Predictions(
        title=f"Linear predictor of {model.formula}",
        labels=tuple(str(label) for label in frame.index),
        values=matrix @ coefficients.values,
        slopes=matrix,
        base_covariance=coefficients.covariance,
        degrees_of_freedom=coefficients.degrees_of_freedom,
        confidence_level=coefficients.confidence_level,
    )
    if chosen(PredictionScale, scale, name="scale") is PredictionScale.LINK:
        return link
    mean = functions.mean(link.values)
    return replace(
        link,
        title=f"Mean predicted by {model.formula}",
        values=mean,
        slopes=matrix * functions.variance(mean)[:, None],  # the slope of the canonical inverse link
        limits=(functions.mean(link.lower), functions.mean(link.upper)),
    )


def category_shares(model: OrdinalRegression, row: Mapping[str, object]) -> Predictions:
    """The shares of the categories an ordinal regression predicts for people with the values in `row`.

    Standard errors by the delta method; limits are not held within 0 and 1. Errors as for `predict`.
    """
    x = _complete_matrix(model, pd.DataFrame([dict(row)]))[0, 1:]
    slopes, cutpoints = np.split(model.coefficients.values, [x.size])
    below = np.concatenate([[0.0], expit(cutpoints - x @ slopes), [1.0]])
    density = np.diag((below * (1 - below))[1:-1])
    none = np.zeros((1, cutpoints.size))
    at_cutpoints = np.diff(np.vstack([none, density, none]), axis=0)
    people = ", ".join(f"{name} {value}" for name, value in row.items())
    return Predictions(
        title=f"Shares predicted by {model.formula}" + (f" for {people}" if people else ""),
        labels=model.categories,
        values=np.diff(below),
        slopes=np.column_stack([-np.outer(at_cutpoints.sum(axis=1), x), at_cutpoints]),
        base_covariance=model.coefficients.covariance,
        degrees_of_freedom=model.coefficients.degrees_of_freedom,
        confidence_level=model.coefficients.confidence_level,
    )


def _complete_matrix(model: Model, frame: pd.DataFrame) -> FloatArray:
    matrix = model.data.encoding.matrix(frame)
    missing = np.isnan(matrix).any(axis=1)
    if missing.any():
        rows = frame.index[np.flatnonzero(missing)]
        raise EstimationError(
            f"Rows {some(list(rows))} miss a variable of {model.formula}.",
            hint="Fill it in, or leave the rows out.",
        )
    return matrix
