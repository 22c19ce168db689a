"""Linear, logistic and Poisson regression of a sample, with the covariance its design gives."""

from __future__ import annotations

import numpy as np

from analysis.errors import ModelError, Problem
from analysis.estimation.settings import EstimationSettings
from analysis.models.covariance import Refits, covariance_of_coefficients
from analysis.models.data import ModelData, model_data
from analysis.models.families import FUNCTIONS, Family
from analysis.models.formula import Formula, parse_formula
from analysis.models.kernel import KernelFit, fitter
from analysis.models.result import Coefficients, Regression
from analysis.models.variables import Variable
from analysis.sample import Sample
from analysis.stages import FloatArray


def linear_regression(
    sample: Sample, formula: str | Formula, *, confidence_level: float = 0.95
) -> Regression:
    """Linear regression of a number on terms, e.g. `linear_regression(sample, "overall ~ sex + wait")`.

    Coefficients are in units of the response per unit of the column, the population's least squares line as
    the weights see it. Their covariance is that of the design: influences of the rows (Binder 1983) through
    every stage, finite population and calibration, or the sample's replicates. Rows that miss a variable
    leave listwise, not the design. Replicates that cannot be fitted, such as those without rows of a level,
    are left out and counted. t has the domain's degrees of freedom + 1 less the number of coefficients (R
    survey 4.5, `svyglm`). Raises `FormulaError` for a formula that cannot be read or does not fit the
    columns, `ModelError` naming collinear columns, factors with one level, or a response that does not suit.
    """
    return _fit(sample, parse_formula(formula), family=Family.GAUSSIAN, level=confidence_level)


def logistic_regression(
    sample: Sample, formula: str | Formula, *, confidence_level: float = 0.95
) -> Regression:
    """Logistic regression of a yes or no: 0 and 1, truth values, or a factor of two levels (the second is 1).

    Coefficients are log odds ratios. Otherwise as `linear_regression`; also raises `ModelError` naming the
    columns that separate yes from no perfectly, and a response that is the same everywhere.
    """
    return _fit(sample, parse_formula(formula), family=Family.BINOMIAL, level=confidence_level)


def poisson_regression(
    sample: Sample, formula: str | Formula, *, confidence_level: float = 0.95
) -> Regression:
    """Poisson regression of a count (0 or more, not necessarily whole) with a log link.

    Coefficients are logarithms of ratios of means. Otherwise as `logistic_regression`.
    """
    return _fit(sample, parse_formula(formula), family=Family.POISSON, level=confidence_level)


def _fit(sample: Sample, formula: Formula, *, family: Family, level: float) -> Regression:
    EstimationSettings(confidence_level=level)  # refuses impossible levels
    data = model_data(sample, formula)
    _refuse_no_columns(data)
    response, weights = _numbers(data.response, family), data.weights
    prepared = fitter(data.matrix, response, weights, family=family, columns=data.encoding.columns)
    fit = prepared.fit(weights)
    refits = Refits(
        lambda w: prepared.fit(data.of_rows(w), start=fit.coefficients).coefficients,
        count=fit.coefficients.size,
    )
    covariance = covariance_of_coefficients(
        data,
        estimate=fit.coefficients,
        scores=lambda: prepared.scores(fit, weights),
        from_scores=prepared.from_scores(fit),
        refits=refits,
    )
    return Regression(
        formula=formula,
        coefficients=Coefficients(
            names=data.encoding.columns,
            values=fit.coefficients,
            covariance=covariance,
            degrees_of_freedom=data.design_degrees_of_freedom + 1 - len(data.encoding.columns),
            confidence_level=level,
        ),
        failed_replicate_count=refits.failed,
        data=data,
        family=family,
        dispersion=_dispersion(data, response, fit=fit, family=family),
        deviance=fit.deviance / data.mean_weight,
        null_deviance=_null_deviance(data, response, family=family) / data.mean_weight,
        model_covariance=fit.bread * data.mean_weight,
        fitter=prepared,
        fit=fit,
    )


def _refuse_no_columns(data: ModelData) -> None:
    if not data.encoding.plan:
        problem = Problem("no_columns", "formula", "has neither an intercept nor a term")
        raise ModelError("There is nothing to fit.", problems=[problem])


def _numbers(response: Variable, family: Family) -> FloatArray:
    """The response as numbers: a factor of two levels is a yes or no, the second level being yes."""
    if response.levels is None:
        return response.values
    if family is Family.BINOMIAL and len(response.levels) <= 2:
        if len(response.levels) == 1:  # the level that is missing is unknown; the kernel tells the constant
            return np.zeros_like(response.values)
        return response.values
    if response.is_truth:
        return response.values
    levels = ", ".join(map(str, response.levels[:5]))
    wanted = "two levels" if family is Family.BINOMIAL else "numbers"
    problem = Problem("response", f"response {response.label}", f"has the levels {levels}; it needs {wanted}")
    raise ModelError("The response does not suit the model.", problems=[problem])


def _dispersion(data: ModelData, response: FloatArray, *, fit: KernelFit, family: Family) -> float:
    functions, weights = FUNCTIONS[family], data.weights
    mean = functions.mean(fit.linear_predictor)
    residual = (response - mean) / np.sqrt(functions.variance(mean))
    if data.sample.replicates is not None:
        return float(weights @ residual**2 / weights.sum())
    apart = residual - weights @ residual / weights.sum()
    n = residual.size
    return float(weights @ apart**2 / weights.sum() * n / (n - 1)) if n > 1 else np.nan


def _null_deviance(data: ModelData, response: FloatArray, *, family: Family) -> float:
    functions, weights = FUNCTIONS[family], data.weights
    predictor = 0.0
    if data.encoding.formula.intercept:
        predictor = functions.link(float(weights @ response / weights.sum()))
    return float(weights @ functions.unit_deviance(response, np.full_like(response, predictor)))
