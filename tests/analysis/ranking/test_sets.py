"""Confidence sets for ranks hold what they promise, and use the covariances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.errors import RankingError
from analysis.ranking import (
    Correction,
    Procedure,
    RankOne,
    RankSets,
    Scope,
    Sides,
    UnitEstimates,
    best_units,
    chances_among_first,
    rank_sets,
    rank_sets_of_intervals,
)

VALUES = np.array([0.9, 0.5, 0.7, 0.7, 0.2])
LABELS = ["a", "b", "c", "d", "e"]


def units(error: float = 0.05) -> UnitEstimates:
    return UnitEstimates.independent(LABELS, VALUES, standard_errors=np.full(5, error))


def test_equal_values_share_the_better_rank() -> None:
    sets = rank_sets(units())
    assert sets.ranks.tolist() == [1, 4, 2, 2, 5]
    assert rank_sets(units(), rank_one=RankOne.SMALLEST).ranks.tolist() == [5, 2, 3, 3, 1]


def test_small_errors_leave_one_rank_to_those_that_differ() -> None:
    sets = rank_sets(units(error=0.001))
    assert sets.lower.tolist() == [1, 4, 2, 2, 5]
    assert sets.upper.tolist() == [1, 4, 3, 3, 5]


def test_large_errors_leave_every_rank() -> None:
    sets = rank_sets(units(error=5.0))
    assert (sets.lower.tolist(), sets.upper.tolist()) == ([1] * 5, [5] * 5)


def test_two_units_are_compared_by_the_normal_quantile() -> None:
    """One pair: the largest of |Z| / s is |Z| / s, whose quantile is 1.96."""
    two = UnitEstimates.independent("ab", np.array([0.0, 1.0]), standard_errors=np.array([0.3, 0.4]))
    sets = rank_sets(two, draws=400_000, procedure=Procedure.SINGLE_STEP)
    assert sets.critical_values[0] == pytest.approx(stats.norm.ppf(0.975), abs=0.01)
    marginal = rank_sets(two, draws=400_000, scope=Scope.MARGINAL, sides=Sides.LOWER)
    assert marginal.critical_values == pytest.approx([stats.norm.ppf(0.95)] * 2, abs=0.01)


def test_independent_units_with_equal_errors_have_the_quantile_of_the_range() -> None:
    """Tukey: the largest pairwise difference is the studentized range over √2."""
    same = UnitEstimates.independent(range(8), np.zeros(8), standard_errors=np.ones(8))
    expected = stats.studentized_range.ppf(0.95, 8, np.inf) / np.sqrt(2)
    assert rank_sets(same, draws=100_000).critical_values[0] == pytest.approx(expected, abs=0.02)


def test_covariance_counts() -> None:
    """Errors in common do not blur differences: positively correlated units are told apart sooner."""
    together = np.full((5, 5), 0.98) + 0.02 * np.eye(5)
    correlated = UnitEstimates(tuple(LABELS), VALUES, 0.15**2 * together)
    assert rank_sets(correlated).upper.tolist() == [1, 4, 3, 3, 5]
    assert rank_sets(units(error=0.15)).upper.tolist() == [4, 5, 5, 5, 5]


def test_units_that_vary_as_one_are_not_told_apart() -> None:
    same = UnitEstimates(("a", "b"), np.array([1.0, 2.0]), np.full((2, 2), 0.25))
    assert rank_sets(same).upper.tolist() == [2, 2]


def test_stepping_down_can_only_narrow() -> None:
    rng = np.random.default_rng(0)
    many = UnitEstimates.independent(
        range(30), rng.normal(0, 1, 30), standard_errors=rng.uniform(0.1, 0.4, 30)
    )
    once = rank_sets(many, procedure=Procedure.SINGLE_STEP)
    steps = rank_sets(many, procedure=Procedure.STEPDOWN)
    assert (steps.lower >= once.lower).all()
    assert (steps.upper <= once.upper).all()
    assert (steps.upper - steps.lower).sum() < (once.upper - once.lower).sum()


def test_one_side_leaves_the_other_end_open() -> None:
    assert rank_sets(units(error=0.001), sides=Sides.LOWER).upper.tolist() == [5] * 5
    assert rank_sets(units(error=0.001), sides=Sides.UPPER).lower.tolist() == [1] * 5


def test_a_set_chosen_for_one_unit_is_no_wider_than_for_all() -> None:
    joint, single = rank_sets(units(error=0.1)), rank_sets(units(error=0.1), scope=Scope.MARGINAL)
    assert (single.lower >= joint.lower).all()
    assert (single.upper <= joint.upper).all()
    assert single.critical_values.shape == (5,)


def test_turning_the_order_around_turns_the_sets_around() -> None:
    down, up = rank_sets(units(error=0.08)), rank_sets(units(error=0.08), rank_one=RankOne.SMALLEST)
    assert up.lower.tolist() == (6 - down.upper).tolist()
    assert up.upper.tolist() == (6 - down.lower).tolist()


def test_the_same_seed_gives_the_same_sets() -> None:
    first, second, other = (rank_sets(units(), seed=seed).critical_values[0] for seed in (7, 7, 8))
    assert first == second
    assert first != other


def test_joint_sets_hold_all_true_ranks_together() -> None:
    """200 surveys of 12 units: all true ranks are inside in at least 95% less three standard errors."""
    rng = np.random.default_rng(11)
    truth = np.repeat([0.5, 0.6, 0.75, 0.9], 3)
    covariance = 0.04**2 * (0.3 * np.ones((12, 12)) + 0.7 * np.eye(12))
    lowest = 1 + (truth[:, None] < truth).sum(axis=1)
    last = 12 - (truth[:, None] > truth).sum(axis=1)
    held = 0
    for seed in range(200):
        values = rng.multivariate_normal(truth, covariance)
        sets = rank_sets(UnitEstimates(tuple(range(12)), values, covariance), draws=2000, seed=seed)
        held += bool(((sets.lower <= lowest) & (sets.upper >= last)).all())
    assert held / 200 >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 200)


def test_intervals_that_do_not_overlap_tell_units_apart() -> None:
    """Klein, Wright & Wieczorek: at α = 5% of five units each, z is 2.569 for independent units."""
    sets = rank_sets_of_intervals(units(error=0.03))
    assert sets.critical_values[0] == pytest.approx(stats.norm.ppf(1 - (1 - 0.95**0.2) / 2))
    assert sets.lower.tolist() == [1, 4, 2, 2, 5]
    assert sets.upper.tolist() == [1, 4, 3, 3, 5]
    wide = rank_sets_of_intervals(units(error=0.05), correction=Correction.BONFERRONI)
    assert wide.critical_values[0] == pytest.approx(stats.norm.ppf(1 - 0.005))
    assert wide.upper.tolist() == [3, 4, 4, 4, 5]


def test_the_best_units_are_those_that_may_be_first() -> None:
    assert best_units(units(error=0.001)) == ("a",)
    assert best_units(units(error=0.08)) == ("a", "c", "d")
    assert best_units(units(error=0.001), rank_one=RankOne.SMALLEST) == ("e",)
    assert best_units(units(error=0.001), count=2) == ("a", "c", "d")


def test_chances_of_two_units_are_those_of_the_normal_distribution() -> None:
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    two = UnitEstimates(("a", "b"), np.array([1.0, 1.3]), covariance)
    chance = stats.norm.cdf(0.3 / np.sqrt(0.04 + 0.09 - 0.02))
    chances = chances_among_first(two, count=1, draws=200_000)
    assert chances == pytest.approx([1 - chance, chance], abs=0.004)
    last = chances_among_first(two, count=1, rank_one=RankOne.SMALLEST, draws=200_000)
    assert last == pytest.approx([chance, 1 - chance], abs=0.004)


def test_chances_add_up_to_the_number_of_places() -> None:
    assert chances_among_first(units(), count=3).sum() == pytest.approx(3)
    assert chances_among_first(units(), count=5).tolist() == [1.0] * 5


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_outside_0_and_1_is_refused(level: float) -> None:
    for sets in (rank_sets, rank_sets_of_intervals):
        with pytest.raises(RankingError, match="between 0 and 1"):
            sets(units(), confidence_level=level)


@pytest.mark.parametrize("count", [0, 6])
def test_more_first_places_than_units_are_refused(count: int) -> None:
    with pytest.raises(RankingError, match=f"{count} of 5 units cannot be first"):
        best_units(units(), count=count)
    with pytest.raises(RankingError, match=f"{count} of 5 units cannot be first"):
        chances_among_first(units(), count=count)


def test_sets_print_in_the_order_of_ranks_and_say_how_they_were_made() -> None:
    left = UnitEstimates(("a", "b"), np.array([0.5, 0.9]), np.diag([0.01, 0.01]), left_out=("c",))
    sets: RankSets = rank_sets(left, seed=5)
    assert str(sets).splitlines() == [
        "95% confidence sets for ranks, Mogstad–Romano–Shaikh–Wilhelm, simultaneous, both sides, stepdown, "
        "10000 draws, seed 5 (1 = largest)",
        "b: rank 1 (1 to 1), 0.9",
        "a: rank 2 (2 to 2), 0.5",
        "without a rank: c",
    ]
    frame = sets.to_frame()
    assert frame.columns.tolist() == ["unit", "estimate", "standard_error", "rank", "rank_low", "rank_high"]
    assert frame["unit"].tolist() == ["a", "b"]
