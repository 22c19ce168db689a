"""Reliability: alpha with and without weights, omega of one factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from analysis.estimation import OnePsuDomains
from analysis.reliability import Stop, cronbach_alpha, fit_one_factor, item_analysis
from tests.golden.comparison.cases import Case
from tests.golden.comparison.errors import UnsupportedError


def _alpha(case: Case) -> Mapping[str, Any]:
    items, sample = case.arguments["items"], case.sample
    if len(items) < 2:
        return {"alpha": np.nan}  # the reference divides by zero, we refuse
    answered = sample.frame[items].notna().all(axis=1).to_numpy()
    if not case.arguments.get("na_rm") and not answered[sample.members].all():
        return {"alpha": np.nan}  # where the reference answers NA, we refuse
    estimate = cronbach_alpha(sample, items, one_psu_domains=OnePsuDomains.ESTIMATE)
    return {"alpha": np.nan if estimate.value is None else estimate.value}


def _unweighted(case: Case) -> Mapping[str, Any]:
    if case.expected.get("covariance", "pairwise complete") != "pairwise complete":
        raise UnsupportedError(f"alpha from {case.expected['covariance']} covariances")
    found = item_analysis(case.frame, case.arguments["items"])
    return {
        "raw": found.alpha,
        "std": found.standardized_alpha,
        "average_r": found.average_correlation,
        "drop_raw": found.alpha_if_dropped,
        "item_rest_r": found.item_rest_correlation,
        "n": found.row_count,
        "covariance": "pairwise complete",
    }


def _omega(case: Case) -> Mapping[str, Any]:
    complete = case.frame[case.arguments["items"]].dropna()
    model = fit_one_factor(complete.corr().to_numpy(), stop=Stop.FACTANAL)
    return {
        "loadings": model.loadings,
        "uniquenesses": model.uniquenesses,
        "omega": model.omega,
        "n": len(complete),
    }


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    "cronbach_alpha": _alpha,
    "alpha_unweighted": _unweighted,
    "omega_total_onefactor": _omega,
}
