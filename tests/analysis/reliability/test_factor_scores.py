"""Factor scores use the answers there are, when there are enough, and are those of factanal when all are."""

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import EstimationError
from analysis.reliability import mean_scores, regression_scores
from analysis.sample import Sample

ITEMS = ["q1", "q2", "q3", "q4", "q5", "q6"]
FRAME = pd.DataFrame(
    {"a": [5, 4, np.nan, np.nan], "b": [3, np.nan, np.nan, 2], "c": [1, 2, np.nan, np.nan]},
    index=[10, 20, 30, 40],
)
FACTORS = {"service": ["a", "b", "c"], "place": ["c"]}


def test_mean_of_the_answered_items_when_half_are_answered():
    found = mean_scores(FRAME, FACTORS)
    expected = pd.DataFrame(
        {"service": [3, 3, np.nan, np.nan], "place": [1, 2, np.nan, np.nan]}, index=[10, 20, 30, 40]
    )
    pd.testing.assert_frame_equal(found.to_frame(), expected)
    assert found.answered.tolist() == [[3, 1], [2, 1], [0, 0], [1, 0]]
    assert str(found) == (
        "Factor scores (mean of the answered items, 50% or more answered): "
        "service (2 of 4 rows), place (2 of 4 rows)"
    )


def test_how_many_may_be_missing_is_a_rule():
    strict = mean_scores(FRAME, {"service": ["a", "b", "c"]}, least_answered_share=1.0).values[:, 0]
    lenient = mean_scores(FRAME, {"service": ["a", "b", "c"]}, least_answered_share=0.1).values[:, 0]
    assert np.isnan(strict).tolist() == [False, True, True, True]
    assert np.isnan(lenient).tolist() == [False, False, True, False]


def test_item_weights_count_among_the_answered():
    found = mean_scores(FRAME, {"service": ["a", "b", "c"]}, item_weights={"a": 3})
    assert found.values[:2, 0].tolist() == [(15 + 3 + 1) / 5, (12 + 2) / 4]


@pytest.mark.parametrize("weights", [{"z": 1}, {"a": 0}, {"a": -1}])
def test_item_weights_of_nothing_are_refused(weights):
    with pytest.raises(EstimationError, match="Item weights"):
        mean_scores(FRAME, FACTORS, item_weights=weights)


def test_shares_outside_zero_to_one_are_refused():
    with pytest.raises(EstimationError, match=r"\(0, 1\]"):
        mean_scores(FRAME, FACTORS, least_answered_share=50)


@pytest.mark.golden
def test_regression_scores_of_equal_weights_are_those_of_factanal(survey_frame, expected):
    complete = survey_frame.dropna(subset=ITEMS)
    found = regression_scores(Sample(complete.assign(one=1.0), Design(weight="one")), ITEMS)
    n = len(complete)
    # R standardizes with the divisor n - 1
    golden = np.array(expected["synth_open"]["regression_scores_first"]) * np.sqrt(n / (n - 1))
    assert found.values[:20, 0] == pytest.approx(golden, rel=1e-7)


def test_a_row_that_misses_items_gets_the_expected_factor(survey):
    found = regression_scores(survey, ITEMS)
    model, frame = found.model, survey.frame
    complete = survey.members & frame[ITEMS].notna().all(axis=1).to_numpy()
    w, x = survey.weights[complete], frame.loc[complete, ITEMS].to_numpy()
    mean = w @ x / w.sum()
    deviation = np.sqrt(w @ (x - mean) ** 2 / w.sum())
    row = int(np.flatnonzero(frame[ITEMS].isna().sum(axis=1) == 1)[0])
    known = frame[ITEMS].iloc[row].notna().to_numpy()
    z = ((frame[ITEMS].iloc[row].to_numpy() - mean) / deviation)[known]
    implied = np.outer(model.loadings, model.loadings) + np.diag(model.uniquenesses)
    expected = model.loadings[known] @ np.linalg.solve(implied[np.ix_(known, known)], z)
    assert found.values[row, 0] == pytest.approx(expected)
    assert found.answered[row, 0] == len(ITEMS) - 1


def test_scores_go_back_into_the_sample(survey):
    scores = mean_scores(survey.frame, {"service": ITEMS})
    sample = survey.with_columns({"service": scores.values[:, 0]})
    assert sample.frame["service"].notna().sum() == np.isfinite(scores.values).sum()


def test_no_factor_behind_constant_items():
    frame = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 3, 2], "c": 4.0, "w": 1.0})
    with pytest.raises(EstimationError, match="without variation: c"):
        regression_scores(Sample(frame, Design(weight="w")), ["a", "b", "c"])
