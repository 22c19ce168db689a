"""What does not hold together in a criteria set is found, whatever it is."""

from dataclasses import replace

import pytest

from analysis.errors import IndexDefinitionError
from analysis.index.checks import check_criteria_set
from analysis.index.reading import COLUMNS, criteria_set_from_table

YES = {"code": "1.1.1", "max_points": "2", "kind": "SELF", "formula": "YESNO"}


def problems_of(read):
    with pytest.raises(IndexDefinitionError) as refused:
        read()
    return [(problem.code, problem.place) for problem in refused.value.problems]


def spoilt(rows, code, column, value):
    for row in rows:
        if row[0] == code:
            row[COLUMNS.index(column)] = value
    return rows


def test_a_leaf_that_grows_breaks_the_sum_of_its_criterion(demo_rows):
    rows = spoilt(demo_rows, "1.4.1", "max_points", "1.5")
    assert problems_of(lambda: criteria_set_from_table(rows)) == [("child-sum-differs", "row 21, 1.4")]


def test_sums_are_checked_at_every_level(demo_rows):
    rows = spoilt(demo_rows, "1.4", "max_points", "1.5")
    rows = spoilt(rows, "8", "max_points", "13")
    assert [code for code, _ in problems_of(lambda: criteria_set_from_table(rows))] == [
        "total-differs",
        "child-sum-differs",
        "child-sum-differs",
        "child-sum-differs",
    ]


def test_areas_add_up_to_the_declared_total(golden_set, demo_rows):
    assert golden_set("nam-dinh-2020").total_points == 70
    demo_rows[9][1] = "70"
    with pytest.raises(IndexDefinitionError) as refused:
        criteria_set_from_table(demo_rows)
    assert [str(problem) for problem in refused.value.problems] == [
        "the set: its areas add up to 100 points, not 70."
    ]


def test_a_code_used_twice_is_refused(set_of):
    assert problems_of(lambda: set_of(YES, YES)) == [("duplicate-code", "row 12, 1.1.1")]


def test_an_area_without_criteria_is_refused(demo_rows):
    demo_rows.append(["9", "area", "Trống", "Empty", "1", *[""] * 7])
    assert problems_of(lambda: criteria_set_from_table(demo_rows)) == [
        ("total-differs", "the set"),
        ("no-children", f"row {len(demo_rows)}, 9"),
    ]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"kind": "SURVEY", "formula": "SURVEY"}, "no-questions"),
        ({"kind": "SURVEY", "formula": "SURVEY", "questions": "Q1;Q1"}, "question-twice"),
        ({"questions": "Q1"}, "spare-questions"),
        ({"kind": "SURVEY", "formula": "EXTERNAL", "questions": "Q1"}, "formula-does-not-fit"),
        ({"kind": "SIPAS", "formula": "EXTERNAL"}, "formula-does-not-fit"),
        ({"kind": "SELF", "formula": "SIPAS"}, "formula-does-not-fit"),
        ({"kind": "SELF", "formula": "EXTERNAL"}, "formula-does-not-fit"),
        ({"kind": "EXTERNAL", "formula": "SURVEY"}, "formula-does-not-fit"),
        ({"max_points": "0"}, "no-points"),
        ({"formula": "COUNT", "parameters": '{"points_each": 2.5}'}, "points-above-maximum"),
        (
            {
                "formula": "TIER",
                "parameters": '{"choices": [{"code": "a", "points": 3, "vi": "x", "en": "x"}]}',
            },
            "best-is-not-maximum",
        ),
        ({"formula": "TIER", "parameters": '{"at_least": [[0.5, 1], [0, 0]]}'}, "best-is-not-maximum"),
        (
            {"formula": "TIER", "parameters": '{"at_least": [[0.2, 1], [0.5, 2], [0, 0]]}'},
            "bounds-out-of-order",
        ),
        ({"formula": "TIER", "parameters": '{"at_least": [[0.5, 2], [0.2, 1]]}'}, "bounds-out-of-order"),
        (
            {"formula": "PIECEWISE", "parameters": '{"pieces": [{"at_least": 0, "times": 1, "plus": 0.1}]}'},
            "points-above-maximum",
        ),
        (
            {"formula": "PIECEWISE", "parameters": '{"pieces": [{"at_least": 0.5, "times": 1}]}'},
            "bounds-out-of-order",
        ),
        (
            {
                "formula": "CHECKLIST",
                "parameters": '{"items": [{"code": "a", "points": 1, "vi": "x", "en": "x"}]}',
            },
            "best-is-not-maximum",
        ),
        (
            {
                "formula": "DEDUCT",
                "parameters": '{"deductions": [{"code": "a", "points": 0, "vi": "x", "en": "x"}]}',
            },
            "no-points",
        ),
        (
            {"formula": "ROLLUP", "parameters": '{"of": "TIER", "from": "commune", "at_least": [[0, 1]]}'},
            "best-is-not-maximum",
        ),
    ],
)
def test_a_leaf_that_contradicts_itself_is_refused(set_of, columns, problem):
    assert problems_of(lambda: set_of({**YES, **columns})) == [(problem, "row 11, 1.1.1")]


@pytest.mark.parametrize("formula", ["DEDUCT", "ROLLUP", "SIPAS"])
def test_a_bonus_is_earned_by_events_only(set_of, formula):
    parameters = {
        "DEDUCT": '{"deductions": [{"code": "a", "points": 1, "vi": "x", "en": "x"}]}',
        "ROLLUP": '{"of": "RATIO", "from": "commune"}',
        "SIPAS": "",
    }[formula]
    bonus = {"code": "B.1", "max_points": "1", "kind": "BONUS", "formula": formula, "parameters": parameters}
    assert problems_of(lambda: set_of(YES, bonus)) == [("formula-does-not-fit", "row 12, B.1")]


def test_codes_must_continue_those_of_their_parents_in_a_set_made_by_hand(demo_set):
    first, *others = demo_set.areas
    leaf = replace(first.criteria[0].sub_criteria[0], code="1.8.1")
    criterion = replace(first.criteria[0], sub_criteria=(leaf, *first.criteria[0].sub_criteria[1:]))
    stray = replace(first.criteria[1], code="9.2", sub_criteria=first.criteria[1].sub_criteria)
    area = replace(first, criteria=(criterion, stray, *first.criteria[2:]))
    problems = check_criteria_set(replace(demo_set, areas=(area, *others)))
    assert [(problem.code, problem.place, problem.values) for problem in problems] == [
        ("code-outside-parent", "1.8.1", {"parent": "1.1"}),
        ("code-outside-parent", "9.2", {"parent": "1"}),
        ("code-outside-parent", "1.2.1", {"parent": "9.2"}),
    ]
    assert check_criteria_set(demo_set) == ()


def test_a_cap_below_zero_is_refused(set_of):
    assert problems_of(lambda: set_of(YES, bonus_cap="-1")) == [("negative-cap", "the set")]
