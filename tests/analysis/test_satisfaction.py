"""The official rates, their aggregation and the published national figures they must reproduce."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.display import half_up, percentage
from analysis.errors import AggregationError, ScaleError
from analysis.satisfaction import (
    AGGREGATION_RULES,
    Content,
    Factor,
    SatisfactionStructure,
    aggregation_rule,
    combine_group_rates,
    satisfaction,
)
from analysis.scales import FIVE_LEVELS, Scale, level_shares, mean_score

TWO_CONTENTS = SatisfactionStructure(
    contents=(
        Content("policy", (Factor("A", ("a1", "a2")), Factor("B", ("b1", "b2", "b3")))),
        Content("service", (Factor("C", ("c1",)),)),
    ),
    scale=FIVE_LEVELS,
)
COUNTS = {
    "a1": {5: 3, 4: 4, 3: 2, 1: 1},  # 7 of 10
    "a2": {4: 1, 3: 1},  # 1 of 2
    "b1": {5: 9, 2: 1},  # 9 of 10
    "b2": {4: 2, 3: 2},  # 2 of 4
    "b3": {4: 1, 1: 4},  # 1 of 5
    "c1": {5: 1, 3: 2},  # 1 of 3
}


def rates(groups):
    return {group.code: group.rate for group in groups}


def test_an_item_rate_is_the_exact_share_of_the_two_top_levels_neutral_not_among_them():
    item = satisfaction(TWO_CONTENTS, COUNTS).items[0]
    assert (item.code, item.rate, item.n, item.satisfied) == ("a1", Fraction(7, 10), 10, 7)


def test_item_mean_takes_the_mean_of_item_rates_at_every_step():
    result = satisfaction(TWO_CONTENTS, COUNTS)
    assert rates(result.factors) == {"A": Fraction(3, 5), "B": Fraction(8, 15), "C": Fraction(1, 3)}
    assert rates(result.contents) == {"policy": Fraction(14, 25), "service": Fraction(1, 3)}
    assert result.overall.rate == Fraction(47, 90)
    assert (result.rule, result.overall.rule) == ("item-mean/1", "item-mean/1")


def test_overall_under_item_mean_is_the_item_count_weighted_mean_of_the_contents():
    result = satisfaction(TWO_CONTENTS, COUNTS)
    assert result.overall.rate == combine_group_rates(
        [(content.rate, len(content.rated_items)) for content in result.contents]
    )


def test_the_other_rules_give_their_own_figures_and_say_so():
    pooled = satisfaction(TWO_CONTENTS, COUNTS, rule="pooled/1")
    assert rates(pooled.contents) == {"policy": Fraction(20, 31), "service": Fraction(1, 3)}
    assert (pooled.overall.rate, pooled.overall.rule) == (Fraction(21, 34), "pooled/1")
    factor_mean = satisfaction(TWO_CONTENTS, COUNTS, rule="factor-mean/1")
    assert rates(factor_mean.contents) == {"policy": Fraction(17, 30), "service": Fraction(1, 3)}
    assert factor_mean.overall.rate == Fraction(22, 45)


def test_an_unknown_rule_is_refused_with_the_known_ones():
    with pytest.raises(AggregationError) as refused:
        aggregation_rule("content-mean/1")
    assert refused.value.hint == "Known rules: item-mean/1, pooled/1, factor-mean/1."
    assert list(AGGREGATION_RULES) == ["item-mean/1", "pooled/1", "factor-mean/1"]


def test_an_item_nobody_answered_has_no_rate_and_is_named_not_counted_as_zero():
    result = satisfaction(TWO_CONTENTS, {**COUNTS, "a2": {}})
    factor = result.factors[0]
    assert result.items[1].rate is None
    assert (factor.rate, factor.item_count) == (Fraction(7, 10), 2)
    assert (factor.rated_items, factor.items_without_answers) == (("a1",), ("a2",))


def test_a_factor_nobody_answered_has_no_rate_and_leaves_the_rest_alone():
    only_c = satisfaction(TWO_CONTENTS, {"c1": {5: 1, 3: 2}}, rule="factor-mean/1")
    assert rates(only_c.factors) == {"A": None, "B": None, "C": Fraction(1, 3)}
    assert (only_c.contents[0].rate, only_c.overall.rate) == (None, Fraction(1, 3))


def test_no_answers_at_all_is_no_figure():
    for rule in AGGREGATION_RULES:
        assert satisfaction(TWO_CONTENTS, {}, rule=rule).overall.rate is None


def test_counts_of_items_outside_the_structure_are_refused():
    with pytest.raises(AggregationError, match="z9"):
        satisfaction(TWO_CONTENTS, {"z9": {5: 1}})


def test_a_level_off_the_scale_is_refused():
    with pytest.raises(ScaleError, match=r"Item a1: \[9\]"):
        satisfaction(TWO_CONTENTS, {"a1": {9: 4}})


def test_a_structure_that_uses_an_item_twice_is_refused():
    with pytest.raises(AggregationError, match="item x"):
        SatisfactionStructure((Content("c", (Factor("f", ("x", "x")),)),), FIVE_LEVELS)


def test_a_structure_with_an_empty_factor_is_refused():
    with pytest.raises(AggregationError, match="nothing below f"):
        SatisfactionStructure((Content("c", (Factor("f", ()),)),), FIVE_LEVELS)


@pytest.mark.golden
def test_o3_policy_and_service_of_2024_make_the_published_overall_index():
    overall = combine_group_rates([(Decimal("83.84"), 23), (Decimal("84.09"), 16)])
    assert half_up(overall) == Decimal("83.94")


@pytest.mark.golden
def test_o3_would_not_be_met_by_the_plain_mean_of_the_contents():
    assert half_up(combine_group_rates([(Decimal("83.84"), 1), (Decimal("84.09"), 1)])) == Decimal("83.97")


@pytest.mark.golden
def test_o4_the_service_factors_of_2023_do_not_reproduce_the_implied_service_index():
    factors = [Decimal(text) for text in ("83.00", "83.02", "83.12", "83.03", "82.27")]
    plain = half_up(combine_group_rates([(factor, 1) for factor in factors]))
    by_items = half_up(combine_group_rates(list(zip(factors, (3, 4, 3, 3, 3), strict=True))))
    assert (plain, by_items) == (Decimal("82.89"), Decimal("82.90"))
    implied = Decimal("84.09") - Decimal("1.12")
    assert implied == Decimal("82.97")


def test_groups_cannot_be_combined_without_items_or_without_groups():
    with pytest.raises(AggregationError):
        combine_group_rates([])
    with pytest.raises(AggregationError):
        combine_group_rates([(Decimal("80"), 0)])


@given(
    st.dictionaries(
        st.sampled_from(TWO_CONTENTS.items), st.dictionaries(st.integers(1, 5), st.integers(0, 1000))
    ),
    st.sampled_from(list(AGGREGATION_RULES)),
)
def test_every_figure_lies_between_the_lowest_and_the_highest_item_rate(counts, rule):
    result = satisfaction(TWO_CONTENTS, counts, rule=rule)
    item_rates = [item.rate for item in result.items if item.rate is not None]
    for group in (*result.factors, *result.contents, result.overall):
        if group.rate is not None:
            assert min(item_rates) <= group.rate <= max(item_rates)
    assert (result.overall.rate is None) == (not item_rates)


@given(st.dictionaries(st.integers(1, 5), st.integers(0, 1000)))
def test_a_distribution_closes_at_one(counts):
    shares = level_shares(counts, FIVE_LEVELS)
    assert [share.level for share in shares] == [1, 2, 3, 4, 5]
    if sum(counts.values()):
        assert sum(share.share for share in shares) == 1
    else:
        assert [share.share for share in shares] == [None] * 5


@pytest.mark.golden
def test_o5_the_published_distribution_of_2024_closes():
    shares = level_shares({1: 96, 2: 898, 3: 9006}, Scale("three", (1, 2, 3), 2))
    assert [percentage(share.share) for share in shares] == [
        Decimal("0.96"),
        Decimal("8.98"),
        Decimal("90.06"),
    ]


def test_the_mean_score_is_exact_and_carries_its_scale():
    score = mean_score({5: 1, 4: 1, 1: 1}, FIVE_LEVELS)
    assert (score.mean, score.n, score.lowest, score.highest) == (Fraction(10, 3), 3, 1, 5)
    assert mean_score({}, FIVE_LEVELS).mean is None


def test_a_scale_must_rise_and_be_satisfied_from_one_of_its_levels():
    with pytest.raises(ScaleError, match="do not rise"):
        Scale("s", (3, 2, 1), 2)
    with pytest.raises(ScaleError, match="not one of its levels"):
        Scale("s", (1, 2, 3), 4)
    assert FIVE_LEVELS.satisfied_levels == (4, 5)
