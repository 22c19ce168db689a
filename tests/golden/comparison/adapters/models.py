"""Regressions, tests of their terms, predictions, margins, pseudo R², ordinal regressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimation.intervals import mean_interval
from analysis.models import (
    MarginCovariance,
    OrdinalRegression,
    PredictionScale,
    Regression,
    TermTestMethod,
    linear_regression,
    logistic_regression,
    ordinal_regression,
    poisson_regression,
    predict,
    predicted_margins,
    pseudo_r_squared,
    term_test,
)
from analysis.models.expressions import Name
from analysis.models.formula import parse_formula
from tests.golden.comparison.cases import Case
from tests.golden.comparison.errors import UnsupportedError

_REGRESSIONS: Mapping[str, Callable[..., Regression]] = {
    "gaussian": linear_regression,
    "quasibinomial": logistic_regression,
    "binomial": logistic_regression,
    "quasipoisson": poisson_regression,
    "poisson": poisson_regression,
}


def regression_of(case: Case, *, default: str = "gaussian", formula: str | None = None) -> Regression:
    """The regression an entry asks for."""
    family = case.arguments.get("family", default)
    if family not in _REGRESSIONS:
        raise UnsupportedError(f"a {family} regression")
    return _REGRESSIONS[family](case.sample, formula or case.arguments["formula"])


def _glm(case: Case, model: Regression) -> Mapping[str, Any]:
    coefficients, scales = model.coefficients, _ReferenceScales(case, model)
    return {
        "estimate": coefficients.values,
        "se": coefficients.standard_errors,
        "vcov": coefficients.covariance,
        "df_residual": coefficients.degrees_of_freedom,
        "t": [each.t for each in coefficients],
        "p_value": [each.p_value for each in coefficients],
        "ci_t95_lower": [each.lower for each in coefficients],
        "ci_t95_upper": [each.upper for each in coefficients],
        "dispersion": model.dispersion * scales.dispersion,
        "deviance": model.deviance * scales.deviance,
        "null_deviance": model.null_deviance * scales.deviance,
    }


class _ReferenceScales:
    """What the reference's scaling of weights does to its deviance and dispersion; 1 without missing answers.

    It scales weights to mean 1 over the rows of the design object: those of the domain, but every row of a
    calibrated sample. Its Pearson residuals divide the weights so scaled before rows with missing answers
    leave by those scaled after, so that the dispersion changes by the ratio of the two means.
    """

    def __init__(self, case: Case, model: Regression) -> None:
        sample = case.sample
        keeps_rows = bool(sample.calibrations) or getattr(sample.design, "pps", None) is not None
        members, used = sample.weights[sample.members], model.data.weights
        row_count = len(sample) if keeps_rows else members.size
        self.deviance = float(members.mean() / (members.sum() / row_count))
        self.dispersion = float(used.sum() / members.sum() * (1 if keeps_rows else members.size / used.size))


def _term_test(case: Case, model: Regression) -> Mapping[str, Any]:
    method = case.arguments.get("method", "Wald")
    if method not in list(TermTestMethod):
        raise UnsupportedError(f"term test {method}")
    test = term_test(model, case.arguments["term"], method=TermTestMethod(method))
    return {
        "F": test.statistic,
        "df": test.degrees_of_freedom,
        "ddf": test.denominator_degrees_of_freedom,
        "p": test.p_value,
    }


def _predict(case: Case, model: Regression) -> Mapping[str, Any]:
    rows = pd.DataFrame(case.arguments["newdata"])
    link = predict(model, rows, scale=PredictionScale.LINK)
    response = predict(model, rows, scale=PredictionScale.RESPONSE)
    return {
        "link": link.values,
        "link_se": link.standard_errors,
        "response": response.values,
        "response_se": response.standard_errors,
    }


def _margins(case: Case) -> Mapping[str, Any]:
    of = case.arguments["margin"]
    formula = parse_formula(case.arguments["model"]).with_term(Name(of).label)
    model = regression_of(case, formula=formula.text)
    margins = predicted_margins(model, of, covariance=MarginCovariance.INDEPENDENT)
    order = [margins.labels.index(str(label)) for label in case.expected["labels"]]
    value, error = margins.values[order], margins.standard_errors[order]
    answer: dict[str, Any] = {
        "estimate": value,
        "se": error,
        "vcov": margins.covariance[np.ix_(order, order)],
        "df": margins.degrees_of_freedom,
    }
    for name, df in (("t95", float(margins.degrees_of_freedom)), ("z95", np.inf)):
        limits = mean_interval(value, error=error, df=np.full(value.shape, df), level=0.95)
        answer[f"ci_{name}_lower"], answer[f"ci_{name}_upper"] = limits
    return answer


def _pseudo_r2(case: Case) -> Mapping[str, Any]:
    r_squared = pseudo_r_squared(regression_of(case, default="quasibinomial"))
    return {"cox_snell": r_squared.cox_snell, "nagelkerke": r_squared.nagelkerke}


def _ordinal_logit(case: Case) -> Mapping[str, Any]:
    model = ordinal_of(case)
    return {"coef": model.coefficients.values, "vcov": model.coefficients.covariance}


def ordinal_of(case: Case) -> OrdinalRegression:
    """The ordinal regression an entry asks for."""
    formula = parse_formula(case.arguments["formula"])
    response = formula.response
    words = isinstance(response, Name) and not pd.api.types.is_numeric_dtype(case.frame[response.name])
    if words:  # the reference orders the levels of a factor by their letters
        left, _, right = formula.text.partition("~")
        return ordinal_regression(case.sample, f"factor({left}) ~ {right}")
    return ordinal_regression(case.sample, formula)


REGRESSION_ANSWERS: Mapping[str, Callable[[Case, Regression], Mapping[str, Any]]] = {
    "glm": _glm,
    "term_test": _term_test,
    "predict": _predict,
}


def _of_regression(case: Case) -> Mapping[str, Any]:
    return REGRESSION_ANSWERS[case.estimator](case, regression_of(case))


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    **dict.fromkeys(REGRESSION_ANSWERS, _of_regression),
    "marginpred_svypredmeans": _margins,
    "pseudo_r2": _pseudo_r2,
    "ordinal_logit": _ordinal_logit,
}
