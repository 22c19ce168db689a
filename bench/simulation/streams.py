"""What becomes of a self-selected stream: its bias alone, and adjusted under right and wrong models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.design import Design
from analysis.errors import AnalysisError
from analysis.nonprobability import (
    AdjustedEstimate,
    Adjustment,
    Comparison,
    combine_by_mean_squared_error,
    compare,
)
from analysis.sample import Sample

STRATA, PSUS, PEOPLE = 4, 100, 50  # population: strata × PSUs of a stratum × people of a PSU
DRAWN_PSUS, DRAWN_PEOPLE = 15, 10  # sample: PSUs of a stratum, people of a PSU
COVARIATES = ["sex", "age"]


class Scenario(StrEnum):
    """Which of the two models, both linear in sex and age, is the truth. SELECTED_BY_ANSWER: neither can be,
    because people also come for what they have to say."""

    BOTH_RIGHT = "both models right"
    WRONG_PROPENSITY = "propensity model wrong"
    WRONG_OUTCOME = "outcome model wrong"
    BOTH_WRONG = "both models wrong"
    SELECTED_BY_ANSWER = "selection by the answer itself"


@dataclass(frozen=True)
class Performance:
    """Of one estimator over many runs: bias, standard deviation, mean standard error, coverage of 95 %
    intervals, runs in which there was no estimate."""

    bias: float
    standard_deviation: float
    mean_standard_error: float
    coverage: float
    refused: int

    @property
    def root_mean_squared_error(self) -> float:
        """Bias and chance together."""
        return float(np.hypot(self.bias, self.standard_deviation))


@dataclass(frozen=True, eq=False)
class World:
    """A population, the chance of each person to be in the stream, and the truth."""

    people: pd.DataFrame
    chance: np.ndarray
    truth: float


def make_world(scenario: Scenario, random: np.random.Generator) -> World:
    """A population in PSUs whose people are alike, and a stream of about one in eight of it."""
    count = STRATA * PSUS * PEOPLE
    psu = np.arange(count) // PEOPLE
    old = random.integers(0, 3, count)
    man = random.random(count) < 0.5
    place = random.normal(0, 0.4, STRATA * PSUS)[psu]
    crossing = np.where(man, 1.0, -1.0) * (old - 1.0)  # what a model linear in sex and age cannot see
    wrong_outcome = scenario in (Scenario.WRONG_OUTCOME, Scenario.BOTH_WRONG)
    wrong_propensity = scenario in (Scenario.WRONG_PROPENSITY, Scenario.BOTH_WRONG)
    outcome = 0.3 + 0.8 * (old - 1) - 0.5 * man + place + (1.0 * crossing if wrong_outcome else 0.0)
    satisfied = random.random(count) < expit(outcome)
    odds = -2.3 - 0.9 * (old - 1) + 0.6 * man + (0.7 * crossing if wrong_propensity else 0.0)
    if scenario is Scenario.SELECTED_BY_ANSWER:
        odds = odds - 0.9 * satisfied + 0.5
    people = pd.DataFrame(
        {
            "stratum": psu // PSUS,
            "psu": psu,
            "person": np.arange(count),
            "psus": PSUS,
            "people": PEOPLE,
            "sex": np.where(man, "M", "F"),
            "age": np.array(["18-34", "35-54", "55+"])[old],
            "satisfied": satisfied.astype(float),
        }
    )
    return World(people, expit(odds), float(satisfied.mean()))


def draw_sample(world: World, random: np.random.Generator) -> Sample:
    """Two stages: PSUs in each stratum, people in each PSU, both by simple random sampling."""
    psus = np.concatenate(
        [stratum * PSUS + random.choice(PSUS, DRAWN_PSUS, replace=False) for stratum in range(STRATA)]
    )
    rows = np.concatenate([psu * PEOPLE + random.choice(PEOPLE, DRAWN_PEOPLE, replace=False) for psu in psus])
    design = Design(strata="stratum", psu=["psu", "person"], population=["psus", "people"])
    return Sample(world.people.iloc[rows].reset_index(drop=True), design)


def simulate(
    scenario: Scenario, *, runs: int, random: np.random.Generator
) -> tuple[World, Mapping[str, Performance]]:
    """Draw stream and sample many times from one population; performance by estimator."""
    world = make_world(scenario, random)
    told: dict[str, list[tuple[float, ...]]] = {}
    for _ in range(runs):
        stream = world.people[random.random(len(world.people)) < world.chance]
        comparison = compare(stream, draw_sample(world, random), of="satisfied", covariates=COVARIATES)
        for name, numbers in _numbers(comparison):
            told.setdefault(name, []).append(numbers)
    return world, {name: _performance(each, world.truth, runs) for name, each in told.items()}


def _numbers(comparison: Comparison) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Value, standard error and limits of every estimator of a comparison."""
    own = {"stream alone": comparison.naive, "sample alone": comparison.sampled}
    for name, estimate in {**own, **{str(key): each for key, each in comparison.adjusted.items()}}.items():
        if estimate is None:
            continue
        numbers = (estimate.value, estimate.standard_error, estimate.lower, estimate.upper)
        told = tuple(number for number in numbers if number is not None)
        if len(told) == len(numbers):
            yield name, told
    if Adjustment.DOUBLY_ROBUST in comparison.adjusted:
        yield from _combined(comparison.adjusted[Adjustment.DOUBLY_ROBUST])


def _combined(adjusted: AdjustedEstimate) -> Iterator[tuple[str, tuple[float, ...]]]:
    try:
        combined = combine_by_mean_squared_error(adjusted)
    except AnalysisError:
        return
    reach = 1.96 * combined.root_mean_squared_error
    yield (
        "combined by inverse MSE",
        (combined.value, combined.root_mean_squared_error, combined.value - reach, combined.value + reach),
    )


def _performance(told: list[tuple[float, ...]], truth: float, runs: int) -> Performance:
    value, error, low, high = np.array(told).T
    return Performance(
        bias=float(value.mean() - truth),
        standard_deviation=float(value.std()),
        mean_standard_error=float(error.mean()),
        coverage=float(((low <= truth) & (truth <= high)).mean()),
        refused=runs - len(told),
    )
