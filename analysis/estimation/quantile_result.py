"""Quantiles: values with their uncertainty and how they were read, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import pandas as pd

from analysis.errors import EstimationError
from analysis.estimation.result import REASONS, Status
from analysis.estimation.settings import QuantileInterval, QuantileRule
from analysis.printing import Printed
from analysis.stages import FloatArray, some


@dataclass(frozen=True, kw_only=True)
class Quantile:
    """One quantile of one item in one domain, in the item's units; what is not available is None.

    `standard_error` is the width of the interval over twice the t quantile (R survey 4.5, `svyquantile`), so
    there is none where a limit is missing. `degrees_of_freedom` count the PSUs and strata with answers in the
    domain, `respondent_count` the rows that answered, unweighted. With replicates whose interval is theirs,
    the limits come from the standard error instead.
    """

    item: str
    probability: float
    domain: Mapping[str, object]
    value: float | None
    standard_error: float | None
    degrees_of_freedom: int
    respondent_count: int
    lower: float | None
    upper: float | None
    confidence_level: float
    rule: QuantileRule
    interval: QuantileInterval
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
        title = f"quantile {self.probability:g} of {self.item}" + (f" ({where})" if where else "")
        if self.value is None:
            return f"{title}: not available. {self.reason}"
        if self.standard_error is None:
            return f"{title}: {self.value:.6g}, no standard error. {self.reason}"
        level = f"{self.confidence_level:.0%} {self.lower:.6g} to {self.upper:.6g}"
        return (
            f"{title}: {self.value:.6g}, SE {self.standard_error:.4g}, {level}, n = {self.respondent_count}"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Quantiles(Printed, Sequence[Quantile]):
    """The quantiles of one call: item by item, in it probability by probability, in it domain by domain.

    `values`, `standard_errors`, `lower` and `upper` (one a quantile) are what the formulas gave before the
    rules of availability, NaN where they gave nothing: for further arithmetic, never for publication.
    """

    quantiles: tuple[Quantile, ...]
    domain_names: tuple[str, ...]
    values: FloatArray
    standard_errors: FloatArray
    lower: FloatArray
    upper: FloatArray

    @overload
    def __getitem__(self, index: int) -> Quantile: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Quantile, ...]: ...
    def __getitem__(self, index: int | slice) -> Quantile | tuple[Quantile, ...]:
        return self.quantiles[index]

    def __len__(self) -> int:
        return len(self.quantiles)

    def __iter__(self) -> Iterator[Quantile]:
        return iter(self.quantiles)

    def __str__(self) -> str:
        return "\n".join(str(quantile) for quantile in self.quantiles)

    def get(self, item: str, probability: float, **domain: object) -> Quantile:
        """The quantile of an item in a domain, e.g. `get("wait", 0.9, unit="u03")`.

        Domain variables whose names are no Python names go in as `get("wait", 0.9, **{"sch.wide": "Yes"})`.
        Raises `EstimationError` when there is none.
        """
        found = self._index.get((item, probability, tuple(domain.get(name) for name in self.domain_names)))
        if found is not None and len(domain) == len(self.domain_names):
            return found
        told = list(dict.fromkeys(f"{each.item} at {each.probability:g}" for each in self.quantiles))
        raise EstimationError(
            f"There is no quantile {probability:g} of {item} in {domain or 'the whole population'}.",
            hint=f"Quantiles: {some(told)}; domain variables: {some(list(self.domain_names)) or 'none'}.",
        )

    @cached_property
    def _index(self) -> dict[tuple[str, float, tuple[object, ...]], Quantile]:
        return {(each.item, each.probability, tuple(each.domain.values())): each for each in self.quantiles}

    def to_frame(self) -> pd.DataFrame:
        """One row a quantile: item, probability, one column a domain variable, and the numbers.

        Not available is missing; `reason` says why.
        """
        return pd.DataFrame(
            [
                {
                    "item": each.item,
                    "probability": each.probability,
                    **each.domain,
                    "estimate": each.value,
                    "standard_error": each.standard_error,
                    "ci_low": each.lower,
                    "ci_high": each.upper,
                    "degrees_of_freedom": each.degrees_of_freedom,
                    "respondents": each.respondent_count,
                    "status": str(each.status),
                    "reason": each.reason,
                }
                for each in self.quantiles
            ]
        )
