"""How often sets of ranks hold the true ranks of all units at once, and how wide they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.ranking import (
    Correction,
    Procedure,
    RankSets,
    Scope,
    UnitEstimates,
    rank_sets,
    rank_sets_of_intervals,
)

FloatArray = NDArray[np.float64]

UNITS = 20
ERROR = 0.03  # standard error of a unit
DRAWS = 1000  # of the simulated quantile


class Scenario(StrEnum):
    """Where the units truly stand, and how their errors hang together."""

    APART = "two standard errors apart"
    CLOSE = "half a standard error apart"
    EQUAL = "all equal"
    CORRELATED = "half a standard error apart, errors correlated 0.5"


@dataclass(frozen=True)
class Performance:
    """Of one method over many runs: how often all true ranks are in their sets, how often one chosen unit's
    is, and the mean number of ranks in a set."""

    together: float
    single: float
    width: float


def true_values(scenario: Scenario) -> FloatArray:
    """Where the units truly stand."""
    steps = {Scenario.APART: 2.0, Scenario.EQUAL: 0.0}
    return np.asarray(np.arange(UNITS) * ERROR * steps.get(scenario, 0.5), dtype=np.float64)


def covariance(scenario: Scenario) -> FloatArray:
    """The covariance of the units' estimates."""
    correlation = 0.5 if scenario is Scenario.CORRELATED else 0.0
    return np.asarray(ERROR**2 * (correlation + (1 - correlation) * np.eye(UNITS)), dtype=np.float64)


METHODS: Mapping[str, Callable[[UnitEstimates, int], RankSets]] = {
    "joint, stepdown": lambda units, seed: rank_sets(units, draws=DRAWS, seed=seed),
    "joint, single step": lambda units, seed: rank_sets(
        units, procedure=Procedure.SINGLE_STEP, draws=DRAWS, seed=seed
    ),
    "joint, from intervals (Klein–Wright–Wieczorek)": lambda units, _: rank_sets_of_intervals(
        units, correction=Correction.INDEPENDENT
    ),
    "one unit at a time": lambda units, seed: rank_sets(units, scope=Scope.MARGINAL, draws=DRAWS, seed=seed),
}


def simulate(scenario: Scenario, *, runs: int, random: np.random.Generator) -> Mapping[str, Performance]:
    """Draw the units' estimates many times; performance by method."""
    truth, spread = true_values(scenario), covariance(scenario)
    ranks = 1 + (truth[:, None] < truth).sum(axis=1)
    labels = tuple(range(UNITS))
    found: dict[str, list[tuple[bool, float, float]]] = {name: [] for name in METHODS}
    for run in range(runs):
        units = UnitEstimates(labels, random.multivariate_normal(truth, spread), spread)
        for name, method in METHODS.items():
            sets = method(units, run + 1)
            held = (sets.lower <= ranks) & (ranks <= sets.upper)
            width = float((sets.upper - sets.lower + 1).mean())
            found[name].append((bool(held.all()), float(held.mean()), width))
    return {name: Performance(*np.mean(each, axis=0).tolist()) for name, each in found.items()}
