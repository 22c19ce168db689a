"""Respondents take over the weight of their class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import WeightingError
from analysis.weighting import adjust_for_nonresponse


def test_factor_is_the_weight_of_the_eligible_over_that_of_the_respondents() -> None:
    adjusted = adjust_for_nonresponse(
        [10, 20, 30, 5, 5],
        responded=[True, False, True, True, False],
        classes=["urban", "urban", "urban", "rural", "rural"],
    )
    assert dict(adjusted.factors) == {"rural": 2.0, "urban": 1.5}
    assert list(adjusted.weights) == [15, 0, 45, 10, 0]
    assert dict(adjusted.eligible_counts) == {"rural": 2, "urban": 3}
    assert dict(adjusted.respondent_counts) == {"rural": 1, "urban": 2}


def test_those_not_eligible_need_nobody_to_stand_for_them() -> None:
    adjusted = adjust_for_nonresponse(
        [10, 20, 30], responded=[True, False, False], classes=[1, 1, 1], eligible=[True, True, False]
    )
    assert list(adjusted.weights) == [30, 0, 0]


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(WeightingError) as refusal:
        adjust_for_nonresponse(
            [1, 1, 1, 1, 0],
            responded=[True, False, True, True, True],
            classes=["a", "b", None, "a", "a"],
            eligible=[True, True, True, False, True],
        )
    assert [str(problem) for problem in refusal.value.problems] == [
        "rows 3: have no class",
        "rows 4: responded but are not eligible",
        "rows 5: have no design weight above 0",
        "class b: has no respondent; join it with a similar class",
    ]


@given(
    people=st.lists(
        st.tuples(st.floats(0.1, 100), st.booleans(), st.integers(0, 2)), min_size=1, max_size=30
    ).map(lambda rows: [(1.0, True, cls) for cls in range(3)] + rows)
)
def test_weight_of_every_class_is_kept(people: list[tuple[float, bool, int]]) -> None:
    weight, responded, classes = (np.array(column) for column in zip(*people, strict=True))
    adjusted = adjust_for_nonresponse(weight, responded=responded, classes=classes)
    kept = np.bincount(classes, weights=adjusted.weights)
    assert kept == pytest.approx(np.bincount(classes, weights=weight), rel=1e-12)
    assert (adjusted.weights[responded] > 0).all()


def test_whoever_is_not_known_to_have_responded_is_no_respondent() -> None:
    """Missing is never an answer: a missing outcome, which NumPy reads as true, is refused by row."""
    with pytest.raises(WeightingError) as refusal:
        adjust_for_nonresponse(
            [1, 1, 1],
            responded=[1.0, np.nan, 0.0],
            classes=["a", "a", "a"],
            eligible=np.array([True, None, 2], dtype=object),
        )
    assert [str(problem) for problem in refusal.value.problems] == [
        "responded: is neither true nor false in rows 2",
        "eligible: is neither true nor false in rows 2, 3",
    ]


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(WeightingError, match="responded: has the shape \\(2,\\); give one value a row, 3"):
        adjust_for_nonresponse([1, 1, 1], responded=[True, False], classes=["a", "a", "a"])
    with pytest.raises(WeightingError, match="classes: has the shape \\(1,\\); give one value a row, 3"):
        adjust_for_nonresponse([1, 1, 1], responded=[True, False, True], classes=["a"])
