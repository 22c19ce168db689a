"""Omega is that of factanal, carried to the last digits, with a standard error that knows the design."""

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import EstimationError
from analysis.moments import StandardErrorMethod, complete_moments
from analysis.reliability import (
    ReliabilityStatus,
    Stop,
    cronbach_alpha,
    fit_one_factor,
    omega_total,
)
from analysis.sample import Sample

ITEMS = ["q1", "q2", "q3", "q4", "q5", "q6"]
SCHOOL_ITEMS = ["ell", "meals", "mobility", "emer"]


@pytest.mark.golden
def test_weighted_loadings_are_those_of_factanal(survey, expected):
    found = omega_total(survey, ITEMS)
    assert list(found.loadings.values()) == pytest.approx(
        expected["synth_open"]["weighted_loadings"], rel=1e-8
    )
    assert found.value == pytest.approx(expected["synth_open"]["weighted_omega"], rel=1e-9)
    assert found.respondent_count == expected["synth_open"]["complete"]


def test_linearized_error_is_the_slope_of_refitted_models(schools):
    """The implicit derivative against refits on perturbed weights: u_i = dω/dw_i × w_i."""
    moments = complete_moments(schools, SCHOOL_ITEMS)

    def omega(weights):
        covariance = moments.covariance_under(weights)
        deviation = np.sqrt(np.diag(covariance))
        return fit_one_factor(covariance / np.outer(deviation, deviation)).omega

    frame = schools.frame
    by_psu = []
    for psu in frame["dnum"].unique():
        more, less = (np.where(frame["dnum"] == psu, 1 + step, 1.0) for step in (1e-4, -1e-4))
        by_psu.append((omega(schools.weights * more) - omega(schools.weights * less)) / 2e-4)
    n, population = len(by_psu), frame["fpc"].iloc[0]
    variance = (1 - n / population) * n * np.var(by_psu, ddof=1)
    assert omega_total(schools, SCHOOL_ITEMS).standard_error == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_jackknife_is_close_to_linearization(schools):
    linear = omega_total(schools, SCHOOL_ITEMS)
    jackknife = omega_total(schools, SCHOOL_ITEMS, standard_error=StandardErrorMethod.JACKKNIFE)
    assert jackknife.value == linear.value
    assert jackknife.standard_error == pytest.approx(linear.standard_error, rel=0.2)


def test_parallel_items_have_omega_equal_to_alpha():
    """Where all loadings and variances are equal the two coefficients are one."""
    correlation = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    model = fit_one_factor(correlation)
    assert model.loadings == pytest.approx(np.full(4, np.sqrt(0.4)))
    assert model.omega == pytest.approx(4 * 0.4 / (1 + 3 * 0.4))


def test_items_are_not_bounded_above_by_alpha(survey):
    assert omega_total(survey, ITEMS).value > cronbach_alpha(survey, ITEMS).value


def test_the_model_solves_the_likelihood_equations(survey_frame):
    correlation = survey_frame[ITEMS].dropna().corr().to_numpy()
    model = fit_one_factor(correlation)
    implied = np.outer(model.loadings, model.loadings) + np.diag(model.uniquenesses)
    inverse = np.linalg.inv(implied)
    residual = inverse @ (implied - correlation) @ inverse
    assert np.abs(residual @ model.loadings).max() < 1e-12
    assert np.abs(np.diag(residual)).max() < 1e-12
    early = fit_one_factor(correlation, stop=Stop.FACTANAL)
    assert early.loadings == pytest.approx(model.loadings, abs=1e-4)
    assert not (early.loadings == model.loadings).all()


def test_a_uniqueness_that_would_be_negative_stays_at_its_bound():
    correlation = np.array([[1, 0.9, 0.85], [0.9, 1, 0.6], [0.85, 0.6, 1]])
    model = fit_one_factor(correlation)
    assert model.at_bound.tolist() == [True, False, False]
    assert model.uniquenesses[0] == pytest.approx(0.005)


def test_two_items_tell_no_factor(survey):
    with pytest.raises(EstimationError, match="2 given, 3 or more are needed"):
        omega_total(survey, ["q1", "q2"])


def test_an_item_that_follows_from_others_is_refused(survey):
    total = survey.frame["q1"] + survey.frame["q2"]
    sample = survey.with_columns({"total": total.to_numpy()})
    with pytest.raises(EstimationError, match="singular"):
        omega_total(sample, ["q1", "q2", "q3", "total"])


def test_an_item_everybody_answers_alike_leaves_no_omega():
    frame = pd.DataFrame({"a": [1, 2, 3, 4.0], "b": [2, 1, 4, 3.0], "c": 5.0, "w": 1.0})
    found = omega_total(Sample(frame, Design(weight="w")), ["a", "b", "c"])
    assert (found.value, found.status) == (None, ReliabilityStatus.NO_VARIATION)
