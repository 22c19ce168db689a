"""Tabulation: from the rows of a survey, in as many parts as they come in, to its compact table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import Design, as_names
from analysis.errors import DesignError, EstimationError, Problem
from analysis.estimation.cells import DomainRows
from analysis.estimation.compact import CompactTable, row_cells
from analysis.estimation.compact_items import Item, ItemLevels, ItemNumbers, item_numbers
from analysis.estimation.items import NumberItems
from analysis.estimation.level_sums import Request, tallied
from analysis.estimation.levels import Levels, category_levels, numbers_of, scale_levels
from analysis.estimation.reading import known_numbers, refuse_infinite
from analysis.stages import FloatArray, column_problems, given_weights, some

Pair = tuple[str, str]


def tabulate(
    parts: pd.DataFrame | Iterable[pd.DataFrame],
    design: Design,
    *,
    of: str | Sequence[str | Pair],
    by: str | Sequence[str] = (),
    row_id: str | None = None,
) -> CompactTable:
    """The compact table of all parts, each of which is read once and may then be forgotten.

    `of` names the items: columns of codes, words or numbers, or pairs (y, x) for ratios. `by` names every
    variable that domains will be made of. A last stage of `design.psu` that numbers the rows, different in
    each, is named in `row_id`: its rows are counted, not kept apart. How rows are divided into parts does not
    matter. Raises `DesignError` for columns, weights or ids that do not fit, for designs with unequal
    probabilities without replacement, and where there is no part; `EstimationError` for unknown items.
    """
    frames = [parts] if isinstance(parts, pd.DataFrame) else parts
    items = (of,) if isinstance(of, str) else tuple(of)
    table: CompactTable | None = None
    for frame in frames:
        part = _Part(frame, design, as_names(by), row_id).table(items)
        table = part if table is None else table + part
    if table is None:
        problem = Problem("no_rows", "sample", "there is not one part of it")
        raise DesignError("There is nothing to tabulate.", problems=[problem])
    return table


@dataclass(frozen=True, eq=False)
class _Part:
    """Some of the rows of a survey."""

    frame: pd.DataFrame
    design: Design
    by: tuple[str, ...]
    row_id: str | None

    def table(self, items: Sequence[str | Pair]) -> CompactTable:
        """The compact table of these rows."""
        self._check()
        weights = self._weights()
        kept = [
            name for name in self.design.columns if name not in (*self.design.weight_columns, self.row_id)
        ]
        columns = list(dict.fromkeys([*kept, *self.by]))
        code, first = row_cells(self.frame, columns)
        member = weights > 0
        inside = DomainRows(np.where(member, code, -1), first.size)
        return CompactTable(
            design=self.design,
            by=self.by,
            row_id=self.row_id,
            cells=self.frame[columns].iloc[first].reset_index(drop=True),
            rows=np.bincount(code, minlength=first.size),
            members=np.bincount(code[member], minlength=first.size),
            weight=np.bincount(code, weights=weights, minlength=first.size).astype(np.float64),
            squared_weight=np.bincount(code, weights=weights**2, minlength=first.size).astype(np.float64),
            items=MappingProxyType(self._items(items, inside, weights)),
        )

    def _check(self) -> None:
        """Refuse what cannot be tabulated, all problems at once."""
        problems = column_problems(self.frame, self.design.columns)
        if self.design.pps is not None:
            text = "units of unequal probabilities without replacement are not known by sums; use a Sample"
            problems.append(Problem("pps", "design", text))
        psu = as_names(self.design.psu)
        if self.row_id is not None and self.row_id not in psu[-1:]:
            problems.append(Problem("not_a_stage", f"column {self.row_id}", "is not the last stage of psu"))
        if not problems and self.row_id is not None:
            names = [*as_names(self.design.strata), *psu]
            if row_cells(self.frame, names)[1].size < len(self.frame):
                problems.append(
                    Problem("not_a_row_id", f"column {self.row_id}", "is the same in several rows")
                )
        problems += [
            Problem("unknown_column", f"column {name}", "the sample has no such column")
            for name in self.by
            if name not in self.frame.columns
        ]
        if problems:
            raise DesignError("The design does not fit the rows of the sample.", problems=problems)

    def _weights(self) -> FloatArray:
        if not self.design.weight_columns:
            return np.ones(len(self.frame))
        weights, problems = given_weights(self.frame, self.design)
        if problems:
            raise DesignError("The design does not fit the rows of the sample.", problems=problems)
        return weights

    def _items(self, items: Sequence[str | Pair], cells: DomainRows, weights: FloatArray) -> dict[str, Item]:
        levels = {name: found for name in items if (found := self._levels(name)) is not None}
        sums = self._level_sums([found for found, _ in levels.values()], cells, weights)
        result: dict[str, Item] = {}
        for item in items:
            if item in levels:
                n, weight, square = next(sums)
                result[str(item)] = ItemLevels(tuple(levels[item][1]), n, weight, square)
            else:
                result[item_name(item)] = self._numbers(item, cells, weights)
        return result

    def _levels(self, item: str | Pair) -> tuple[Levels, list[object]] | None:
        """An item by level, unless it is a pair or a number of any kind."""
        if not isinstance(item, str):
            return None
        numbers = numbers_of(self._column(item))
        if numbers is not None and scale_levels(numbers) is None:
            return None
        return category_levels(self._column(item))

    def _level_sums(
        self, levels: Sequence[Levels], cells: DomainRows, weights: FloatArray
    ) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
        if not levels:
            return iter(())
        requests = [Request(cells, None), Request(cells, weights), Request(cells, weights**2)]
        return zip(
            *(sums.levels() for sums in tallied(levels, requests, row_count=len(self.frame))), strict=True
        )

    def _numbers(self, item: str | Pair, cells: DomainRows, weights: FloatArray) -> ItemNumbers:
        above, below = (item, None) if isinstance(item, str) else item
        y = known_numbers(self._column(above), above)
        x = None if below is None else (known_numbers(self._column(below), below),)
        for name, numbers in zip(item if below else (above,), (y, *(x or ())), strict=True):
            refuse_infinite(self.frame.index, name, numbers)
        return item_numbers(NumberItems((y,), x, None, np.zeros(1)), cells, weights=weights)

    def _column(self, name: str) -> pd.Series[Any]:
        if name not in self.frame.columns:
            raise EstimationError(
                f"There is no column {name}.", hint=f"Columns: {some(list(self.frame.columns))}."
            )
        return self.frame[name]


def item_name(item: str | Pair) -> str:
    """The name of an item in a table: its column, or "y / x"."""
    return item if isinstance(item, str) else f"{item[0]} / {item[1]}"
