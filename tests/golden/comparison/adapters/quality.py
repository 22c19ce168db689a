"""Quality indices of respondents: runs, variability, Mahalanobis distance, percent match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from analysis.quality import (
    MissingMatch,
    individual_response_variability,
    mahalanobis_distance,
    percent_match,
    straight_lining,
)
from tests.golden.comparison.cases import Case
from tests.golden.comparison.errors import UnsupportedError


def _first(case: Case, name: str, values: np.ndarray) -> np.ndarray:
    """As many of the first rows as the entry shows."""
    return values[: len(np.atleast_1d(case.expected.get(name, [])))]


def _longstring(case: Case) -> Mapping[str, Any]:
    runs = straight_lining(case.frame, case.arguments["items"])
    # the reference gives a run of 1 to who answered nothing; we say that there is no index
    longest, average = (
        np.where(each.is_available, each.values, 1.0) for each in (runs.longest_run, runs.average_run)
    )
    counted = Counter(str(int(run)) for run in longest)
    expected = case.expected.get("table", {})
    table = {run: counted[run] for run in (*expected, *sorted(counted.keys() - expected.keys()))}
    return {
        "longstr_first": _first(case, "longstr_first", longest),
        "avgstr_first": _first(case, "avgstr_first", average),
        "sum_longstr": longest.sum(),
        "table": table,
    }


def _irv(case: Case) -> Mapping[str, Any]:
    values = individual_response_variability(case.frame, case.arguments["items"]).values
    return {"first": _first(case, "first", values), "sum": np.nansum(values)}


def _mahalanobis(case: Case) -> Mapping[str, Any]:
    if case.arguments.get("cov", "pairwise complete") != "pairwise complete":
        raise UnsupportedError(f"Mahalanobis distance with {case.arguments['cov']} covariances")
    found = mahalanobis_distance(case.frame, case.arguments["items"])
    # the reference leaves missing deviations out of the sum: 0 for who answered nothing
    values = np.where(found.is_available, found.values, 0.0)
    return {
        "first": _first(case, "first", values),
        "sum": values.sum(),
        "n_na": int(np.isnan(values).sum()),
    }


def _percent_match(case: Case) -> Mapping[str, Any]:
    rules = {"missing equals missing": MissingMatch.EQUAL, "missing differs": MissingMatch.DIFFERENT}
    rule = case.arguments.get("missing", "missing equals missing")
    if rule not in rules:
        raise UnsupportedError(f"percent match where {rule}")
    within = case.arguments.get("by") or ()
    values = percent_match(case.frame, case.arguments["items"], within=within, missing=rules[rule]).values
    return {
        "first": _first(case, "first", values),
        "n_100": int((values >= 1 - 1e-12).sum()),
        "n_85": int((values >= 0.85).sum()),
        "mean": np.nanmean(values),
    }


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    "longstring": _longstring,
    "irv": _irv,
    "mahalanobis": _mahalanobis,
    "percentmatch": _percent_match,
}
