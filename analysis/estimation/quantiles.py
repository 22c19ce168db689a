"""Quantiles of items, overall and by any crossing of domains, with intervals for every rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from analysis.choices import chosen
from analysis.design import as_names
from analysis.errors import EstimationError
from analysis.estimation.availability import WITHOUT_VALUE
from analysis.estimation.compact import CompactTable
from analysis.estimation.domains import Domains
from analysis.estimation.quantile_answers import answered_items
from analysis.estimation.quantile_intervals import AnsweredItem, Limits, limits
from analysis.estimation.quantile_result import Quantile, Quantiles
from analysis.estimation.settings import (
    DEFAULT_SETTINGS,
    EstimationSettings,
    QuantileInterval,
    QuantileRule,
)
from analysis.sample import Sample
from analysis.stages import FloatArray


@dataclass(frozen=True)
class _Told:
    """What all quantiles of an item have in common."""

    item: str
    rule: QuantileRule
    interval: QuantileInterval
    confidence_level: float


def quantile(
    sample: Sample | CompactTable,
    of: str | Sequence[str],
    *,
    p: float | Sequence[float] = 0.5,
    by: str | Sequence[str] = (),
    rule: QuantileRule = QuantileRule.MATH,
    interval: QuantileInterval = QuantileInterval.MEAN,
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Quantiles:
    """Quantiles `p` (0–1; 0.5 is the median) of the answers to each item, in each domain, in its units.

    From a sample, or from its compact table (`tabulate`) for items kept by level. `of` names numeric
    columns, `by` the domain variables (crossed). `rule` says which value is the quantile, and reads the
    limits too; `interval` how they are made. Method: Woodruff 1952; R survey 4.5, `svyquantile`. Raises
    `EstimationError` for unknown or non-numeric columns, for probabilities outside 0–1 or given twice, for
    intervals of replicates without replicates, and for what needs the rows where there is but a table;
    `DomainIsPsuError` for domains that are single PSUs.
    """
    names, probabilities = as_names(of), _probabilities(p)
    rule = chosen(QuantileRule, rule, name="rule")
    interval = chosen(QuantileInterval, interval, name="interval")
    told = [_Told(name, rule, interval, settings.confidence_level) for name in names]
    domains, items = answered_items(
        sample, names, by=by, probabilities=probabilities, rule=rule, missing=settings.missing
    )
    found = [limits(item, interval=interval, settings=settings) for item in items]
    parts = [_collect(*part, domains=domains) for part in zip(told, items, found, strict=True)]
    return Quantiles(
        quantiles=tuple(quantile for part in parts for quantile in part),
        domain_names=domains.names,
        values=_flat([item.values for item in items]),
        standard_errors=_flat([each.standard_error for each in found]),
        lower=_flat([each.lower for each in found]),
        upper=_flat([each.upper for each in found]),
    )


def _flat(tables: Sequence[FloatArray]) -> FloatArray:
    """Tables (domains × probabilities), one an item, in the order of the quantiles."""
    return np.concatenate([table.T.reshape(-1) for table in tables])


def _probabilities(p: float | Sequence[float]) -> FloatArray:
    given = np.atleast_1d(np.asarray(p, dtype=np.float64))
    if given.size == 0 or not np.all((given >= 0) & (given <= 1)):
        raise EstimationError(
            f"Probabilities of quantiles lie between 0 and 1, not {list(given)}.", hint="0.5 is the median."
        )
    if np.unique(given).size < given.size:
        raise EstimationError(f"A probability is given twice: {list(given)}.", hint="Ask for each once.")
    return given


def _collect(told: _Told, item: AnsweredItem, found: Limits, *, domains: Domains) -> list[Quantile]:
    labels = [MappingProxyType(dict(zip(domains.names, label, strict=True))) for label in domains.labels]
    hidden = np.isin(found.status, WITHOUT_VALUE)
    numbers = (item.values, found.standard_error, found.lower, found.upper)
    value, error, low, high = (np.where(hidden, np.nan, each) for each in numbers)
    return [
        Quantile(
            item=told.item,
            probability=float(probability),
            domain=label,
            value=_or_none(value[code, place]),
            standard_error=_or_none(error[code, place]),
            degrees_of_freedom=int(found.degrees_of_freedom[code, place]),
            respondent_count=int(found.respondent_count[code, place]),
            lower=_or_none(low[code, place]),
            upper=_or_none(high[code, place]),
            confidence_level=told.confidence_level,
            rule=told.rule,
            interval=told.interval,
            status=found.status[code, place],
        )
        for place, probability in enumerate(item.probabilities)
        for code, label in enumerate(labels)
    ]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
