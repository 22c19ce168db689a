"""Results of models print as a table, become frames and charts, and say what is not available."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.design import Design, SinglePsu
from analysis.errors import EstimationError, ModelError
from analysis.models import linear_regression, logistic_regression, predict
from analysis.sample import Sample


def test_regression_prints_as_a_table(stratified_schools: Sample) -> None:
    assert str(linear_regression(stratified_schools, "api00 ~ ell + sch.wide")).splitlines() == [
        "Linear regression: api00 ~ ell + sch.wide",
        "200 respondents; standard errors by linearization; 195 degrees of freedom",
        "                             estimate         SE         t         p     95% from           to",
        "(Intercept)                     682.7      15.08     45.27   <0.0001        652.9        712.4",
        "ell                            -3.693     0.3042    -12.14   <0.0001       -4.293       -3.093",
        "sch.wideYes                     77.35      15.97     4.842   <0.0001        45.84        108.9",
        "Dispersion 8046; deviance 1.60113e+06 of 3.02293e+06",
    ]


def test_frame_and_chart_hold_the_coefficients(wards: Sample) -> None:
    model = logistic_regression(wards, "satisfied ~ wait + sex")
    frame = model.to_frame()
    assert list(frame.columns) == ["name", "estimate", "standard_error", "t", "p_value", "ci_low", "ci_high"]
    assert frame["name"].tolist() == ["(Intercept)", "wait", "sexM"]
    forest = model.forest()
    assert forest["label"].tolist() == ["wait", "sexM"]
    np.testing.assert_array_equal(forest["ci_low"], frame["ci_low"][1:])
    np.testing.assert_allclose(model.ratios()["estimate"], np.exp(forest["estimate"].astype(float)))


def test_linear_model_has_no_ratios(wards: Sample) -> None:
    with pytest.raises(ModelError, match="a linear regression has differences, not ratios"):
        linear_regression(wards, "score ~ wait").ratios()


def test_coefficient_is_found_by_name_or_refused(wards: Sample) -> None:
    coefficients = linear_regression(wards, "score ~ wait").coefficients
    assert coefficients.get("wait") is coefficients[1]
    assert coefficients[0:2] == (coefficients[0], coefficients[1])
    with pytest.raises(EstimationError, match=r"no coefficient 'ward'. Coefficients: \(Intercept\), wait"):
        coefficients.get("ward")


def test_interval_has_the_level_asked_for(wards: Sample) -> None:
    wide = linear_regression(wards, "score ~ wait").coefficients[1]
    narrow = linear_regression(wards, "score ~ wait", confidence_level=0.5).coefficients[1]
    assert wide.lower < narrow.lower < narrow.value < narrow.upper < wide.upper  # type: ignore[operator]


def test_without_degrees_of_freedom_there_is_an_error_but_no_interval(wards: Sample) -> None:
    few = wards.where(wards.frame["ward"].isin([0, 1, 6]))
    model = linear_regression(few, "score ~ wait")
    wait = model.coefficients.get("wait")
    assert model.coefficients.degrees_of_freedom == 0
    assert wait.standard_error is not None
    assert (wait.p_value, wait.lower, wait.upper) == (None, None, None)
    assert str(model).splitlines()[-2] == (
        "No degrees of freedom are left: too few sampling units for so many coefficients."
    )
    assert np.isnan(predict(model, {"wait": [1.0]}).lower[0])


def test_without_variance_there_is_a_value_but_no_error(wards: Sample) -> None:
    frame = wards.frame.assign(stratum=np.where(wards.frame["ward"] < 6, 0, wards.frame["ward"]))
    design = Design(strata="stratum", psu="ward", weight="weight", single_psu=SinglePsu.AVERAGE)
    alone = Sample(frame, design)
    model = linear_regression(alone.where(frame["ward"] >= 6), "score ~ wait")
    wait = model.coefficients.get("wait")
    assert (wait.standard_error, wait.t, wait.p_value) == (None, None, None)
    assert model.coefficients.reason == "Every stratum of the domain has only one sampling unit."
    assert "wait" in str(model)


def test_an_error_of_zero_gives_no_infinite_t(wards: Sample) -> None:
    exact = Sample(wards.frame.assign(score=3.0), wards.design)
    coefficients = linear_regression(exact, "score ~ 1").coefficients
    only = coefficients[0]
    assert (only.value, only.standard_error) == pytest.approx((3.0, 0.0))
    assert (only.t, only.p_value) == (None, None)
    assert coefficients.reason == "The sample shows no variance of (Intercept)."


def test_left_out_members_are_told(satisfaction: Sample) -> None:
    model = linear_regression(satisfaction, "overall ~ q1 + sex + ageg + region + wait")
    assert (model.respondent_count, model.left_out_count) == (604, 36)
    assert "604 respondents, 36 more miss a variable" in str(model)
