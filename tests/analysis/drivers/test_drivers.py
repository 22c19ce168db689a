"""Shares add up to R², agree with brute force, know the design; the chart follows from them."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design
from analysis.drivers import DriverStatus, Importance, Quadrant, drivers, importance_performance
from analysis.drivers.importance import (
    explained_variance,
    relative_weights,
    shapley_shares,
    standardized_coefficients,
)
from analysis.errors import DomainIsPsuError, EstimationError
from analysis.moments import StandardErrorMethod
from analysis.sample import Sample

GOLDEN = Path(__file__).parents[2] / "golden"
FACTORS = ["q1", "q2", "q3", "q4", "q5", "q6"]
SCHOOL_FACTORS = ["ell", "meals", "mobility", "emer"]


@pytest.fixture(scope="module")
def survey():
    frame = pd.read_csv(GOLDEN / "reference" / "synth_open.csv")
    return Sample(frame, Design(strata="stratum", psu="psu", weight="w", single_psu="certainty"))


@pytest.fixture(scope="module")
def schools():
    frame = pd.read_csv(GOLDEN / "reference" / "apiclus1.csv")
    return Sample(frame, Design(psu="dnum", population="fpc", weight="pw"))


def covariance_of(seed, count):
    random = np.random.default_rng(seed)
    return np.cov(random.normal(size=(count + 1, count + 1)) @ random.normal(size=(count + 1, 50)))


def r_squared(covariance, chosen):
    chosen = list(chosen)
    if not chosen:
        return 0.0
    inside, outcome = covariance[np.ix_(chosen, chosen)], covariance[chosen, -1]
    return float(outcome @ np.linalg.solve(inside, outcome) / covariance[-1, -1])


@given(st.integers(0, 1000), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_shapley_shares_are_averages_over_every_order_of_entry(seed, count):
    covariance = covariance_of(seed, count)
    orders = list(permutations(range(count)))
    gains = np.zeros(count)
    for order in orders:
        for place, factor in enumerate(order):
            gains[factor] += r_squared(covariance, order[: place + 1]) - r_squared(covariance, order[:place])
    assert shapley_shares(covariance[None])[0] == pytest.approx(gains / len(orders), abs=1e-10)


@given(st.integers(0, 1000), st.integers(1, 8))
@settings(max_examples=30, deadline=None)
def test_shares_add_up_to_r_squared(seed, count):
    covariance = covariance_of(seed, count)[None]
    whole = explained_variance(covariance)[0, 0]
    assert shapley_shares(covariance).sum() == pytest.approx(whole)
    assert relative_weights(covariance).sum() == pytest.approx(whole)
    assert (relative_weights(covariance) >= 0).all()


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_factors_changes_nothing(seed):
    covariance = covariance_of(seed, 5)
    order = np.random.default_rng(seed).permutation(5)
    turned = covariance[np.ix_([*order, 5], [*order, 5])]
    for measure in (shapley_shares, relative_weights, standardized_coefficients):
        assert measure(turned[None])[0] == pytest.approx(measure(covariance[None])[0][order])


def test_uncorrelated_factors_share_by_their_squared_correlations():
    covariance = np.eye(4)
    covariance[:3, 3] = covariance[3, :3] = [0.6, 0.3, -0.2]
    for measure in (shapley_shares, relative_weights):
        assert measure(covariance[None])[0] == pytest.approx([0.36, 0.09, 0.04])


def test_two_factors_share_alike_by_shapley_and_johnson():
    """For two factors the two measures are one (Johnson & LeBreton 2004)."""
    covariance = covariance_of(7, 2)[None]
    assert relative_weights(covariance) == pytest.approx(shapley_shares(covariance))


@pytest.mark.golden
def test_values_and_jackknife_errors_agree_with_r(schools):
    golden = json.loads((GOLDEN / "reliability" / "expected.json").read_text())["apiclus1"]["drivers"]
    found = drivers(schools, "api00", SCHOOL_FACTORS, standard_error=StandardErrorMethod.JACKKNIFE)
    ours = [each for each in found.contributions if each.measure is not Importance.RELATIVE_WEIGHT]
    assert [each.value for each in ours] == pytest.approx(golden["values"], rel=1e-9)
    assert [each.standard_error for each in ours] == pytest.approx(golden["se"], rel=1e-9)


def test_linearization_is_close_to_the_jackknife(survey):
    linear = drivers(survey, "overall", FACTORS)
    jackknife = drivers(survey, "overall", FACTORS, standard_error="jackknife")
    assert [each.value for each in linear.contributions] == [each.value for each in jackknife.contributions]
    ratio = np.sqrt(np.diag(linear.covariance) / np.diag(jackknife.covariance))
    assert (ratio > 0.85).all()
    assert (ratio < 1.05).all()
    assert linear.standard_error_method == "linearization"


def test_shares_of_the_explained_add_up_to_one(survey):
    found = drivers(survey, "overall", FACTORS)
    for measure in (Importance.SHAPLEY_SHARE, Importance.RELATIVE_WEIGHT):
        assert sum(found.get(factor, measure).share_of_explained for factor in FACTORS) == pytest.approx(1)
    assert found.get("q1", Importance.STANDARDIZED_COEFFICIENT).share_of_explained is None
    assert found.r_squared.value == pytest.approx(
        sum(found.get(factor).value for factor in FACTORS), rel=1e-12
    )


def test_limits_of_shares_stay_between_zero_and_one(survey):
    table = drivers(survey, "overall", FACTORS).to_frame()
    shares = table[table["measure"] != "standardized_coefficient"]
    assert (shares["ci_low"] >= 0).all()
    assert (shares["ci_high"] <= 1).all()
    assert len(table) == 3 * len(FACTORS) + 1


def test_a_domain_keeps_the_design(survey):
    """Trap 2: who is outside the domain, or missed an item, leaves the analysis, not the design."""
    women = drivers(survey.where(survey.frame["sex"] == "F"), "overall", FACTORS)
    everybody = drivers(survey, "overall", FACTORS)
    assert women.respondent_count < everybody.respondent_count
    assert women.degrees_of_freedom == everybody.degrees_of_freedom
    assert women.respondent_count + women.incomplete_count == (survey.frame["sex"] == "F").sum()


def test_importance_and_performance_make_quadrants(survey):
    found = drivers(survey, "overall", FACTORS)
    chart = importance_performance(found)
    assert chart.importance_line == pytest.approx(found.r_squared.value / len(FACTORS))
    assert chart.performance_line == pytest.approx(np.mean([each.value for each in found.performance]))
    by_factor = {point.factor: point.quadrant for point in chart.points}
    assert by_factor["q4"] is Quadrant.CONCENTRATE_HERE
    assert by_factor["q1"] is Quadrant.KEEP_UP_THE_GOOD_WORK
    assert by_factor["q6"] is Quadrant.LOW_PRIORITY
    assert by_factor["q5"] is Quadrant.POSSIBLE_OVERKILL
    assert list(chart.to_frame()["factor"]) == FACTORS
    assert str(chart).splitlines()[4] == "q4: 0.0513, 3.451, concentrate_here"


def made_up(count, *, rows=200):
    random = np.random.default_rng(1)
    frame = pd.DataFrame({f"x{j}": random.normal(size=rows) for j in range(count)})
    return Sample(frame.assign(y=frame.sum(axis=1) + random.normal(size=rows), w=1.0), Design(weight="w"))


def test_more_factors_than_orders_can_be_gone_through_have_relative_weights_only():
    factors = [f"x{j}" for j in range(13)]
    found = drivers(made_up(13), "y", factors)
    assert found.get("x0").status is DriverStatus.TOO_MANY_FACTORS
    assert found.get("x0").value is None
    assert found.get("x0", Importance.RELATIVE_WEIGHT).value > 0


def test_collinear_factors_are_named():
    sample = made_up(3)
    sample = sample.with_columns({"sum": (sample.frame["x0"] + sample.frame["x1"]).to_numpy()})
    found = drivers(sample, "y", ["x0", "x1", "x2", "sum"])
    assert (found.status, found.concerned) == (DriverStatus.COLLINEAR, ("x0", "x1", "sum"))
    assert found.reason == "Some factors follow from the others. x0, x1, sum."
    assert {each.value for each in found.contributions} == {None}
    assert importance_performance(found).points == ()


def test_constant_columns_are_named():
    sample = made_up(2).with_columns({"flat": np.full(200, 3.0)})
    found = drivers(sample, "y", ["x0", "flat"])
    assert (found.status, found.concerned) == (DriverStatus.NO_VARIATION, ("flat",))


def test_too_few_respondents_are_no_analysis():
    found = drivers(made_up(4, rows=5), "y", ["x0", "x1", "x2", "x3"])
    assert found.status is DriverStatus.TOO_FEW_RESPONDENTS
    assert str(found.r_squared) == f"R²: not available. {found.reason}"


def test_refusals_name_the_trouble(survey, schools):
    with pytest.raises(EstimationError, match="named twice: overall"):
        drivers(survey, "overall", ["q1", "overall"])
    with pytest.raises(EstimationError, match="no factor 'q9'"):
        drivers(survey, "overall", FACTORS).get("q9")
    with pytest.raises(EstimationError, match=r"between 0 and 1, not at 95"):
        drivers(survey, "overall", FACTORS, confidence_level=95)
    one = schools.where(schools.frame["dnum"] == schools.frame["dnum"].iloc[0])
    with pytest.raises(DomainIsPsuError):
        drivers(one, "api00", ["ell", "meals"])
