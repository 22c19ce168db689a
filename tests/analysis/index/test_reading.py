"""A criteria set is read whole or refused with every problem, located."""

from decimal import Decimal

import pytest

from analysis.errors import IndexDefinitionError
from analysis.index.definition import LeafKind, NotApplicable
from analysis.index.formulas import (
    Checklist,
    ChoiceTier,
    Count,
    Deduct,
    Piecewise,
    Ratio,
    RatioFloor,
    Rollup,
    Sipas,
    Survey,
    Target,
    ThresholdTier,
    YesNo,
    ZeroDenominator,
    formula_code,
)
from analysis.index.reading import COLUMNS, criteria_set_from_rows, criteria_set_from_table


def problems_of(read):
    with pytest.raises(IndexDefinitionError) as refused:
        read()
    return [(problem.code, problem.place) for problem in refused.value.problems]


def row_number(rows, code):
    return next(number for number, row in enumerate(rows, start=1) if row[0] == code)


def spoil(rows, code, column, value):
    row = rows[row_number(rows, code) - 1]
    row[COLUMNS.index(column)] = value


def test_the_demonstration_set_has_46_leaves_in_8_areas_and_says_it_is_not_official(demo_set):
    assert len(demo_set.leaves) == 46
    assert (len(demo_set.areas), len(demo_set.criteria)) == (8, 40)
    assert (demo_set.code, demo_set.year, demo_set.unit_kind) == ("BL-HUYEN-2020-DEMO", 2020, "district")
    assert not demo_set.is_official
    assert demo_set.note.vi.startswith("Bộ chỉ số dựng để minh họa")


def test_the_demonstration_set_is_70_appraised_20_survey_and_10_satisfaction_points(demo_set):
    points = {kind: Decimal(0) for kind in LeafKind}
    for leaf in demo_set.leaves:
        points[leaf.kind] += leaf.max_points
    assert (points[LeafKind.SELF], points[LeafKind.SURVEY], points[LeafKind.SIPAS]) == (70, 20, 10)
    assert [str(area.max_points) for area in demo_set.areas] == [
        "12",
        "10",
        "18",
        "9",
        "14",
        "10",
        "15",
        "12",
    ]


def test_the_demonstration_set_uses_every_formula_a_unit_can_be_scored_by(demo_set):
    assert {type(leaf.formula) for leaf in demo_set.leaves} == {
        YesNo,
        ChoiceTier,
        ThresholdTier,
        Ratio,
        RatioFloor,
        Piecewise,
        Target,
        Count,
        Deduct,
        Checklist,
        Survey,
        Sipas,
        Rollup,
    }


def test_parameters_arrive_as_decimals(demo_set):
    assert demo_set.leaf("1.1.2").formula == RatioFloor(floor=Decimal("0.8"))
    assert demo_set.leaf("2.4.1").formula == Ratio(zero_denominator=ZeroDenominator.MAXIMUM)
    assert demo_set.leaf("3.4.2").formula == Rollup(
        formula=RatioFloor(floor=Decimal("0.95")), source="commune"
    )
    assert demo_set.leaf("1.7.1").questions == ("q1", "q2")
    assert demo_set.leaf("5.6.1").not_applicable is NotApplicable.ALLOWED


def test_the_same_set_comes_from_rows_by_column_name(demo_rows, demo_set):
    header = {row[0].removeprefix("#"): row[1] for row in demo_rows if row[0].startswith("#")}
    columns, *body = demo_rows[len(header) :]
    rows = [dict(zip(columns, row, strict=True)) for row in body]
    assert criteria_set_from_rows(header, rows) == demo_set


def test_blank_rows_and_a_byte_order_mark_do_not_matter(demo_rows, demo_set):
    demo_rows[0][0] = "\ufeff" + demo_rows[0][0]
    demo_rows.insert(5, ["", "", ""])
    demo_rows.insert(20, [])
    assert criteria_set_from_table(demo_rows) == demo_set


@pytest.mark.golden
def test_nghe_an_2023_counts_48_criteria_and_89_sub_criteria(set_of):
    header = {"code": "NA", "version": "1", "year": "2023", "unit_kind": "department"}
    header |= {"name_vi": "Nghệ An", "name_en": "Nghệ An"}
    named = {"name_vi": "x", "name_en": "x"}
    structure = [(8, 12), (6, 9), (7, 18), (5, 11), (8, 13), (5, 12), (9, 14)]
    rows = []
    for area, (criteria, leaves) in enumerate(structure, start=1):
        rows.append({"code": f"{area}", "level": "area", "max_points": f"{leaves}", **named})
        for criterion in range(1, criteria + 1):
            # every criterion has one leaf, the first has those that are left
            share = leaves - criteria + 1 if criterion == 1 else 1
            code = f"{area}.{criterion}"
            rows.append({"code": code, "level": "criterion", "max_points": f"{share}", **named})
            leaf = {"level": "sub_criterion", "max_points": "1", "kind": "SELF", "formula": "YESNO", **named}
            rows += [{**leaf, "code": f"{code}.{number}"} for number in range(1, share + 1)]
    criteria_set = criteria_set_from_rows({**header, "total_points": "89"}, rows)
    assert (len(criteria_set.criteria), len(criteria_set.leaves)) == (48, 89)


@pytest.mark.parametrize(
    ("column", "value", "problem", "where"),
    [
        ("max_points", "1,5", "not-a-number", "column max_points"),
        ("max_points", "", "not-a-number", "column max_points"),
        ("max_points", "NaN", "not-a-number", "column max_points"),
        ("level", "leaf", "unknown-word", "column level"),
        ("kind", "SELFISH", "unknown-word", "column kind"),
        ("formula", "MAGIC", "unknown-formula", "column formula"),
        ("parameters", "{floor: 0.8}", "bad-parameter", "column parameters"),
        ("parameters", "[0.8]", "bad-parameter", "column parameters"),
        ("parameters", '{"floor": "high"}', "bad-parameter", "column parameters"),
        ("parameters", '{"floor": NaN}', "bad-parameter", "column parameters"),
        ("parameters", '{"floor": -0.8}', "bad-parameter", "column parameters"),
        ("parameters", '{"floor": 0}', "bad-parameter", "column parameters"),
        ("parameters", "", "missing-parameter", "column parameters"),
        ("parameters", '{"floor": 0.8, "roof": 1}', "unknown-parameter", "column parameters"),
        ("parameters", '{"floor": 0.8, "zero_denominator": "ZERO"}', "bad-parameter", "column parameters"),
        ("not_applicable", "maybe", "unknown-word", "column not_applicable"),
        ("name_en", "", "missing-text", "column name_en"),
        ("code", "1.9.2", "no-parent", "column code"),
    ],
)
def test_a_spoilt_cell_is_refused_with_its_row_and_column(demo_rows, column, value, problem, where):
    number = row_number(demo_rows, "1.1.2")
    spoil(demo_rows, "1.1.2", column, value)
    found = problems_of(lambda: criteria_set_from_table(demo_rows))
    assert found == [(problem, f"row {number}, {where}")]


@pytest.mark.parametrize(
    ("formula", "parameters", "problem"),
    [
        ("TIER", '{"choices": []}', "bad-parameter"),
        ("TIER", '{"choices": [1]}', "bad-parameter"),
        ("TIER", '{"choices": [{"code": "a", "points": 2, "vi": "x"}]}', "missing-parameter"),
        ("TIER", '{"at_least": [[0.5]]}', "bad-parameter"),
        ("TIER", "{}", "missing-parameter"),
        ("PIECEWISE", '{"pieces": [{"at_least": 0, "times": 1, "minus": 1}]}', "unknown-parameter"),
        ("COUNT", '{"points_each": true}', "bad-parameter"),
        ("ROLLUP", '{"of": "YESNO", "from": "commune"}', "bad-parameter"),
        ("ROLLUP", '{"of": "RATIO"}', "missing-parameter"),
        ("YESNO", '{"yes": 1}', "unknown-parameter"),
        (
            "DEDUCT",
            '{"deductions": [{"code": "a", "points": 1, "vi": "x", "en": "x"},'
            ' {"code": "a", "points": 2, "vi": "y", "en": "y"}]}',
            "bad-parameter",
        ),
    ],
)
def test_parameters_that_do_not_suit_their_formula_are_refused(leaf_of, formula, parameters, problem):
    found = problems_of(lambda: leaf_of(formula, parameters))
    assert found == [(problem, "row 11, column parameters")]


def test_every_problem_is_named_at_once(demo_rows):
    spoil(demo_rows, "1.1.1", "kind", "SOMETHING")
    spoil(demo_rows, "2.2.1", "max_points", "two")
    demo_rows[1][1] = "first"
    assert problems_of(lambda: criteria_set_from_table(demo_rows)) == [
        ("unknown-word", f"row {row_number(demo_rows, '1.1.1')}, column kind"),
        ("not-a-number", f"row {row_number(demo_rows, '2.2.1')}, column max_points"),
        ("not-a-number", "header, version"),
    ]


def test_a_table_without_a_column_or_with_an_unknown_one_is_refused(demo_rows):
    number = row_number(demo_rows, "code")
    demo_rows[number - 1][COLUMNS.index("note")] = "remark"
    assert problems_of(lambda: criteria_set_from_table(demo_rows)) == [
        ("column-missing", f"row {number}, column note"),
        ("unknown-column", f"row {number}, column remark"),
    ]


def test_an_unknown_header_key_is_refused(demo_rows):
    demo_rows.insert(0, ["#colour", "red"])
    assert problems_of(lambda: criteria_set_from_table(demo_rows)) == [("unknown-key", "header, colour")]


def test_formula_cells_on_an_area_are_refused(demo_rows):
    spoil(demo_rows, "1", "kind", "SELF")
    number = row_number(demo_rows, "1")
    assert problems_of(lambda: criteria_set_from_table(demo_rows)) == [
        ("spare-cell", f"row {number}, column kind")
    ]


def test_a_cell_beyond_the_last_column_is_refused(demo_rows):
    number = row_number(demo_rows, "1.1.2")
    demo_rows[number - 1].append("what is this")
    assert problems_of(lambda: criteria_set_from_table(demo_rows)) == [
        ("spare-cell", f"row {number}, column beyond the last")
    ]


def test_a_formula_is_written_by_the_code_it_was_read_by(demo_rows, demo_set):
    written = {row[0]: row[COLUMNS.index("formula")] for row in demo_rows if len(row) == len(COLUMNS)}
    assert {leaf.code: formula_code(leaf.formula) for leaf in demo_set.leaves} == {
        leaf.code: written[leaf.code] for leaf in demo_set.leaves
    }
