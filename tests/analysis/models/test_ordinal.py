"""Ordinal regression is at its maximum, and agrees with shares where it must."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit

from analysis.design import Design
from analysis.errors import FormulaError, ModelError
from analysis.estimation import share
from analysis.models import VarianceMethod, category_shares, logistic_regression, ordinal_regression
from analysis.sample import Sample
from analysis.weighting.replicate_weights import jackknife


def _log_likelihood(parameters: np.ndarray, sample: Sample) -> float:
    """By differences of the logistic function, apart from the library's three factors."""
    x = sample.frame[["wait"]].assign(sex=(sample.frame["sex"] == "M").astype(float)).to_numpy()
    codes = sample.frame["level"].to_numpy() - 1
    ends = np.concatenate([[-np.inf], parameters[2:], [np.inf]])
    predictor = x @ parameters[:2]
    return float(sample.weights @ np.log(expit(ends[codes + 1] - predictor) - expit(ends[codes] - predictor)))


def test_likelihood_is_flat_at_the_coefficients(wards: Sample) -> None:
    model = ordinal_regression(wards, "level ~ wait + sex")
    assert model.coefficients.names == ("wait", "sexM", "1|2", "2|3", "3|4")
    for step in np.diag(1e-4 * model.coefficients.standard_errors):
        ahead = _log_likelihood(model.coefficients.values + step, wards)
        behind = _log_likelihood(model.coefficients.values - step, wards)
        assert ahead - behind == pytest.approx(0, abs=1e-10)
    own = _log_likelihood(model.coefficients.values, wards)
    assert model.deviance * wards.weights.mean() == pytest.approx(-2 * own, rel=1e-12)
    for step in np.vstack([np.eye(5), -np.eye(5)]) * model.coefficients.standard_errors / 50:
        assert _log_likelihood(model.coefficients.values + step, wards) < own


def test_cutpoints_alone_are_log_odds_of_cumulative_shares(satisfaction: Sample) -> None:
    model = ordinal_regression(satisfaction, "overall ~ 1")
    frame = satisfaction.frame
    for name, point in zip(model.coefficients.names, model.coefficients, strict=True):
        upto = frame["overall"].where(frame["overall"].isna(), frame["overall"] <= int(name[0])).astype(float)
        sample = Sample(frame.assign(upto=upto), satisfaction.design)
        estimate = share(sample, of="upto", categories=[1])
        p, error = estimate.values[0], estimate.standard_errors[0]
        assert point.value == pytest.approx(np.log(p / (1 - p)), rel=1e-10)
        assert point.standard_error == pytest.approx(error / (p * (1 - p)), rel=1e-9)


def test_degrees_of_freedom_lose_one_for_each_slope(wards: Sample) -> None:
    assert ordinal_regression(wards, "level ~ wait + sex").coefficients.degrees_of_freedom == 8


def test_units_of_columns_change_nothing_but_units(wards: Sample) -> None:
    frame = wards.frame.assign(year=1_000_000 + wards.frame["wait"] / 1000)
    minutes = ordinal_regression(wards, "level ~ wait")
    years = ordinal_regression(Sample(frame, wards.design), "level ~ year")
    assert years.coefficients.values[0] == pytest.approx(1000 * minutes.coefficients.values[0], rel=1e-7)
    assert years.coefficients[0].t == pytest.approx(minutes.coefficients[0].t, rel=1e-6)


def test_categorical_response_keeps_its_order(wards: Sample) -> None:
    words = pd.Categorical(
        wards.frame["level"].map({1: "bad", 2: "fair", 3: "good", 4: "best"}), ["bad", "fair", "good", "best"]
    )
    named = ordinal_regression(Sample(wards.frame.assign(word=words), wards.design), "word ~ wait")
    coded = ordinal_regression(wards, "level ~ wait")
    assert named.coefficients.names == ("wait", "bad|fair", "fair|good", "good|best")
    np.testing.assert_array_equal(named.coefficients.values, coded.coefficients.values)


def test_cut_response_names_its_intervals(wards: Sample) -> None:
    model = ordinal_regression(wards, "cut(score, {2.5, 4}) ~ wait")
    assert model.categories == ("(-Inf,2.5]", "(2.5,4]", "(4,Inf]")
    assert model.coefficients.names[1:] == ("(-Inf,2.5]|(2.5,4]", "(2.5,4]|(4,Inf]")


def test_reversing_the_answers_reverses_the_slopes(wards: Sample) -> None:
    model = ordinal_regression(wards, "level ~ wait + sex")
    reverse = ordinal_regression(wards, "I(5 - level) ~ wait + sex")
    np.testing.assert_allclose(reverse.coefficients.values[:2], -model.coefficients.values[:2], rtol=1e-9)
    np.testing.assert_allclose(reverse.coefficients.values[2:], -model.coefficients.values[:1:-1], rtol=1e-9)
    np.testing.assert_allclose(
        reverse.coefficients.standard_errors[:2], model.coefficients.standard_errors[:2], rtol=1e-8
    )


def test_merging_categories_stays_near_the_same_slope(wards: Sample) -> None:
    """Proportional odds: each division of the answers has the same slope, as its logistic regression."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=40_000)
    level = 1 + np.sum(x[:, None] * 0.7 + rng.logistic(size=(40_000, 1)) > [-1.0, 0.5], axis=1)
    sample = Sample(pd.DataFrame({"x": x, "level": level, "w": 1.0}), Design(weight="w"))
    ordinal = ordinal_regression(sample, "level ~ x").coefficients[0]
    binary = logistic_regression(sample, "I(level > 1) ~ x").coefficients[1]
    assert ordinal.standard_error is not None
    assert abs(ordinal.value - 0.7) < 3 * ordinal.standard_error
    assert abs(ordinal.value - binary.value) < 3 * ordinal.standard_error


def test_replicates_are_refitted(wards: Sample) -> None:
    replicated = jackknife(wards)
    model = ordinal_regression(replicated, "level ~ wait")
    assert replicated.replicates is not None
    betas = [
        ordinal_regression(
            Sample(wards.frame.assign(weight=weights), Design(weight="weight")), "level ~ wait"
        ).coefficients.values
        for weights in replicated.replicates.weights()
    ]
    expected = replicated.replicates.covariance(np.array(betas), estimate=model.coefficients.values)
    np.testing.assert_allclose(model.coefficients.covariance, expected, rtol=1e-9, atol=1e-14)
    assert model.method is VarianceMethod.REPLICATION


def test_predicted_shares_add_up_to_one_with_errors_that_cancel(wards: Sample) -> None:
    model = ordinal_regression(wards, "level ~ wait + sex")
    shares = category_shares(model, {"wait": 10.0, "sex": "M"})
    assert shares.labels == ("1", "2", "3", "4")
    assert shares.values.sum() == pytest.approx(1)
    np.testing.assert_allclose(shares.covariance.sum(axis=0), 0, atol=1e-14)

    def by_hand(parameters: np.ndarray) -> np.ndarray:
        below = expit(parameters[2:] - parameters[:2] @ [10.0, 1.0])
        return np.diff(np.concatenate([[0], below, [1]]))

    np.testing.assert_allclose(shares.values, by_hand(model.coefficients.values), rtol=1e-12)
    slopes = np.array(
        [approx_fprime(model.coefficients.values, lambda p, k=k: by_hand(p)[k], 1e-7) for k in range(4)]
    )
    expected = np.sqrt(np.diag(slopes @ model.coefficients.covariance @ slopes.T))
    np.testing.assert_allclose(shares.standard_errors, expected, rtol=1e-5)


def test_column_that_tells_answers_apart_is_named(wards: Sample) -> None:
    frame = wards.frame.assign(best=(wards.frame["level"] == 4).astype(int))
    with pytest.raises(ModelError, match="column best: separates the categories"):
        ordinal_regression(Sample(frame, wards.design), "level ~ wait + best")


@pytest.mark.parametrize(
    ("formula", "error", "message"),
    [
        ("office ~ wait", FormulaError, "The words of office have no order."),
        ("level ~ wait - 1", FormulaError, "are its intercepts; they cannot be left out."),
        ("satisfied ~ wait", ModelError, "has the answers 0, 1; with two, use a logistic regression"),
        ("level ~ wait + I(wait + 1)", ModelError, "column I(wait + 1): follows from wait"),
    ],
)
def test_model_that_cannot_be_fitted_is_refused_with_the_reason(
    wards: Sample, formula: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refusal:
        ordinal_regression(wards, formula)
    assert message in str(refusal.value)
