"""Comparisons of estimates: differences, ratios and any smooth function of them, with their covariance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from analysis.errors import EstimationError
from analysis.estimation.contrast_result import (
    Contrast,
    Contrasts,
    PValueAdjustment,
    Slope,
    compared,
    fewest_degrees_of_freedom,
    gravest_statuses,
)
from analysis.estimation.result import Estimate, Estimates
from analysis.stages import FloatArray, some

Key: TypeAlias = object  # an item, a category, a domain label, or a tuple of them: see `contrast`

_STEP = 3e-4  # of an estimate: truncation and round-off of the five-point rule both below 1e-12


@dataclass(frozen=True)
class Smooth:
    """A smooth function of some estimates: `function` of their values (one number each, in this order).

    `gradient` gives its partial derivatives; without one they are taken numerically, to about 1e-12.
    """

    of: Sequence[Key]
    function: Callable[[FloatArray], float]
    gradient: Callable[[FloatArray], FloatArray] | None = None


Coefficients: TypeAlias = Mapping[Key, float]


def contrast(
    estimates: Estimates,
    asked: Mapping[str, Coefficients | Smooth],
    *,
    confidence_level: float = 0.95,
    degrees_of_freedom: int | None = None,
    adjustment: PValueAdjustment = PValueAdjustment.NONE,
) -> Contrasts:
    """Linear combinations and smooth functions of estimates, by name, with t tests against 0.

    Coefficients map estimates to numbers; an estimate is named by its item, its category or its domain
    labels, or a tuple of item, category and labels in this order, as short as it is unambiguous: {"E": 1,
    "H": -1} for one mean in two domains. Standard errors by the delta method from the covariance of all
    estimates (Wolter 2007, §6.5; R survey 4.5, `svycontrast`). The degrees of freedom are the fewest of the
    estimates involved (Welch: the true ones lie between these and their sum), or as given. A contrast of an
    estimate that is not available is not available, for the same reason. Raises `EstimationError` for names
    that fit no estimate, or several.
    """
    if not asked:
        raise EstimationError("There is no contrast to estimate.", hint="Name one or more.")
    places = _places(estimates)
    made = [_linearized(each, estimates, places) for each in asked.values()]
    slopes = [slope for _, slope in made]
    df = fewest_degrees_of_freedom(estimates, slopes)
    return compared(
        estimates.covariance(),
        names=tuple(asked),
        values=np.array([value for value, _ in made]),
        slopes=slopes,
        degrees_of_freedom=df if degrees_of_freedom is None else np.full_like(df, degrees_of_freedom),
        statuses=gravest_statuses(estimates, slopes),
        confidence_level=confidence_level,
        adjustment=adjustment,
    )


def _linearized(
    asked: Coefficients | Smooth, estimates: Estimates, places: Mapping[tuple[object, ...], list[int]]
) -> tuple[float, Slope]:
    """The value of a contrast and its derivatives; estimates with the coefficient 0 do not belong to it."""
    if isinstance(asked, Smooth):
        chosen = np.array([_place(key, places, estimates) for key in asked.of], dtype=np.int64)
        at = estimates.values[chosen]
        told = _derivatives(asked.function, at) if asked.gradient is None else asked.gradient(at)
        return float(asked.function(at)), Slope(chosen, np.asarray(told, dtype=np.float64))
    counting = {key: factor for key, factor in asked.items() if factor != 0}
    chosen = np.array([_place(key, places, estimates) for key in counting], dtype=np.int64)
    factors = np.array(list(counting.values()), dtype=np.float64)
    return float(factors @ estimates.values[chosen]), Slope(chosen, factors)


def difference(estimates: Estimates, one: Key, other: Key, *, confidence_level: float = 0.95) -> Contrast:
    """`one` less `other`, each named as in `contrast`."""
    asked = {f"{_text(one)} - {_text(other)}": {one: 1.0, other: -1.0}}
    return contrast(estimates, asked, confidence_level=confidence_level)[0]


def quotient(estimates: Estimates, one: Key, other: Key, *, confidence_level: float = 0.95) -> Contrast:
    """`one` over `other`, each named as in `contrast`; its t test is against 0, not against 1.

    For a test against 1, and an interval that keeps its coverage, see `log_quotient`.
    """
    asked = {f"{_text(one)} / {_text(other)}": Smooth((one, other), _over, gradient=_over_gradient)}
    return contrast(estimates, asked, confidence_level=confidence_level)[0]


def log_quotient(estimates: Estimates, one: Key, other: Key, *, confidence_level: float = 0.95) -> Contrast:
    """The natural logarithm of `one` over `other`, whose t test is that of a quotient of 1."""
    smooth = Smooth((one, other), lambda at: float(np.log(at[0] / at[1])), lambda at: _SIGNS / at)
    asked = {f"log({_text(one)} / {_text(other)})": smooth}
    return contrast(estimates, asked, confidence_level=confidence_level)[0]


def pairwise(
    estimates: Estimates,
    *,
    confidence_level: float = 0.95,
    adjustment: PValueAdjustment = PValueAdjustment.HOLM,
) -> Contrasts:
    """All differences between the domains of each item (and category), each domain less every later one.

    The p-values are adjusted for all of them together; the intervals are those of one difference alone.
    Raises `EstimationError` when there are no two domains.
    """
    families: dict[tuple[str, object], list[int]] = defaultdict(list)
    for place, estimate in enumerate(estimates):
        families[estimate.item, estimate.category].append(place)
    pairs = [pair for family in families.values() for pair in combinations(family, 2)]
    if not pairs:
        raise EstimationError("There are no two domains to compare.", hint="Estimate with by=….")
    several = len(families) > 1
    names = [_pair_name(estimates[one], estimates[other], several) for one, other in pairs]
    slopes = [Slope(np.array(pair, dtype=np.int64), _SIGNS) for pair in pairs]
    return compared(
        estimates.covariance(),
        names=tuple(names),
        values=np.array([estimates.values[one] - estimates.values[other] for one, other in pairs]),
        slopes=slopes,
        degrees_of_freedom=fewest_degrees_of_freedom(estimates, slopes),
        statuses=gravest_statuses(estimates, slopes),
        confidence_level=confidence_level,
        adjustment=adjustment,
    )


_SIGNS = np.array([1.0, -1.0])


def _over(at: FloatArray) -> float:
    return float(at[0] / at[1])


def _over_gradient(at: FloatArray) -> FloatArray:
    return np.array([1 / at[1], -at[0] / at[1] ** 2])


def _derivatives(function: Callable[[FloatArray], float], at: FloatArray) -> FloatArray:
    """Partial derivatives by the five-point rule, exact for polynomials up to degree four."""
    result = np.empty(at.size)
    for place, value in enumerate(at):
        step = _STEP * (abs(value) if value else 1.0)
        told = []
        for steps in (-2, -1, 1, 2):
            moved = at.copy()
            moved[place] = value + steps * step
            told.append(float(function(moved)))
        result[place] = (told[0] - 8 * told[1] + 8 * told[2] - told[3]) / (12 * step)
    return result


def _places(estimates: Estimates) -> dict[tuple[object, ...], list[int]]:
    """Where the estimates stand that a name fits, for every name that fits any."""
    result: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, estimate in enumerate(estimates):
        labels = tuple(estimate.domain.values())
        category = () if estimate.category is None else (estimate.category,)
        ends = (labels, (*category, *labels), category) if labels else (category,)
        names = {*ends, *((estimate.item, *end) for end in ends), (estimate.item,)}
        for name in names - {()}:
            result[name].append(place)
    return result


def _place(key: Key, places: Mapping[tuple[object, ...], list[int]], estimates: Estimates) -> int:
    name = key if isinstance(key, tuple) else (key,)
    found = places.get(name, [])
    if len(found) == 1:
        return found[0]
    whole = [_text(each) for each in _names(estimates)]
    if found:
        raise EstimationError(
            f"{_text(key)} is the name of {len(found)} estimates.",
            hint=f"Name item, category and domain: {some([whole[place] for place in found])}.",
        )
    raise EstimationError(f"There is no estimate {_text(key)}.", hint=f"Estimates: {some(whole)}.")


def _names(estimates: Estimates) -> list[tuple[object, ...]]:
    return [_full_name(estimate) for estimate in estimates]


def _full_name(estimate: Estimate) -> tuple[object, ...]:
    category = () if estimate.category is None else (estimate.category,)
    return (estimate.item, *category, *estimate.domain.values())


def _pair_name(one: Estimate, other: Estimate, several: bool) -> str:
    labels = [" × ".join(map(str, each.domain.values())) for each in (one, other)]
    name = " - ".join(labels)
    return f"{_text(_full_name(one)[: -len(one.domain)])}: {name}" if several and one.domain else name


def _text(key: Key) -> str:
    return " × ".join(map(str, key)) if isinstance(key, tuple) else str(key)
