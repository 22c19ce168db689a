"""Regressions, tests of their terms, predictions, margins, pseudo R², ordinal regressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from analysis.errors import ModelError
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
from tests.golden.comparison.labels import written

_Model = TypeVar("_Model")
_INDETERMINATE = frozenset({"collinear", "one_level", "separation"})
_REGRESSIONS: Mapping[str, Callable[..., Regression]] = {
    "gaussian": linear_regression,
    "quasibinomial": logistic_regression,
    "binomial": logistic_regression,
    "quasipoisson": poisson_regression,
    "poisson": poisson_regression,
}


def regression_of(case: Case) -> Regression:
    """The regression an entry asks for, or is about."""
    arguments = case.arguments
    default = "quasibinomial" if case.estimator == "pseudo_r2" else "gaussian"
    family = arguments.get("family", default)
    if family not in _REGRESSIONS:
        raise UnsupportedError(f"a {family} regression")
    formula = parse_formula(arguments.get("formula") or arguments["model"])
    if "margin" in arguments:
        formula = formula.with_term(Name(arguments["margin"]).label)
    return answered(case, lambda: _REGRESSIONS[family](case.sample, formula))


def answered(case: Case, fit: Callable[[], _Model]) -> _Model:
    """What is fitted; without unique or finite coefficients the reference gives what it has, we refuse."""
    try:
        return fit()
    except ModelError as refusal:
        indeterminate = {problem.code for problem in refusal.problems} <= _INDETERMINATE
        if indeterminate and case.refusal is None:
            raise UnsupportedError(f"we refuse: {refusal}") from refusal
        raise


def _glm(case: Case, model: Regression) -> Mapping[str, Any]:
    coefficients = model.coefficients
    scale = model.data.mean_weight / reference_mean_weight(case)
    return {
        "estimate": coefficients.values,
        "se": coefficients.standard_errors,
        "vcov": coefficients.covariance,
        "df_residual": coefficients.degrees_of_freedom,
        "t": [each.t for each in coefficients],
        "p_value": [each.p_value for each in coefficients],
        "ci_t95_lower": [each.lower for each in coefficients],
        "ci_t95_upper": [each.upper for each in coefficients],
        "dispersion": model.dispersion * _dispersion_scale(case, model),
        "deviance": model.deviance * scale,
        "null_deviance": model.null_deviance * scale,
    }


def reference_mean_weight(case: Case) -> float:
    """What the reference divides weights by: their mean over the rows of its design."""
    return float(case.sample.weights[case.sample.members].sum()) / case.row_count


def _dispersion_scale(case: Case, model: Regression) -> float:
    """What missing answers do to the reference's dispersion; 1 without any.

    Its Pearson residuals divide the weights of mean 1 before rows with missing answers leave by those after.
    """
    used, members = model.data.weights, case.sample.weights[case.sample.members]
    # rows that leave a calibrated sample stay in it with weight 0
    left = 1.0 if case.sample.calibrations or case.sample.is_pps else members.size / used.size
    return float(used.sum() / members.sum()) * left


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


def _margins(case: Case, model: Regression) -> Mapping[str, Any]:
    _require_known(case, model)
    margins = predicted_margins(model, case.arguments["margin"], covariance=MarginCovariance.INDEPENDENT)
    labels = [written(label) for label in margins.labels]
    order = [labels.index(written(label)) for label in case.expected.get("labels", labels)]
    value, error = margins.values[order], margins.standard_errors[order]
    answer: dict[str, Any] = {
        "estimate": value,
        "se": error,
        "vcov": margins.covariance[np.ix_(order, order)],
        "df": case.sample.degrees_of_freedom,  # of the design, whoever has no answer
    }
    for name, df in (("t95", float(case.sample.degrees_of_freedom)), ("z95", np.inf)):
        limits = mean_interval(value, error=error, df=np.full(value.shape, df), level=0.95)
        answer[f"ci_{name}_lower"], answer[f"ci_{name}_upper"] = limits
    return answer


def _require_known(case: Case, model: Regression) -> None:
    """The reference averages over those, too, of whom only the factor of the margins is not known."""
    names = [name for name in model.formula.names if name != case.arguments["margin"]]
    known = case.sample.members & case.sample.frame[names].notna().all(axis=1).to_numpy()
    if int(known.sum()) > model.data.rows.size:
        raise UnsupportedError("margins averaged also over people whose own value of the factor is missing")


def _pseudo_r2(case: Case, model: Regression) -> Mapping[str, Any]:
    r_squared = pseudo_r_squared(model)
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
        return answered(case, lambda: ordinal_regression(case.sample, f"factor({left}) ~ {right}"))
    return answered(case, lambda: ordinal_regression(case.sample, formula))


REGRESSION_ANSWERS: Mapping[str, Callable[[Case, Regression], Mapping[str, Any]]] = {
    "glm": _glm,
    "term_test": _term_test,
    "predict": _predict,
    "marginpred_svypredmeans": _margins,
    "pseudo_r2": _pseudo_r2,
}


def _of_regression(case: Case) -> Mapping[str, Any]:
    return REGRESSION_ANSWERS[case.estimator](case, regression_of(case))


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    **dict.fromkeys(REGRESSION_ANSWERS, _of_regression),
    "ordinal_logit": _ordinal_logit,
}
