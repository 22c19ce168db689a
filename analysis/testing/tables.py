"""Two-way tables of weighted counts, with the shares of their rows and columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.errors import EstimationError
from analysis.estimation import Estimate, Estimates, EstimationSettings, share
from analysis.estimation.compact import CompactTable
from analysis.estimation.settings import DEFAULT_SETTINGS
from analysis.printing import Printed
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray
from analysis.testing.answers import Categories, categories, complete
from analysis.testing.tabulated import crossed


@dataclass(frozen=True, eq=False, repr=False)
class CrossTable(Printed):
    """How many people are in each cell of two variables, estimated from those who answered both.

    `counts` (rows × columns) are sums of weights, `respondents` the rows of the sample behind them. Labels
    are those declared (pandas categories) or those that occur, in order. `answered` is the sample of those
    rows. From a compact table, labels of an item are those that occur, `tabulated` is the table of those
    rows, and `answered` has a row for each cell of it.
    """

    rows: Categories
    columns: Categories
    counts: FloatArray
    respondents: IntArray
    settings: EstimationSettings
    answered: Sample = field(repr=False)
    tabulated: CompactTable | None = field(default=None, repr=False)

    @property
    def total(self) -> float:
        """The sum of all cells: the estimated number of people."""
        return float(self.counts.sum())

    @property
    def respondent_count(self) -> int:
        """How many rows of the sample answered both questions."""
        return int(self.respondents.sum())

    @property
    def shares(self) -> FloatArray:
        """The cells as shares of the whole table, shape (rows, columns); NaN where nobody answered."""
        return self.counts / self.total if self.total else np.full_like(self.counts, np.nan)

    @property
    def _asked(self) -> Sample | CompactTable:
        return self.answered if self.tabulated is None else self.tabulated

    @cached_property
    def row_shares(self) -> Estimates:
        """Share (0–1) of every column category within each row, with standard errors and intervals."""
        return share(self._asked, self.columns.name, by=self.rows.name, settings=self.settings)

    @cached_property
    def column_shares(self) -> Estimates:
        """Share (0–1) of every row category within each column, with standard errors and intervals."""
        return share(self._asked, self.rows.name, by=self.columns.name, settings=self.settings)

    @property
    def cramers_v(self) -> float | None:
        """Cramér's V of the weighted table: 0 no association, 1 complete; None with an empty row or column.

        √(φ² / (min(rows, columns) - 1)), φ² = Σ (p - e)² / e (Cramér 1946, §21.9).
        """
        smaller = min(self.counts.shape)
        expected = np.outer(self.shares.sum(axis=1), self.shares.sum(axis=0))
        if smaller < 2 or not (expected > 0).all():
            return None
        square = float(((self.shares - expected) ** 2 / expected).sum())
        return float(np.sqrt(square / (smaller - 1)))

    def to_frame(self) -> pd.DataFrame:
        """One row a cell: labels, count, respondents, then its share of the row and of the column."""
        return pd.DataFrame(
            [self._cell(i, j) for i in range(self.rows.count) for j in range(self.columns.count)]
        )

    def _cell(self, i: int, j: int) -> dict[str, object]:
        rows, columns = self.rows, self.columns
        row, column = rows.labels[i], columns.labels[j]
        return {
            rows.name: row,
            columns.name: column,
            "count": self.counts[i, j],
            "respondents": self.respondents[i, j],
            **_numbers("row_share", self.row_shares.get(columns.name, category=column, **{rows.name: row})),
            **_numbers(
                "column_share", self.column_shares.get(rows.name, category=row, **{columns.name: column})
            ),
        }

    def __str__(self) -> str:
        counts = pd.DataFrame(
            self.counts,
            index=pd.Index(self.rows.labels, name=self.rows.name),
            columns=pd.Index(self.columns.labels, name=self.columns.name),
        )
        return f"{counts.to_string(float_format='{:.1f}'.format)}\n{self.respondent_count} respondents"


def cross_table(
    sample: Sample | CompactTable,
    *,
    rows: str,
    columns: str,
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> CrossTable:
    """Count people by two variables, from the members that answered both (R survey 4.5, `svytable`).

    From a sample, or from its compact table (`tabulate`), of which one of the two at least is a domain
    variable (`by`). A domain where nobody answered both has a table of zeros. Raises `EstimationError` for
    unknown columns, for one variable against itself, for missing answers under `MissingRule.REFUSE`, and of a
    table for two items and when nobody answered both.
    """
    if rows == columns:
        raise EstimationError(f"{rows} is crossed with itself.", hint="Name two different variables.")
    tabulated = None
    if isinstance(sample, CompactTable):
        tabulated = crossed(sample, [rows, columns], settings)
        answered, people = tabulated.sample, tabulated.members
    else:
        answered = complete(sample, [rows, columns], settings)
        people = np.ones(len(sample), dtype=np.int64)
    across, down = categories(answered, rows), categories(answered, columns)
    inside = np.flatnonzero(answered.members)
    cell = across.code[inside] * down.count + down.code[inside]
    size, shape = across.count * down.count, (across.count, down.count)
    weighted = np.bincount(cell, weights=answered.weights[inside], minlength=size).astype(np.float64)
    respondents = np.bincount(cell, weights=people[inside], minlength=size).astype(np.int64)
    return CrossTable(
        rows=across,
        columns=down,
        counts=weighted.reshape(shape),
        respondents=respondents.reshape(shape),
        settings=settings,
        answered=answered,
        tabulated=tabulated,
    )


def _numbers(name: str, estimate: Estimate) -> dict[str, object]:
    return {
        name: estimate.value,
        f"{name}_standard_error": estimate.standard_error,
        f"{name}_ci_low": estimate.lower,
        f"{name}_ci_high": estimate.upper,
    }
