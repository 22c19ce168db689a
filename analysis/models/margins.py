"""Predicted margins: the mean response if everybody had the same value of a variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from analysis.choices import chosen
from analysis.errors import FormulaError
from analysis.estimation.variance import covariance_of_statistics
from analysis.models.covariance import Refits
from analysis.models.expressions import Call, Name
from analysis.models.families import FUNCTIONS
from analysis.models.predictions import Predictions
from analysis.models.result import Regression
from analysis.stages import FloatArray, some


class MarginCovariance(StrEnum):
    """What the covariance of predicted margins counts.

    JOINT: everything, also that coefficients and the people averaged over come from one sample (influences,
    or replicates refitted). INDEPENDENT: the two parts as if they did not, which is right where the model is
    (R survey 4.5, `svypredmeans`).
    """

    JOINT = "joint"
    INDEPENDENT = "independent"


def predicted_margins(
    model: Regression,
    of: str,
    *,
    at: Sequence[object] | None = None,
    covariance: MarginCovariance = MarginCovariance.JOINT,
) -> Predictions:
    """The mean response if everybody had the same value of `of` and kept all else (Graubard & Korn 1999).

    `of` names a column of the model, `at` its values; None takes every level of the factor. Averages are over
    the rows of the model under their weights, on the response scale; t has the domain's degrees of freedom
    (R survey 4.5, `svypredmeans`). Marginal effects are `difference`s of the result. Raises `FormulaError`
    for a column the model does not have, levels it does not know, or a number without `at`.
    """
    levels = _levels(model, of, at)
    margins = _Margins(model, tuple(_matrix_where(model, of, level) for level in levels))
    if chosen(MarginCovariance, covariance, name="covariance") is MarginCovariance.JOINT:
        matrix = margins.joint_covariance()
    else:
        matrix = margins.covariance_of_people() + margins.covariance_of_coefficients()
    return Predictions(
        title=f"Mean predicted by {model.formula} if everybody had the same {of}",
        labels=tuple(str(level) for level in levels),
        values=margins.values,
        slopes=np.eye(len(levels)),
        base_covariance=matrix,
        degrees_of_freedom=model.data.design_degrees_of_freedom,
        confidence_level=model.coefficients.confidence_level,
    )


@dataclass(frozen=True, eq=False)
class _Margins:
    """The model matrices of the model's rows (rows × p), one for each value that everybody gets."""

    model: Regression
    matrices: tuple[FloatArray, ...]

    @property
    def weights(self) -> FloatArray:
        return self.model.data.weights

    @property
    def values(self) -> FloatArray:
        return self.averaged(self.model.coefficients.values, self.weights)

    def averaged(self, coefficients: FloatArray, weights: FloatArray) -> FloatArray:
        """The margins under other coefficients and weights."""
        mean = FUNCTIONS[self.model.family].mean
        total = weights.sum()
        return np.array([weights @ mean(matrix @ coefficients) / total for matrix in self.matrices])

    def influence_of_people(self) -> FloatArray:
        """The influence of the rows on the averages, coefficients held (all rows × margins)."""
        mean, coefficients = FUNCTIONS[self.model.family].mean, self.model.coefficients.values
        fits = np.column_stack([mean(matrix @ coefficients) for matrix in self.matrices])
        each = self.weights[:, None] * (fits - self.values) / self.weights.sum()
        return self.model.data.on_all_rows(each)

    @property
    def slopes(self) -> FloatArray:
        """How each margin moves with each coefficient (coefficients × margins)."""
        functions, coefficients = FUNCTIONS[self.model.family], self.model.coefficients.values
        share = self.weights / self.weights.sum()
        columns = [
            (share * functions.variance(functions.mean(matrix @ coefficients))) @ matrix
            for matrix in self.matrices
        ]
        return np.column_stack(columns)

    def covariance_of_people(self) -> FloatArray:
        data = self.model.data
        return covariance_of_statistics(
            data.sample,
            estimate=self.values,
            influence=self.influence_of_people,
            statistic=lambda w: self.averaged(self.model.coefficients.values, data.of_rows(w)),
        )

    def covariance_of_coefficients(self) -> FloatArray:
        return np.asarray(self.slopes.T @ self.model.coefficients.covariance @ self.slopes)

    def joint_covariance(self) -> FloatArray:
        model, data = self.model, self.model.data

        def influence() -> FloatArray:
            scores = data.on_all_rows(model.fitter.scores(model.fit, self.weights))
            of_coefficients = scores @ (model.fitter.from_scores(model.fit) @ self.slopes)
            return np.asarray(self.influence_of_people() + of_coefficients)

        def statistic(weights: FloatArray) -> FloatArray:
            w = data.of_rows(weights)
            return self.averaged(model.fitter.fit(w, start=model.coefficients.values).coefficients, w)

        return covariance_of_statistics(
            data.sample,
            estimate=self.values,
            influence=influence,
            statistic=Refits(statistic, count=self.values.size),
        )


def _levels(model: Regression, of: str, at: Sequence[object] | None) -> list[object]:
    formula = model.formula
    if of not in formula.term_names:
        raise FormulaError(f"{of} is not in {formula}.", hint=f"Its columns: {some(formula.term_names)}.")
    if at is not None:
        return list(at)
    for expression, levels in model.data.encoding.levels.items():
        if expression in (Name(of), *(Call(name, (Name(of),)) for name in ("factor", "as.factor"))):
            return list(levels)
    raise FormulaError(f"{of} is a number.", hint=f"Say at which values: {of!r}, at=[…].")


def _matrix_where(model: Regression, of: str, level: object) -> FloatArray:
    """The model matrix of the model's rows with one column set to the same value everywhere."""
    data = model.data
    frame = data.sample.frame[list(model.formula.term_names)]
    if data.rows.size < len(frame):
        frame = frame.iloc[data.rows]
    changed = frame.drop(columns=of)
    changed[of] = pd.Series([level] * len(frame), index=frame.index)
    return data.encoding.matrix(changed)
