"""Calibrated weights, and weights adjusted for non-response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.golden.comparison.cases import Case

_FIRST = 20


def _weights(case: Case) -> Mapping[str, Any]:
    weights = case.sample.weights
    squares = float((weights**2).sum())
    return {
        "sum": weights.sum(),
        "min": weights.min(),
        "max": weights.max(),
        "sum_sq": squares,
        "kish_deff": weights.size * squares / float(weights.sum()) ** 2,
        "first20": weights[:_FIRST],
    }


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    "weights": _weights,
}
