"""Tests of whole terms of a model: all coefficients of a factor or an interaction at once."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from scipy.special import fdtrc

from analysis.choices import chosen
from analysis.errors import ModelError, Problem
from analysis.models.formula import Term
from analysis.models.kernel import fitter
from analysis.models.ordinal import OrdinalRegression
from analysis.models.ordinal_likelihood import OrdinalFitter
from analysis.models.result import Regression
from analysis.models.scaling import scale_columns
from analysis.stages import FloatArray
from analysis.testing.quadratic_forms import QuadraticForm
from analysis.testing.result import HypothesisStatus, HypothesisTest


class TermTestMethod(StrEnum):
    """How a term is tested (R survey 4.5, `regTermTest`).

    WALD: F = b' V⁻¹ b / k of the k coefficients with the design's covariance V; it needs many more sampling
    units than coefficients. WORKING_WALD: b' V₀⁻¹ b with the covariance V₀ of the model, referred to its
    distribution under V (Rao & Scott 1984). LIKELIHOOD_RATIO: the same for the difference of deviances
    (Lumley & Scott 2014): best with few sampling units.
    """

    WALD = "Wald"
    WORKING_WALD = "WorkingWald"
    LIKELIHOOD_RATIO = "LRT"


_NAMES = {
    TermTestMethod.WALD: "Wald",
    TermTestMethod.WORKING_WALD: "Rao–Scott working Wald",
    TermTestMethod.LIKELIHOOD_RATIO: "Rao–Scott working likelihood ratio",
}


def term_test(
    model: Regression | OrdinalRegression, terms: str, *, method: TermTestMethod = TermTestMethod.WALD
) -> HypothesisTest:
    """Test that all coefficients of a term (`stype`, `stype:ell`, or several: `a + b`) are zero.

    The denominator has the model's degrees of freedom; without any there is no p-value. The statistic of a
    working test is divided by the mean of the eigenvalues of V₀⁻¹ V, its p-value is that of the exact
    mixture. A likelihood ratio leaves out the columns of the terms and keeps all others. Raises
    `FormulaError` for a term the model does not have, `ModelError` when the covariance of its coefficients is
    singular: there are fewer sampling units than coefficients.
    """
    method = chosen(TermTestMethod, method, name="method")
    tested = model.formula.matching(terms)
    places = _places(model, tested)
    values = model.coefficients.values[places]
    covariance = model.coefficients.covariance[np.ix_(places, places)]
    df = float(model.coefficients.degrees_of_freedom)
    numbers: _Numbers = (None, None)
    status = HypothesisStatus.NO_VARIANCE
    if np.isnan(covariance).any() or not covariance.any():
        pass  # nothing to divide by
    elif method is TermTestMethod.WALD:
        numbers, status = _wald(values, covariance, df=df, terms=tested)
    else:
        numbers, status = _working(model, places, method=method, df=df)
    return HypothesisTest(
        question=f"{' + '.join(term.label for term in tested)} in {model.formula}",
        method=_NAMES[method],
        statistic_name="F" if method is TermTestMethod.WALD else "X²",
        statistic=numbers[0],
        degrees_of_freedom=float(len(places)),
        denominator_degrees_of_freedom=df,
        p_value=numbers[1],
        respondent_count=model.respondent_count,
        status=status,
        design=model.design,
    )


_SINGULAR = 1e-11  # smallest eigenvalue of a correlation matrix that is more than round-off
_Numbers = tuple[float | None, float | None]


def _places(model: Regression | OrdinalRegression, terms: tuple[Term, ...]) -> list[int]:
    """Where the coefficients of the terms stand; an ordinal model has no coefficient for the intercept."""
    places = model.data.encoding.columns_of(terms)
    names = [model.data.encoding.columns[place] for place in places]
    return [model.coefficients.names.index(name) for name in names]


def _status(df: float) -> HypothesisStatus:
    return HypothesisStatus.AVAILABLE if df > 0 else HypothesisStatus.NO_DEGREES_OF_FREEDOM


def _wald(
    values: FloatArray, covariance: FloatArray, *, df: float, terms: tuple[Term, ...]
) -> tuple[_Numbers, HypothesisStatus]:
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    with np.errstate(invalid="ignore"):
        scaled = np.where(np.outer(scale, scale) > 0, covariance / np.outer(scale, scale), 0.0)
    if np.linalg.eigvalsh(scaled)[0] < _SINGULAR:
        label = " + ".join(term.label for term in terms)
        text = f"the covariance of its {values.size} coefficients is singular"
        raise ModelError(
            "There are too few sampling units for a Wald test; use TermTestMethod.LIKELIHOOD_RATIO.",
            problems=[Problem("singular", f"term {label}", text)],
        )
    standardized = values / scale
    statistic = float(standardized @ np.linalg.solve(scaled, standardized)) / values.size
    p_value = float(fdtrc(values.size, df, statistic)) if df > 0 else None
    return (statistic, p_value), _status(df)


def _working(
    model: Regression | OrdinalRegression, places: list[int], *, method: TermTestMethod, df: float
) -> tuple[_Numbers, HypothesisStatus]:
    inside = np.ix_(places, places)
    working = model.model_covariance[inside]
    values = model.coefficients.values[places]
    if method is TermTestMethod.WORKING_WALD:
        statistic = float(values @ np.linalg.solve(working, values))
    else:
        statistic = _deviance_without(model, places) - model.deviance
    eigenvalues = np.linalg.eigvals(np.linalg.solve(working, model.coefficients.covariance[inside])).real
    p_value = QuadraticForm(eigenvalues, denominator=df).tail(statistic) if df > 0 else None
    return (statistic / float(eigenvalues.mean()), p_value), _status(df)


def _deviance_without(model: Regression | OrdinalRegression, places: list[int]) -> float:
    """The deviance of the model that lacks some columns, on the same rows and scale."""
    data, weights = model.data, model.data.weights
    names = {model.coefficients.names[place] for place in places}
    kept = [place for place, name in enumerate(data.encoding.columns) if name not in names]
    columns = [data.encoding.columns[place] for place in kept]
    if isinstance(model, OrdinalRegression):
        scaled = scale_columns(data.matrix[:, kept], weights, columns=columns)
        smaller = OrdinalFitter(scaled, model.fitter.codes, model.fitter.count).fit(weights)
        return smaller.deviance / float(weights.mean())
    if not kept:
        return model.null_deviance
    prepared = fitter(
        data.matrix[:, kept], model.fitter.response, weights, family=model.family, columns=columns
    )
    return prepared.fit(weights).deviance / data.mean_weight
