"""Tests of terms agree with R and with the t tests of their coefficients."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.design import Design, SinglePsu
from analysis.errors import FormulaError, ModelError
from analysis.models import (
    TermTestMethod,
    linear_regression,
    logistic_regression,
    ordinal_regression,
    term_test,
)
from analysis.sample import Sample
from analysis.testing.result import HypothesisStatus


# R 4.2.2, survey 4.5: regTermTest(svyglm(hi600 ~ stype + ell, quasibinomial), ~stype, method = …)
@pytest.mark.golden
@pytest.mark.parametrize(
    ("method", "statistic"),
    [(TermTestMethod.LIKELIHOOD_RATIO, 14.3825887169542), (TermTestMethod.WORKING_WALD, 14.1082814762656)],
)
def test_working_tests_of_a_factor_agree_with_r(
    stratified_schools: Sample, method: TermTestMethod, statistic: float
) -> None:
    frame = stratified_schools.frame.assign(hi600=(stratified_schools.frame["api00"] > 600).astype(int))
    test = term_test(
        logistic_regression(Sample(frame, stratified_schools.design), "hi600 ~ stype + ell"),
        "stype",
        method=method,
    )
    assert test.statistic == pytest.approx(statistic, rel=1e-8)
    assert (test.degrees_of_freedom, test.denominator_degrees_of_freedom) == (2, 194)


@pytest.mark.parametrize("method", [TermTestMethod.WALD, TermTestMethod.WORKING_WALD])
def test_one_coefficient_is_tested_as_by_t(wards: Sample, method: TermTestMethod) -> None:
    model = logistic_regression(wards, "satisfied ~ wait + sex")
    wait = model.coefficients.get("wait")
    test = term_test(model, "wait", method=method)
    assert wait.t is not None
    assert test.statistic == pytest.approx(wait.t**2, rel=1e-9)
    assert test.p_value == pytest.approx(wait.p_value, rel=1e-6)


def test_linear_likelihood_ratio_is_the_working_wald_test(wards: Sample) -> None:
    """Of a sum of squares both are the same quadratic form."""
    model = linear_regression(wards, "score ~ office * sex + wait")
    ratio = term_test(model, "office:sex", method=TermTestMethod.LIKELIHOOD_RATIO)
    wald = term_test(model, "office:sex", method=TermTestMethod.WORKING_WALD)
    assert ratio.statistic == pytest.approx(wald.statistic, rel=1e-9)
    assert ratio.p_value == pytest.approx(wald.p_value, rel=1e-8)


def test_wald_f_does_not_depend_on_the_reference_level(wards: Sample) -> None:
    other = wards.frame.assign(office=wards.frame["office"].map({"north": "z", "south": "y", "west": "x"}))
    first = term_test(linear_regression(wards, "score ~ office + wait"), "office")
    second = term_test(linear_regression(Sample(other, wards.design), "score ~ office + wait"), "office")
    assert first.statistic == pytest.approx(second.statistic, rel=1e-9)
    assert first.p_value == pytest.approx(second.p_value, rel=1e-9)


def test_several_terms_are_tested_together(wards: Sample) -> None:
    model = linear_regression(wards, "score ~ office + sex + wait")
    test = term_test(model, "office + sex")
    assert test.degrees_of_freedom == 3
    assert test.question == "office + sex in score ~ office + sex + wait"


@pytest.mark.parametrize("method", list(TermTestMethod))
def test_slopes_of_an_ordinal_model_are_tested(wards: Sample, method: TermTestMethod) -> None:
    model = ordinal_regression(wards, "level ~ wait + sex")
    test = term_test(model, "wait", method=method)
    assert model.coefficients[0].t is not None
    near = 0.1 if method is TermTestMethod.LIKELIHOOD_RATIO else 1e-9
    assert test.statistic == pytest.approx(model.coefficients[0].t ** 2, rel=near)


def test_likelihood_ratio_of_the_only_term_without_intercept(wards: Sample) -> None:
    model = linear_regression(wards, "score ~ wait - 1")
    test = term_test(model, "wait", method=TermTestMethod.LIKELIHOOD_RATIO)
    assert test.statistic == pytest.approx(model.coefficients[0].t ** 2, rel=1e-9)  # type: ignore[operator]


def test_more_coefficients_than_sampling_units_are_refused(wards: Sample) -> None:
    few = wards.where(wards.frame["ward"].isin([0, 6]))
    model = linear_regression(few, "score ~ office + wait")
    with pytest.raises(ModelError, match="the covariance of its 2 coefficients is singular"):
        term_test(model, "office")


def test_no_degrees_of_freedom_leave_no_p_value(wards: Sample) -> None:
    few = wards.where(wards.frame["ward"].isin([0, 1, 6]))
    test = term_test(linear_regression(few, "score ~ wait"), "wait")
    assert (test.p_value, test.status) == (None, HypothesisStatus.NO_DEGREES_OF_FREEDOM)


@pytest.mark.parametrize("method", TermTestMethod)
def test_no_variance_leaves_no_test(wards: Sample, method: TermTestMethod) -> None:
    frame = wards.frame.assign(stratum=wards.frame["ward"])
    alone = Sample(frame, Design(strata="stratum", psu="ward", weight="weight", single_psu=SinglePsu.REMOVE))
    model = linear_regression(alone, "score ~ wait")
    np.testing.assert_array_equal(model.coefficients.covariance, 0)
    test = term_test(model, "wait", method=method)
    assert (test.statistic, test.p_value, test.status) == (None, None, HypothesisStatus.NO_VARIANCE)


def test_unknown_term_is_refused(wards: Sample) -> None:
    with pytest.raises(FormulaError, match="has no term weight"):
        term_test(linear_regression(wards, "score ~ wait"), "weight")
