"""Two-way tables: whatever is shown, no withheld cell follows from it by adding and subtracting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import SuppressionError
from analysis.suppression import Audience, Reason, SuppressionRules, Verdict, judge_table

RULES = SuppressionRules()


def table_of(rows):
    return {(f"r{row}", f"c{column}"): n for row, cells in enumerate(rows) for column, n in enumerate(cells)}


def hidden(verdict):
    return {cell for cell, each in verdict.cells.items() if each.verdict is Verdict.WITHHELD and each.n > 0}


def determined(verdict):
    """The withheld figures that have one value only in all tables with these shown figures (by rank)."""
    unknown = sorted(hidden(verdict))
    rows = sorted({row for row, _ in verdict.cells})
    columns = sorted({column for _, column in verdict.cells})
    equations = []
    for lines, axis in ((rows, 0), (columns, 1)):
        for line in lines:
            equation = np.zeros(len(unknown))
            for place, cell in enumerate(unknown):
                if cell[axis] == line:
                    equation[place] = -1 if cell[1 - axis] == "total" else 1
            equations.append(equation)
    matrix = np.array(equations)
    if not unknown:
        return set()
    rank = np.linalg.matrix_rank(matrix)
    units = np.eye(len(unknown))
    return {
        cell
        for place, cell in enumerate(unknown)
        if np.linalg.matrix_rank(np.vstack([matrix, units[place]])) == rank
    }


def test_one_small_cell_takes_a_rectangle_with_it():
    verdict = judge_table(
        table_of([[3, 60, 80], [50, 40, 90], [70, 45, 99]]), rules=RULES, audience=Audience.INTERNAL
    )
    # the cheapest way round is over r1 c1 (60 + 50 + 40); r2 c1 would cost 60 + 70 + 45
    assert hidden(verdict) == {("r0", "c0"), ("r0", "c1"), ("r1", "c0"), ("r1", "c1")}
    assert verdict.cells["r1", "c1"].reason is Reason.COMPLEMENTARY
    assert verdict.cells["total", "total"].verdict is Verdict.SHOWN


def test_two_cells_a_row_and_column_are_not_enough_when_they_form_no_ring():
    """Every line has two withheld cells or none, yet counting them line by line would miss a bridge."""
    cells = table_of(
        [
            [3, 3, 50, 50, 50],
            [3, 3, 50, 50, 50],
            [50, 3, 3, 50, 50],
            [50, 50, 50, 3, 3],
            [50, 50, 3, 3, 3],
        ]
    )
    assert determined(judge_table(cells, rules=RULES, audience=Audience.INTERNAL)) == set()


def test_small_cells_that_share_a_ring_need_no_other():
    verdict = judge_table(
        table_of([[4, 4, 90], [4, 4, 90], [70, 45, 99]]), rules=RULES, audience=Audience.INTERNAL
    )
    assert hidden(verdict) == {("r0", "c0"), ("r0", "c1"), ("r1", "c0"), ("r1", "c1")}


def test_withheld_cells_of_a_line_hold_more_than_a_few_persons():
    verdict = judge_table(
        table_of([[1, 2, 90, 80], [2, 1, 85, 95], [70, 45, 99, 88]]), rules=RULES, audience=Audience.INTERNAL
    )
    for lines in ("r0", "r1"):
        held = [
            n for (row, _), n in ((cell, verdict.cells[cell].n) for cell in hidden(verdict)) if row == lines
        ]
        assert sum(held) >= RULES.never_shown_below


def test_empty_cells_are_shown_and_protect_nobody():
    verdict = judge_table(table_of([[3, 0, 60], [50, 0, 70]]), rules=RULES, audience=Audience.INTERNAL)
    assert hidden(verdict) == {("r0", "c0"), ("r0", "c2"), ("r1", "c0"), ("r1", "c2")}
    assert verdict.cells["r0", "c1"].reason is Reason.NO_ANSWERS


def test_a_row_of_one_answered_cell_takes_its_margin_with_it():
    verdict = judge_table(table_of([[3, 0], [50, 60], [40, 70]]), rules=RULES, audience=Audience.INTERNAL)
    assert ("r0", "total") in hidden(verdict)
    assert determined(verdict) == set()


def test_nothing_is_withheld_from_a_table_of_large_cells():
    verdict = judge_table(table_of([[30, 40], [50, 60]]))
    assert hidden(verdict) == set()
    assert str(verdict) == "0 of 9 figures withheld under default/1"


def test_the_order_of_the_cells_changes_nothing():
    cells = table_of([[3, 60, 60], [60, 60, 60], [60, 60, 60]])
    turned = dict(reversed(list(cells.items())))
    first, second = (judge_table(each, rules=RULES, audience=Audience.INTERNAL) for each in (cells, turned))
    assert first.cells == second.cells
    assert hidden(first) == {("r0", "c0"), ("r0", "c1"), ("r1", "c0"), ("r1", "c1")}


counts = st.integers(1, 5).flatmap(
    lambda columns: st.lists(
        st.lists(
            st.sampled_from([0, 0, 1, 2, 3, 4, 6, 12, 25, 31, 40, 90]), min_size=columns, max_size=columns
        ),
        min_size=1,
        max_size=5,
    )
)


@given(counts, st.sampled_from(list(Audience)))
@settings(max_examples=200, deadline=None)
def test_no_withheld_figure_is_determined_and_no_line_gives_a_few_persons_away(rows, audience):
    verdict = judge_table(table_of(rows), rules=RULES, audience=audience)
    assert determined(verdict) == set()
    withheld = hidden(verdict)
    for axis in (0, 1):
        for line in {cell[axis] for cell in verdict.cells}:
            cells = [cell for cell in verdict.cells if cell[axis] == line]
            held = [cell for cell in cells if cell in withheld]
            margin_shown = not any(cell[1 - axis] == "total" for cell in held)
            if held and margin_shown and len(held) < sum(verdict.cells[cell].n > 0 for cell in cells):
                assert sum(verdict.cells[cell].n for cell in held) >= RULES.never_shown_below


def test_large_tables_are_judged_in_a_moment():
    random = np.random.default_rng(1)
    cells = table_of(random.integers(0, 60, size=(60, 12)))
    assert determined(judge_table(cells, rules=RULES, audience=Audience.INTERNAL)) == set()


def test_refusals_name_the_trouble():
    with pytest.raises(SuppressionError, match="called total"):
        judge_table({("total", "c"): 3}, rules=RULES, audience=Audience.PUBLIC)
    with pytest.raises(SuppressionError, match="fewer than no answers"):
        judge_table({("r", "c"): -3}, rules=RULES, audience=Audience.PUBLIC)


def test_verdicts_tabulate():
    table = judge_table(table_of([[3, 60], [50, 40]]), rules=RULES, audience=Audience.INTERNAL).to_frame()
    assert table.loc[(table["row"] == "total") & (table["column"] == "total"), "n"].tolist() == [153]
    assert set(table["verdict"]) == {"shown", "withheld"}
