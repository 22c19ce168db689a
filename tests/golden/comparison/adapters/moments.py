"""Variances and covariances of items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from analysis.estimation import EstimationSettings, MissingRule, OnePsuDomains
from analysis.estimation.dispersion import covariance_matrix
from analysis.estimation.intervals import mean_interval
from tests.golden.comparison.cases import Case, domains_of
from tests.golden.comparison.labels import written


def _variances(case: Case) -> Mapping[str, Any]:
    """The entries of the matrix row by row; by domain, entry by entry and in each the domains."""
    arguments = case.arguments
    found = covariance_matrix(
        case.sample,
        arguments["y"],
        by=arguments.get("by") or (),
        settings=EstimationSettings(
            missing=MissingRule.LISTWISE if arguments.get("na_rm") else MissingRule.REFUSE,
            one_psu_domains=OnePsuDomains.ESTIMATE,
        ),
    )
    if not arguments.get("by"):
        return {
            "estimate": found[0].values,
            "vcov": found[0].covariance,
            "se": found[0].standard_errors,
            "df": case.sample.degrees_of_freedom,
        }
    told = domains_of(case.expected)
    matrices = {tuple(written(label) for label in each.domain.values()): each for each in found}
    chosen = [matrices[domain] for domain in told]
    value = np.array([each.values.reshape(-1) for each in chosen]).T
    error = np.array([each.standard_errors.reshape(-1) for each in chosen]).T
    df = case.sample.degrees_of_freedom
    lower, upper = mean_interval(value, error=error, df=np.full(value.shape, float(df)), level=0.95)
    return {
        "estimate": value,
        "se": error,
        "design_df": df,
        "ci_t95_lower": lower,
        "ci_t95_upper": upper,
    }


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {"var": _variances}
