"""How the library answers each estimator of the reference: one module a family, one function an estimator.

An adapter takes a case and returns the numbers under the names of the entry's `expected`; names it leaves out
and that are not in `comparison.outcome.NOT_NUMBERS` make the entry unsupported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.golden.comparison.adapters import (
    contrasts,
    estimates,
    models,
    moments,
    nonprobability,
    quality,
    quantiles,
    ranks,
    reliability,
    small_areas,
    tests,
    weights,
)
from tests.golden.comparison.cases import Case

Adapter = Callable[[Case], Any]

ADAPTERS: Mapping[str, Adapter] = {
    **contrasts.ADAPTERS,
    **estimates.ADAPTERS,
    **models.ADAPTERS,
    **moments.ADAPTERS,
    **nonprobability.ADAPTERS,
    **quality.ADAPTERS,
    **quantiles.ADAPTERS,
    **ranks.ADAPTERS,
    **reliability.ADAPTERS,
    **small_areas.ADAPTERS,
    **tests.ADAPTERS,
    **weights.ADAPTERS,
}
