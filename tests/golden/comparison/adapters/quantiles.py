"""Quantiles, overall and by domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from analysis.design import as_names
from analysis.estimation import EstimationSettings, MissingRule, OnePsuDomains
from analysis.estimation.quantile_result import Quantiles
from analysis.estimation.quantiles import quantile
from analysis.estimation.settings import QuantileInterval, QuantileRule
from tests.golden.comparison.cases import Case, domains_of
from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.labels import written

_RULES = {"shahvaish": QuantileRule.SHAHVAISH_UNSCALED}  # what the reference computes under that name


def _quantiles(case: Case) -> Quantiles:
    arguments = case.arguments
    interval, rule = arguments.get("interval", "mean"), arguments.get("qrule", "math")
    if interval not in list(QuantileInterval):
        raise UnsupportedError(f"interval {interval}")
    if rule not in list(QuantileRule):
        raise UnsupportedError(f"quantile rule {rule}")
    return quantile(
        case.sample,
        arguments["y"],
        p=arguments["p"],
        by=arguments.get("by") or (),
        rule=_RULES.get(rule, QuantileRule(rule)),
        interval=QuantileInterval(interval),
        settings=EstimationSettings(
            confidence_level=1 - arguments["alpha"] if "alpha" in arguments else arguments.get("level", 0.95),
            missing=MissingRule.LISTWISE if arguments.get("na_rm") else MissingRule.REFUSE,
            one_psu_domains=OnePsuDomains.ESTIMATE,
        ),
    )


def _answer(case: Case) -> Any:
    found = _quantiles(case)
    return _by_domain(case, found) if case.arguments.get("by") else _overall(case, found)


def _overall(case: Case, found: Quantiles) -> Sequence[Mapping[str, Any]]:
    """One mapping a variable."""
    names, count = as_names(case.arguments["y"]), len(np.atleast_1d(case.arguments["p"]))
    parts = [slice(place * count, (place + 1) * count) for place in range(len(names))]
    return [
        {
            "variable": name,
            "p": case.arguments["p"],
            "quantile": found.values[part],
            "ci_lower": found.lower[part],
            "ci_upper": found.upper[part],
            "se": found.standard_errors[part],
        }
        for name, part in zip(names, parts, strict=True)
    ]


def _by_domain(case: Case, found: Quantiles) -> Mapping[str, Any]:
    """One row a domain, in the reference's order: the quantiles, then their standard errors."""
    items, p = as_names(case.arguments["y"]), np.atleast_1d(case.arguments["p"])
    keys = [(each.item, each.probability, *(written(x) for x in each.domain.values())) for each in found]
    told = domains_of(case.expected)
    columns = [f"{item}.{each:g}" for item, each in product(items, p)]
    order = [
        [keys.index((item, float(each), *domain)) for item, each in product(items, p)] for domain in told
    ]
    return {
        "columns": [*columns, *(f"se.{column}" for column in columns)],
        "values": np.hstack([found.values[order], found.standard_errors[order]]),
    }


ADAPTERS: Mapping[str, Callable[[Case], Any]] = {"quantile": _answer}
