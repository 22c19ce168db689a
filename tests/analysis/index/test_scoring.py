"""A score sheet: totals, what does not apply, caps, and the refusal to count a missing leaf as zero."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.display import half_up
from analysis.errors import ScoringError
from analysis.index.definition import SURVEYED_KINDS
from analysis.index.inputs import (
    CountInput,
    EstimateInput,
    NotApplicableInput,
    PointsInput,
    RatioInput,
    ShareInput,
    YesNoInput,
)
from analysis.index.leaf_points import LeafState
from analysis.index.scoring import SheetStatus, points_from_estimate, score_sheet

DONE = {"code": "1.1.1", "max_points": "60", "kind": "SELF", "formula": "YESNO"}
RATIO = {
    "code": "1.1.2",
    "max_points": "15",
    "kind": "SELF",
    "formula": "RATIO",
    "parameters": '{"zero_denominator": "NA"}',
    "not_applicable": "allowed",
}
SURVEY = {"code": "1.1.3", "max_points": "15", "kind": "SURVEY", "formula": "SURVEY", "questions": "Q1"}
SIPAS = {"code": "1.1.4", "max_points": "10", "kind": "SIPAS", "formula": "SIPAS"}
BONUS = {
    "code": "B.1",
    "max_points": "5",
    "kind": "BONUS",
    "formula": "COUNT",
    "parameters": '{"points_each": 1}',
}
PENALTY = {**BONUS, "code": "P.1", "kind": "PENALTY"}

COMPLETE = {
    "1.1.1": YesNoInput(fulfilled=True),
    "1.1.2": RatioInput(2, 3),
    "1.1.3": ShareInput(Fraction(4, 5)),
    "1.1.4": ShareInput(Fraction(8394, 10000)),
}


@pytest.fixture
def small_set(set_of):
    return set_of(DONE, RATIO, SURVEY, SIPAS, BONUS, PENALTY, bonus_cap="3", penalty_cap="2")


def test_totals_are_added_unrounded_and_appraised_and_survey_points_kept_apart(small_set):
    sheet = score_sheet(small_set, COMPLETE)
    assert (sheet.appraised_points, sheet.survey_points) == (Decimal(70), Decimal("20.394"))
    assert (sheet.total_points, sheet.applicable_points, sheet.index) == (
        Decimal("90.394"),
        100,
        Decimal("90.394"),
    )
    assert (sheet.status, sheet.missing, sheet.not_applicable) == (SheetStatus.COMPLETE, (), ())


def test_three_thirds_of_a_point_are_a_whole_point_when_printed(set_of):
    thirds = [
        {"code": f"1.1.{number}", "max_points": "1", "kind": "SELF", "formula": "RATIO"}
        for number in range(1, 4)
    ]
    sheet = score_sheet(set_of(*thirds), {leaf["code"]: RatioInput(1, 3) for leaf in thirds})
    assert str(half_up(sheet.total_points)) == "1.00"
    assert str(half_up(sheet.index, decimals=10)) == "33.3333333333"


def test_a_missing_leaf_leaves_the_sheet_without_a_total_and_is_named(small_set):
    sheet = score_sheet(small_set, {code: entry for code, entry in COMPLETE.items() if code != "1.1.3"})
    assert (sheet.status, sheet.missing) == (SheetStatus.INCOMPLETE, ("1.1.3",))
    assert (sheet.total_points, sheet.index, sheet.survey_points) == (None, None, None)
    assert (sheet.appraised_points, sheet.scored_points) == (Decimal(70), Decimal("78.394"))
    assert sheet.applicable_points == 100
    area = sheet.area("1")
    assert (area.points, area.share, area.missing) == (None, None, ("1.1.3",))


def test_a_leaf_worth_zero_is_not_a_missing_leaf(small_set):
    sheet = score_sheet(small_set, {**COMPLETE, "1.1.1": YesNoInput(fulfilled=False)})
    assert (sheet.status, sheet.total_points) == (SheetStatus.COMPLETE, Decimal("30.394"))


@pytest.mark.parametrize(
    ("entry", "profile"),
    [
        (NotApplicableInput(), ()),
        (RatioInput(0, 0), ()),
        (None, ("1.1.2",)),
        (NotApplicableInput(), ("1.1.2",)),
    ],
)
def test_a_leaf_that_does_not_apply_leaves_the_maximum_however_it_was_excused(small_set, entry, profile):
    inputs = {code: value for code, value in {**COMPLETE, "1.1.2": entry}.items() if value is not None}
    sheet = score_sheet(small_set, inputs, not_applicable=profile)
    assert (sheet.not_applicable, sheet.applicable_points) == (("1.1.2",), Decimal(85))
    assert sheet.total_points == Decimal("80.394")
    assert half_up(sheet.index) == Decimal("94.58")


def test_bonus_and_penalty_are_added_under_their_caps(small_set):
    sheet = score_sheet(small_set, {**COMPLETE, "B.1": CountInput(5), "P.1": CountInput(1)})
    assert (sheet.bonus_points, sheet.penalty_points) == (Decimal(3), Decimal(1))
    assert sheet.total_points == Decimal("92.394")
    assert [(extra.code, extra.points) for extra in sheet.extras] == [
        ("B.1", Decimal(5)),
        ("P.1", Decimal(1)),
    ]
    assert score_sheet(small_set, {**COMPLETE, "P.1": CountInput(4)}).penalty_points == Decimal(2)


def test_extras_without_a_cap_count_in_full(set_of):
    sheet = score_sheet(
        set_of(DONE, BONUS, PENALTY),
        {"1.1.1": PointsInput(Decimal(50)), "B.1": CountInput(5), "P.1": CountInput(4)},
    )
    assert sheet.total_points == Decimal(51)


def test_a_bonus_never_lifts_the_total_above_what_applies(small_set):
    full = {**COMPLETE, "1.1.2": NotApplicableInput(), "1.1.3": ShareInput(1), "1.1.4": ShareInput(1)}
    sheet = score_sheet(small_set, {**full, "B.1": CountInput(3)})
    assert (sheet.total_points, sheet.applicable_points, sheet.index) == (
        Decimal(85),
        Decimal(85),
        Decimal(100),
    )


def test_the_penalty_is_taken_off_at_full_precision(set_of):
    third = {**PENALTY, "formula": "TIER", "max_points": "1"}
    third["parameters"] = '{"at_least": [[0.5, 1], [0, 0.3333333333333333333333333333333333]]}'
    sheet = score_sheet(set_of(DONE, third), {"1.1.1": PointsInput(Decimal(1)), "P.1": RatioInput(0, 1)})
    assert sheet.total_points == Decimal("0.6666666666666666666666666666666667")


def test_nothing_applicable_is_no_index(set_of):
    sheet = score_sheet(set_of(RATIO), {}, not_applicable=["1"])
    assert (sheet.status, sheet.index, sheet.applicable_points) == (SheetStatus.NOTHING_APPLICABLE, None, 0)


def test_a_profile_may_name_a_criterion_or_an_area(set_of):
    other = {**RATIO, "code": "1.1.1"}
    assert score_sheet(set_of(other, RATIO), {}, not_applicable=["1.1"]).not_applicable == ("1.1.1", "1.1.2")


def test_all_problems_of_a_sheet_are_named_at_once(small_set):
    inputs = {
        **COMPLETE,
        "9.9.9": YesNoInput(fulfilled=True),
        "1.1.1": RatioInput(1, 2),
        "1.1.3": PointsInput(Decimal(3)),
        "B.1": NotApplicableInput(),
    }
    with pytest.raises(ScoringError) as refused:
        score_sheet(small_set, inputs, not_applicable=["1.1.2", "1.1.4", "7"])
    assert [(problem.code, problem.place) for problem in refused.value.problems] == [
        ("unknown-code", "7"),
        ("unknown-code", "9.9.9"),
        ("input-does-not-fit", "1.1.1"),
        ("entry-for-excused", "1.1.2"),
        ("points-typed", "1.1.3"),
        ("entry-for-excused", "1.1.4"),
        ("not-applicable-refused", "B.1"),
    ]


def test_a_leaf_the_set_does_not_excuse_stays(small_set):
    with pytest.raises(ScoringError) as refused:
        score_sheet(small_set, {}, not_applicable=["1.1.1"])
    assert [problem.code for problem in refused.value.problems] == ["not-applicable-refused"]


@pytest.mark.golden
def test_the_satisfaction_rate_of_2024_is_worth_8_39_of_ten_points(set_of):
    sheet = score_sheet(set_of(SIPAS | {"code": "1.1.1"}), {"1.1.1": ShareInput(Decimal("0.8394"))})
    assert (sheet.total_points, half_up(sheet.total_points)) == (Decimal("8.394"), Decimal("8.39"))


def test_an_estimate_becomes_points_by_its_shortest_decimal_form(leaf_of):
    leaf = leaf_of("SIPAS", kind="SIPAS", max_points="10")
    estimate = points_from_estimate(leaf, value=0.1 + 0.2, low=-0.1, high=1.2)
    assert estimate.points == Decimal("3.0000000000000004")
    assert (estimate.interval.low, estimate.interval.high) == (Decimal(0), Decimal(10))
    assert points_from_estimate(leaf, value=0.8, low=0.75, high=0.85).points == Decimal(8)


def test_the_interval_of_estimated_points_stays_with_the_leaf(small_set):
    estimate = points_from_estimate(small_set.leaf("1.1.3"), value=0.8, low=0.7, high=0.9)
    score = score_sheet(small_set, {**COMPLETE, "1.1.3": estimate}).leaf("1.1.3")
    assert (score.points, score.interval.low, score.interval.high) == (
        Decimal(12),
        Decimal("10.5"),
        Decimal("13.5"),
    )


@pytest.mark.parametrize(
    "numbers",
    [
        {"value": float("nan"), "low": 0.1, "high": 0.9},
        {"value": 0.5, "low": float("-inf"), "high": 0.9},
        {"value": 1.01, "low": 0.9, "high": 1.1},
        {"value": 0.5, "low": 0.6, "high": 0.9},
    ],
)
def test_an_estimate_that_is_no_share_is_refused(leaf_of, numbers):
    with pytest.raises(ScoringError) as refused:
        points_from_estimate(leaf_of("SIPAS", kind="SIPAS"), **numbers)
    assert [problem.code for problem in refused.value.problems] == ["estimate-unusable"]


def test_only_survey_and_satisfaction_leaves_are_estimated(leaf_of):
    with pytest.raises(ScoringError):
        points_from_estimate(leaf_of("YESNO"), value=0.5, low=0.4, high=0.6)


@st.composite
def entries(draw, leaf):
    share = draw(st.fractions(0, 1, max_denominator=9999))
    choices = [None, ShareInput(share) if leaf.kind in SURVEYED_KINDS else PointsInput(_part(share, leaf))]
    if leaf.kind in SURVEYED_KINDS:
        value = float(share)
        choices.append(points_from_estimate(leaf, value=value, low=value, high=value))
    return draw(st.sampled_from(choices))


def _part(share, leaf):
    return half_up(share * Fraction(leaf.max_points), decimals=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_no_sum_of_a_sheet_passes_what_applies_and_no_order_of_inputs_matters(demo_set, data):
    drawn = {leaf.code: data.draw(entries(leaf)) for leaf in demo_set.leaves}
    inputs = {code: entry for code, entry in drawn.items() if entry is not None}
    profile = data.draw(st.sets(st.sampled_from(["4.3.1", "5.6.1", "6.3.1"]))) - set(inputs)
    sheet = score_sheet(demo_set, inputs, not_applicable=profile)
    assert sheet.scored_points <= sheet.applicable_points
    assert sheet.applicable_points == 100 - sum(demo_set.leaf(code).max_points for code in profile)
    for leaf in sheet.leaves:
        assert leaf.points is None or 0 <= leaf.points <= leaf.max_points
    waiting = {leaf.code for leaf in demo_set.leaves} - set(inputs) - profile
    assert set(sheet.missing) == waiting
    assert (sheet.total_points is None) == bool(waiting)
    assert score_sheet(demo_set, dict(reversed(inputs.items())), not_applicable=profile) == sheet


def test_areas_and_criteria_add_up_to_the_total(demo_set):
    inputs = {
        leaf.code: ShareInput(Fraction(1, 2))
        if leaf.kind in SURVEYED_KINDS
        else PointsInput(leaf.max_points / 2)
        for leaf in demo_set.leaves
    }
    sheet = score_sheet(demo_set, inputs)
    assert sheet.index == Decimal(50)
    assert sum(area.points for area in sheet.areas) == sum(c.points for c in sheet.criteria) == Decimal(50)
    assert {area.share for area in sheet.areas} == {Decimal("0.5")}
    assert {leaf.state for leaf in sheet.leaves} == {LeafState.SCORED}


def test_an_estimate_of_another_leaf_is_refused_when_it_passes_the_maximum(small_set):
    interval = points_from_estimate(small_set.leaf("1.1.3"), value=1.0, low=0.9, high=1.0).interval
    with pytest.raises(ScoringError) as refused:
        score_sheet(small_set, {**COMPLETE, "1.1.4": EstimateInput(points=Decimal(15), interval=interval)})
    assert [problem.code for problem in refused.value.problems] == ["points-out-of-range"]
