"""Means, totals, shares, counts, ratios, intervals for shares, degrees of freedom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np

from analysis.design import as_names
from analysis.estimation import (
    DesignEffectReference,
    Estimates,
    EstimationSettings,
    IntervalMethod,
    MissingRule,
    OnePsuDomains,
    count,
    mean,
    ratio,
    share,
    total,
)
from analysis.estimation.intervals import mean_interval
from tests.golden.comparison.cases import Case, domains_of
from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.labels import written
from tests.golden.comparison.samples import sample_of


def settings_of(case: Case) -> EstimationSettings:
    """Settings that ask what the reference was asked."""
    arguments = case.arguments
    method = arguments.get("method", "mean")
    if method not in list(IntervalMethod):
        raise UnsupportedError(f"interval {method}")
    without = arguments.get("deff") is True
    leaves_out = arguments.get("na_rm", case.estimator == "ciprop")  # where not said, as its calls do
    return EstimationSettings(
        confidence_level=arguments.get("level", 0.95),
        share_interval=IntervalMethod(method),
        design_effect=DesignEffectReference("without_replacement" if without else "with_replacement"),
        missing=MissingRule.LISTWISE if leaves_out else MissingRule.REFUSE,
        one_psu_domains=OnePsuDomains.ESTIMATE,
    )


def _estimates(case: Case) -> Estimates:
    arguments, settings, by = case.arguments, settings_of(case), case.arguments.get("by", ())
    match _statistic(case):
        case "mean":
            return mean(case.sample, arguments["y"], by=by, settings=settings)
        case "total":
            return total(case.sample, arguments["y"], by=by, settings=settings)
        case "prop":
            return share(case.sample, arguments["y"], by=by, settings=settings)
        case "count":
            return count(case.sample, arguments["y"], by=by, settings=settings)
    return ratio(case.sample, arguments["y"], to=arguments["x"], by=by, settings=settings)


def _statistic(case: Case) -> str:
    """The estimator: of numbers the reference's shares are means, of categories its means are shares."""
    frame = case.sample.frame
    kinds = {frame[name].dtype.kind for name in as_names(case.arguments["y"]) if name in frame.columns}
    of_numbers, of_categories = {"prop": "mean", "count": "total"}, {"mean": "prop", "total": "count"}
    if kinds and kinds <= set("iuf"):
        return of_numbers.get(case.estimator, case.estimator)
    return case.estimator if kinds & set("iuf") else of_categories.get(case.estimator, case.estimator)


def order_of(case: Case, estimates: Estimates) -> list[int]:
    """Where in `estimates` each number of the entry stands: the reference leaves out empty domains."""
    if case.refusal is not None:  # it tells no domains
        return list(range(len(estimates)))
    keys = [
        (each.item, str(each.category), *(written(label) for label in each.domain.values()))
        for each in estimates
    ]
    items = list(dict.fromkeys(key[:2] for key in keys))
    return [keys.index((*item, *domain)) for item, domain in product(items, domains_of(case.expected))]


def _linear(case: Case) -> Mapping[str, Any]:
    estimates = _estimates(case)
    order = order_of(case, estimates)
    value = estimates.values[order]
    error = np.where(np.isnan(value), np.nan, estimates.standard_errors[order])
    level = settings_of(case).confidence_level
    answer: dict[str, Any] = {
        "estimate": value,
        "se": error,
        "deff": [estimates[place].design_effect for place in order],
        "design_df": estimates.degrees_of_freedom,
        "df": estimates.degrees_of_freedom,
    }
    if "domain_df" in case.expected:
        told = len(case.expected["domain_df"])
        answer["domain_df"] = [estimates[place].degrees_of_freedom for place in order[:told]]
    if "vcov" in case.expected:
        lacking = np.isnan(value)
        answer["vcov"] = estimates.covariance()[np.ix_(order, order)]
        answer["vcov"][lacking, :] = answer["vcov"][:, lacking] = np.nan
    # the reference's intervals take the degrees of freedom of the whole design, also in domains
    design_df = np.full(value.shape, float(estimates.degrees_of_freedom))
    for name, df in (("t95", design_df), ("z95", np.full(value.shape, np.inf))):
        limits = mean_interval(value, error=error, df=df, level=level)
        answer[f"ci_{name}_lower"], answer[f"ci_{name}_upper"] = limits
    return answer


def _share_interval(case: Case) -> Mapping[str, Any]:
    estimates = share(case.sample, case.arguments["y"], categories=[1], settings=settings_of(case))
    return {
        "estimate": estimates.values[0],
        "se": estimates.standard_errors[0],
        "ci_lower": estimates[0].lower,
        "ci_upper": estimates[0].upper,
        "df": estimates[0].degrees_of_freedom,
        "n": case.row_count,
    }


def _degrees_of_freedom(case: Case) -> Mapping[str, Any]:
    answer = {"degf": case.sample.degrees_of_freedom}
    if rules := case.arguments.get("domain"):
        answer["degf_domain"] = sample_of({**case.entry, "domain": rules}, case.table).degrees_of_freedom
    return answer


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    **dict.fromkeys(("mean", "total", "prop", "count", "ratio"), _linear),
    "ciprop": _share_interval,
    "degf": _degrees_of_freedom,
}
