"""A compact table regrouped by two of its variables, each a domain and an item, for two-way tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.errors import EstimationError
from analysis.estimation import EstimationSettings, OnePsuDomains, share, total
from analysis.estimation.compact import CompactTable
from analysis.estimation.compact_items import ItemLevels
from analysis.estimation.settings import MissingRule
from analysis.estimation.table_estimates import levels_in
from analysis.estimation.totals import varying
from analysis.stages import BoolArray, FloatArray, IntArray
from analysis.testing.answers import categories

_ANY_DOMAIN = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)


def crossed(table: CompactTable, names: Sequence[str], settings: EstimationSettings) -> CompactTable:
    """The table of those who answered both variables; all others stay in its design, without weight.

    A cell is divided by the levels of the item among the two. Raises `EstimationError` for two items, of
    which the table does not know who answered both, for items it does not have or not by level, when nobody
    answered both, and for missing answers under `MissingRule.REFUSE`.
    """
    items = [name for name in names if name not in table.cells.columns]
    levels = [levels_in(table, name) for name in items]
    if len(items) > 1:
        raise EstimationError(
            f"A compact table does not know who answered both {' and '.join(items)}.",
            hint="Name one of them in by=… when tabulating, or ask a Sample of the rows.",
        )
    domains = [name for name in names if name not in items]
    known = np.asarray(table.cells[domains].notna().to_numpy().all(axis=1), dtype=np.bool_)
    sums = _divided(known, levels[0]) if items else _limited(table, known)
    members = int(np.rint(sums.n.sum()))
    if not members:
        raise EstimationError(f"Nobody answered both {' and '.join(names)}.", hint="Wait for answers.")
    if settings.missing is MissingRule.REFUSE and members != int(table.members.sum()):
        raise EstimationError(
            f"Answers to {' or '.join(names)} are missing.",
            hint="MissingRule.LISTWISE leaves them out of the test.",
        )
    return _with_items(_regrouped(table, sums, item=items[0] if items else None), names)


def _divided(known: BoolArray, levels: ItemLevels) -> ItemLevels:
    """The levels of an item that occur where the domain is known."""
    inside = ItemLevels(levels.labels, levels.n * known, levels.weight * known, levels.square * known)
    return inside.taken(np.flatnonzero(inside.n.sum(axis=1) > 0))


def _limited(table: CompactTable, known: BoolArray) -> ItemLevels:
    """One level: the members of the cells whose domains are known."""
    sums = (table.members, table.weight, table.squared_weight)
    return ItemLevels((None,), *(np.asarray(each * known, dtype=np.float64)[None] for each in sums))


def _regrouped(table: CompactTable, sums: ItemLevels, *, item: str | None) -> CompactTable:
    """A cell for each level in each cell, and one without weight for the rows that are in no level."""
    count, size = len(sums.labels), len(table)
    inside = np.rint(sums.n).astype(np.int64)
    rows = np.vstack([inside, table.rows - inside.sum(axis=0)]).reshape(-1)
    kept = np.flatnonzero(rows > 0)
    cell, level = kept % size, kept // size
    cells = table.cells.iloc[cell].reset_index(drop=True)
    if item is not None:
        code = np.where(level < count, level, -1)
        cells[item] = pd.Categorical.from_codes(code, categories=pd.Index(list(sums.labels)))

    def by_level(levels: FloatArray) -> FloatArray:
        return np.vstack([levels, np.zeros((1, size))]).reshape(-1)[kept]

    return replace(
        table,
        cells=cells,
        rows=rows[kept],
        members=np.rint(by_level(sums.n)).astype(np.int64),
        weight=by_level(sums.weight),
        squared_weight=by_level(sums.square),
        items=MappingProxyType({}),
    )


def _with_items(table: CompactTable, names: Sequence[str]) -> CompactTable:
    """The variables as items, beside being domains."""
    found = [categories(table.sample, name) for name in names]
    items = {each.name: _by_code(table, each.code, each.labels) for each in found}
    return replace(table, by=tuple(names), items=MappingProxyType(items))


def _by_code(table: CompactTable, code: IntArray, labels: Sequence[object]) -> ItemLevels:
    """All members divided by a code (one a cell; -1: nowhere)."""
    chosen = code == np.arange(len(labels))[:, None]
    sums = (table.members, table.weight, table.squared_weight)
    return ItemLevels(tuple(labels), *(np.where(chosen, each, 0.0) for each in sums))


def counts_rows(table: CompactTable) -> bool:
    """Whether the last stage with a variance drew rows one by one, which the table adds up."""
    return any(stage.rows_are_units for stage in varying(table.sample.stages))


def refuse_psu_groups(table: CompactTable, names: Sequence[str], settings: EstimationSettings) -> None:
    """Raise `DomainIsPsuError` when the categories of a variable, as domains, are single sampled PSUs."""
    one, other = names
    share(table, one, by=other, settings=settings)
    share(table, other, by=one, settings=settings)


def covariance_of_pairs(table: CompactTable, code: IntArray, influence: FloatArray) -> FloatArray:
    """Covariance (k × k) of sums whose terms are the weights times the influence (pairs × k) of their pair.

    `code` is the pair of each cell of the table. Sums and differences of sums have the variances that the
    table gives: 2 cov(a, b) = var(a + b) - var(a) - var(b).
    """
    pairs = _by_code(table, code, np.arange(len(influence)).tolist())
    count = influence.shape[1]
    couples = list(combinations(range(count), 2))
    columns = [*influence.T, *(influence[:, i] + influence[:, j] for i, j in couples)]
    items = {
        f"sum {place}": replace(pairs, labels=tuple(values.tolist())) for place, values in enumerate(columns)
    }
    found = total(replace(table, items=items), list(items), settings=_ANY_DOMAIN).standard_errors ** 2
    result = np.diag(found[:count])
    for (i, j), both in zip(couples, found[count:], strict=True):
        result[i, j] = result[j, i] = (both - found[i] - found[j]) / 2
    return np.asarray(result, dtype=np.float64)
