"""The kernel: one pass over the rows that adds up weights by cell and level of many items at once.

Items are taken a few at a time: the levels of two or three short scales are one joint level, so that one
addition a row serves them all, and tables stay small enough for the cache of a processor. The levels of the
single items are summed out of the joint table at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from analysis.estimation.levels import Codes
from analysis.stages import FloatArray

_JOINT = 256  # joint levels fit into a byte
_TABLE = 1 << 17  # entries of a joint table: a megabyte


class _Group:
    """Items whose levels are tallied jointly: where the first is, the sizes of their scales, 0 included."""

    def __init__(self, first: int, sizes: tuple[int, ...]) -> None:
        self.first = first
        self.sizes = sizes
        self.size = math.prod(sizes)

    def joint(self, codes: Sequence[Codes]) -> Codes:
        """The joint level of each row."""
        result = codes[self.first]
        if len(self.sizes) > 1:
            result = result.copy()
        for place, size in enumerate(self.sizes[1:], start=self.first + 1):
            result *= np.uint8(size)
            result += codes[place]
        return result


class Tally:
    """Sums by cell and level of several items; rows come in block by block."""

    def __init__(self, level_counts: Sequence[int], cell_count: int) -> None:
        """`level_counts` are the levels of each item without 0; rows of code `cell_count` are left out."""
        self._cells = cell_count
        self._groups = _grouped([count + 1 for count in level_counts], cell_count)
        self._tables = [np.zeros((cell_count + 1) * group.size) for group in self._groups]
        widest = max(table.size for table in self._tables)
        self._index = np.dtype(np.int32 if widest < 2**31 else np.int64)
        self._matrices: dict[tuple[int, int], csc_array] = {}

    def __add__(self, other: Tally) -> Tally:
        """The sums over the rows of both."""
        result = copy(self)
        result._tables = [one + two for one, two in zip(self._tables, other._tables, strict=True)]
        return result

    def add(self, cell: NDArray[np.integer], codes: Sequence[Codes], values: FloatArray) -> None:
        """Add `values` (one a row) where each row's cell and levels (one array an item) say.

        A sparse matrix (entries of the table × rows) with a single 1 a row, times the values: of all ways to
        add at computed places the one with the least work a row.
        """
        base, size = np.empty(cell.size, dtype=self._index), 0
        for group, table in zip(self._groups, self._tables, strict=True):
            if group.size != size:
                size = group.size
                np.multiply(cell, size, out=base, casting="same_kind")
            matrix = self._one_a_row(table.size, cell.size)
            matrix.indices[:] = group.joint(codes)
            matrix.indices[:] += base
            table += matrix @ values

    def _one_a_row(self, size: int, row_count: int) -> csc_array:
        """A matrix (size × rows) with a 1 in each column, at places that the caller sets."""
        found = self._matrices.get((size, row_count))
        if found is None:
            ones, places = np.ones(row_count), np.zeros(row_count, dtype=self._index)
            column = np.arange(row_count + 1, dtype=self._index)
            found = csc_array((ones, places, column), shape=(size, row_count))
            self._matrices[size, row_count] = found
        return found

    def levels(self) -> list[FloatArray]:
        """The sums of each item by cell and level from 1 on, shape (cells, levels)."""
        result = []
        for group, table in zip(self._groups, self._tables, strict=True):
            joint = table.reshape(-1, group.size)[: self._cells]
            result += [joint @ _levels_of(group.sizes, item) for item in range(len(group.sizes))]
        return result

    def whole(self) -> FloatArray:
        """The sums by cell over all rows, answered or not, shape (cells,)."""
        joint = self._tables[0].reshape(-1, self._groups[0].size)[: self._cells]
        return np.asarray(joint @ np.ones(joint.shape[1]))


@lru_cache(maxsize=256)
def _levels_of(sizes: tuple[int, ...], item: int) -> FloatArray:
    """Which joint levels belong to each level from 1 on of an item of a group: joint × levels, 0 or 1."""
    of_joint = np.unravel_index(np.arange(math.prod(sizes)), sizes)[item]
    return np.asarray(of_joint[:, None] == np.arange(1, sizes[item]), dtype=np.float64)


def _grouped(sizes: Sequence[int], cell_count: int) -> list[_Group]:
    groups: list[_Group] = []
    first = 0
    while first < len(sizes):
        stop, joint = first + 1, sizes[first]
        while stop < len(sizes) and _fits(joint * sizes[stop], cell_count):
            joint *= sizes[stop]
            stop += 1
        groups.append(_Group(first, tuple(sizes[first:stop])))
        first = stop
    return groups


def _fits(joint: int, cell_count: int) -> bool:
    return joint <= _JOINT and joint * cell_count <= _TABLE
