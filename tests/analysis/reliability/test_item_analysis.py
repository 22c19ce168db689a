"""Item statistics from the answers there are; the reference entry compares the numbers with psych::alpha."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import EstimationError
from analysis.reliability import item_analysis


def test_complete_answers_have_the_textbook_alpha():
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 1, 4, 3, 5], "c": [1, 3, 2, 5, 4]})
    found = item_analysis(frame, ["a", "b", "c"])
    total = frame.sum(axis=1)
    assert found.alpha == pytest.approx(1.5 * (1 - frame.var().sum() / total.var()))
    assert found.average_correlation == pytest.approx((0.8 + 0.8 + 0.3) / 3)
    r = found.average_correlation
    assert found.standardized_alpha == pytest.approx(3 * r / (1 + 2 * r))
    assert found.item_rest_correlation[0] == pytest.approx(frame["a"].corr(frame["b"] + frame["c"]))
    assert found.alpha_if_dropped[2] == pytest.approx(item_analysis(frame, ["a", "b"]).alpha)


def test_two_items_have_none_to_drop():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]})
    assert np.isnan(item_analysis(frame, ["a", "b"]).alpha_if_dropped).all()


def test_items_without_an_alpha_together_are_named():
    frame = pd.DataFrame({"a": [1, 2, np.nan, np.nan], "b": [np.nan, np.nan, 1, 2], "c": [5, 5, 5, 5]})
    with pytest.raises(EstimationError, match="no variation in c; fewer than two rows answered a with b"):
        item_analysis(frame, ["a", "b", "c"])


def test_result_prints_a_table():
    text = str(item_analysis(pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]}), ["a", "b"]))
    assert text.splitlines()[:2] == [
        "2 items, 3 rows, pairwise complete, unweighted",
        "alpha 0.6667, standardized 0.6667, average correlation 0.5000",
    ]


def test_items_that_cancel_each_other_have_no_alpha() -> None:
    """A reversed item that was not turned: the sum does not vary, and NaN would be told as alpha."""
    frame = pd.DataFrame({"a": [1, 2, 3, 4], "b": [4, 3, 2, 1]})
    with pytest.raises(EstimationError, match="their sum does not vary"):
        item_analysis(frame, ["a", "b"])


def test_an_item_beside_others_that_cancel_has_no_correlation_with_them() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3, 4], "b": [4, 3, 2, 1], "c": [1, 3, 2, 5]})
    assert np.isnan(item_analysis(frame, ["a", "b", "c"]).item_rest_correlation).tolist() == [
        False,
        False,
        True,
    ]
