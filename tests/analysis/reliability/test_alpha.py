"""Alpha is R survey's, its standard error knows the design, and where there is none the result says why."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import DomainIsPsuError, EstimationError
from analysis.estimation import MissingRule
from analysis.moments import StandardErrorMethod
from analysis.reliability import ReliabilityStatus, cronbach_alpha, item_analysis
from analysis.replicate_design import ReplicateCentre, ReplicateDesign, ReplicateMethod
from analysis.sample import Sample
from analysis.weighting import poststratify

SCHOOL_ITEMS = ["ell", "meals", "mobility", "emer"]
ITEMS = ["q1", "q2", "q3", "q4", "q5", "q6"]


def numbers(found):
    return pytest.approx((found.value, found.standard_error), rel=1e-9)


@pytest.mark.golden
def test_linearized_error_in_a_finite_population(schools, expected):
    golden = expected["apiclus1"]["linearized"]
    assert numbers(cronbach_alpha(schools, SCHOOL_ITEMS)) == (golden["alpha"], golden["se"])


@pytest.mark.golden
def test_linearized_error_over_two_stages(survey_frame, expected):
    design = Design(
        strata="stratum", psu=["psu", "id"], population=["N1", "N2"], weight="w", single_psu="adjust"
    )
    golden = expected["synth_open"]["two_stage"]
    assert numbers(cronbach_alpha(Sample(survey_frame, design), ITEMS)) == (golden["alpha"], golden["se"])


@pytest.mark.golden
def test_known_totals_take_their_part_of_the_error(survey, expected):
    sample = poststratify(survey, by="sex", totals={"F": 16000, "M": 14000})
    golden = expected["synth_open"]["poststratified"]
    assert numbers(cronbach_alpha(sample, ITEMS)) == (golden["alpha"], golden["se"])


@pytest.mark.golden
def test_a_domain_keeps_the_psus_of_the_whole_design(survey, expected):
    """Trap 2: rows filtered away would lose PSUs."""
    women = survey.where(survey.frame["sex"] == "F")
    golden = expected["synth_open"]["domain"]
    assert numbers(cronbach_alpha(women, ITEMS)) == (golden["alpha"], golden["se"])


@pytest.mark.golden
def test_jackknife_leaves_out_one_psu_at_a_time(schools, expected):
    found = cronbach_alpha(schools, SCHOOL_ITEMS, standard_error=StandardErrorMethod.JACKKNIFE)
    assert found.standard_error == pytest.approx(expected["apiclus1"]["jackknife_se"], rel=1e-9)


@pytest.mark.golden
@pytest.mark.parametrize(
    ("centre", "name"),
    [(ReplicateCentre.ESTIMATE, "jackknife_se"), (ReplicateCentre.MEAN, "replicates_se")],
)
def test_replicate_weights_answer_where_the_sample_has_them(schools, expected, centre, name):
    frame = schools.frame.copy()
    psus = sorted(frame["dnum"].unique())
    left_out = pd.DataFrame(
        {
            f"r{psu}": frame["pw"] * np.where(frame["dnum"] == psu, 0, len(psus) / (len(psus) - 1))
            for psu in psus
        }
    )
    fraction = len(psus) / frame["fpc"].iloc[0]
    design = ReplicateDesign(
        weight="pw",
        replicates=list(left_out),
        method=ReplicateMethod.JK1,
        scale=(len(psus) - 1) / len(psus) * (1 - fraction),
        centre=centre,
    )
    found = cronbach_alpha(Sample(pd.concat([frame, left_out], axis=1), design), SCHOOL_ITEMS)
    assert found.standard_error == pytest.approx(expected["apiclus1"][name], rel=1e-9)
    assert found.standard_error_method == "replication"


def test_limits_never_pass_one_and_contain_the_value(schools):
    found = cronbach_alpha(schools, SCHOOL_ITEMS, confidence_level=0.999999)
    assert found.lower < found.value < found.upper < 1


def test_weights_and_answers_may_change_their_scale(schools):
    frame = schools.frame.assign(pw=schools.frame["pw"] * 7)
    frame[SCHOOL_ITEMS] = frame[SCHOOL_ITEMS] * 3 + 11
    scaled = cronbach_alpha(Sample(frame, schools.design), SCHOOL_ITEMS)
    assert numbers(scaled) == (
        cronbach_alpha(schools, SCHOOL_ITEMS).value,
        cronbach_alpha(schools, SCHOOL_ITEMS).standard_error,
    )


def test_without_an_item_it_is_the_alpha_of_the_others(survey):
    complete = survey.where(survey.frame[ITEMS].notna().all(axis=1))
    dropped = cronbach_alpha(complete, ITEMS).if_dropped
    assert dropped["q3"] == pytest.approx(cronbach_alpha(complete, ["q1", "q2", "q4", "q5", "q6"]).value)
    assert cronbach_alpha(survey, ["q1", "q2"]).if_dropped == {}


def sample_of(**columns):
    frame = pd.DataFrame({name: pd.array(values, dtype="Float64") for name, values in columns.items()})
    return Sample(frame.assign(w=1.0), Design(weight="w"))


def test_equal_items_measure_without_error():
    found = cronbach_alpha(sample_of(a=[1, 2, 3, 5], b=[1, 2, 3, 5]), ["a", "b"])
    assert (found.value, found.standard_error, found.upper) == pytest.approx((1, 0, 1), abs=1e-7)


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({"a": [1, None, 3], "b": [None, 2, 3]}, ReliabilityStatus.TOO_FEW_RESPONDENTS),
        ({"a": [4, 4, 4], "b": [5, 5, 5]}, ReliabilityStatus.NO_VARIATION),
        ({"a": [1, 2, 3], "b": [3, 2, 1]}, ReliabilityStatus.NO_VARIATION),
    ],
)
def test_without_alpha_the_result_says_why(columns, status):
    found = cronbach_alpha(sample_of(**columns), ["a", "b"])
    assert (found.value, found.standard_error, found.lower, found.status) == (None, None, None, status)
    assert str(found) == f"alpha of 2 items: not available. {found.reason}"


def test_one_stratum_of_one_psu_leaves_no_interval():
    frame = pd.DataFrame({"a": [1, 2, 4.0], "b": [1, 3, 3.0], "s": [1, 2, 3], "w": 1.0})
    found = cronbach_alpha(Sample(frame, Design(strata="s", weight="w", single_psu="certainty")), ["a", "b"])
    assert found.status is ReliabilityStatus.NO_DEGREES_OF_FREEDOM
    assert (found.standard_error, found.lower) == (0.0, None)


def test_a_domain_inside_one_psu_is_refused(schools):
    """Trap 1: between PSUs its standard error would be zero."""
    unit = schools.where(schools.frame["dnum"] == schools.frame["dnum"].iloc[0])
    with pytest.raises(DomainIsPsuError, match="within"):
        cronbach_alpha(unit, SCHOOL_ITEMS)
    asked_for = cronbach_alpha(unit, SCHOOL_ITEMS, one_psu_domains="estimate")
    assert asked_for.value == pytest.approx(item_analysis(unit.frame[unit.members], SCHOOL_ITEMS).alpha)


def test_every_unusable_item_is_named(survey):
    with pytest.raises(EstimationError, match=r"no column q99; column sex is .*; named twice: q1"):
        cronbach_alpha(survey, ["q1", "q1", "q99", "sex"])
    with pytest.raises(EstimationError, match="1 given, 2 or more are needed"):
        cronbach_alpha(survey, ["q1"])


def test_missing_answers_are_refused_when_asked_to(survey):
    with pytest.raises(EstimationError, match="Answers are missing in rows"):
        cronbach_alpha(survey, ITEMS, missing=MissingRule.REFUSE)
    with pytest.raises(EstimationError, match="answered all of them"):
        cronbach_alpha(survey, ITEMS, missing=MissingRule.BY_ITEM)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_confidence_level_is_a_share(survey, level):
    with pytest.raises(EstimationError, match=r"Use 0.95 for 95%"):
        cronbach_alpha(survey, ITEMS, confidence_level=level)


def test_jackknife_refuses_what_it_cannot_know(survey):
    calibrated = poststratify(survey, by="sex", totals={"F": 16000, "M": 14000})
    with pytest.raises(EstimationError, match=r"calibrated.*strata of one PSU"):
        cronbach_alpha(calibrated, ITEMS, standard_error=StandardErrorMethod.JACKKNIFE)


def test_result_prints_and_tabulates_its_method(schools):
    found = cronbach_alpha(schools, SCHOOL_ITEMS)
    assert str(found) == (
        "alpha of 4 items: 0.6080, SE 0.0331 (linearization), 95% 0.5301 to 0.6729, n = 183"
    )
    table = found.to_frame()
    assert json.loads(table["item"].to_json(orient="values")) == SCHOOL_ITEMS
    assert set(table["respondents"]) == {183}
