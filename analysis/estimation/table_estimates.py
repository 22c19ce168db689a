"""Estimates from a compact table: what its rows together would give, without the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.design import as_names
from analysis.errors import EstimationError
from analysis.estimation.assembly import Question, assembled
from analysis.estimation.cells import Cells, cells_of
from analysis.estimation.compact import CompactTable
from analysis.estimation.compact_items import ItemLevels, ItemNumbers
from analysis.estimation.domains import Domains, cross
from analysis.estimation.items import LevelItems
from analysis.estimation.level_sums import moments_of_levels, of_levels, squares_of_levels
from analysis.estimation.result import Estimates, Statistic
from analysis.estimation.settings import EstimationSettings, MissingRule
from analysis.estimation.sums import CellSums, Moments, sum_matrix
from analysis.estimation.totals import DomainTotals, Places, counted, places_of, totals_table
from analysis.stages import FloatArray, IntArray, some


@dataclass(frozen=True, eq=False)
class _TableItems:
    """Items of which only sums are known."""

    centre: FloatArray

    @property
    def item_count(self) -> int:
        """How many items there are."""
        return int(self.centre.size)

    def dense(self, rows: slice, of: slice = slice(None)) -> tuple[FloatArray, FloatArray]:
        """Refused: there are no rows. Raises `EstimationError`."""
        raise EstimationError(
            "Covariances between items need the rows where the last stage draws them one by one; a compact "
            "table has none.",
            hint="Ask a Sample of the rows, or leave out the last stage if its part is small.",
        )


@dataclass(frozen=True, eq=False)
class _Call:
    """One call on a table: its domains, and the cells of the table by place in the design and domain."""

    table: CompactTable
    domains: Domains
    places: Places
    cells: Cells

    @cached_property
    def code_or_none(self) -> IntArray:
        """The cell of the call for each cell of the table, -1 for those in no domain."""
        code = self.cells.codes(slice(0, len(self.table))).astype(np.int64)
        return np.where(code < self.cells.count, code, -1)

    def domain_totals(self, **sums: FloatArray) -> DomainTotals:
        """Totals by domain, with the members of all cells."""
        matrix = sum_matrix(self.domains.code, self.domains.count)
        members = np.rint(matrix @ self.table.members).astype(np.int64)
        return DomainTotals(rows=members, row_weight=matrix @ self.table.sample.weights, **sums)

    def answer(
        self,
        question: Question,
        *,
        sums: CellSums,
        totals: DomainTotals,
        settings: EstimationSettings,
        squared_weights: Callable[[], FloatArray],
    ) -> Estimates:
        """The estimates from sums by cell (of the call) and by domain."""
        _check_missing(question, totals, settings.missing)
        sample = self.table.sample
        estimates = assembled(
            sample,
            question,
            domains=self.domains,
            table=totals_table(sample, self.places, cells=self.cells, sums=sums, domains=totals),
            settings=settings,
            squared_weights=squared_weights,
        )
        return replace(estimates, degrees_of_freedom=self.table.degrees_of_freedom)


def number_estimates(
    table: CompactTable,
    statistic: Statistic,
    *,
    of: Sequence[str],
    by: str | Sequence[str],
    settings: EstimationSettings,
) -> Estimates:
    """Means, totals, or (of items named "y / x") ratios of items of the table.

    Raises `EstimationError` for items and domain variables the table does not have, and for words.
    """
    call = _call(table, by)
    items = [_numbers(table, name) for name in of]
    by_cell = [item.merged(call.code_or_none, call.cells.count) for item in items]
    by_domain = [item.merged(call.domains.code, call.domains.count) for item in items]
    totals = [(item.y.sum(), item.x.sum()) for item in by_domain]
    centre = np.array([y / x if x else 0.0 for y, x in totals])
    own = [_centred(item, each) for item, each in zip(by_domain, centre, strict=True)]
    columns = {name: np.column_stack([each[name] for each in own]) for name in own[0]}
    return call.answer(
        Question(statistic, tuple((name, None) for name in of), _TableItems(centre)),
        sums=_sums(by_cell, centre),
        totals=call.domain_totals(**columns),
        settings=settings,
        squared_weights=lambda: np.full(columns["x"].shape, np.nan),
    )


def _sums(items: Sequence[ItemNumbers], centre: FloatArray) -> CellSums:
    """The sums of several items side by side, y measured from the centre of each."""
    sums = [item.sums for item in items]
    x = np.hstack([each.x for each in sums])
    y = np.hstack([(item.slope - own)[:, None] for item, own in zip(items, centre, strict=True)]) * x
    slope, xx, xr, rr = (
        np.column_stack(each)
        for each in zip(
            *((item.slope, item.spread_xx, item.spread_xr, item.spread_rr) for item in items), strict=True
        )
    )
    return CellSums(y, x, np.column_stack([item.n for item in items]), Moments(slope - centre, xx, xr, rr))


def _centred(item: ItemNumbers, centre: float) -> dict[str, FloatArray]:
    """The sums by domain that `DomainTotals` holds, y measured from the centre."""
    by = item.slope - centre
    return {
        "x": item.x,
        "y": by * item.x,
        "weight": item.weight,
        "xx": item.xx,
        "xy": item.xe + by * item.xx,
        "yy": item.ee + 2 * by * item.xe + by**2 * item.xx,
        "n": item.n,
    }


def category_estimates(
    table: CompactTable,
    statistic: Statistic,
    *,
    of: Sequence[str],
    categories: Sequence[object] | None,
    by: str | Sequence[str],
    settings: EstimationSettings,
) -> Estimates:
    """Shares or counts of the categories of items of the table, as of a sample's columns.

    Raises `EstimationError` for items and domain variables the table does not have, and for items of too many
    different numbers to be kept by level.
    """
    call = _call(table, by)
    levels = [levels_in(table, name).scaled(table.factor) for name in of]
    names, column, values = [], [], []
    for place, (name, item) in enumerate(zip(of, levels, strict=True)):
        chosen = np.eye(len(item.labels))
        asked: list[object] = list(item.labels)
        if categories is not None:
            chosen = np.array([[float(label in list(categories)) for label in item.labels]])
            asked = [None]
        names += [(name, label) for label in asked]
        column += [place] * len(asked)
        values += list(chosen)
    if not names:
        raise EstimationError(f"Nobody answered {some(of)}.", hint="Name the categories to look for.")
    items = LevelItems((), np.array(column), tuple(values), np.zeros(len(names)))
    question = Question(statistic, tuple(names), _TableItems(items.centre), tuple(categories or ()))
    return _answer_levels(call, question, items, levels, settings)


def _answer_levels(
    call: _Call,
    question: Question,
    items: LevelItems,
    levels: Sequence[ItemLevels],
    settings: EstimationSettings,
) -> Estimates:
    by_cell = [item.merged(call.code_or_none, call.cells.count) for item in levels]
    by_domain = [item.merged(call.domains.code, call.domains.count) for item in levels]
    n, weight, square = ([getattr(item, name) for item in by_cell] for name in ("n", "weight", "square"))
    sums = of_levels(items, weight, n)
    moments = moments_of_levels(items, n=n, weight=weight, square=square)
    domain_weight = [item.weight for item in by_domain]
    total = of_levels(items, domain_weight, [item.n for item in by_domain])
    return call.answer(
        question,
        sums=CellSums(sums.y, sums.x, sums.n, moments),
        totals=call.domain_totals(
            x=total.x,
            y=total.y,
            weight=total.x,
            xx=total.x,
            xy=total.y,
            yy=squares_of_levels(items, domain_weight),
            n=counted(total),
        ),
        settings=settings,
        squared_weights=lambda: of_levels(items, [item.square for item in by_domain]).x,
    )


def table_domains(table: CompactTable, by: str | Sequence[str]) -> Domains:
    """The domains of a call, one code a cell of the table (-1: in none, or without members).

    Raises `EstimationError` for variables that the table was not made by.
    """
    unknown = [name for name in as_names(by) if name not in table.by]
    if unknown:
        raise EstimationError(
            f"The table has no domain variable {some(unknown)}.",
            hint=f"It was made by {some(table.by) or 'none'}; name all when tabulating.",
        )
    sample = table.sample
    domains = cross(sample, by)
    return replace(domains, code=np.where(sample.members, domains.code, -1))


def _call(table: CompactTable, by: str | Sequence[str]) -> _Call:
    domains, places = table_domains(table, by), places_of(table.sample)
    cells = cells_of(places.code, domains.code, place_count=places.first.size, domain_count=domains.count)
    return _Call(table, domains, places, cells)


def _item(table: CompactTable, name: str) -> ItemLevels | ItemNumbers:
    """An item as tabulated; raises `EstimationError` where there is none."""
    if name not in table.items:
        raise EstimationError(
            f"The table has no item {name}.",
            hint=f"Items: {some(list(table.items))}; ratios need the pair (y, x) named when tabulating.",
        )
    return table.items[name]


def _numbers(table: CompactTable, name: str) -> ItemNumbers:
    item = _item(table, name).scaled(table.factor)
    if isinstance(item, ItemNumbers):
        return item
    refuse_words(name, item)
    return item.numbers()


def refuse_words(name: str, item: ItemLevels) -> None:
    """Raise `EstimationError` for an item whose levels are not numbers."""
    if not all(isinstance(label, bool | int | float) for label in item.labels):
        raise EstimationError(
            f"Item {name} is words, not numbers.", hint="Use share or count for words and codes."
        )


def levels_in(table: CompactTable, name: str) -> ItemLevels:
    """An item by level, under the weights as given.

    Raises `EstimationError` for an item that the table does not have, or has not kept by level.
    """
    item = _item(table, name)
    if isinstance(item, ItemNumbers):
        raise EstimationError(
            f"Item {name} has too many different numbers to be kept by level.",
            hint="Make classes of them before tabulating.",
        )
    return item


def _check_missing(question: Question, totals: DomainTotals, missing: MissingRule) -> None:
    """Raise `EstimationError` for rules about missing answers that sums by item cannot follow."""
    if missing is MissingRule.LISTWISE and len({name for name, _ in question.items}) > 1:
        raise EstimationError(
            "A compact table does not know which rows answered all items.",
            hint="MissingRule.BY_ITEM keeps the answers to every item.",
        )
    if missing is MissingRule.REFUSE and (totals.n != totals.rows[:, None]).any():
        raise EstimationError(
            "Answers are missing.", hint="MissingRule.BY_ITEM leaves them out of the estimate."
        )
