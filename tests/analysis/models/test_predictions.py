"""Predictions, predicted margins and pseudo R²."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import EstimationError, FormulaError, ModelError
from analysis.estimation import mean
from analysis.models import (
    MarginCovariance,
    PredictionScale,
    linear_regression,
    logistic_regression,
    poisson_regression,
    predict,
    predicted_margins,
    pseudo_r_squared,
)
from analysis.sample import Sample
from analysis.weighting.replicate_weights import jackknife


# R 4.2.2, survey 4.5: predict(svyglm(api.stu ~ stype * ell, quasipoisson, epsilon 1e-13), type = "response")
@pytest.mark.golden
def test_predicted_counts_agree_with_r(stratified_schools: Sample) -> None:
    model = poisson_regression(stratified_schools, "api.stu ~ stype * ell")
    predictions = predict(model, {"stype": ["E", "H"], "ell": [5, 30]})
    np.testing.assert_allclose(predictions.values, [318.058264069708, 1166.378618775052], rtol=1e-10)
    np.testing.assert_allclose(predictions.standard_errors, [14.7389620508988, 151.3776883956433], rtol=1e-9)


def test_limits_of_a_share_are_those_of_its_log_odds(wards: Sample) -> None:
    model = logistic_regression(wards, "satisfied ~ wait")
    rows = {"wait": [1.0, 80.0]}
    link = predict(model, rows, scale=PredictionScale.LINK)
    share = predict(model, rows)
    np.testing.assert_allclose(np.log(share.lower / (1 - share.lower)), link.lower, rtol=1e-9)
    np.testing.assert_allclose(
        share.standard_errors, link.standard_errors * share.values * (1 - share.values)
    )
    assert ((share.lower > 0) & (share.upper < 1)).all()


def test_prediction_at_zero_is_the_intercept(wards: Sample) -> None:
    model = linear_regression(wards, "score ~ wait", confidence_level=0.9)
    prediction = predict(model, pd.DataFrame({"wait": [0.0]}, index=["nobody waits"]))
    intercept = model.coefficients.get("(Intercept)")
    assert prediction.labels == ("nobody waits",)
    assert (prediction.values[0], prediction.standard_errors[0], prediction.lower[0]) == pytest.approx(
        (intercept.value, intercept.standard_error, intercept.lower)
    )


def test_predictions_of_many_rows_need_no_square_table(wards: Sample) -> None:
    model = linear_regression(wards, "score ~ wait")
    predictions = predict(model, {"wait": np.linspace(0, 30, 200_000).tolist()})
    assert predictions.standard_errors.shape == (200_000,)


def test_rows_that_miss_a_variable_are_named(wards: Sample) -> None:
    model = linear_regression(wards, "score ~ wait + sex")
    with pytest.raises(EstimationError, match="Rows b miss a variable"):
        predict(model, pd.DataFrame({"wait": [1.0, np.nan], "sex": ["F", "M"]}, index=["a", "b"]))
    with pytest.raises(FormulaError, match="There is no column sex"):
        predict(model, {"wait": [1.0]})


def test_margins_of_a_linear_model_differ_by_its_coefficient(satisfaction: Sample) -> None:
    model = linear_regression(satisfaction, "overall ~ sex + wait")
    margins = predicted_margins(model, "sex")
    effect = margins.difference("M", reference="F")
    coefficient = model.coefficients.get("sexM")
    assert margins.labels == ("F", "M")
    assert (effect.values[0], effect.standard_errors[0]) == pytest.approx(
        (coefficient.value, coefficient.standard_error), rel=1e-9
    )


def test_margins_of_a_factor_alone_are_the_means_of_its_levels(satisfaction: Sample) -> None:
    estimates = mean(satisfaction, of="sat", by="region")
    margins = predicted_margins(logistic_regression(satisfaction, "sat ~ region"), "region")
    np.testing.assert_allclose(margins.values, estimates.values, rtol=1e-10)
    np.testing.assert_allclose(margins.covariance, estimates.covariance(), rtol=1e-8, atol=1e-12)
    assert (
        margins.degrees_of_freedom == satisfaction.where(satisfaction.frame["sat"].notna()).degrees_of_freedom
    )


def test_margins_average_to_what_was_observed(wards: Sample) -> None:
    """With an intercept and the factor in a canonical model, the fitted mean is the observed mean."""
    model = logistic_regression(wards, "satisfied ~ wait")
    fitted = wards.weights @ predict(model, wards.frame).values / wards.weights.sum()
    assert fitted == pytest.approx(mean(wards, of="satisfied").values[0], rel=1e-12)


def test_margin_at_values_of_a_number(wards: Sample) -> None:
    model = logistic_regression(wards, "satisfied ~ wait * sex")
    margins = predicted_margins(model, "wait", at=[5, 25])
    coefficients, sex = model.coefficients.values, (wards.frame["sex"] == "M").to_numpy(dtype=float)
    by_hand = [
        wards.weights @ (1 / (1 + np.exp(-(coefficients @ [np.ones(60), np.full(60, at), sex, at * sex]))))
        for at in (5.0, 25.0)
    ]
    assert margins.labels == ("5", "25")
    np.testing.assert_allclose(margins.values, np.array(by_hand) / wards.weights.sum(), rtol=1e-12)


def test_joint_covariance_of_margins_is_that_of_the_jackknife_nearly(
    satisfaction: Sample, wards: Sample
) -> None:
    replicated = predicted_margins(logistic_regression(jackknife(wards), "satisfied ~ wait + sex"), "sex")
    model = logistic_regression(wards, "satisfied ~ wait + sex")
    joint = predicted_margins(model, "sex", covariance=MarginCovariance.JOINT)
    np.testing.assert_allclose(replicated.values, joint.values, rtol=1e-12)
    np.testing.assert_allclose(replicated.standard_errors, joint.standard_errors, rtol=0.15)


def test_margins_of_replicates_refit_every_replicate(wards: Sample) -> None:
    replicated = jackknife(wards)
    margins = predicted_margins(logistic_regression(replicated, "satisfied ~ wait + sex"), "sex")
    assert replicated.replicates is not None
    again = []
    for weights in replicated.replicates.weights():
        one = Sample(wards.frame.assign(weight=weights), wards.design)
        again.append(predicted_margins(logistic_regression(one, "satisfied ~ wait + sex"), "sex").values)
    expected = replicated.replicates.covariance(np.array(again), estimate=margins.values)
    np.testing.assert_allclose(margins.covariance, expected, rtol=1e-8, atol=1e-14)


def test_margins_of_what_the_model_does_not_have_are_refused(wards: Sample) -> None:
    model = linear_regression(wards, "score ~ wait + sex")
    with pytest.raises(FormulaError, match="office is not in score ~ wait \\+ sex"):
        predicted_margins(model, "office")
    with pytest.raises(FormulaError, match="wait is a number"):
        predicted_margins(model, "wait")
    with pytest.raises(FormulaError, match="levels the model does not know: X"):
        predicted_margins(model, "sex", at=["X"])
    with pytest.raises(EstimationError, match="Nothing is predicted for X"):
        predicted_margins(model, "sex").difference("X", reference="F")


def test_pseudo_r_squared_does_not_depend_on_the_scale_of_weights(wards: Sample) -> None:
    other = Sample(wards.frame.assign(weight=wards.frame["weight"] * 40), wards.design)
    first = pseudo_r_squared(logistic_regression(wards, "satisfied ~ wait"))
    second = pseudo_r_squared(logistic_regression(other, "satisfied ~ wait"))
    assert (first.cox_snell, first.nagelkerke) == pytest.approx((second.cox_snell, second.nagelkerke))
    assert 0 < first.cox_snell < first.nagelkerke < 1
    assert str(first) == f"Pseudo R²: Cox–Snell {first.cox_snell:.4g}, Nagelkerke {first.nagelkerke:.4g}"


def test_pseudo_r_squared_of_a_linear_model_is_refused(wards: Sample) -> None:
    with pytest.raises(ModelError, match="1 - deviance / null deviance is its R²"):
        pseudo_r_squared(linear_regression(wards, "score ~ wait"))
