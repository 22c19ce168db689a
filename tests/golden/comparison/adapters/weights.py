"""Calibrated weights, and weights adjusted for non-response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from analysis.weighting import adjust_for_nonresponse
from analysis.weighting.propensity import adjust_by_propensity, response_propensity
from tests.golden.comparison.adapters.models import answered
from tests.golden.comparison.cases import Case
from tests.golden.comparison.labels import written_column

_FIRST = 20


def _weights(case: Case) -> Mapping[str, Any]:
    weights = case.sample.weights
    squares = float((weights**2).sum())
    return {
        "sum": weights.sum(),
        "min": weights.min(),
        "max": weights.max(),
        "sum_sq": squares,
        "kish_deff": weights.size * squares / float(weights.sum()) ** 2,
        "first20": weights[:_FIRST],
    }


def _weight_classes(case: Case) -> Mapping[str, Any]:
    frame = case.sample.frame
    columns = (written_column(frame[name]).fillna("NA") for name in case.arguments["cells"])
    classes = ["|".join(labels) for labels in zip(*columns, strict=True)]
    responded = frame[case.arguments["resp"]] == 1
    adjusted = adjust_for_nonresponse(case.sample.weights, responded=responded, classes=classes)
    told = case.expected.get("cell") or list(adjusted.factors)
    return {
        "cell": told,
        "factor": [adjusted.factors.get(label, np.nan) for label in told],
        "sum_adjusted": adjusted.weights.sum(),
    }


def _propensities(case: Case) -> Mapping[str, Any]:
    frame = case.sample.frame.assign(_weight=case.sample.weights)
    formula = case.arguments["formula"]
    weight = "_weight" if case.arguments.get("weighted_fit") else None
    fitted = answered(case, lambda: response_propensity(frame, formula, weight=weight))
    responded = frame[formula.split("~")[0].strip()] == 1
    adjusted = adjust_by_propensity(case.sample.weights, responded=responded, propensity=fitted.propensity)
    return {
        "coef": list(fitted.coefficients.values()),
        "p_first20": fitted.propensity[:_FIRST],
        "sum_w_over_p": adjusted.weights.sum(),
    }


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    "weights": _weights,
    "nr_weight_class": _weight_classes,
    "nr_propensity": _propensities,
}
