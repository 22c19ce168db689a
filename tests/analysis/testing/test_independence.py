"""Tests of independence know every stage of the design, and refuse what cannot be tested."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.design import Design, SinglePsu
from analysis.errors import DomainIsPsuError, EstimationError
from analysis.estimation import EstimationSettings, OnePsuDomains
from analysis.sample import Sample
from analysis.testing import (
    Denominator,
    HypothesisStatus,
    IndependenceMethod,
    QuadraticForm,
    independence,
)
from analysis.weighting import poststratify
from analysis.weighting.replicate_weights import jackknife
from tests.golden.reference import read_reference_table

PEARSON = [
    IndependenceMethod.SECOND_ORDER,
    IndependenceMethod.FIRST_ORDER,
    IndependenceMethod.LINEAR_COMBINATION,
    IndependenceMethod.SADDLEPOINT,
]


@pytest.mark.golden
def test_the_second_stage_is_not_dropped(two_stage_schools: Sample) -> None:
    """Peers keep the first stage only: F 12.125 for 11.873. R 4.2.2, survey 4.5: ~stype+sch.wide."""
    both = independence(two_stage_schools, rows="stype", columns="sch.wide")
    assert both.statistic == pytest.approx(11.8727451425608823, rel=1e-10)
    assert both.degrees_of_freedom == pytest.approx(1.3824988085924372, rel=1e-10)
    assert both.denominator_degrees_of_freedom == pytest.approx(53.9174535351050537, rel=1e-10)
    assert both.p_value == pytest.approx(0.0003221146624380819, rel=1e-9)
    first = Sample(two_stage_schools.frame, Design(psu="dnum", population="fpc1", weight="pw"))
    one = independence(first, rows="stype", columns="sch.wide")
    assert one.statistic == pytest.approx(12.125269034936478, rel=1e-10)


@pytest.mark.golden
def test_a_calibrated_domain_keeps_the_residuals_of_everybody(two_stage_schools: Sample) -> None:
    """R 4.2.2, survey 4.5: subset(postStratify(dclus2, ~stype, …), meals > 40), ~comp.imp+sch.wide."""
    calibrated = poststratify(two_stage_schools, by="stype", totals={"E": 4421, "H": 755, "M": 1018})
    domain = calibrated.where(calibrated.frame["meals"] > 40)
    test = independence(domain, rows="comp.imp", columns="sch.wide")
    assert test.statistic == pytest.approx(32.606867950503656, rel=1e-10)
    assert test.p_value == pytest.approx(1.3750442218916639e-05, rel=1e-8)
    assert (test.degrees_of_freedom, test.denominator_degrees_of_freedom) == (1.0, 20.0)


@pytest.mark.golden
def test_replicates_give_the_covariance_and_no_denominator(schools: Sample) -> None:
    """R 4.2.2, survey 4.5: as.svrepdesign(dclus1), ~stype+sch.wide."""
    replicated = jackknife(schools)
    f = independence(replicated, rows="stype", columns="sch.wide")
    assert f.statistic == pytest.approx(4.463905381929586, rel=1e-9)
    assert f.p_value == pytest.approx(0.035773399013596489, rel=1e-8)
    approximated = independence(
        replicated, rows="stype", columns="sch.wide", method=IndependenceMethod.SADDLEPOINT
    )
    assert approximated.statistic == pytest.approx(11.940892080745339, rel=1e-10)
    assert approximated.p_value == pytest.approx(0.023652564839743942, rel=1e-6)


def test_a_simple_random_sample_has_pearsons_test_itself() -> None:
    """With equal weights and no clusters the design effects are n / (n - 1), and X² is the textbook's."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"weight": 2.0, "a": rng.integers(0, 3, 400), "b": rng.integers(0, 2, 400)})
    test = independence(
        Sample(frame, Design(weight="weight")),
        rows="a",
        columns="b",
        method=IndependenceMethod.LINEAR_COMBINATION,
    )
    counts = pd.crosstab(frame["a"], frame["b"]).to_numpy()
    assert test.statistic == pytest.approx(
        stats.chi2_contingency(counts, correction=False).statistic, rel=1e-12
    )
    assert test.cramers_v == pytest.approx(np.sqrt(test.statistic / 400), rel=1e-12)
    # the estimated covariance is that of the observed cells, not of independent ones
    assert test.design_effects == pytest.approx([400 / 399, 400 / 399], rel=0.1)


def test_the_four_pearson_tests_have_the_distribution_of_one_quadratic_form(schools: Sample) -> None:
    told = {
        method: independence(schools, rows="stype", columns="awards", method=method) for method in PEARSON
    }
    effects = np.array(told[IndependenceMethod.LINEAR_COMBINATION].design_effects)
    square = told[IndependenceMethod.FIRST_ORDER].statistic
    second = told[IndependenceMethod.SECOND_ORDER]
    assert square is not None
    assert second.statistic == pytest.approx(square / effects.sum(), rel=1e-13)
    form = QuadraticForm(effects, second.denominator_degrees_of_freedom)
    assert told[IndependenceMethod.LINEAR_COMBINATION].p_value == form.tail(square)
    assert told[IndependenceMethod.SADDLEPOINT].p_value == form.saddlepoint_tail(square)


def test_whole_degrees_of_freedom_of_the_denominator_err_upwards(schools: Sample) -> None:
    """R truncates 20.92 to 20 in the number of the denominator's squares, not in its scale."""
    exact, whole = (
        independence(
            schools,
            rows="stype",
            columns="sch.wide",
            method=IndependenceMethod.LINEAR_COMBINATION,
            denominator=rule,
        ).p_value
        for rule in Denominator
    )
    assert whole == pytest.approx(0.025471762992626545, rel=1e-6)
    assert exact < whole


@pytest.mark.parametrize("method", list(IndependenceMethod))
def test_neither_labels_nor_order_nor_scale_matter(schools: Sample, method: IndependenceMethod) -> None:
    frame = schools.frame.sample(frac=1, random_state=1)
    frame = frame.assign(pw=frame["pw"] * 7, stype=frame["stype"].map({"E": "z", "H": "a", "M": "m"}))
    ours = independence(schools, rows="stype", columns="awards", method=method)
    changed = independence(Sample(frame, schools.design), rows="awards", columns="stype", method=method)
    assert changed.statistic == pytest.approx(ours.statistic, rel=1e-9)
    assert changed.p_value == pytest.approx(ours.p_value, rel=1e-8)


def test_missing_answers_leave_the_test_but_not_the_design(small: Sample) -> None:
    test = independence(small, rows="sex", columns="answer")
    assert test.respondent_count == 11
    assert test.denominator_degrees_of_freedom == pytest.approx(5.0)  # six wards, all still there


def test_groups_that_are_single_sampled_units_are_refused() -> None:
    """Trap 1: between PSUs the variance of a PSU is zero, so a test between units is void."""
    frame = read_reference_table("synth_open.csv")
    design = Design(strata="stratum", psu="psu", weight="w", single_psu=SinglePsu.ADJUST)
    with pytest.raises(DomainIsPsuError, match=r"Use sample\.within"):
        independence(Sample(frame, design), rows="psu", columns="sat")
    told = independence(
        Sample(frame, design),
        rows="psu",
        columns="sat",
        settings=EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE),
    )
    assert told.is_available
    within = Sample(frame, design).within("psu", element_population="N2")
    assert independence(within, rows="psu", columns="sat").is_available


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": "yes"}, r"answer has one category only \(yes\)"),
        ({"answer": None}, "no respondent who answered sex and answer"),
    ],
)
def test_a_variable_that_does_not_vary_is_refused(
    small: Sample, change: dict[str, object], message: str
) -> None:
    sample = Sample(small.frame.assign(**change), small.design)
    with pytest.raises(EstimationError, match=message):
        independence(sample, rows="sex", columns="answer")


def test_an_empty_category_is_named(small: Sample) -> None:
    declared = pd.Categorical(small.frame["region"], categories=["N", "S", "W", "C"])
    sample = Sample(small.frame.assign(region=declared), small.design)
    with pytest.raises(EstimationError, match="Nobody is in region C"):
        independence(sample, rows="region", columns="answer")


def test_a_wald_test_of_more_cells_than_sampling_units_is_refused() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"ward": np.arange(60) % 4, "w": 1.0, "a": rng.integers(0, 4, 60), "b": rng.integers(0, 3, 60)}
    )
    sample = Sample(frame, Design(psu="ward", weight="w"))
    with pytest.raises(EstimationError, match="3 degrees of freedom for 6 departures"):
        independence(sample, rows="a", columns="b", method=IndependenceMethod.WALD)
    assert independence(sample, rows="a", columns="b").is_available


def test_without_degrees_of_freedom_there_is_no_p_value_but_a_reason() -> None:
    frame = pd.DataFrame(
        {"s": [1, 1, 2, 2], "ward": [1, 1, 2, 2], "w": 1.0, "a": [0, 1, 0, 1], "b": [0, 1, 1, 1]}
    )
    sample = Sample(frame, Design(strata="s", psu="ward", weight="w", single_psu=SinglePsu.ADJUST))
    test = independence(sample, rows="a", columns="b")
    assert (test.p_value, test.status) == (None, HypothesisStatus.NO_DEGREES_OF_FREEDOM)
    assert str(test) == (
        "a × b: no p-value (Pearson's X², Rao–Scott second order): there are too few sampling units for the "
        "hypothesis; Cramér's V 0.577; 4 respondents"
    )


def test_without_variance_there_is_no_p_value_but_a_reason() -> None:
    frame = pd.DataFrame({"N": 4, "a": [0, 1, 0, 1], "b": [0, 1, 1, 1]})
    test = independence(Sample(frame, Design(population="N")), rows="a", columns="b")  # everybody was asked
    assert (test.p_value, test.status) == (None, HypothesisStatus.NO_VARIANCE)
    assert test.reason == "The sample shows no variance of what is tested."


def test_a_test_prints_as_a_sentence_and_goes_into_a_frame(schools: Sample) -> None:
    test = independence(schools, rows="stype", columns="sch.wide")
    assert str(test) == (
        "stype × sch.wide: F(1.495, 20.92) = 5.193, p = 0.0217 (Pearson's X², Rao–Scott second order); "
        "Cramér's V 0.255; 183 respondents"
    )
    row = test.to_frame().iloc[0]
    assert (row["respondents"], row["status"]) == (183, "available")
    assert row["cramers_v"] == test.cramers_v
    assert test.design is schools.design


@pytest.mark.parametrize("method", PEARSON)
def test_without_degrees_of_freedom_there_is_no_p_value(schools: Sample, method: IndependenceMethod) -> None:
    design = Design(strata="dnum", psu="dnum", weight="pw", single_psu=SinglePsu.ADJUST)
    test = independence(Sample(schools.frame, design), rows="stype", columns="sch.wide", method=method)
    assert (test.p_value, test.status) == (None, HypothesisStatus.NO_DEGREES_OF_FREEDOM)
