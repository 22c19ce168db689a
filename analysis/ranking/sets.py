"""Confidence sets for ranks, the units that may be best, and chances by simulation."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from scipy.special import ndtri

from analysis.choices import chosen
from analysis.errors import RankingError
from analysis.ranking.pairwise import Pairwise, Procedure, Sides
from analysis.ranking.result import RankSets, UnitRank
from analysis.ranking.units import RankOne, UnitEstimates
from analysis.stages import FloatArray, IntArray


class Scope(StrEnum):
    """What a level holds for: all ranks at once, or the rank of one unit chosen beforehand."""

    SIMULTANEOUS = "simultaneous"
    MARGINAL = "marginal"


class Correction(StrEnum):
    """How the intervals of K units are widened to hold all at once; INDEPENDENT needs independent units."""

    INDEPENDENT = "independent"
    BONFERRONI = "bonferroni"
    NONE = "none"


def rank_sets(
    units: UnitEstimates,
    *,
    scope: Scope = Scope.SIMULTANEOUS,
    sides: Sides = Sides.BOTH,
    procedure: Procedure = Procedure.STEPDOWN,
    rank_one: RankOne = RankOne.LARGEST,
    confidence_level: float = 0.95,
    draws: int = 10_000,
    seed: int = 1,
) -> RankSets:
    """Confidence sets for ranks from all pairwise differences, with their covariances.

    Unit j beats k where (θ_j - θ_k) / s_jk is above the quantile, at the level, of the largest such ratio
    among pairs of normal errors; a unit's rank lies between 1 + the number that beat it and K - the number it
    beats (Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies 91). The quantile is simulated:
    the same seed gives the same sets. Raises `RankingError` for a level outside (0, 1) or no draws.
    """
    _check_level(confidence_level)
    scope, sides = chosen(Scope, scope, name="scope"), chosen(Sides, sides, name="sides")
    procedure = chosen(Procedure, procedure, name="procedure")
    rank_one = chosen(RankOne, rank_one, name="rank_one")
    values, errors = _oriented(units, rank_one), units.draws(draws, seed=seed)
    pairwise = Pairwise.of(values, units.covariance, errors)
    families: list[int | None] = [None] if scope is Scope.SIMULTANEOUS else list(range(values.size))
    bounds = [
        pairwise.bounds(unit, sides=sides, level=confidence_level, procedure=procedure) for unit in families
    ]
    lower = np.concatenate([bound.lower for bound in bounds])
    upper = np.concatenate([bound.upper for bound in bounds])
    return RankSets(
        units=_unit_ranks(units, values, lower=lower, upper=upper),
        rank_one=rank_one,
        method=f"Mogstad–Romano–Shaikh–Wilhelm, {scope}, {sides} sides, {procedure}".replace("_", " "),
        confidence_level=confidence_level,
        critical_values=np.array([bound.critical_value for bound in bounds]),
        left_out=units.left_out,
        draws=draws,
        seed=seed,
    )


def rank_sets_of_intervals(
    units: UnitEstimates,
    *,
    correction: Correction = Correction.INDEPENDENT,
    rank_one: RankOne = RankOne.LARGEST,
    confidence_level: float = 0.95,
) -> RankSets:
    """Confidence sets for ranks from overlaps of the units' own intervals: simple, and wider.

    Estimate ± z × standard error with z at 1 - α^(1/K) (INDEPENDENT) or α / K (BONFERRONI); units whose
    intervals do not overlap are told apart (Klein, Wright & Wieczorek 2020, JRSS A 183). Raises
    `RankingError` for a level outside (0, 1).
    """
    _check_level(confidence_level)
    correction = chosen(Correction, correction, name="correction")
    rank_one = chosen(RankOne, rank_one, name="rank_one")
    count, outside = len(units.labels), 1 - confidence_level
    if correction is Correction.INDEPENDENT:
        outside = -np.expm1(np.log(confidence_level) / count)
    elif correction is Correction.BONFERRONI:
        outside = outside / count
    z = float(-ndtri(outside / 2))
    values = _oriented(units, rank_one)
    low, high = values - z * units.standard_errors, values + z * units.standard_errors
    beats = low[:, None] >= high
    return RankSets(
        units=_unit_ranks(units, values, lower=1 + beats.sum(axis=0), upper=count - beats.sum(axis=1)),
        rank_one=rank_one,
        method=f"Klein–Wright–Wieczorek, {correction}",
        confidence_level=confidence_level,
        critical_values=np.array([z]),
        left_out=units.left_out,
    )


def best_units(
    units: UnitEstimates,
    *,
    count: int = 1,
    rank_one: RankOne = RankOne.LARGEST,
    confidence_level: float = 0.95,
    draws: int = 10_000,
    seed: int = 1,
) -> tuple[object, ...]:
    """The labels of all units that may be among the first `count`; at the level, none that is is missing.

    Those whose simultaneous lower bound is `count` or less (Mogstad et al. 2024, §3.4). The worst units are
    the best with `rank_one=RankOne.SMALLEST`. Raises as `rank_sets`, and for a count outside 1 … units.
    """
    _check_count(count, units)
    sets = rank_sets(
        units,
        sides=Sides.LOWER,
        rank_one=rank_one,
        confidence_level=confidence_level,
        draws=draws,
        seed=seed,
    )
    return tuple(unit.label for unit in sets.units if unit.lower <= count)


def chances_among_first(
    units: UnitEstimates,
    *,
    count: int,
    rank_one: RankOne = RankOne.LARGEST,
    draws: int = 20_000,
    seed: int = 1,
) -> FloatArray:
    """How often each unit is among the first `count` when the estimates are drawn again; shape (units,).

    Drawn from the normal distribution around the estimates, with their covariance: a description of the
    uncertainty, not a confidence statement. Among the last: `rank_one=RankOne.SMALLEST`. Raises
    `RankingError` for no draws, and for a count outside 1 … units.
    """
    _check_count(count, units)
    drawn = units.values.astype(np.float32)[:, None] + units.draws(draws, seed=seed)
    if chosen(RankOne, rank_one, name="rank_one") is RankOne.SMALLEST:
        drawn = -drawn
    place = len(units.labels) - count  # of the last that is among the first, counted from the smallest
    last = np.partition(np.ascontiguousarray(drawn.T), place, axis=1)[:, place]
    return np.asarray((drawn >= last).mean(axis=1), dtype=np.float64)


def _oriented(units: UnitEstimates, rank_one: RankOne) -> FloatArray:
    """The values, with the sign that makes the largest the first."""
    return units.values if rank_one is RankOne.LARGEST else -units.values


def _unit_ranks(
    units: UnitEstimates, values: FloatArray, *, lower: IntArray, upper: IntArray
) -> tuple[UnitRank, ...]:
    ranks = 1 + (values[:, None] < values).sum(axis=1)
    columns = (units.values, units.standard_errors, ranks, lower, upper)
    return tuple(map(UnitRank, units.labels, *(column.tolist() for column in columns)))


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise RankingError(
            f"A confidence level lies between 0 and 1, not at {level}.", hint="Use 0.95 for 95%."
        )


def _check_count(count: int, units: UnitEstimates) -> None:
    if not 1 <= count <= len(units.labels):
        raise RankingError(
            f"{count} of {len(units.labels)} units cannot be first.",
            hint=f"Ask for 1 to {len(units.labels)}.",
        )
