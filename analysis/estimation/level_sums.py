"""Sums of items that are functions of a level: shares, counts, and means on short scales."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analysis.codes import BLOCK, blocks
from analysis.estimation.cells import Cells
from analysis.estimation.items import LevelItems
from analysis.estimation.levels import Levels
from analysis.estimation.sums import CellSums, Moments, level_moments, sum_matrix
from analysis.estimation.tally import Tally
from analysis.stages import FloatArray

_LONG_BLOCK = 1 << 20  # where the tables are too large for the cache, long blocks change them less often
_MANY_CELLS = 1 << 15


@dataclass(frozen=True, eq=False)
class Request:
    """One table to make in the pass: values (one a row, None: ones) summed by cell and level.

    `code` is the cell of each row; code `count`, or -1, is left out. `answered`: all levels are one.
    """

    code: NDArray[np.integer]
    count: int
    values: FloatArray | None
    answered: bool = False

    def cells(self, rows: slice) -> NDArray[np.integer]:
        """The cells of these rows, `count` for those to be left out."""
        code = self.code[rows]
        return np.where(code < 0, self.count, code) if code.min(initial=0) < 0 else code


def tallied(levels: Sequence[Levels], requests: Sequence[Request]) -> list[Tally]:
    """The tables of all requests, in one pass over the rows.

    Long columns are taken in two halves, one block each in turn, by two threads: what takes time leaves the
    interpreter's lock. Halves are the same on every machine, so results are.
    """
    many = max(each.count for each in requests) > _MANY_CELLS
    parts = blocks(requests[0].code.size, _LONG_BLOCK if many else BLOCK)
    if len(parts) < 2:
        return _tallied(levels, requests, parts)
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(partial(_tallied, levels, requests), (parts[::2], parts[1::2]))
    return [first + second for first, second in zip(one, two, strict=True)]


def _tallied(levels: Sequence[Levels], requests: Sequence[Request], parts: Sequence[slice]) -> list[Tally]:
    tallies = [
        Tally([1 if each.answered else level.count for level in levels], each.count) for each in requests
    ]
    ones = np.ones(parts[0].stop - parts[0].start)
    for rows in parts:
        codes = [level.codes(rows) for level in levels]
        flags = (
            [(code != 0).view(np.uint8) for code in codes] if any(each.answered for each in requests) else []
        )
        for each, tally in zip(requests, tallies, strict=True):
            values = ones[: rows.stop - rows.start] if each.values is None else each.values[rows]
            tally.add(each.cells(rows), flags if each.answered else codes, values)
    return tallies


def weighted_sums(items: LevelItems, cells: Cells, *, weights: FloatArray) -> CellSums:
    """Σwy and Σwx under any weights (one a row), shape (cells, items)."""
    (tally,) = tallied(items.columns, [Request(cells.code, cells.count, weights)])
    return of_levels(items, tally.levels())


def of_levels(
    items: LevelItems, weight: Sequence[FloatArray], n: Sequence[FloatArray] | None = None
) -> CellSums:
    """Σwy, Σwx and answers by item, from Σw and n by level of each column (cells × levels)."""
    y, x = (np.empty((weight[0].shape[0], items.item_count)) for _ in range(2))
    for item, (column, values) in enumerate(zip(items.column, items.values, strict=True)):
        y[:, item] = weight[column] @ values
        x[:, item] = weight[column] @ np.ones_like(values)
    if n is None:
        return CellSums(y, x)
    counts = np.column_stack([each.sum(axis=1) for each in n])
    return CellSums(y, x, counts[:, items.column])


def moments_of_levels(
    items: LevelItems, *, n: Sequence[FloatArray], weight: Sequence[FloatArray], square: Sequence[FloatArray]
) -> Moments:
    """The moments of each item, from n, Σw and Σw² by level of each column (cells × levels)."""
    found = [
        level_moments(n[column], weight[column], square[column], values=values)
        for column, values in zip(items.column, items.values, strict=True)
    ]
    return Moments(*(np.column_stack(each) for each in zip(*found, strict=True)))


def squares_of_levels(items: LevelItems, weight: Sequence[FloatArray]) -> FloatArray:
    """Σwy² by item, from Σw by level of each column (domains × levels)."""
    return np.column_stack(
        [weight[column] @ values**2 for column, values in zip(items.column, items.values, strict=True)]
    )


def by_domain(cells: Cells, sums: Sequence[FloatArray], *, domain_count: int) -> list[FloatArray]:
    """Sums by cell added up to domains."""
    matrix = sum_matrix(cells.domain, domain_count)
    return [matrix @ each for each in sums]
