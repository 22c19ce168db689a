"""Distances and pace, worked by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import QualityError
from analysis.quality import IndexStatus, mahalanobis_distance, outlying_probability, seconds_per_item


def test_distance_of_complete_answers_is_the_textbook_one():
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(50, 3)), columns=list("abc"))
    apart = (frame - frame.mean()).to_numpy()
    expected = np.sum(apart @ np.linalg.inv(np.cov(frame.T)) * apart, axis=1)
    found = mahalanobis_distance(frame, list("abc"))
    assert found.values == pytest.approx(expected)
    assert found.values.sum() == pytest.approx(3 * 49)


def test_a_missing_answer_counts_as_the_mean():
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(50, 3)), columns=list("abc"))
    frame.loc[0, "b"] = np.nan
    frame.loc[1] = np.nan
    found = mahalanobis_distance(frame, list("abc"))
    covariance = frame.cov().to_numpy()
    apart = (frame.loc[0] - frame.mean()).fillna(0).to_numpy()
    assert found.values[0] == pytest.approx(apart @ np.linalg.solve(covariance, apart))
    assert found.status[1] is IndexStatus.TOO_FEW_ANSWERS


def test_distances_of_normal_answers_are_chi_square():
    frame = pd.DataFrame(np.random.default_rng(2).normal(size=(20_000, 4)), columns=list("abcd"))
    chance = outlying_probability(mahalanobis_distance(frame, list("abcd")).values, item_count=4)
    assert (chance <= 0.01).mean() == pytest.approx(0.01, abs=0.002)


def test_items_without_inverse_covariances_are_refused():
    frame = pd.DataFrame({"a": [1, 2, 3, 5], "b": [2, 1, 4, 4], "flat": [3, 3, 3, 3]})
    frame["sum"] = frame["a"] + frame["b"]
    with pytest.raises(QualityError, match="answers to flat do not vary"):
        mahalanobis_distance(frame, ["a", "b", "flat"])
    with pytest.raises(QualityError, match="have no inverse"):
        mahalanobis_distance(frame, ["a", "b", "sum"])


PACE = pd.DataFrame(
    {
        "seconds": [20, 8, 40, np.nan, 10, 3],
        "unit": ["u1", "u1", "u1", "u1", "u2", "u2"],
        "a": [1, 1, 1, 1, 1, np.nan],
        "b": [1, 1, 1, 1, np.nan, np.nan],
    }
)


def test_pace_counts_answered_items_and_compares_within_the_unit():
    pace, share = seconds_per_item(PACE, seconds="seconds", items=["a", "b"], within="unit")
    assert pace.values[[0, 1, 2, 4]].tolist() == [10, 4, 20, 10]
    assert share.values[[0, 1, 2, 4]].tolist() == [1, 0.4, 2, 1]
    assert pace.status[[3, 5]].tolist() == [IndexStatus.NO_TIME, IndexStatus.TOO_FEW_ANSWERS]


def test_without_units_the_median_is_everybodys():
    _, share = seconds_per_item(PACE, seconds="seconds", items=["a", "b"])
    assert share.method == "seconds per item ÷ median of everybody"
    assert share.values[0] == 1


def test_time_does_not_run_backwards():
    with pytest.raises(QualityError, match="below zero in rows 1"):
        seconds_per_item(PACE.assign(seconds=[1, -1, 1, 1, 1, 1]), seconds="seconds", items=["a"])
    with pytest.raises(QualityError, match="no column ward"):
        seconds_per_item(PACE, seconds="seconds", items=["a"], within="ward")
