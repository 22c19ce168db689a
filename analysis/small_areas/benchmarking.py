"""Benchmarking: small-area estimates that add up to the figure already published for the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from analysis.choices import chosen
from analysis.errors import Problem, SmallAreaError
from analysis.printing import Printed
from analysis.small_areas.result import FayHerriot
from analysis.stages import FloatArray, some


class BenchmarkMethod(StrEnum):
    """RATIO multiplies every area by one factor; DIFFERENCE adds one amount to every area."""

    RATIO = "ratio"
    DIFFERENCE = "difference"


@dataclass(frozen=True, kw_only=True, repr=False)
class Benchmarked(Printed):
    """Estimates by area that agree with `total`, and the `adjustment` (factor or amount) that made them so.

    `model` holds what was adjusted; its mean squared errors do not count the adjustment, which is itself
    estimated when the total is.
    """

    method: BenchmarkMethod
    total: float
    before: float
    adjustment: float
    values: Mapping[object, float]
    model: FayHerriot

    def to_frame(self) -> pd.DataFrame:
        """The frame of the model with the column `benchmarked` beside its `estimate`."""
        frame = self.model.to_frame()
        return frame.assign(benchmarked=[self.values[area] for area in frame["area"]])

    def __str__(self) -> str:
        change = (
            f"× {self.adjustment:.6g}" if self.method is BenchmarkMethod.RATIO else f"{self.adjustment:+.6g}"
        )
        lines = [f"Benchmarked to {self.total:.6g} ({self.before:.6g} before) by {self.method}: {change}"]
        return "\n".join([*lines, *(f"{area}: {value:.6g}" for area, value in self.values.items())])


def benchmark(
    model: FayHerriot,
    *,
    weights: Mapping[object, float],
    total: float | None = None,
    method: BenchmarkMethod = BenchmarkMethod.RATIO,
) -> Benchmarked:
    """Adjust the areas so that Σ W × estimate equals the total.

    `weights` holds W by area: shares of the population for means and shares, numbers of people for totals.
    `total` is the figure to agree with, for instance the direct estimate of the province; None: Σ W × direct,
    for which every area of positive weight needs respondents. Raises `SmallAreaError` naming areas without a
    weight or a direct estimate, weights below 0, and a ratio to nothing. Source: Rao & Molina 2015, §6.4.6.
    """
    method = chosen(BenchmarkMethod, method, name="method")
    value = np.array([each.value for each in model.areas])
    weight = np.array([float(weights.get(each.area, np.nan)) for each in model.areas])
    problems = _problems(model, weight, total=total)
    before = float(np.nansum(weight * value))
    if not problems and not (weight.sum() > 0 and (before != 0 or method is BenchmarkMethod.DIFFERENCE)):
        problems.append(Problem("nothing_to_adjust", "the weighted estimates", f"add up to {before:g}"))
    if problems:
        raise SmallAreaError("The estimates cannot be benchmarked.", problems=problems)
    if total is None:
        direct = np.array([each.direct or 0.0 for each in model.areas])
        total = float(weight @ direct)
    if method is BenchmarkMethod.RATIO:
        adjustment = total / before
        adjusted = value * adjustment
    else:
        adjustment = (total - before) / float(weight.sum())
        adjusted = value + adjustment
    return Benchmarked(
        method=method,
        total=total,
        before=before,
        adjustment=adjustment,
        values={each.area: float(new) for each, new in zip(model.areas, adjusted, strict=True)},
        model=model,
    )


def _problems(model: FayHerriot, weight: FloatArray, *, total: float | None) -> list[Problem]:
    without_direct = np.array([total is None and each.direct is None for each in model.areas])
    text = "have no direct estimate to add up; give the total"
    return [
        Problem(code, f"areas {some([model.areas[place].area for place in np.flatnonzero(wrong)])}", text)
        for code, wrong, text in (
            ("no_weight", np.isnan(weight), "have no weight"),
            ("weight_below_zero", weight < 0, "have a weight below 0"),
            ("no_direct_estimate", (weight > 0) & without_direct, text),
        )
        if wrong.any()
    ]
