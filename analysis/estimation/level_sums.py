"""Sums of items that are functions of a level: shares, counts, and means on short scales."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.codes import blocks
from analysis.estimation.cells import Cells, RowCells
from analysis.estimation.items import Influence, LevelItems
from analysis.estimation.levels import Codes, Levels
from analysis.estimation.sums import CellSums, Moments, level_moments
from analysis.estimation.tally import JointSums, Tally
from analysis.stages import FloatArray

_BLOCK = 1 << 16  # rows whose codes stay in the cache of a processor
_GATHERED = 1 << 19  # rows whose places in the tables are gathered before they are added
_FEW = 1 << 17  # rows for which a second thread is not worth its start
_MANY_CELLS = 1 << 15


@dataclass(frozen=True, eq=False)
class Request:
    """One table to make in the pass: values (one a row, None: ones) summed by cell and level.

    `answered`: all levels are one.
    """

    cells: RowCells
    values: FloatArray | None
    answered: bool = False


def tallied(levels: Sequence[Levels], requests: Sequence[Request], *, row_count: int) -> list[JointSums]:
    """The tables of all requests, in one pass over the rows.

    Long columns are read by two threads, since what takes time leaves the interpreter's lock: every other
    block each, or, where tables are too large to have twice, half of the columns each. What is added up in
    which order is the same on every machine, and so are the results.
    """
    parts = blocks(row_count, _BLOCK)
    if row_count <= _FEW or len(levels) == 1:
        return _tallied(requests, levels, parts)
    with ThreadPoolExecutor(2) as pool:
        if max(each.cells.count for each in requests) > _MANY_CELLS:
            half = len(levels) // 2
            one, two = pool.map(partial(_tallied, requests), (levels[:half], levels[half:]), (parts, parts))
            return [first.beside(second) for first, second in zip(one, two, strict=True)]
        one, two = pool.map(partial(_tallied, requests, levels), (parts[::2], parts[1::2]))
        return [first + second for first, second in zip(one, two, strict=True)]


def _tallied(
    requests: Sequence[Request], levels: Sequence[Levels], parts: Sequence[slice]
) -> list[JointSums]:
    tallies = [
        Tally(
            [1 if each.answered else level.count for level in levels],
            each.cells.count,
            capacity=min(_GATHERED, sum(rows.stop - rows.start for rows in parts)),
        )
        for each in requests
    ]
    ones = np.ones(parts[0].stop - parts[0].start)
    for rows in parts:
        of_levels: list[Generator[None, Codes, None]] = []
        of_answers: list[Generator[None, Codes, None]] = []
        for each, tally in zip(requests, tallies, strict=True):
            values = ones[: rows.stop - rows.start] if each.values is None else each.values[rows]
            block = tally.block(each.cells.codes(rows), values)
            next(block)
            (of_answers if each.answered else of_levels).append(block)
        for level in levels:
            codes = level.codes(rows)
            for block in of_levels:
                block.send(codes)
            if of_answers:
                answers = (codes != 0).view(np.uint8)
                for block in of_answers:
                    block.send(answers)
    return [tally.sums() for tally in tallies]


def weighted_sums(items: LevelItems, cells: Cells, *, weights: FloatArray) -> CellSums:
    """Σwy and Σwx under any weights (one a row), shape (cells, items)."""
    (sums,) = tallied(items.columns, [Request(cells, weights)], row_count=weights.size)
    return of_levels(items, sums.levels())


def of_levels(
    items: LevelItems, weight: Sequence[FloatArray], n: Sequence[FloatArray] | None = None
) -> CellSums:
    """Σwy, Σwx and answers (cells × items), from Σw and n by level of each column (levels × cells)."""
    y = _columns(
        [
            [(value, row) for value, row in zip(values, weight[column], strict=True) if value]
            for column, values in zip(items.column, items.values, strict=True)
        ],
        size=weight[0].shape[1],
    )
    x = _added(items, weight)
    return CellSums(y, x, None if n is None else _added(items, n))


def _added(items: LevelItems, levels: Sequence[FloatArray]) -> FloatArray:
    """The sums over all levels of the column of each item (cells × items)."""
    result = _columns([[(1.0, row) for row in each] for each in levels], size=levels[0].shape[1])
    return result if np.array_equal(items.column, np.arange(len(levels))) else result[:, items.column]


def moments_of_levels(
    items: LevelItems, *, n: Sequence[FloatArray], weight: Sequence[FloatArray], square: Sequence[FloatArray]
) -> Moments:
    """The moments of each item, from n, Σw and Σw² by level of each column (levels × cells)."""
    found = [
        level_moments(n[column], weight[column], square[column], values=values)
        for column, values in zip(items.column, items.values, strict=True)
    ]
    return Moments(*(np.column_stack(each) for each in zip(*found, strict=True)))


def squares_of_levels(items: LevelItems, weight: Sequence[FloatArray]) -> FloatArray:
    """Σwy² by item (domains × items), from Σw by level of each column (levels × domains)."""
    return np.column_stack(
        [values**2 @ weight[column] for column, values in zip(items.column, items.values, strict=True)]
    )


def squared_influences(
    items: LevelItems, weight: Sequence[FloatArray], *, influence: Influence
) -> FloatArray:
    """Σ weight × influence² by item (domains × items), from the weights by level (levels × domains)."""
    result = np.empty(influence.y_coefficient.shape)
    for item, (column, values) in enumerate(zip(items.column, items.values, strict=True)):
        of_level = influence.y_coefficient[:, item] * values[:, None] + influence.x_coefficient[:, item]
        result[:, item] = (of_level**2 * weight[column]).sum(axis=0)
    return result


def _columns(terms: Sequence[Sequence[tuple[float, FloatArray]]], *, size: int) -> FloatArray:
    """Sums of multiples of rows as the columns of one array, each column in one piece of memory."""
    result = np.zeros((len(terms), size))
    for own, column in zip(result, terms, strict=True):
        for value, row in column:
            own += row if value == 1 else value * row
    return result.T
