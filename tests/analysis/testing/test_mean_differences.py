"""t tests know the design, their degrees of freedom and their interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.design import Design, SinglePsu
from analysis.errors import DomainIsPsuError, EstimationError
from analysis.estimation import EstimationSettings, MissingRule, mean
from analysis.sample import Sample
from analysis.testing import (
    Group,
    HypothesisStatus,
    mean_against,
    mean_difference,
    paired_difference,
)
from analysis.weighting import poststratify
from analysis.weighting.replicate_weights import jackknife
from tests.golden.reference import read_reference_table


def test_there_is_one_degree_of_freedom_less_than_the_design_has(schools: Sample) -> None:
    """Trap 3: fifteen districts have 14 degrees of freedom, the t tests 13."""
    assert schools.degrees_of_freedom == 14
    for test in (
        mean_against(schools, "api00", value=650),
        paired_difference(schools, "api00", "api99"),
        mean_difference(schools, "api00", between="comp.imp"),
    ):
        assert test.degrees_of_freedom == 13
        assert test.statistic is not None
        assert test.p_value == pytest.approx(2 * stats.t.sf(abs(test.statistic), 13), rel=1e-14)


@pytest.mark.golden
def test_calibration_and_replicates_count(schools: Sample, two_stage_schools: Sample) -> None:
    """R 4.2.2, survey 4.5: subset(postStratify(dclus2, ~stype, …), meals > 40); as.svrepdesign(dclus1)."""
    calibrated = poststratify(two_stage_schools, by="stype", totals={"E": 4421, "H": 755, "M": 1018})
    test = mean_difference(calibrated.where(calibrated.frame["meals"] > 40), "api00", between="comp.imp")
    assert test.statistic == pytest.approx(2.771121647062091853, rel=1e-10)
    assert (test.lower, test.upper) == pytest.approx(
        (26.401166375955597232, 189.381471535434798170), rel=1e-9
    )
    replicated = mean_difference(jackknife(schools), "api00", between="comp.imp")
    assert replicated.statistic == pytest.approx(0.84053845077302225, rel=1e-10)
    assert (replicated.degrees_of_freedom, replicated.p_value) == (13, pytest.approx(0.41579900687615645))


def test_a_simple_random_sample_has_students_test() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(3, 1, 50)
    sample = Sample(pd.DataFrame({"w": 1.0, "y": values}), Design(weight="w"))
    test = mean_against(sample, "y", value=2.8)
    expected = stats.ttest_1samp(values, 2.8)
    assert test.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert test.degrees_of_freedom == 48  # one less than Student's, the convention of survey samples


def test_a_mean_is_tested_by_the_error_and_interval_it_is_published_with(small: Sample) -> None:
    test, published = mean_against(small, "score"), mean(small, "score")[0]
    assert (test.estimate, test.standard_error) == pytest.approx((published.value, published.standard_error))
    wide = mean_against(small, "score", settings=EstimationSettings(confidence_level=0.99))
    assert test.lower is not None
    assert wide.lower is not None
    assert wide.lower < test.lower


def test_a_difference_is_the_second_group_less_the_first(small: Sample) -> None:
    test = mean_difference(small, "score", between="sex")
    by_sex = mean(small, "score", by="sex")
    first, second = (by_sex.get("score", sex=sex).value for sex in ("F", "M"))
    assert first is not None
    assert second is not None
    assert test.groups == (
        Group("F", pytest.approx(first), 6),
        Group("M", pytest.approx(second), 6),
    )
    assert test.estimate == pytest.approx(second - first, rel=1e-13)
    covariance = by_sex.covariance()
    assert test.standard_error == pytest.approx(np.sqrt(np.array([-1, 1]) @ covariance @ [-1, 1]), rel=1e-12)


def test_a_pair_needs_both_answers(small: Sample) -> None:
    test = paired_difference(small, "score", "again")
    assert test.respondent_count == 11
    frame = small.frame.assign(change=small.frame["score"] - small.frame["again"])
    alone = mean_against(Sample(frame, small.design), "change")
    assert test.statistic == pytest.approx(alone.statistic, rel=1e-13)


def test_missing_answers_leave_the_test_but_not_the_design(small: Sample) -> None:
    frame = small.frame.assign(score=small.frame["score"].where(small.frame["ward"] != 6))
    test = mean_against(Sample(frame, small.design), "score")
    assert (test.respondent_count, test.degrees_of_freedom) == (10, 4)
    with pytest.raises(EstimationError, match="Answers are missing in rows 10, 11"):
        mean_against(
            Sample(frame, small.design), "score", settings=EstimationSettings(missing=MissingRule.REFUSE)
        )


@pytest.mark.parametrize(
    ("between", "message"),
    [
        ("region", r"region has 3 groups \(N, S, W\); a t test compares two"),
        ("weight_class", "weight_class has one category only"),
        ("colour", "There is no column colour"),
    ],
)
def test_other_than_two_groups_are_refused(small: Sample, between: str, message: str) -> None:
    sample = Sample(small.frame.assign(weight_class="light"), small.design)
    with pytest.raises(EstimationError, match=message):
        mean_difference(sample, "score", between=between)


def test_a_declared_group_nobody_is_in_is_named(small: Sample) -> None:
    declared = pd.Categorical(small.frame["sex"], categories=["F", "M", "X"])
    with pytest.raises(EstimationError, match="Nobody is in sex X"):
        mean_difference(Sample(small.frame.assign(sex=declared), small.design), "score", between="sex")


def test_two_sampled_units_against_each_other_are_refused() -> None:
    """Trap 1: the difference of two PSUs has no variance between PSUs."""
    frame = read_reference_table("synth_open.csv")
    design = Design(strata="stratum", psu="psu", weight="w", single_psu=SinglePsu.ADJUST)
    psus = frame.loc[frame["stratum"] == frame["stratum"].iloc[0], "psu"].unique()[:2]
    sample = Sample(frame, design).where(frame["psu"].isin(psus))
    with pytest.raises(DomainIsPsuError, match=r"Use sample\.within"):
        mean_difference(sample, "overall", between="psu")


def test_words_and_infinite_numbers_are_refused(small: Sample) -> None:
    with pytest.raises(EstimationError, match=r"column answer is \w+, not numbers"):
        mean_against(small, "answer")
    frame = small.frame.assign(score=small.frame["score"].replace(1.0, np.inf))
    with pytest.raises(EstimationError, match="column score is infinite in row 5"):
        mean_against(Sample(frame, small.design), "score")


def test_a_domain_without_respondents_is_refused(small: Sample) -> None:
    with pytest.raises(EstimationError, match="no respondent who answered score"):
        mean_against(small.where(small.frame["region"] == "X"), "score")


def test_a_constant_has_no_test_but_a_reason(small: Sample) -> None:
    test = mean_against(Sample(small.frame.assign(score=3.0), small.design), "score", value=2)
    assert (test.statistic, test.p_value, test.status) == (None, None, HypothesisStatus.NO_VARIANCE)
    assert str(test) == (
        "mean of score = 2: no p-value (design-based t test, one mean): the sample shows no variance of what "
        "is tested; estimate 3; 12 respondents"
    )


def test_two_sampling_units_leave_no_degree_of_freedom(small: Sample) -> None:
    test = mean_against(small.where(small.frame["ward"] <= 2), "score")
    assert (test.p_value, test.lower, test.status) == (None, None, HypothesisStatus.NO_DEGREES_OF_FREEDOM)
    assert test.standard_error is not None


def test_a_t_test_prints_as_a_sentence(schools: Sample) -> None:
    assert str(mean_difference(schools, "api00", between="comp.imp")) == (
        "mean of api00, comp.imp Yes - No = 0: t(13) = 0.9251, p = 0.3718 (design-based t test, two groups); "
        "estimate 15.506, SE 16.76, 95% -20.706 to 51.718; 183 respondents"
    )


@pytest.mark.parametrize("score", [4.0, 4.1, 1 / 3])
def test_answers_that_do_not_vary_have_no_error(small: Sample, score: float) -> None:
    """The design does not fix the mean: an error of zero, or of round-off, would pass for certainty."""
    sample = Sample(small.frame.assign(score=score), small.design)
    for test in (mean_against(sample, "score", value=3), mean_difference(sample, "score", between="sex")):
        assert (test.standard_error, test.lower, test.p_value) == (None, None, None)
