"""The kernel: one pass over the rows that adds up weights by cell and level of many items at once.

Items are taken a few at a time: the levels of two or three short scales are one joint level, so that one
addition a row serves them all, and tables stay small enough for the cache of a processor. The levels of the
single items are summed out of the joint table at the end.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from analysis.estimation.levels import Codes
from analysis.stages import FloatArray

_JOINT = 256  # joint levels fit into a byte
_TABLE = 1 << 17  # entries of a joint table: a megabyte


@dataclass(frozen=True, eq=False)
class JointSums:
    """Sums by cell and level of several items, a few items in each of the joint tables.

    `sizes` are the sizes of the scales in each table, 0 included. A table has one row a joint level, one
    column a cell, and a last column for rows in no cell.
    """

    sizes: tuple[tuple[int, ...], ...]
    tables: tuple[FloatArray, ...]

    def __add__(self, other: JointSums) -> JointSums:
        """The sums over the rows of both, which have the same items and cells."""
        return JointSums(self.sizes, tuple(map(np.add, self.tables, other.tables)))

    def beside(self, other: JointSums) -> JointSums:
        """The sums of the items of both, which have the same rows and cells."""
        return JointSums(self.sizes + other.sizes, self.tables + other.tables)

    def levels(self) -> list[FloatArray]:
        """The sums of each item by level from 1 on and cell, shape (levels, cells)."""
        result = []
        for sizes, table in zip(self.sizes, self.tables, strict=True):
            if len(sizes) == 1:
                result.append(table[1:, :-1])
            else:
                result += [_levels_of(sizes, item) @ table[:, :-1] for item in range(len(sizes))]
        return result

    def whole(self) -> FloatArray:
        """The sums by cell over all rows, answered or not, shape (cells,)."""
        return np.asarray(self.tables[0][:, :-1].sum(axis=0))


@lru_cache(maxsize=256)
def _levels_of(sizes: tuple[int, ...], item: int) -> FloatArray:
    """Which joint levels belong to each level from 1 on of an item of a group: levels × joint, 0 or 1."""
    of_joint = np.unravel_index(np.arange(math.prod(sizes)), sizes)[item]
    return np.asarray(np.arange(1, sizes[item])[:, None] == of_joint, dtype=np.float64)


class Tally:
    """Adds up sums by cell and level; rows come in block by block, their items one after the other.

    The values of all rows are the entries of a sparse matrix with a single column, as long as a table and
    full of duplicates; its product with 1 adds them up at their places, with the least work a row of all ways
    there are. The places of several blocks are gathered first, so that a table is not added to the other for
    every block.
    """

    def __init__(self, level_counts: Sequence[int], cell_count: int, *, capacity: int) -> None:
        """`level_counts` are the levels of each item without 0; rows of code `cell_count` are left out.

        `capacity` is how many rows are gathered; blocks must not be longer.
        """
        self._sizes = _grouped([count + 1 for count in level_counts], cell_count)
        self._width = cell_count + 1
        self._tables: list[FloatArray | None] = [None] * len(self._sizes)
        largest = max(map(math.prod, self._sizes)) * self._width
        index = np.dtype(np.int32 if largest < 2**31 else np.int64)
        self._places = [np.empty(capacity, dtype=index) for _ in self._sizes]
        self._values = np.empty(capacity)
        self._gathered = 0

    def sums(self) -> JointSums:
        """What has been added up."""
        self._add_gathered()
        shapes = [(math.prod(sizes), self._width) for sizes in self._sizes]
        tables = [
            np.zeros(shape) if table is None else table
            for table, shape in zip(self._tables, shapes, strict=True)
        ]
        return JointSums(tuple(self._sizes), tuple(tables))

    def block(self, cell: NDArray[np.integer], values: FloatArray) -> Generator[None, Codes, None]:
        """Add `values` (one a row) where each row's cell and levels say: send in the codes of each item."""
        if self._gathered + cell.size > self._values.size:
            self._add_gathered()
        rows = slice(self._gathered, self._gathered + cell.size)
        for sizes, all_places in zip(self._sizes, self._places, strict=True):
            joint = yield
            for later, size in enumerate(sizes[1:]):
                joint = np.multiply(joint, np.uint8(size), out=joint if later else None)
                joint += yield
            places = all_places[rows]
            np.multiply(joint, self._width, out=places, dtype=places.dtype)
            np.add(places, cell, out=places, casting="same_kind")
        self._values[rows] = values
        self._gathered = rows.stop
        yield

    def _add_gathered(self) -> None:
        count, one = self._gathered, np.ones(1)
        if not count:
            return
        for group, (sizes, places) in enumerate(zip(self._sizes, self._places, strict=True)):
            column = np.array([0, count], dtype=places.dtype)
            parts = (self._values[:count], places[:count], column)
            matrix = csc_array(parts, shape=(math.prod(sizes) * self._width, 1))
            found, table = (matrix @ one).reshape(-1, self._width), self._tables[group]
            self._tables[group] = found if table is None else np.add(table, found, out=table)
        self._gathered = 0


def _grouped(sizes: Sequence[int], cell_count: int) -> list[tuple[int, ...]]:
    """The items in turn, together as long as their joint levels are few."""
    groups: list[tuple[int, ...]] = []
    for size in sizes:
        joint = math.prod(groups[-1]) * size if groups else _JOINT + 1
        if joint <= _JOINT and joint * cell_count <= _TABLE:
            groups[-1] += (size,)
        else:
            groups.append((size,))
    return groups
