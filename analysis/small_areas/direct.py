"""Direct estimates of areas, as a small-area model takes them in, and their smoothed variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import EstimationError, Problem, SmallAreaError
from analysis.estimation.result import Estimates
from analysis.printing import Printed
from analysis.stages import BoolArray, FloatArray, some


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class DirectEstimates(Printed):
    """What the survey says of each area by itself; arrays have one entry an area.

    `value` in the item's units, NaN for an area without respondents; `variance` the sampling variance ψ, NaN
    where the survey shows none; `respondent_count` n (0 without respondents) and `design_effect` (NaN where
    not known) are needed only to smooth variances and for the beta-binomial model. Raises `SmallAreaError`
    for lengths that differ, an area named twice, and counts below zero.
    """

    areas: Sequence[object]
    value: FloatArray
    variance: FloatArray
    respondent_count: FloatArray | None = None
    design_effect: FloatArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "areas", tuple(self.areas))
        for name in ("value", "variance", "respondent_count", "design_effect"):
            given: ArrayLike | None = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, np.asarray(given, dtype=np.float64).reshape(-1))
        problems = self._problems()
        if problems:
            raise SmallAreaError("The direct estimates do not hold together.", problems=problems)

    def to_frame(self) -> pd.DataFrame:
        """One row an area: area, estimate, standard_error, respondents, design_effect (NaN: not known)."""
        unknown = np.full(len(self.areas), np.nan)
        return pd.DataFrame(
            {
                "area": list(self.areas),
                "estimate": self.value,
                "standard_error": np.sqrt(self.variance),
                "respondents": unknown if self.respondent_count is None else self.respondent_count,
                "design_effect": unknown if self.design_effect is None else self.design_effect,
            }
        )

    def __str__(self) -> str:
        rows = zip(self.areas, self.value, np.sqrt(self.variance), strict=True)
        return "\n".join(f"{area}: {_told(value, error)}" for area, value, error in rows)

    @property
    def sampled(self) -> BoolArray:
        """Areas with a direct estimate."""
        return ~np.isnan(self.value)

    def named(self, chosen: BoolArray) -> str:
        """The chosen areas (one truth value an area) as a message names them."""
        return f"areas {some([area for area, told in zip(self.areas, chosen, strict=True) if told])}"

    def counts(self) -> FloatArray:
        """Respondents of each area; raises `SmallAreaError` where they are not known."""
        if self.respondent_count is None:
            problem = Problem("no_respondent_count", "respondent_count", "is not given")
            raise SmallAreaError("This needs the number of respondents of each area.", problems=[problem])
        return self.respondent_count

    def mean_design_effect(self) -> float:
        """The areas' design effects averaged by respondents; raises `SmallAreaError` if none is known."""
        known = np.zeros(0) if self.design_effect is None else self.design_effect
        told = np.isfinite(known) & (known > 0)
        if not told.any():
            problem = Problem("no_design_effect", "design_effect", "is not known for any area; give one")
            raise SmallAreaError("This needs a design effect.", problems=[problem])
        return float(np.average(known[told], weights=self.counts()[told]))

    def _problems(self) -> list[Problem]:
        problems = []
        for name in ("value", "variance", "respondent_count", "design_effect"):
            given = getattr(self, name)
            if given is not None and given.size != len(self.areas):
                text = f"has {given.size} numbers for {len(self.areas)} areas"
                problems.append(Problem("lengths_differ", name, text))
        twice = [area for area in dict.fromkeys(self.areas) if self.areas.count(area) > 1]
        if twice:
            problems.append(Problem("area_twice", "areas", f"{some(twice)} named more than once"))
        if self.respondent_count is not None and not (self.respondent_count >= 0).all():
            problems.append(Problem("count_below_zero", "respondent_count", "must be 0 or more everywhere"))
        return problems


def _told(value: float, error: float) -> str:
    if np.isnan(value):
        return "no respondents"
    return f"{value:.6g}, no standard error" if np.isnan(error) else f"{value:.6g}, SE {error:.4g}"


def direct_estimates(estimates: Estimates, *, item: str | None = None) -> DirectEstimates:
    """The direct estimates of one item by area, from `share` or `mean` with `by`.

    `item` may be left out when the estimates are of one item. An area of several domain variables is named by
    the tuple of its labels. Areas whose estimate is not available count as areas without respondents; those
    with a value but no standard error keep the value and need `smooth_variances`. Raises `EstimationError`
    when the item is not among the estimates or has several categories.
    """
    items = list(dict.fromkeys((estimate.item, estimate.category) for estimate in estimates))
    chosen = [key for key in items if item is None or key[0] == item]
    if len(chosen) != 1 or not estimates.domain_names:
        raise EstimationError(
            f"There must be one estimate an area, not {len(chosen)} of {item or some(items)}.",
            hint="Name one item, give share the categories that count together, and estimate by area.",
        )
    told = [estimate for estimate in estimates if (estimate.item, estimate.category) == chosen[0]]
    labels = [tuple(estimate.domain.values()) for estimate in told]

    def column(name: str) -> FloatArray:
        return np.array([getattr(each, name) for each in told], dtype=np.float64)

    value = column("value")
    return DirectEstimates(
        areas=[label[0] if len(label) == 1 else label for label in labels],
        value=value,
        variance=np.where(np.isnan(value), np.nan, column("standard_error") ** 2),
        respondent_count=column("respondent_count"),
        design_effect=column("design_effect"),
    )


def smooth_variances(direct: DirectEstimates, *, design_effect: float | None = None) -> DirectEstimates:
    """Sampling variances of shares from a generalized variance function: ψ = deff × p̄ (1 - p̄) / n.

    p̄ is the share over all areas, averaged by respondents. A share's own variance estimate is noisy in a
    small area, is tied to the share itself and is 0 where everybody agrees, so the model takes the smooth one
    in every area. `design_effect` None: the areas' own, averaged by respondents. Raises `SmallAreaError`
    unless the values are shares and some but not all answers count. Source: Wolter 2007, ch. 7; Rao & Molina
    2015, §6.4.1.
    """
    n, sampled = direct.counts(), direct.sampled
    effect = direct.mean_design_effect() if design_effect is None else design_effect
    problems = []
    outside = sampled & ~((direct.value >= 0) & (direct.value <= 1))
    if outside.any():
        problems.append(Problem("not_a_share", direct.named(outside), "have a value outside 0 to 1"))
    empty = sampled & ~(n > 0)
    if empty.any():
        problems.append(Problem("no_respondents", direct.named(empty), "have an estimate but no respondents"))
    if not (np.isfinite(effect) and effect > 0):
        problems.append(Problem("not_a_design_effect", "design_effect", f"is {effect}, not above 0"))
    if problems:
        raise SmallAreaError("Variances cannot be smoothed.", problems=problems)
    overall = float(np.average(direct.value[sampled], weights=n[sampled])) if sampled.any() else 0.0
    if not 0 < overall < 1:
        problem = Problem("no_variation", "all areas", f"have the share {overall:g}, which has no variance")
        raise SmallAreaError("Variances cannot be smoothed.", problems=[problem])
    spread = effect * overall * (1 - overall)
    smooth = np.divide(spread, n, out=np.full_like(n, np.nan), where=sampled)
    return replace(direct, variance=smooth)
