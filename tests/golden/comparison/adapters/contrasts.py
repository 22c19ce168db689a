"""Contrasts of estimates, and standardized rates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from analysis.design import as_names
from analysis.estimation import (
    Estimates,
    EstimationSettings,
    MissingRule,
    OnePsuDomains,
    count,
    mean,
    ratio,
    share,
    total,
)
from analysis.estimation.contrasts import Smooth, contrast
from analysis.estimation.intervals import mean_interval
from analysis.standardization import EmptyCells, standardize
from tests.golden.comparison.adapters.estimates import order_of
from tests.golden.comparison.cases import Case
from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.labels import written
from tests.golden.comparison.r_expressions import RCall, arithmetic, call, variables


def _settings(called: RCall) -> EstimationSettings:
    return EstimationSettings(
        missing=MissingRule.LISTWISE if called.named.get("na.rm") in ("TRUE", "T") else MissingRule.REFUSE,
        one_psu_domains=OnePsuDomains.ESTIMATE,
    )


def _base(case: Case, text: str) -> tuple[Estimates, list[str]]:
    """The estimates that a contrast is made of, and what the reference calls each."""
    called = call(text)
    by: tuple[str, ...] = ()
    function, formula = called.function, called.positional[0]
    denominator = called.named.get("denominator")
    if function == "svyby":
        by, function = variables(called.positional[1]), called.positional[2]
    elif function == "svyratio":
        denominator = called.positional[1]
    names = variables(formula)
    settings = _settings(called)
    if function == "svyratio":
        estimates = ratio(case.sample, names, to=variables(denominator or ""), by=by, settings=settings)
        return estimates, [_label(each, by, each.item.replace(" / ", "/"), 1) for each in estimates]
    estimates = _statistic(function, case, names, by=by, settings=settings)
    items = len({(each.item, each.category) for each in estimates})
    labels = [
        _label(each, by, each.item + ("" if each.category is None else written(each.category)), items)
        for each in estimates
    ]
    return estimates, labels


def _label(estimate: Any, by: tuple[str, ...], statistic: str, count: int) -> str:
    """The reference names domains by their labels, with the statistic where there are several."""
    domain = ".".join(written(label) for label in estimate.domain.values())
    if not by:
        return statistic
    return domain if count == 1 else f"{domain}:{statistic}"


def _statistic(
    function: str, case: Case, names: tuple[str, ...], *, by: tuple[str, ...], settings: EstimationSettings
) -> Estimates:
    numeric = all(case.sample.frame[name].dtype.kind in "fiu" for name in names)
    if function == "svymean":
        estimator = mean if numeric else share
    elif function == "svytotal":
        estimator = total if numeric else count
    else:
        raise UnsupportedError(f"contrasts of {function}")
    return estimator(case.sample, names, by=by, settings=settings)


def _contrast(case: Case) -> Mapping[str, Any]:
    estimates, labels = _base(case, case.arguments["base"])
    keys = [
        (each.item, *(() if each.category is None else (each.category,)), *each.domain.values())
        for each in estimates
    ]
    place = {label: keys[number] for number, label in enumerate(labels)}
    asked: dict[str, Any]
    if "expr" in case.arguments:
        read = arithmetic(case.arguments["expr"])
        _require(read.names, place)

        def function(at: Any) -> float:
            return read.value(dict(zip(read.names, at.tolist(), strict=True)))

        asked = {"contrast": Smooth([place[name] for name in read.names], function)}
    else:
        _require(tuple(case.arguments["coef"]), place)
        asked = {"contrast": {place[name]: factor for name, factor in case.arguments["coef"].items()}}
    found = contrast(estimates, asked)
    return {"estimate": found.values, "se": found.standard_errors}


def _require(names: tuple[str, ...], place: Mapping[str, Any]) -> None:
    unknown = [name for name in names if name not in place]
    if unknown:
        raise UnsupportedError(f"contrasts of {unknown} among {list(place)}")


def _standardized(case: Case) -> Mapping[str, Any]:
    arguments = case.arguments
    by, over = as_names(arguments["by"]), as_names(arguments.get("over") or ())
    if len(by) != 1:
        raise UnsupportedError("a standard population of several variables, whose order is not told")
    y = arguments.get("y") or _variable(case)
    labels = sorted(case.frame[by[0]].dropna().unique().tolist())  # the reference's levels
    population = dict(zip(labels, arguments["population"], strict=True))
    sample = standardize(case.sample, by=by, over=over, population=population, empty_cells=EmptyCells.IGNORE)
    settings = EstimationSettings(
        missing=MissingRule.LISTWISE if arguments.get("na_rm") else MissingRule.REFUSE,
        one_psu_domains=OnePsuDomains.ESTIMATE,
    )
    estimates = mean(sample, y, by=over, settings=settings)
    order = order_of(case, estimates)
    value, error = estimates.values[order], estimates.standard_errors[order]
    answer: dict[str, Any] = {"estimate": value, "se": error, "design_df": estimates.degrees_of_freedom}
    for name, df in (("t95", float(estimates.degrees_of_freedom)), ("z95", np.inf)):
        limits = mean_interval(value, error=error, df=np.full(value.shape, df), level=0.95)
        answer[f"ci_{name}_lower"], answer[f"ci_{name}_upper"] = limits
    return answer


def _variable(case: Case) -> tuple[str, ...]:
    """What is averaged, where only the reference's own call tells."""
    found = re.search(r"svy(?:by|mean)\((~[^,]+),", case.entry.get("r") or "")
    if found is None:
        raise UnsupportedError("a standardized rate of no known variable")
    return variables(found.group(1))


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    "contrast": _contrast,
    "standardize": _standardized,
}
