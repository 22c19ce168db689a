"""Figures on too few answers are withheld, and no shown total gives a withheld cell away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import SuppressionError
from analysis.suppression import (
    Audience,
    Reason,
    SuppressionRules,
    Verdict,
    judge_cell,
    judge_group,
)

RULES = SuppressionRules()


@pytest.mark.parametrize(
    ("n", "audience", "verdict", "reason"),
    [
        (0, Audience.INTERNAL, Verdict.WITHHELD, Reason.NO_ANSWERS),
        (4, Audience.INTERNAL, Verdict.WITHHELD, Reason.TOO_FEW_TO_SHOW),
        (5, Audience.INTERNAL, Verdict.SHOWN, Reason.ENOUGH_ANSWERS),
        (4, Audience.PUBLIC, Verdict.WITHHELD, Reason.TOO_FEW_TO_SHOW),
        (5, Audience.PUBLIC, Verdict.WITHHELD, Reason.TOO_FEW_TO_PUBLISH),
        (29, Audience.PUBLIC, Verdict.WITHHELD, Reason.TOO_FEW_TO_PUBLISH),
        (30, Audience.PUBLIC, Verdict.SHOWN, Reason.ENOUGH_ANSWERS),
    ],
)
def test_thresholds_hold_at_their_edges(n, audience, verdict, reason):
    judged = judge_cell(n, rules=RULES, audience=audience)
    assert (judged.n, judged.verdict, judged.reason) == (n, verdict, reason)


def test_an_audience_given_by_its_word_is_that_audience():
    assert judge_cell(29, rules=RULES, audience="public").reason is Reason.TOO_FEW_TO_PUBLISH
    assert judge_cell(29, rules=RULES, audience="internal").reason is Reason.ENOUGH_ANSWERS
    assert judge_cell(29, rules=RULES, audience="press").reason is Reason.TOO_FEW_TO_PUBLISH


def test_thresholds_are_data():
    rules = SuppressionRules(code="strict/1", never_shown_below=10, not_published_below=100)
    assert judge_cell(99, rules=rules, audience=Audience.PUBLIC).reason is Reason.TOO_FEW_TO_PUBLISH
    assert judge_cell(9, rules=rules, audience=Audience.INTERNAL).reason is Reason.TOO_FEW_TO_SHOW


def test_rules_that_publish_what_nobody_may_see_are_refused():
    with pytest.raises(SuppressionError, match="never shown below 30"):
        SuppressionRules(never_shown_below=30, not_published_below=5)


def reasons(counts, audience):
    return {
        cell: judged.reason
        for cell, judged in judge_group(counts, rules=RULES, audience=audience).cells.items()
    }


def test_one_withheld_cell_takes_the_next_smallest_with_it():
    assert reasons({"a": 3, "b": 60, "c": 45}, Audience.INTERNAL) == {
        "a": Reason.TOO_FEW_TO_SHOW,
        "b": Reason.ENOUGH_ANSWERS,
        "c": Reason.COMPLEMENTARY,
    }


def test_equal_cells_are_taken_by_code():
    assert reasons({"z": 45, "y": 45, "a": 20}, Audience.PUBLIC) == {
        "z": Reason.ENOUGH_ANSWERS,
        "y": Reason.COMPLEMENTARY,
        "a": Reason.TOO_FEW_TO_PUBLISH,
    }


def test_two_withheld_cells_of_many_answers_need_no_third():
    assert reasons({"a": 10, "b": 12, "c": 45}, Audience.PUBLIC)["c"] is Reason.ENOUGH_ANSWERS


def test_two_withheld_cells_of_a_few_persons_together_need_a_third():
    assert reasons({"a": 1, "b": 2, "c": 45, "d": 50}, Audience.INTERNAL) == {
        "a": Reason.TOO_FEW_TO_SHOW,
        "b": Reason.TOO_FEW_TO_SHOW,
        "c": Reason.COMPLEMENTARY,
        "d": Reason.ENOUGH_ANSWERS,
    }


def test_an_empty_cell_protects_nobody():
    assert reasons({"a": 3, "b": 0, "c": 45}, Audience.INTERNAL)["c"] is Reason.COMPLEMENTARY


def test_nothing_is_added_when_the_total_is_withheld_too():
    verdict = judge_group({"a": 3, "b": 26}, rules=RULES, audience=Audience.PUBLIC)
    assert verdict.total.verdict is Verdict.WITHHELD
    assert {judged.reason for judged in verdict.cells.values()} == {
        Reason.TOO_FEW_TO_SHOW,
        Reason.TOO_FEW_TO_PUBLISH,
    }


def test_nothing_is_added_when_every_cell_is_large():
    assert set(reasons({"a": 30, "b": 31, "c": 0}, Audience.PUBLIC).values()) == {
        Reason.ENOUGH_ANSWERS,
        Reason.NO_ANSWERS,
    }


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 60), min_size=1), st.sampled_from(list(Audience)))
def test_a_shown_total_minus_the_shown_cells_never_speaks_about_a_few_persons(counts, audience):
    verdict = judge_group(counts, rules=RULES, audience=audience)
    hidden = [
        judged.n for judged in verdict.cells.values() if judged.verdict is Verdict.WITHHELD and judged.n
    ]
    assert list(verdict.cells) == list(counts)
    if verdict.total.verdict is Verdict.SHOWN and hidden:
        assert len(hidden) >= 2
        assert sum(hidden) >= RULES.never_shown_below


def test_a_negative_count_is_refused():
    with pytest.raises(SuppressionError):
        judge_cell(-1, rules=RULES, audience=Audience.INTERNAL)
