"""Response propensities and what they make of weights; R's coefficients: test_reference.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import WeightingError
from analysis.weighting import adjust_for_nonresponse
from analysis.weighting.propensity import adjust_by_propensity, response_propensity

DRAWN = pd.DataFrame(
    {
        "sex": ["F"] * 4 + ["M"] * 4,
        "age": [20.0, 30, 40, 50, 20, 30, 40, 50],
        "responded": [1, 1, 1, 0, 1, 0, 0, 0],
        "weight": [1.0, 2, 1, 2, 1, 2, 1, 2],
    }
)


def test_propensity_of_one_factor_is_the_response_rate_of_each_category() -> None:
    fitted = response_propensity(DRAWN, "responded ~ sex")
    assert fitted.propensity == pytest.approx([0.75] * 4 + [0.25] * 4)


def test_weighted_fit_gives_weighted_rates() -> None:
    fitted = response_propensity(DRAWN, "responded ~ sex", weight="weight")
    assert fitted.propensity == pytest.approx([4 / 6] * 4 + [1 / 6] * 4)
    assert str(fitted) == (
        "Response propensity, logistic responded ~ sex, weighted by weight, 8 rows: "
        "0.167 to 0.667, median 0.417"
    )


def test_weights_over_propensities_of_one_factor_are_those_of_weight_classes() -> None:
    fitted = response_propensity(DRAWN, "responded ~ sex", weight="weight")
    by_propensity = adjust_by_propensity(
        DRAWN["weight"], responded=DRAWN["responded"] == 1, propensity=fitted.propensity
    )
    by_class = adjust_for_nonresponse(
        DRAWN["weight"], responded=DRAWN["responded"] == 1, classes=DRAWN["sex"]
    )
    assert by_propensity.weights == pytest.approx(by_class.weights)
    assert str(by_propensity) == "4 of 8 rows responded; factors from 1.500 to 6.000"


def test_coefficients_are_named_and_tabled() -> None:
    fitted = response_propensity(DRAWN, "responded ~ sex")
    assert list(fitted.coefficients) == ["(Intercept)", "sexM"]
    assert fitted.to_frame()["value"].tolist() == pytest.approx([np.log(3), -2 * np.log(3)])


def test_those_not_eligible_are_left_out_of_the_model() -> None:
    eligible = np.array([True] * 7 + [False])
    fitted = response_propensity(DRAWN, "responded ~ sex", eligible=eligible)
    assert fitted.propensity[:7] == pytest.approx([0.75] * 4 + [1 / 3] * 3)
    assert np.isnan(fitted.propensity[7])
    assert fitted.classes(2).tolist() == [2, 2, 2, 2, 1, 1, 1, 0]


def test_classes_rise_with_the_propensity_and_keep_equals_together() -> None:
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"x": random.normal(size=1000)}).round(2)
    frame["responded"] = random.random(1000) < 1 / (1 + np.exp(-frame["x"]))
    fitted = response_propensity(frame, "responded ~ x")
    classes = pd.Series(fitted.classes())
    assert classes.value_counts().sort_index().tolist() == pytest.approx([200] * 5, abs=10)
    spans = pd.Series(fitted.propensity).groupby(classes).agg(["min", "max"])
    assert (spans["max"].to_numpy()[:-1] < spans["min"].to_numpy()[1:]).all()


def test_missing_variables_are_told_by_row() -> None:
    with pytest.raises(WeightingError, match="rows 2: miss a variable of the model"):
        response_propensity(DRAWN.assign(age=[20, 30, np.nan, 50, 20, 30, 40, 50]), "responded ~ age")


def test_formula_without_a_response_is_refused() -> None:
    with pytest.raises(WeightingError, match="names no response"):
        response_propensity(DRAWN, "~ sex")


def test_less_than_one_class_is_refused() -> None:
    with pytest.raises(WeightingError, match="there cannot be 0 of them"):
        response_propensity(DRAWN, "responded ~ sex").classes(0)


def test_respondents_without_weight_or_propensity_are_told_at_once() -> None:
    with pytest.raises(WeightingError) as refusal:
        adjust_by_propensity([1, 0, 1], responded=[True, True, False], propensity=[np.nan, 0.5, np.nan])
    assert [str(problem) for problem in refusal.value.problems] == [
        "rows 2: have no design weight above 0",
        "rows 1: responded without a propensity above 0, at most 1",
    ]


def test_nobody_responding_is_refused() -> None:
    with pytest.raises(WeightingError, match="there is not one respondent"):
        adjust_by_propensity([1, 1], responded=[False, False], propensity=[0.5, 0.5])


def test_whoever_is_not_known_to_have_responded_gets_no_weight() -> None:
    with pytest.raises(WeightingError, match="responded: is neither true nor false in rows 2"):
        adjust_by_propensity([1, 1], responded=[1.0, np.nan], propensity=[0.5, 0.5])
    with pytest.raises(WeightingError, match="propensity: has the shape \\(1,\\); give one value a row, 2"):
        adjust_by_propensity([1, 1], responded=[True, False], propensity=[0.5])
    with pytest.raises(WeightingError, match="eligible: is neither true nor false in rows 8"):
        response_propensity(DRAWN, "responded ~ sex", eligible=[1.0] * 7 + [np.nan])


def test_a_weight_that_is_no_column_is_refused() -> None:
    with pytest.raises(WeightingError, match="weight design: there is no such column"):
        response_propensity(DRAWN, "responded ~ sex", weight="design")
