"""Regressions agree with R beyond the reference entries, and with what they must be identical to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design, SinglePsu
from analysis.errors import DomainIsPsuError, EstimationError, FormulaError, ModelError
from analysis.estimation import mean, share, total
from analysis.models import (
    Regression,
    VarianceMethod,
    linear_regression,
    logistic_regression,
    poisson_regression,
)
from analysis.sample import Sample
from analysis.weighting import poststratify
from analysis.weighting.replicate_weights import jackknife
from tests.golden.reference import read_reference_table

# Golden numbers: R 4.2.2, survey 4.5, 2026-11-24, svyglm(…, control = list(epsilon = 1e-16, maxit = 15)).


@pytest.mark.golden
def test_second_stage_counts_in_the_standard_errors(two_stage_schools: Sample) -> None:
    """Section 2: svy 0.35 drops the second stage of a finite population in regressions, without a word."""
    model = linear_regression(two_stage_schools, "api00 ~ stype + ell + acs.core")
    np.testing.assert_allclose(
        model.coefficients.values,
        [689.559798961646, 2.61990482756453, 66.1780034611093, -4.98630705719229, 0.39071232744456],
        rtol=1e-11,
    )
    both_stages = [82.8224094532524, 42.3793261896260, 48.2900671903270, 0.629802974261629, 2.55454815807217]
    first_stage = [81.6108601949666, 42.2819423509175, 47.9994311391099, 0.615887173089277, 2.50716276193581]
    np.testing.assert_allclose(model.coefficients.standard_errors, both_stages, rtol=1e-11)
    one_stage = Sample(two_stage_schools.frame, Design(psu="dnum", population="fpc1", weight="pw"))
    np.testing.assert_allclose(
        linear_regression(one_stage, "api00 ~ stype + ell + acs.core").coefficients.standard_errors,
        first_stage,
        rtol=1e-11,
    )
    assert (model.coefficients.degrees_of_freedom, model.left_out_count) == (28, 78)


@pytest.mark.golden
def test_calibrated_domain_takes_the_residuals_of_the_calibration(stratified_schools: Sample) -> None:
    totals = {"E": 4421, "H": 755, "M": 1018}
    calibrated = poststratify(stratified_schools, by="stype", totals=totals)
    domain = calibrated.where(calibrated.frame["meals"] > 30)
    model = linear_regression(domain, "api00 ~ ell + sch.wide")
    np.testing.assert_allclose(
        model.coefficients.values, [621.140274964784, -2.34627999597644, 72.8050769886717], rtol=1e-11
    )
    np.testing.assert_allclose(
        model.coefficients.standard_errors, [20.2520303212273, 0.32992745526173, 19.4984607048075], rtol=1e-11
    )
    assert model.coefficients.degrees_of_freedom == 124


@pytest.mark.golden
def test_factor_of_two_levels_is_a_yes_or_no(stratified_schools: Sample) -> None:
    coefficients = logistic_regression(stratified_schools, "sch.wide ~ ell").coefficients
    np.testing.assert_allclose(coefficients.values, [1.64580655163848, -0.00319879213910812], rtol=1e-10)
    np.testing.assert_allclose(
        coefficients.standard_errors, [0.261086413709037, 0.00874852046682519], rtol=1e-10
    )


@pytest.mark.golden
def test_counts_without_an_intercept(stratified_schools: Sample) -> None:
    model = poisson_regression(stratified_schools, "enroll ~ stype - 1")
    np.testing.assert_allclose(
        model.coefficients.values, [6.03255850464296, 7.18591717804977, 6.72440919754199], rtol=1e-12
    )
    np.testing.assert_allclose(
        model.coefficients.standard_errors,
        [0.0393910514311477, 0.0694387876818909, 0.0654929533461005],
        rtol=1e-10,
    )
    assert model.deviance == pytest.approx(23416.1225056467, rel=1e-11)
    assert model.null_deviance == pytest.approx(1334265.11414077, rel=1e-11)
    assert model.dispersion == pytest.approx(118.3200828385, rel=1e-11)


@pytest.mark.golden
def test_degrees_of_freedom_are_those_of_the_domain_less_coefficients(satisfaction: Sample) -> None:
    """Trap 3: PSUs less strata with members of the domain, plus 1, less the number of coefficients."""
    west = satisfaction.where(satisfaction.frame["region"] == "W")
    model = logistic_regression(west, "sat ~ q1 + sex")
    sex = model.coefficients.get("sexM")
    assert model.coefficients.degrees_of_freedom == 16
    assert (sex.standard_error, sex.p_value) == (
        pytest.approx(0.602977817960256, rel=2e-9),
        pytest.approx(0.33207894375218, rel=2e-9),
    )


def test_intercept_alone_is_the_mean_with_its_error(satisfaction: Sample) -> None:
    model = linear_regression(satisfaction, "wait ~ 1")
    estimate = mean(satisfaction, of="wait")
    np.testing.assert_allclose(model.coefficients.values, estimate.values, rtol=1e-12)
    np.testing.assert_allclose(model.coefficients.standard_errors, estimate.standard_errors, rtol=1e-11)


def test_factor_alone_gives_the_means_of_its_levels_with_their_covariance(satisfaction: Sample) -> None:
    model = linear_regression(satisfaction, "wait ~ region - 1")
    estimates = mean(satisfaction, of="wait", by="region")
    np.testing.assert_allclose(model.coefficients.values, estimates.values, rtol=1e-12)
    np.testing.assert_allclose(model.coefficients.covariance, estimates.covariance(), rtol=1e-9, atol=1e-12)


def test_logistic_intercept_is_the_log_odds_of_the_share(satisfaction: Sample) -> None:
    model = logistic_regression(satisfaction, "sat ~ 1")
    estimate = share(satisfaction, of="sat", categories=[1])
    p, error = estimate.values[0], estimate.standard_errors[0]
    assert model.coefficients.values[0] == pytest.approx(np.log(p / (1 - p)), rel=1e-12)
    assert model.coefficients.standard_errors[0] == pytest.approx(error / (p * (1 - p)), rel=1e-10)


def test_domain_keeps_the_psus_that_have_none_of_it(wards: Sample) -> None:
    """Trap 2: the same rows taken out of the frame before the design give another, smaller, error."""
    west = wards.frame["office"] == "west"
    condition = west & (wards.frame["ward"] % 3 > 0)
    inside = linear_regression(wards.where(condition), "score ~ wait")
    cut = linear_regression(
        Sample(wards.frame[condition].reset_index(drop=True), wards.design), "score ~ wait"
    )
    np.testing.assert_allclose(inside.coefficients.values, cut.coefficients.values, rtol=1e-11)
    assert not np.allclose(inside.coefficients.standard_errors, cut.coefficients.standard_errors, rtol=1e-3)
    zeros = wards.frame.assign(weight=np.where(condition, wards.frame["weight"], 0.0))
    np.testing.assert_allclose(
        inside.coefficients.covariance,
        linear_regression(Sample(zeros, wards.design), "score ~ wait").coefficients.covariance,
        rtol=1e-9,
    )


def test_missing_answers_leave_the_model_not_the_design(wards: Sample) -> None:
    frame = wards.frame.copy()
    frame.loc[frame["ward"] == 3, "wait"] = np.nan
    gaps = linear_regression(Sample(frame, wards.design), "score ~ wait")
    domain = linear_regression(wards.where(wards.frame["ward"] != 3), "score ~ wait")
    np.testing.assert_allclose(gaps.coefficients.covariance, domain.coefficients.covariance, rtol=1e-10)
    assert (gaps.respondent_count, gaps.left_out_count) == (55, 5)


def test_model_inside_one_psu_is_refused_and_has_an_error_within_it(satisfaction: Sample) -> None:
    """Trap 1: between PSUs a model of one PSU would have standard errors of nothing."""
    unit = satisfaction.where(satisfaction.frame["unit"] == "u03")
    with pytest.raises(DomainIsPsuError):
        linear_regression(unit, "wait ~ sex")
    within = satisfaction.within("psu")
    model = linear_regression(within.where(within.frame["unit"] == "u03"), "wait ~ sex")
    assert (model.coefficients.standard_errors > 0).all()


@pytest.mark.parametrize("rule", [SinglePsu.CERTAINTY, SinglePsu.REMOVE, SinglePsu.ADJUST, SinglePsu.AVERAGE])
def test_single_psu_strata_follow_the_rule_of_the_design(rule: SinglePsu) -> None:
    """Trap 5: a regression on a factor has the same errors as means, whatever the rule."""
    design = Design(strata="stratum", psu="psu", weight="w", single_psu=rule)
    sample = Sample(read_reference_table("synth_open.csv"), design)
    np.testing.assert_allclose(
        linear_regression(sample, "wait ~ sex - 1").coefficients.covariance,
        mean(sample, of="wait", by="sex").covariance(),
        rtol=1e-9,
        atol=1e-12,
    )


@pytest.mark.parametrize(
    ("fit", "response"),
    [(linear_regression, "score"), (logistic_regression, "satisfied"), (poisson_regression, "visits")],
)
def test_replicates_are_refitted(wards: Sample, fit: Callable[..., Regression], response: str) -> None:
    replicated, formula = jackknife(wards), f"{response} ~ wait + sex"
    model = fit(replicated, formula)
    assert replicated.replicates is not None
    betas = []
    for weights in replicated.replicates.weights():
        one = Sample(wards.frame.assign(weight=weights), Design(weight="weight"))
        betas.append(fit(one, formula).coefficients.values)
    expected = replicated.replicates.covariance(np.array(betas), estimate=model.coefficients.values)
    np.testing.assert_allclose(model.coefficients.covariance, expected, rtol=1e-9, atol=1e-14)
    assert model.method is VarianceMethod.REPLICATION
    assert model.failed_replicate_count == 0
    assert model.coefficients.degrees_of_freedom == 10 + 1 - 3


def test_replicates_without_any_row_of_a_level_are_left_out_and_counted(wards: Sample) -> None:
    frame = wards.frame.assign(office=np.where(wards.frame["ward"] == 4, "island", "land"))
    model = linear_regression(jackknife(Sample(frame, wards.design)), "score ~ office")
    assert model.failed_replicate_count == 1
    assert "1 replicates could not be fitted and are left out." in str(model)


def test_regression_on_a_calibrated_variable_alone_has_no_error(stratified_schools: Sample) -> None:
    """The known totals explain the coefficients of their own margins entirely."""
    yes = (stratified_schools.frame["sch.wide"] == "Yes").astype(float)
    sample = Sample(stratified_schools.frame.assign(yes=yes), stratified_schools.design)
    again = poststratify(sample, by="sch.wide", totals={"No": 1072, "Yes": 5122})
    error = linear_regression(again, "yes ~ 1").coefficients.standard_errors
    np.testing.assert_allclose(error, 0, atol=1e-12)
    assert total(again, of="yes").values[0] == pytest.approx(5122)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), factor=st.floats(1e-3, 1e3))
def test_rows_shuffled_and_weights_scaled_change_nothing(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "psu": np.repeat(np.arange(10), 4),
            "w": rng.uniform(1, 3, 40),
            "x": rng.normal(size=40),
            "y": rng.integers(0, 2, 40),
        }
    )
    frame.loc[:1, "y"] = [0, 1]
    design = Design(psu="psu", weight="w")
    model = linear_regression(Sample(frame, design), "y ~ x")
    other = linear_regression(
        Sample(frame.sample(frac=1, random_state=seed).assign(w=lambda f: factor * f["w"]), design), "y ~ x"
    )
    np.testing.assert_allclose(other.coefficients.values, model.coefficients.values, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(
        other.coefficients.covariance, model.coefficients.covariance, rtol=1e-7, atol=1e-13
    )
    assert other.deviance == pytest.approx(model.deviance, rel=1e-9)


@pytest.mark.parametrize(
    ("formula", "error", "message"),
    [
        ("~ wait", FormulaError, "The model ~ wait has no response. Write response ~ terms."),
        ("score ~ weight2 + wait3", FormulaError, "There is no column weight2, wait3."),
        (
            "office ~ wait",
            ModelError,
            "- response office: has the levels north, south, west; it needs numbers",
        ),
        ("score ~ 0", ModelError, "- formula: has neither an intercept nor a term"),
        ("score ~ wait + I(2*wait)", ModelError, "- column I(2 * wait): follows from wait"),
        ("score ~ empty", ModelError, "- domain: none of 60 members has all of score, empty"),
    ],
)
def test_model_that_cannot_be_fitted_is_refused_with_the_reason(
    wards: Sample, formula: str, error: type[Exception], message: str
) -> None:
    sample = Sample(wards.frame.assign(empty=np.nan), wards.design)
    with pytest.raises(error) as refusal:
        linear_regression(sample, formula)
    assert message in str(refusal.value)


def test_factor_with_one_level_in_the_domain_is_named(wards: Sample) -> None:
    with pytest.raises(ModelError, match="factor office: takes one value only \\(west\\); leave it out"):
        linear_regression(wards.where(wards.frame["office"] == "west"), "score ~ office + wait")


def test_levels_outside_the_domain_have_no_column(wards: Sample) -> None:
    model = linear_regression(wards.where(wards.frame["office"] != "north"), "score ~ office")
    assert model.coefficients.names == ("(Intercept)", "officewest")


def test_logistic_response_other_than_yes_or_no_is_refused(wards: Sample) -> None:
    with pytest.raises(ModelError, match="needs 0 and 1"):
        logistic_regression(wards, "visits ~ wait")
    with pytest.raises(ModelError, match="it needs two levels"):
        logistic_regression(wards, "office ~ wait")


def test_impossible_confidence_level_is_refused(wards: Sample) -> None:
    with pytest.raises(EstimationError):
        linear_regression(wards, "score ~ wait", confidence_level=95)
