"""How often intervals for shares hold the true share, and whether the rules of publication warn if not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.design import Design
from analysis.estimation import EstimationSettings, IntervalMethod, Status, share
from analysis.estimation.intervals import clopper_pearson, share_interval
from analysis.sample import Sample
from analysis.suppression import ProportionStandards, proportion_precision

FloatArray = NDArray[np.float64]

SHARES = (0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98)
SIZES = (30, 50, 100, 300, 1000)
DESIGN_EFFECTS = (1.0, 1.5, 2.0, 4.0)
CLUSTER_SIZES = {30: 5, 50: 5, 100: 5, 300: 10, 1000: 20}  # people of one PSU, where there are PSUs
METHODS = (
    IntervalMethod.LOGIT,
    IntervalMethod.BETA,
    IntervalMethod.BETA_CAPPED,
    IntervalMethod.WILSON,
    IntervalMethod.ARCSINE,
    IntervalMethod.LIKELIHOOD,
    IntervalMethod.MEAN,
)
LEVEL = 0.95
WANTED = 0.93  # a simulated coverage that counts as 95 %, with the Monte-Carlo error of a cell
LEAST_EFFECTIVE = 30.0


@dataclass(frozen=True)
class Setting:
    """A domain of `size` people of whom `share` say yes, in PSUs whose likeness makes the design effect."""

    share: float
    size: int
    design_effect: float

    @property
    def effective_sample_size(self) -> float:
        """The size of a simple random sample that would be as precise."""
        return self.size / self.design_effect

    @property
    def cluster_size(self) -> int:
        """People of one PSU; 1: everybody was drawn by himself."""
        return 1 if self.design_effect == 1 else CLUSTER_SIZES[self.size]

    @property
    def psu_count(self) -> int:
        """How many PSUs the domain has."""
        return self.size // self.cluster_size

    @property
    def correlation(self) -> float:
        """The intraclass correlation that makes the design effect: deff = 1 + (m - 1) ρ (Kish 1965)."""
        return 0.0 if self.cluster_size == 1 else (self.design_effect - 1) / (self.cluster_size - 1)


@dataclass(frozen=True, eq=False)
class Draws:
    """Simulated domains: estimated share, variance (one each), and the PSUs' numbers of yes where drawn."""

    share: FloatArray
    variance: FloatArray
    yes: NDArray[np.int64] | None


@dataclass(frozen=True, eq=False)
class Cell:
    """What came of one setting: coverage by method, how often the rules flag or suppress, coverage of the
    rest."""

    setting: Setting
    coverage: Mapping[IntervalMethod, float]
    warned: float
    missed_unwarned: Mapping[IntervalMethod, float]


def settings() -> Iterator[Setting]:
    """Every setting, by design effect, size and share."""
    for effect, size, value in product(DESIGN_EFFECTS, SIZES, SHARES):
        yield Setting(value, size, effect)


def draw(setting: Setting, *, runs: int, random: np.random.Generator) -> Draws:
    """Simulate the domain many times over: PSUs' numbers of yes are beta-binomial (one person: binomial)."""
    size, count = setting.size, setting.psu_count
    if setting.cluster_size == 1:
        estimate = random.binomial(size, setting.share, runs) / size
        return Draws(estimate, estimate * (1 - estimate) / (size - 1), None)
    strength = (1 - setting.correlation) / setting.correlation
    chance = random.beta(setting.share * strength, (1 - setting.share) * strength, (runs, count))
    yes = random.binomial(setting.cluster_size, chance)
    estimate = yes.sum(axis=1) / size
    apart = yes - setting.cluster_size * estimate[:, None]
    # with replacement, equal weights: n/(n-1) Σ z² of the PSUs' linearized totals
    variance = count / (count - 1) * (apart**2).sum(axis=1) / size**2
    return Draws(estimate, variance, yes)


def limits(setting: Setting, draws: Draws, method: IntervalMethod) -> tuple[FloatArray, FloatArray]:
    """The library's interval for every simulated domain, at exactly 0 and 1 too."""
    ones = np.ones_like(draws.share)
    low, high = clopper_pearson(draws.share, effective=setting.size * ones, level=LEVEL)
    inner = (draws.share > 0) & (draws.share < 1)
    low[inner], high[inner] = share_interval(
        method,
        draws.share[inner],
        variance=draws.variance[inner],
        df=(setting.psu_count - 1) * ones[inner],
        row_count=setting.size * ones[inner],
        level=LEVEL,
    )
    return low, high


def warned(setting: Setting, draws: Draws) -> NDArray[np.bool_]:
    """Whether the publication rules flag or suppress each simulated share."""
    ones = np.ones_like(draws.share)
    precision = proportion_precision(
        draws.share,
        variance=draws.variance,
        respondent_count=setting.size * ones,
        degrees_of_freedom=(setting.psu_count - 1) * ones,
        effective_at_ends=setting.size * ones,
        confidence_level=LEVEL,
    )
    reasons = precision.reasons(ProportionStandards())
    return np.asarray(np.logical_or.reduce(list(reasons.values())), dtype=np.bool_)


def simulate(setting: Setting, *, runs: int, random: np.random.Generator) -> Cell:
    """Coverage of every method in one setting."""
    draws = draw(setting, runs=runs, random=random)
    warning = warned(setting, draws)
    held = {}
    for method in METHODS:
        low, high = limits(setting, draws, method)
        held[method] = (low <= setting.share) & (setting.share <= high)
    return Cell(
        setting=setting,
        coverage={method: float(each.mean()) for method, each in held.items()},
        warned=float(warning.mean()),
        missed_unwarned={method: float((~each & ~warning).mean()) for method, each in held.items()},
    )


def largest_difference_from_share(setting: Setting, *, runs: int, random: np.random.Generator) -> float:
    """How far the limits above are from those of `analysis.estimation.share` on rows of the same draws.

    Every simulated domain is a stratum of one sample, so that one call makes them all.
    """
    draws = draw(setting, runs=runs, random=random)
    if draws.yes is None:
        yes = np.rint(draws.share * setting.size).astype(int)
        answers = np.arange(setting.size) < yes[:, None]
    else:
        answers = (np.arange(setting.cluster_size) < draws.yes[:, :, None]).reshape(runs, -1)
    psu = np.arange(runs * setting.psu_count).repeat(setting.cluster_size)
    frame = pd.DataFrame(
        {
            "run": np.arange(runs).repeat(setting.size),
            "psu": psu,
            "weight": 1.0,
            "yes": answers.reshape(-1).astype(float),
        }
    )
    sample = Sample(frame, Design(strata="run", psu="psu", weight="weight"))
    worst = 0.0
    for method in METHODS:
        told = share(
            sample, of="yes", categories=[1], by="run", settings=EstimationSettings(share_interval=method)
        )
        low, high = limits(setting, draws, method)
        for place, estimate in enumerate(told):
            if estimate.status is Status.AVAILABLE:
                apart = abs(estimate.lower - low[place]), abs(estimate.upper - high[place])
                worst = max(worst, *apart)
    return worst
