"""The compact table of a survey: sums by stratum, sampling unit and domain, made in parts and added.

Rows may come in any number of parts, from files or queries, and never have to be in memory together:

    from analysis.estimation import share, tabulate

    table = tabulate(parts, design, of=["q1", "q2"], by=["unit", "sex"])
    table += tabulate(late_returns, design, of=["q1", "q2"], by=["unit", "sex"])
    share(table, "q1", categories=[4, 5], by="unit")

What is estimated from it is what the rows together give. It holds no answer of a single person, unless a
person is alone in a cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.codes import crossed_codes, first_of, recode, sorted_codes
from analysis.design import Design
from analysis.errors import DesignError, EstimationError, Problem
from analysis.estimation.compact_items import Item, ItemNumbers, stacked
from analysis.printing import Printed
from analysis.sample import Sample
from analysis.stages import (
    FloatArray,
    IntArray,
    RowCounts,
    Stage,
    StageBuilder,
    some,
)

Pair = tuple[str, str]


@dataclass(frozen=True, eq=False, repr=False)
class CompactTable(Printed):
    """Sums of a survey by cell: the crossings of the design's strata, units and populations with domains.

    `cells` has the columns of the design and of `by`, one row a cell. One entry a cell: `rows` counts its
    rows, `members` those with a weight, `weight` is Σw, `squared_weight` Σw². `items` maps each item (or
    "y / x" for a pair) to its sums. Tables of the same design, domains and items add up with `+`.
    """

    design: Design
    by: tuple[str, ...]
    row_id: str | None
    cells: pd.DataFrame
    rows: IntArray
    members: IntArray
    weight: FloatArray
    squared_weight: FloatArray
    items: Mapping[str, Item]

    def __len__(self) -> int:
        return len(self.cells)

    def __str__(self) -> str:
        by = " × ".join(self.by) or "no domain"
        items = some(list(self.items))
        return f"compact table of {int(self.rows.sum()):,} rows in {len(self):,} cells: {items} by {by}"

    def __add__(self, other: CompactTable) -> CompactTable:
        """The table of the rows of both.

        Raises `EstimationError` for tables of another design, other domains or other items.
        """
        if (self.design, self.by, self.row_id, set(self.items)) != (
            other.design,
            other.by,
            other.row_id,
            set(other.items),
        ):
            raise EstimationError(
                "Tables of different designs, domains or items do not add up.",
                hint="Make all parts with the same design, of and by.",
            )
        cells = pd.concat([self.cells, other.cells], ignore_index=True)
        code, first = row_cells(cells, list(cells.columns))
        count = first.size
        return CompactTable(
            design=self.design,
            by=self.by,
            row_id=self.row_id,
            cells=cells.iloc[first].reset_index(drop=True),
            rows=np.rint(_summed(code, count, self.rows, other.rows)).astype(np.int64),
            members=np.rint(_summed(code, count, self.members, other.members)).astype(np.int64),
            weight=_summed(code, count, self.weight, other.weight),
            squared_weight=_summed(code, count, self.squared_weight, other.squared_weight),
            items=MappingProxyType(
                {
                    name: stacked(item, other.items[name]).merged(code, count)
                    for name, item in self.items.items()
                }
            ),
        )

    @cached_property
    def sample(self) -> Sample:
        """The design of all rows together, with a row for each cell.

        Raises `DesignError` naming every stratum and unit at fault, `SinglePsuStratumError` naming every
        stratum with one unit.
        """
        stages, _ = self._stages
        return Sample.of_stages(self.cells, self.design, stages=stages, weights=self.weight * self.factor)

    @property
    def degrees_of_freedom(self) -> int:
        """Sampling units of the first stage less strata, among those with members."""
        stage = self.sample.stages[0]
        if not stage.rows_are_units:
            return self.sample.degrees_of_freedom
        return int(self.members.sum()) - np.unique(stage.unit_group[self.members > 0]).size

    @property
    def factor(self) -> FloatArray:
        """By cell the weight of a row where it follows from the populations, 1 where weights are given."""
        return self._stages[1]

    @cached_property
    def _stages(self) -> tuple[tuple[Stage, ...], FloatArray]:
        if not self.weight.any():
            problem = Problem("no_positive_weight", "sample", "there is no row with a weight above 0")
            raise DesignError("The design does not fit the rows of the sample.", problems=[problem])
        return StageBuilder(self.cells, self.design, counts=RowCounts(self.rows, self.row_id)).build()

    def to_frame(self) -> pd.DataFrame:
        """One row a cell, item and level (empty for numbers): n, Σw, Σw², Σwy and Σwy² of the answers.

        Σw² is empty for numbers, sums of y for levels that are words. Weights are as given.
        """
        return pd.concat(
            [self._item_frame(name, item) for name, item in self.items.items()], ignore_index=True
        )

    def _item_frame(self, name: str, item: Item) -> pd.DataFrame:
        if isinstance(item, ItemNumbers):
            squares = item.ee + 2 * item.slope * item.xe + item.slope**2 * item.xx
            return self._told(name, None, {"n": item.n, "weight": item.weight}, item.y, squares)
        parts = []
        for label, n, weight, square in zip(item.labels, item.n, item.weight, item.square, strict=True):
            number = float(label) if isinstance(label, int | float) else np.nan
            counts = {"n": n, "weight": weight, "squared_weight": square}
            parts.append(self._told(name, label, counts, weight * number, weight * number**2))
        return pd.concat(parts, ignore_index=True)

    def _told(
        self, name: str, value: object, counts: dict[str, FloatArray], sums: FloatArray, squares: FloatArray
    ) -> pd.DataFrame:
        """The cells with answers of one level of an item."""
        frame = self.cells.assign(item=name)
        frame["value"] = pd.Series([value] * len(frame), index=frame.index)
        frame = frame.assign(**counts, weighted_sum=sums, weighted_squares=squares)
        return frame.loc[counts["n"] > 0].reset_index(drop=True)


def _summed(code: IntArray, count: int, *parts: FloatArray | IntArray) -> FloatArray:
    """The entries of the parts, one after the other, added up by their code."""
    return np.asarray(np.bincount(code, np.concatenate(parts), minlength=count), dtype=np.float64)


def row_cells(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[IntArray, IntArray]:
    """The cell of each row, by all these columns, and the first row of each cell."""
    code = np.zeros(len(frame), dtype=np.int64)
    keys = [recode(sorted_codes(frame[name])[0])[0] for name in columns]  # a missing label is one, too
    code = crossed_codes(*keys) if keys else code
    return code, first_of(code, int(code.max(initial=-1)) + 1)
