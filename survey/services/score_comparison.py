"""Comparison: which domains the sample can tell apart, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.estimation.intervals import t_quantile
from survey.services.design_scores import OverallEstimates

METHOD = "pairwise-t-bonferroni/1"
LEVEL = 0.95


@dataclass(frozen=True)
class Comparison:
    """The pairs among the domains compared (`compared`, codes from the highest value down).

    `different` are the pairs (higher, lower) whose difference is larger than chance explains at 95 % over all
    pairs together. `top` are the leading domains of which no two are told apart.
    """

    compared: tuple[str, ...]
    pair_count: int
    different: frozenset[tuple[str, str]]
    top: tuple[str, ...]
    method: str = METHOD


def compare(estimates: OverallEstimates, codes: Sequence[str], *, shown: Sequence[bool]) -> Comparison | None:
    """Compare the shown domains in pairs; None when there are fewer than two with a standard error.

    A pair differs when |p_a - p_b| exceeds t × √(V_aa + V_bb - 2 V_ab), t at 1 - 0.05 / (2 × pairs) with the
    degrees of freedom of the sample (Bonferroni: the chance of any false difference is at most 5 %).
    """
    variance = np.diag(estimates.covariance)
    places = [
        place
        for place in np.argsort(-estimates.values, kind="stable").tolist()
        if shown[place] and np.isfinite(estimates.values[place]) and variance[place] > 0
    ]
    pairs = list(combinations(places, 2))
    if not pairs or estimates.degrees_of_freedom < 1:
        return None
    df = np.array(float(estimates.degrees_of_freedom))
    critical = float(t_quantile(df, level=1 - (1 - LEVEL) / len(pairs)))
    different = {pair for pair in pairs if _differs(estimates, pair, critical)}
    top: list[int] = []
    for place in places:
        if any((above, place) in different for above in top):
            break
        top.append(place)
    return Comparison(
        compared=tuple(codes[place] for place in places),
        pair_count=len(pairs),
        different=frozenset((codes[above], codes[below]) for above, below in different),
        top=tuple(codes[place] for place in top),
    )


def _differs(estimates: OverallEstimates, pair: tuple[int, int], critical: float) -> bool:
    above, below = pair
    covariance = estimates.covariance
    variance = covariance[above, above] + covariance[below, below] - 2 * covariance[above, below]
    return bool(
        abs(estimates.values[above] - estimates.values[below]) > critical * np.sqrt(max(variance, 0.0))
    )
