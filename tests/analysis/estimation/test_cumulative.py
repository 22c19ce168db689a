"""Quantile rules: which answer is the quantile, on ties above all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.estimation.cumulative import BY_VALUE, Distribution, order
from analysis.estimation.settings import QuantileRule
from analysis.stages import FloatArray

RULES = [rule for rule in QuantileRule if rule is not QuantileRule.SHAHVAISH_UNSCALED]


def distribution(answers: list[float], weights: list[float], rule: QuantileRule) -> Distribution:
    values = np.array(answers, dtype=np.float64)
    one = order(values, domain=np.zeros(values.size, dtype=np.int64), domain_count=1, rule=rule)
    return one.distributions(np.array(weights, dtype=np.float64))[0]


def read(answers: list[float], p: float, rule: QuantileRule, *, weights: list[float] | None = None) -> float:
    told = distribution(answers, weights or [1.0] * len(answers), rule)
    return float(told.at(np.array([p]), rule)[0])


def test_rules_differ_where_the_share_is_exactly_p() -> None:
    """Trap 9: half of these answers are 4 or less, so that the rules disagree about the median."""
    answers = [1.0, 2, 4, 4, 5, 5, 5, 5]
    assert read(answers, 0.5, QuantileRule.MATH) == 4
    assert read(answers, 0.5, QuantileRule.SCHOOL) == 4.5
    assert read(answers, 0.5, QuantileRule.HF3) == 5  # 4 is the third value, and odd ranks give way
    # SAS interpolates the distribution between values instead, F(2) = 1/4 and F(4) = 1/2
    assert pytest.approx(3.2) == 2 + (4 - 2) * (0.4 - 0.25) / (0.5 - 0.25)
    assert read(answers, 0.4, QuantileRule.MATH) == 4


@pytest.mark.parametrize(
    ("rule", "expected"),
    [  # quantile(c(1, 2, 4, 8, 16), .3, type = 4 … 9) in R 4.2.2; without weights these are Hyndman & Fan's
        (QuantileRule.HF4, 1.5),
        (QuantileRule.HF5, 2.0),
        (QuantileRule.HF6, 1.8),
        (QuantileRule.HF7, 2.4),
        (QuantileRule.HF8, 1.9333333333),
        (QuantileRule.HF9, 1.95),
    ],
)
def test_equal_weights_give_the_definitions_of_hyndman_and_fan(rule: QuantileRule, expected: float) -> None:
    assert read([16.0, 1, 4, 2, 8], 0.3, rule) == pytest.approx(expected)


def test_first_answer_holds_every_probability_up_to_its_share() -> None:
    for rule in (QuantileRule.MATH, QuantileRule.SCHOOL, QuantileRule.HF3, QuantileRule.HF4):
        assert read([1.0, 1, 2], 0.1, rule) == 1
        assert read([1.0, 1, 2], 0, rule) == 1


def test_shah_and_vaish_does_not_ask_for_the_scale_of_the_weights() -> None:
    answers, weights = [1.0, 2, 3, 4, 5], [2.0, 1, 1, 3, 1]
    scaled = [30 * weight for weight in weights]
    rule, other = QuantileRule.SHAHVAISH, QuantileRule.SHAHVAISH_UNSCALED
    assert read(answers, 0.5, rule, weights=scaled) == read(answers, 0.5, rule, weights=weights)
    assert read(answers, 0.5, other, weights=scaled) != read(answers, 0.5, other, weights=weights)


def test_tie_survives_sums_that_are_not_exact() -> None:
    """0.1 + 0.2 is not 0.3 in binary; the share 3 / 6 is a tie all the same."""
    assert read([1.0, 2, 3], 0.5, QuantileRule.SCHOOL, weights=[0.1, 0.2, 0.3]) == 2.5


def test_probability_outside_the_unit_interval_has_no_quantile() -> None:
    told = distribution([1.0, 2], [1.0, 1], QuantileRule.MATH).at(
        np.array([-0.1, 1.1, np.nan]), QuantileRule.MATH
    )
    assert np.isnan(told).all()


def test_nobody_answered() -> None:
    empty = Distribution(np.empty(0), np.empty(0))
    assert np.isnan(empty.at(np.array([0.5]), QuantileRule.HF7)).all()


def test_negative_calibrated_weight_is_read_from_the_right() -> None:
    """F is 0.5, 0.4, 1: at 0.45 the last value with F at most 0.45 is the second."""
    told = Distribution(np.array([1.0, 2, 3]), np.array([5.0, -1, 6]))
    assert told.cumulative == pytest.approx([0.4, 0.4, 1])
    assert told.at(np.array([0.45]), QuantileRule.MATH) == 3


def test_many_values_and_few_are_summed_alike() -> None:
    values = np.array([3.0, 1, 2, 1, 3, np.nan, 2])
    domain = np.array([0, 0, 1, 1, 1, 0, -1])
    few = order(values, domain=domain, domain_count=2, rule=QuantileRule.MATH)
    many = order(values, domain=domain, domain_count=2, rule=QuantileRule.HF4)
    weights = np.arange(1.0, 8.0)
    for one, other in zip(few.distributions(weights), many.distributions(weights), strict=True):
        assert one.values.tolist() == other.values.tolist()
        assert one.weights.tolist() == other.weights.tolist()
    spread = order(np.arange(40.0), domain=np.arange(40), domain_count=40, rule=QuantileRule.MATH)
    assert [each.values.tolist() for each in spread.distributions(np.ones(40))] == [[n] for n in range(40)]


answer_lists = st.lists(st.integers(1, 5), min_size=1, max_size=30)


@given(answers=answer_lists, seed=st.integers(0, 99), rule=st.sampled_from(RULES))
def test_quantiles_rise_with_the_probability_and_stay_among_the_answers(
    answers: list[int], seed: int, rule: QuantileRule
) -> None:
    weights = np.random.default_rng(seed).uniform(0.5, 3, len(answers)).tolist()
    told: FloatArray = distribution([float(each) for each in answers], weights, rule).at(
        np.linspace(0, 1, 21), rule
    )
    assert np.all(np.diff(told) >= -1e-12)
    assert min(answers) <= told[0]
    assert told[-1] <= max(answers)


@given(answers=answer_lists, seed=st.integers(0, 99), rule=st.sampled_from(sorted(BY_VALUE)))
def test_rules_of_values_do_not_see_the_order_of_the_rows(
    answers: list[int], seed: int, rule: QuantileRule
) -> None:
    generator = np.random.default_rng(seed)
    weights = generator.integers(1, 9, len(answers)).astype(float)
    shuffled = generator.permutation(len(answers))
    p = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    one = distribution([float(each) for each in answers], weights.tolist(), rule)
    other = distribution([float(answers[place]) for place in shuffled], weights[shuffled].tolist(), rule)
    assert one.at(p, rule).tolist() == other.at(p, rule).tolist()
