"""Answers to the leaders' survey become a share, pooled or by group, no opinion left out."""

from decimal import Decimal
from fractions import Fraction

import pytest

from analysis.errors import AggregationError, EstimationError
from analysis.index.inputs import ShareInput
from analysis.index.leaf_points import score_leaf
from analysis.index.survey import Pooling, QuestionCounts, mean_share, survey_share

LETTERS = {"A": 100, "B": 60, "C": 20, "D": 0, "none": None}


def question(code="Q1", **counts):
    return QuestionCounts(code=code, weights=LETTERS, counts=counts)


def test_twelve_a_six_b_two_c_are_80_percent_and_280_of_350_points(leaf_of):
    result = survey_share([question(all={"A": 12, "B": 6, "C": 2, "D": 0})], pooling=Pooling.POOLED)
    assert (result.share, result.n) == (Fraction(4, 5), 20)
    leaf = leaf_of("SURVEY", kind="SURVEY", questions="Q1", max_points="3.5")
    assert score_leaf(leaf, ShareInput(result.share)).points == Decimal("2.80")


def test_no_opinion_is_left_out_of_the_denominator():
    result = survey_share([question(all={"A": 3, "D": 1, "none": 96})], pooling=Pooling.POOLED)
    assert (result.share, result.n) == (Fraction(3, 4), 4)


def test_pooling_and_group_means_differ_when_groups_differ_in_size():
    answers = question(deputies={"A": 1, "D": 1}, heads={"A": 8})
    assert survey_share([answers], pooling=Pooling.POOLED).share == Fraction(9, 10)
    assert survey_share([answers], pooling=Pooling.GROUP_MEANS).share == Fraction(3, 4)


def test_a_word_pools_as_its_member_does_and_an_unknown_one_is_refused():
    answers = question(deputies={"A": 1, "D": 1}, heads={"A": 8})
    assert survey_share([answers], pooling=str(Pooling.POOLED)).share == Fraction(9, 10)
    assert survey_share([answers], pooling=str(Pooling.GROUP_MEANS)).share == Fraction(3, 4)
    with pytest.raises(EstimationError, match="Choose one of"):
        survey_share([answers], pooling="together")


def test_group_means_follow_the_weights_of_the_round():
    answers = question(deputies={"A": 1, "D": 1}, heads={"A": 8})
    weighted = survey_share(
        [answers],
        pooling=Pooling.GROUP_MEANS,
        group_weights={"deputies": Decimal("0.6"), "heads": Decimal("0.4")},
    )
    assert weighted.share == Fraction(7, 10)


def test_weights_equal_to_group_sizes_give_the_pooled_share():
    answers = question(deputies={"A": 1, "D": 1}, heads={"A": 8})
    by_size = survey_share([answers], pooling=Pooling.GROUP_MEANS, group_weights={"deputies": 2, "heads": 8})
    assert by_size.share == survey_share([answers], pooling=Pooling.POOLED).share


def test_a_silent_group_is_named_and_weighs_nothing():
    answers = question(deputies={"none": 5}, heads={"A": 1, "B": 1})
    result = survey_share([answers], pooling=Pooling.GROUP_MEANS, group_weights={"heads": 1})
    assert (result.share, result.by_question[0].silent_groups) == (Fraction(4, 5), ("deputies",))


def test_the_share_of_a_leaf_is_the_mean_over_its_answered_questions():
    result = survey_share(
        [question("Q1", all={"A": 1}), question("Q2", all={"C": 4}), question("Q3", all={"none": 2})],
        pooling=Pooling.POOLED,
    )
    assert (result.share, result.questions_without_answers) == (Fraction(3, 5), ("Q3",))


def test_no_answer_at_all_is_no_share():
    result = survey_share([question(all={})], pooling=Pooling.GROUP_MEANS)
    assert (result.share, result.n) == (None, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: survey_share([], pooling=Pooling.POOLED),
        lambda: mean_share([]),
        lambda: survey_share([question(a={"A": 1})], pooling=Pooling.POOLED, group_weights={"a": 1}),
        lambda: survey_share([question(a={"A": 1})], pooling=Pooling.GROUP_MEANS, group_weights={}),
        lambda: survey_share([question(a={"A": 1})], pooling=Pooling.GROUP_MEANS, group_weights={"a": -1}),
        lambda: question(a={"E": 1}),
        lambda: question(a={"A": -1}),
        lambda: QuestionCounts(code="Q1", weights={"A": 101}, counts={}),
    ],
)
def test_answers_and_weights_that_cannot_be_are_refused(wrong):
    with pytest.raises(AggregationError):
        wrong()
