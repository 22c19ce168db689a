"""Estimates: a number with its uncertainty and its provenance, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, overload

import numpy as np
import pandas as pd

from analysis.errors import EstimationError
from analysis.estimation.settings import DesignEffectReference, IntervalMethod
from analysis.printing import Printed
from analysis.stages import FloatArray, IntArray, some


class Statistic(StrEnum):
    """What is estimated."""

    MEAN = "mean"
    TOTAL = "total"
    RATIO = "ratio"
    SHARE = "share"
    COUNT = "count"


class Status(StrEnum):
    """How much of an estimate there is. AVAILABLE: all of it.

    NO_RESPONDENT, ONE_RESPONDENT, ZERO_DENOMINATOR: nothing. ONE_PSU, NO_VARIANCE: the value, without
    standard error. NO_DEGREES_OF_FREEDOM: value and standard error, without interval. BEYOND_ANSWERS: a
    quantile without one limit, or both, and so without standard error.
    """

    AVAILABLE = "available"
    NO_RESPONDENT = "no_respondent"
    ONE_RESPONDENT = "one_respondent"
    ZERO_DENOMINATOR = "zero_denominator"
    ONE_PSU = "one_psu"
    NO_VARIANCE = "no_variance"
    NO_DEGREES_OF_FREEDOM = "no_degrees_of_freedom"
    BEYOND_ANSWERS = "beyond_answers"


STATUSES = tuple(Status)
INTERVAL_METHODS = tuple(IntervalMethod)

REASONS: Mapping[Status, str] = MappingProxyType(
    {
        Status.NO_RESPONDENT: "Nobody in this domain answered.",
        Status.ONE_RESPONDENT: "Only one person in this domain answered.",
        Status.ZERO_DENOMINATOR: "What the ratio is taken of adds up to zero in this domain.",
        Status.ONE_PSU: "All answers come from one sampling unit; its error shows only within it.",
        Status.NO_VARIANCE: "Every stratum of this domain has only one sampling unit.",
        Status.NO_DEGREES_OF_FREEDOM: "The domain has no more sampling units than strata.",
        Status.BEYOND_ANSWERS: "The interval reaches beyond the smallest or largest answer.",
    }
)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One estimate for one item (or one category of it) in one domain; what is not available is None.

    `value` is in the item's units (means, totals, ratios), 0–1 (shares) or persons (counts). `domain` maps
    each domain variable to its label, empty for the whole population. `degrees_of_freedom` are those of the
    domain: PSUs less strata with members. `design_effect` compares with a simple random sample of as many
    respondents, as `design_effect_reference` says. `respondent_count` counts rows that answered, unweighted.
    A share or count of those who answered any of several `categories` names these and has no `category`.
    """

    statistic: Statistic
    item: str
    category: object | None
    categories: tuple[object, ...] = ()
    domain: Mapping[str, object]
    value: float | None
    standard_error: float | None
    degrees_of_freedom: int
    design_effect: float | None
    design_effect_reference: DesignEffectReference
    effective_sample_size: float | None
    respondent_count: int
    lower: float | None
    upper: float | None
    confidence_level: float
    interval_method: IntervalMethod
    status: Status

    @property
    def is_available(self) -> bool:
        """Whether there is both a value and a standard error."""
        return self.value is not None and self.standard_error is not None

    @property
    def reason(self) -> str | None:
        """Why something is missing; None when nothing is."""
        return REASONS.get(self.status)

    def __str__(self) -> str:
        where = ", ".join(f"{name} {label}" for name, label in self.domain.items())
        answers = self.categories if self.category is None else (self.category,)
        name = f"{self.item} = {' or '.join(map(str, answers))}" if answers else self.item
        title = f"{self.statistic} of {name}" + (f" ({where})" if where else "")
        if self.value is None or self.standard_error is None:
            return f"{title}: not available. {self.reason}"
        text = f"{title}: {self.value:.6g}, SE {self.standard_error:.4g}"
        if self.lower is not None:
            text += f", {self.confidence_level:.0%} {self.lower:.6g} to {self.upper:.6g}"
        text += f", n = {self.respondent_count}"
        return text if self.reason is None else f"{text}. {self.reason}"


@dataclass(frozen=True, eq=False, kw_only=True)
class EstimateColumns:
    """The estimates of one call as columns, item-major: arrays of one entry an estimate.

    What is not available is NaN. `items` has the name and category of each item, `categories` those asked for
    together, `domain_labels` the labels of each domain; `status` and `interval_method` are places in `Status`
    and `IntervalMethod`.
    """

    statistic: Statistic
    items: tuple[tuple[str, object | None], ...]
    categories: tuple[object, ...]
    domain_names: tuple[str, ...]
    domain_labels: tuple[tuple[object, ...], ...]
    value: FloatArray
    standard_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    design_effect: FloatArray
    respondent_count: IntArray
    degrees_of_freedom: IntArray
    status: IntArray
    interval_method: IntArray
    design_effect_reference: DesignEffectReference
    confidence_level: float

    def __len__(self) -> int:
        return int(self.value.size)

    @property
    def effective_sample_size(self) -> FloatArray:
        """Respondents by design effect, NaN where there is none."""
        unknown = np.full(self.design_effect.shape, np.nan)
        known = self.design_effect != 0  # NaN passes and stays
        return np.asarray(np.divide(self.respondent_count, self.design_effect, out=unknown, where=known))

    def estimate(self, place: int) -> Estimate:
        """One of the estimates."""
        item, domain = divmod(place, len(self.domain_labels))
        name, category = self.items[item]
        return Estimate(
            statistic=self.statistic,
            item=name,
            category=category,
            categories=self.categories,
            domain=self._domains[domain],
            value=_or_none(self.value[place]),
            standard_error=_or_none(self.standard_error[place]),
            degrees_of_freedom=int(self.degrees_of_freedom[place]),
            design_effect=_or_none(self.design_effect[place]),
            design_effect_reference=self.design_effect_reference,
            effective_sample_size=_or_none(self._effective_sample_size[place]),
            respondent_count=int(self.respondent_count[place]),
            lower=_or_none(self.lower[place]),
            upper=_or_none(self.upper[place]),
            confidence_level=self.confidence_level,
            interval_method=INTERVAL_METHODS[self.interval_method[place]],
            status=STATUSES[self.status[place]],
        )

    @cached_property
    def _domains(self) -> list[Mapping[str, object]]:
        return [
            MappingProxyType(dict(zip(self.domain_names, labels, strict=True)))
            for labels in self.domain_labels
        ]

    @cached_property
    def _effective_sample_size(self) -> FloatArray:
        return self.effective_sample_size

    def to_frame(self) -> pd.DataFrame:
        """One row an estimate: item, category (if any), domain variables, then the numbers."""
        domain_count = len(self.domain_labels)
        columns: dict[str, Any] = {"item": _each([name for name, _ in self.items], domain_count)}
        if any(category is not None for _, category in self.items):
            columns["category"] = _each([category for _, category in self.items], domain_count)
        for place, name in enumerate(self.domain_names):
            columns[name] = [labels[place] for labels in self.domain_labels] * len(self.items)
        statuses = [STATUSES[code] for code in self.status]
        return pd.DataFrame(
            columns
            | {
                "estimate": self.value,
                "standard_error": self.standard_error,
                "ci_low": self.lower,
                "ci_high": self.upper,
                "degrees_of_freedom": self.degrees_of_freedom,
                "design_effect": self.design_effect,
                "effective_sample_size": self.effective_sample_size,
                "respondents": self.respondent_count,
                "status": [str(status) for status in statuses],
                "reason": [REASONS.get(status) for status in statuses],
            }
        )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _each(labels: Sequence[object], times: int) -> list[object]:
    return [label for label in labels for _ in range(times)]


@dataclass(frozen=True, eq=False, repr=False)
class Estimates(Printed, Sequence[Estimate]):
    """The estimates of one call, item-major: all domains of the first item (or category), then the next.

    `values` and `standard_errors` (one an estimate) are what the formulas gave before the rules of
    availability, NaN where they gave nothing: for further arithmetic such as contrasts, never for
    publication. `columns` holds what may be published, as arrays.
    """

    columns: EstimateColumns
    values: FloatArray
    standard_errors: FloatArray
    degrees_of_freedom: int
    _covariance: Callable[[], FloatArray] = field(repr=False)

    @property
    def domain_names(self) -> tuple[str, ...]:
        """The variables the estimates are broken down by."""
        return self.columns.domain_names

    @cached_property
    def estimates(self) -> tuple[Estimate, ...]:
        """All of them, one by one."""
        return tuple(self.columns.estimate(place) for place in range(len(self.columns)))

    @overload
    def __getitem__(self, index: int) -> Estimate: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Estimate, ...]: ...
    def __getitem__(self, index: int | slice) -> Estimate | tuple[Estimate, ...]:
        return self.estimates[index]

    def __len__(self) -> int:
        return len(self.columns)

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.estimates)

    def __str__(self) -> str:
        return "\n".join(str(estimate) for estimate in self.estimates)

    def get(self, item: str, *, category: object | None = None, **domain: object) -> Estimate:
        """The estimate of an item (and category) in a domain, e.g. `get("q1", unit="u03")`.

        Domain variables whose names are no Python names go in as `get("q1", **{"sch.wide": "Yes"})`. Raises
        `EstimationError` when there is none.
        """
        found = self._index.get((item, category, tuple(domain.get(name) for name in self.domain_names)))
        if found is not None and len(domain) == len(self.domain_names):
            return found
        items = list(dict.fromkeys(name for name, _ in self.columns.items))
        where = domain or "the whole population"
        raise EstimationError(
            f"There is no estimate of {item!r} (category {category!r}) for {where}.",
            hint=f"Items: {some(items)}; domain variables: {some(self.domain_names) or 'none'}.",
        )

    @cached_property
    def _index(self) -> dict[tuple[str, object | None, tuple[object, ...]], Estimate]:
        return {
            (
                estimate.item,
                estimate.category,
                tuple(estimate.domain[name] for name in self.domain_names),
            ): estimate
            for estimate in self.estimates
        }

    def covariance(self) -> FloatArray:
        """Covariance matrix of `values`, shape (estimates, estimates); made from the rows when asked for."""
        return self._covariance()

    def to_frame(self) -> pd.DataFrame:
        """One row an estimate: item, category (if any), domain variables, then the numbers (NaN: none)."""
        return self.columns.to_frame()
