"""Every formula gives the points its table promises, and refuses what cannot be."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import ScoringError
from analysis.index.inputs import (
    ChecklistInput,
    ChoiceInput,
    CountInput,
    DeductionInput,
    EstimateInput,
    NotApplicableInput,
    PointsInput,
    PointsInterval,
    RatioInput,
    RollupInput,
    ShareInput,
    YesNoInput,
)
from analysis.index.leaf_points import LeafState, score_leaf

CHOICES = (
    '{"choices": [{"code": "on_time", "points": 2, "vi": "x", "en": "x"},'
    ' {"code": "late", "points": 0.5, "vi": "x", "en": "x"}]}'
)
DEDUCTIONS = (
    '{"deductions": [{"code": "missing", "points": 0.5, "vi": "x", "en": "x"},'
    ' {"code": "late", "points": 0.25, "vi": "x", "en": "x"}]}'
)
ITEMS = (
    '{"items": [{"code": "plan", "points": 1.5, "vi": "x", "en": "x"},'
    ' {"code": "report", "points": 0.5, "vi": "x", "en": "x"}]}'
)
STEPS = '{"at_least": [[0.3, 2], [0.2, 0.5], [0, 0]]}'
PIECES = (
    '{"pieces": [{"at_least": 0.9, "times": 1}, {"at_least": 0.7, "times": 0.5, "plus": 0.1},'
    ' {"at_least": 0, "times": 0}]}'
)
FLOOR = '{"floor": 0.8}'
TARGET = '{"target": 0.3}'
SURVEY = {"kind": "SURVEY", "questions": "Q1"}
SIPAS = {"kind": "SIPAS"}


@pytest.mark.parametrize(
    ("formula", "parameters", "entry", "points"),
    [
        ("YESNO", "", YesNoInput(fulfilled=True), "2"),
        ("YESNO", "", YesNoInput(fulfilled=False), "0"),
        ("TIER", CHOICES, ChoiceInput("on_time"), "2"),
        ("TIER", CHOICES, ChoiceInput("late"), "0.5"),
        ("TIER", STEPS, RatioInput(3, 10), "2"),
        ("TIER", STEPS, RatioInput(29, 100), "0.5"),
        ("TIER", STEPS, RatioInput(1, 5), "0.5"),
        ("TIER", STEPS, RatioInput(19, 100), "0"),
        ("RATIO", "", RatioInput(3, 4), "1.5"),
        ("RATIO", "", RatioInput(Decimal("1.5"), 2), "1.5"),
        ("RATIO_FLOOR", FLOOR, RatioInput(4, 5), "1.6"),
        ("RATIO_FLOOR", FLOOR, RatioInput(79, 100), "0"),
        ("PIECEWISE", PIECES, RatioInput(95, 100), "1.9"),
        ("PIECEWISE", PIECES, RatioInput(89, 100), "1.09"),
        ("PIECEWISE", PIECES, RatioInput(69, 100), "0"),
        ("TARGET", TARGET, RatioInput(15, 100), "1"),
        ("TARGET", TARGET, RatioInput(3, 10), "2"),
        ("TARGET", TARGET, RatioInput(13, 10), "2"),
        ("COUNT", '{"points_each": 0.75}', CountInput(2), "1.5"),
        ("COUNT", '{"points_each": 0.75}', CountInput(3), "2"),
        ("DEDUCT", DEDUCTIONS, DeductionInput({"missing": 1, "late": 2}), "1"),
        ("DEDUCT", DEDUCTIONS, DeductionInput({"missing": 9}), "0"),
        ("DEDUCT", DEDUCTIONS, DeductionInput({}), "2"),
        ("CHECKLIST", ITEMS, ChecklistInput(frozenset({"plan"})), "1.5"),
        ("CHECKLIST", ITEMS, ChecklistInput(frozenset({"plan", "report"})), "2"),
        ("CHECKLIST", ITEMS, ChecklistInput(frozenset()), "0"),
    ],
)
def test_a_formula_gives_its_points(leaf_of, formula, parameters, entry, points):
    score = score_leaf(leaf_of(formula, parameters), entry)
    assert (score.state, score.points) == (LeafState.SCORED, Decimal(points))


def test_a_ratio_keeps_34_digits(leaf_of):
    assert score_leaf(leaf_of("RATIO"), RatioInput(1, 3)).points == Decimal("0." + "6" * 33 + "7")


@pytest.mark.parametrize("formula", [("SURVEY", SURVEY), ("SIPAS", SIPAS)])
def test_a_share_becomes_points_exactly(leaf_of, formula):
    code, columns = formula
    leaf = leaf_of(code, max_points="35", **columns)
    assert score_leaf(leaf, ShareInput(Fraction(3283, 3500))).points == Decimal("32.83")
    assert score_leaf(leaf, ShareInput(Decimal("0.8"))).points == Decimal(28)


def test_an_estimate_keeps_its_interval(leaf_of):
    interval = PointsInterval(low=Decimal("1.1"), high=Decimal("1.7"))
    score = score_leaf(leaf_of("SIPAS", **SIPAS), EstimateInput(points=Decimal("1.4"), interval=interval))
    assert (score.points, score.interval) == (Decimal("1.4"), interval)


def test_confirmed_points_replace_the_figures_of_a_claimed_leaf(leaf_of):
    assert score_leaf(leaf_of("RATIO"), PointsInput(Decimal("1.25"))).points == Decimal("1.25")
    assert score_leaf(leaf_of("EXTERNAL", kind="EXTERNAL"), PointsInput(Decimal(2))).points == Decimal(2)


def test_no_entry_is_missing_and_never_zero(leaf_of):
    score = score_leaf(leaf_of("RATIO"), None)
    assert (score.state, score.points) == (LeafState.MISSING, None)


@pytest.mark.parametrize("rule", ["RATIO", "RATIO_FLOOR", "PIECEWISE", "TARGET", "TIER"])
def test_a_base_of_zero_follows_the_rule_of_the_leaf(leaf_of, rule):
    own = {"RATIO_FLOOR": FLOOR, "PIECEWISE": PIECES, "TARGET": TARGET, "TIER": STEPS}.get(rule, "{}")

    def leaf(zero):
        return leaf_of(
            rule, own.replace("{", f'{{"zero_denominator": "{zero}"' + (", " if own != "{}" else ""), 1)
        )

    assert score_leaf(leaf("NA"), RatioInput(0, 0)).state is LeafState.NOT_APPLICABLE
    assert score_leaf(leaf("MAX"), RatioInput(0, 0)).points == Decimal(2)
    assert problem_of(leaf_of(rule, own), RatioInput(0, 0)) == "zero-denominator"
    assert problem_of(leaf("MAX"), RatioInput(1, 0)) == "ratio-above-one"


def problem_of(leaf, entry):
    with pytest.raises(ScoringError) as refused:
        score_leaf(leaf, entry)
    (problem,) = refused.value.problems
    assert problem.place == "1.1.1"
    return problem.code


@pytest.mark.parametrize(
    ("formula", "parameters", "entry", "problem"),
    [
        ("YESNO", "", RatioInput(1, 2), "input-does-not-fit"),
        ("RATIO", "", YesNoInput(fulfilled=True), "input-does-not-fit"),
        ("RATIO", "", RollupInput({"a": RatioInput(1, 2)}), "input-does-not-fit"),
        ("RATIO", "", ShareInput(Fraction(1, 2)), "input-does-not-fit"),
        (
            "RATIO",
            "",
            EstimateInput(Decimal(1), PointsInterval(Decimal(0), Decimal(2))),
            "input-does-not-fit",
        ),
        ("ROLLUP", '{"of": "RATIO", "from": "commune"}', RatioInput(1, 2), "input-does-not-fit"),
        ("RATIO", "", RatioInput(3, 2), "ratio-above-one"),
        ("RATIO_FLOOR", FLOOR, RatioInput(3, 2), "ratio-above-one"),
        ("PIECEWISE", PIECES, RatioInput(3, 2), "ratio-above-one"),
        ("RATIO", "", RatioInput(-1, 2), "below-zero"),
        ("RATIO", "", RatioInput(1, -2), "below-zero"),
        ("RATIO", "", RatioInput(0.5, 2), "not-exact"),
        ("TIER", CHOICES, ChoiceInput("tomorrow"), "unknown-choice"),
        ("DEDUCT", DEDUCTIONS, DeductionInput({"rude": 1}), "unknown-choice"),
        ("DEDUCT", DEDUCTIONS, DeductionInput({"late": -1}), "below-zero"),
        ("CHECKLIST", ITEMS, ChecklistInput(frozenset({"lunch"})), "unknown-choice"),
        ("COUNT", '{"points_each": 0.75}', CountInput(-1), "below-zero"),
        ("YESNO", "", PointsInput(Decimal("2.01")), "points-out-of-range"),
        ("YESNO", "", PointsInput(Decimal("-0.01")), "points-out-of-range"),
        ("YESNO", "", PointsInput(Decimal("NaN")), "points-out-of-range"),
        ("YESNO", "", NotApplicableInput(), "not-applicable-refused"),
    ],
)
def test_what_cannot_be_is_refused(leaf_of, formula, parameters, entry, problem):
    assert problem_of(leaf_of(formula, parameters), entry) == problem


def test_points_of_survey_and_satisfaction_leaves_cannot_be_typed(leaf_of):
    assert problem_of(leaf_of("SURVEY", **SURVEY), PointsInput(Decimal(1))) == "points-typed"
    assert problem_of(leaf_of("SIPAS", **SIPAS), PointsInput(Decimal(1))) == "points-typed"


@pytest.mark.parametrize("share", [Fraction(-1, 10), Fraction(11, 10)])
def test_a_share_outside_zero_and_one_is_refused(leaf_of, share):
    assert problem_of(leaf_of("SIPAS", **SIPAS), ShareInput(share)) == "share-out-of-range"


def test_a_leaf_that_may_be_left_out_leaves_without_points(leaf_of):
    score = score_leaf(leaf_of("YESNO", not_applicable="allowed"), NotApplicableInput())
    assert (score.state, score.points) == (LeafState.NOT_APPLICABLE, None)


def test_a_rolled_up_leaf_sums_the_figures_of_its_units_before_dividing(leaf_of):
    leaf = leaf_of("ROLLUP", '{"of": "RATIO_FLOOR", "floor": 0.8, "from": "commune"}')
    score = score_leaf(leaf, RollupInput({"a": RatioInput(99, 100), "b": RatioInput(6, 25)}))
    assert score.points == Decimal("1.68")


def test_a_unit_below_without_figures_is_named_and_the_leaf_stays_missing(leaf_of):
    leaf = leaf_of("ROLLUP", '{"of": "RATIO", "from": "commune"}')
    score = score_leaf(leaf, RollupInput({"c": None, "a": RatioInput(9, 10), "b": None}))
    assert (score.state, score.points, score.missing_children) == (LeafState.MISSING, None, ("b", "c"))
    assert score_leaf(leaf, RollupInput({})).state is LeafState.MISSING


whole = st.integers(0, 10**6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_points_never_leave_zero_to_maximum(leaf_of, data):
    formula, parameters = data.draw(
        st.sampled_from(
            [
                ("RATIO", ""),
                ("RATIO_FLOOR", FLOOR),
                ("PIECEWISE", PIECES),
                ("TARGET", TARGET),
                ("TIER", STEPS),
            ]
        )
    )
    maximum = "2" if formula == "TIER" else data.draw(st.decimals("0.01", 100, places=2).map(str))
    denominator = data.draw(st.integers(1, 10**6))
    numerator = data.draw(st.integers(0, denominator))
    leaf = leaf_of(formula, parameters, max_points=maximum)
    assert 0 <= score_leaf(leaf, RatioInput(numerator, denominator)).points <= Decimal(maximum)
