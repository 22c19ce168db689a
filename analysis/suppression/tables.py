"""Two-way tables with margins: withhold enough cells that none can be had by subtraction."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import pandas as pd

from analysis.errors import SuppressionError
from analysis.printing import Printed
from analysis.suppression.thresholds import (
    DEFAULT_RULES,
    Audience,
    CellVerdict,
    Reason,
    SuppressionRules,
    Verdict,
    judge_cell,
)

TOTAL = "total"
Line = tuple[str, str]  # ("row" or "column", its label); the margins have the label TOTAL
Cell = tuple[str, str]  # row and column label


@dataclass(frozen=True, repr=False)
class TableVerdict(Printed):
    """The verdicts on the cells of a two-way table and on its margins (label `total`)."""

    cells: Mapping[Cell, CellVerdict]
    rules: str

    def __str__(self) -> str:
        withheld = sum(each.verdict is Verdict.WITHHELD and each.n > 0 for each in self.cells.values())
        return f"{withheld} of {len(self.cells)} figures withheld under {self.rules}"

    def to_frame(self) -> pd.DataFrame:
        """One row a figure: row, column, n, verdict, reason."""
        return pd.DataFrame(
            [
                {
                    "row": row,
                    "column": column,
                    "n": each.n,
                    "verdict": str(each.verdict),
                    "reason": str(each.reason),
                }
                for (row, column), each in self.cells.items()
            ]
        )


def judge_table(
    answer_counts: Mapping[Cell, int],
    *,
    rules: SuppressionRules = DEFAULT_RULES,
    audience: Audience = Audience.PUBLIC,
) -> TableVerdict:
    """Judge the cells of a two-way table (row, column → answers) together with its margins.

    Cells and margins with too few answers go first. Then, until nothing is left to subtract: a withheld cell
    that the shown figures determine takes with it the cells of the cheapest closed way through rows and
    columns (fewest answers in all), and a row or column whose withheld cells hold fewer than
    `never_shown_below` answers takes its smallest shown cell. A cell is determined exactly when, in the graph
    of rows and columns joined by withheld cells, it is a bridge (Gusfield 1988); empty cells are shown and
    protect nobody. Equal counts are taken by label. Cells not given are empty. Raises `SuppressionError` for
    counts below zero and for labels `total`.
    """
    counts = _with_margins(answer_counts)
    found = {cell: judge_cell(n, rules=rules, audience=audience) for cell, n in counts.items()}
    hidden = {cell for cell, each in found.items() if each.verdict is Verdict.WITHHELD and each.n > 0}
    while True:
        more = _protect_determined(counts, hidden) or _protect_small(counts, hidden, rules.never_shown_below)
        if not more:
            break
        for cell in more:
            hidden.add(cell)
            found[cell] = CellVerdict(n=counts[cell], verdict=Verdict.WITHHELD, reason=Reason.COMPLEMENTARY)
    return TableVerdict(cells=found, rules=rules.code)


def _with_margins(answer_counts: Mapping[Cell, int]) -> dict[Cell, int]:
    """The whole table in the order of its labels, margins last."""
    rows = sorted({row for row, _ in answer_counts})
    columns = sorted({column for _, column in answer_counts})
    if TOTAL in rows or TOTAL in columns:
        raise SuppressionError(
            f"A row or column is called {TOTAL}.", hint="Give the cells only; margins are added up here."
        )
    counts = {cell: answer_counts.get(cell, 0) for cell in product(rows, columns)}
    negative = [cell for cell, n in counts.items() if n < 0]
    if negative:
        raise SuppressionError(f"A figure cannot rest on fewer than no answers: {negative}.")
    inside = dict(counts)
    for row in rows:
        counts[row, TOTAL] = sum(inside[row, column] for column in columns)
    for column in columns:
        counts[TOTAL, column] = sum(inside[row, column] for row in rows)
    counts[TOTAL, TOTAL] = sum(inside.values())
    return counts


def _protect_determined(counts: Mapping[Cell, int], hidden: set[Cell]) -> list[Cell]:
    """The cells that must go with the first determined cell; none when no cell is determined."""
    determined = _bridges(hidden)
    if not determined:
        return []
    return [cell for cell in _cheapest_way(determined[0], counts, hidden) if cell not in hidden]


def _protect_small(counts: Mapping[Cell, int], hidden: set[Cell], least: int) -> list[Cell]:
    """The smallest shown cell of the first row or column whose withheld cells hold too few answers."""
    for cells in _lines(counts).values():
        held = [cell for cell in cells if cell in hidden]
        shown = [cell for cell in cells if cell not in hidden and counts[cell] > 0]
        if held and sum(counts[cell] for cell in held) < least and shown:
            return [min(shown, key=lambda cell: (counts[cell], cell))]
    return []


def _lines(counts: Iterable[Cell]) -> dict[Line, list[Cell]]:
    """The cells of every row and column, its margin among them."""
    lines: dict[Line, list[Cell]] = {}
    for cell in counts:
        for line in _ends(cell):
            lines.setdefault(line, []).append(cell)
    return lines


def _ends(cell: Cell) -> tuple[Line, Line]:
    return ("row", cell[0]), ("column", cell[1])


def _bridges(hidden: set[Cell]) -> list[Cell]:
    """The withheld cells on no closed way of withheld cells, by chain decomposition (Schmidt 2013)."""
    lines = _lines(sorted(hidden))
    reached_by: dict[Line, Cell | None] = {}
    order: list[Line] = []
    for root in lines:
        _walk_deep(root, lines, reached_by, order)
    closed: set[Cell] = set()
    on_chain: set[Line] = set()
    for line in order:
        on_chain.add(line)
        for cell in lines[line]:
            other = _other_end(cell, line)
            if cell in (reached_by[line], reached_by[other]) or cell in closed:
                continue
            closed.add(cell)
            while other not in on_chain:
                on_chain.add(other)
                upwards = reached_by[other]
                if upwards is None:
                    break
                closed.add(upwards)
                other = _other_end(upwards, other)
    return sorted(hidden - closed)


def _walk_deep(
    root: Line, lines: Mapping[Line, list[Cell]], reached_by: dict[Line, Cell | None], order: list[Line]
) -> None:
    """Depth-first from `root`: by which cell each line was reached, and the order in which."""
    if root in reached_by:
        return
    reached_by[root] = None
    order.append(root)
    waiting = [(root, iter(lines[root]))]
    while waiting:
        line, cells = waiting[-1]
        for cell in cells:
            other = _other_end(cell, line)
            if other not in reached_by:
                reached_by[other] = cell
                order.append(other)
                waiting.append((other, iter(lines[other])))
                break
        else:
            waiting.pop()


def _other_end(cell: Cell, line: Line) -> Line:
    row, column = _ends(cell)
    return column if line == row else row


def _cheapest_way(cell: Cell, counts: Mapping[Cell, int], hidden: set[Cell]) -> list[Cell]:
    """The cells of the cheapest way from the cell's row to its column; withheld cells cost nothing.

    There always is one, over the margins (Dijkstra 1959).
    """
    lines = _lines(other for other, n in counts.items() if n > 0 and other != cell)
    start, goal = _ends(cell)
    waiting: list[tuple[int, list[Cell], Line]] = [(0, [], start)]
    done: set[Line] = set()
    while True:
        cost, way, line = heapq.heappop(waiting)
        if line == goal:
            return way
        if line in done:
            continue
        done.add(line)
        for other in lines[line]:
            end = _other_end(other, line)
            if end not in done:
                price = 0 if other in hidden else counts[other]
                heapq.heappush(waiting, (cost + price, [*way, other], end))
