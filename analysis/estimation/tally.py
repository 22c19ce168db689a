"""The kernel: one pass over the rows that adds up weights by cell and level of many items at once.

Items are taken a few at a time: the levels of two or three short scales are one joint level, so that one
addition a row serves them all, and tables stay small enough for the cache of a processor. The levels of the
single items are summed out of the joint table at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.estimation.levels import Codes
from analysis.stages import FloatArray

_JOINT = 256  # joint levels fit into a byte
_TABLE = 1 << 17  # entries of a joint table: a megabyte


@dataclass(frozen=True)
class _Group:
    """Items whose levels are tallied jointly: where the first is, the sizes of their scales, 0 included."""

    first: int
    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many joint levels there are."""
        return int(np.prod(self.sizes))

    def joint(self, codes: Sequence[Codes]) -> Codes:
        """The joint level of each row."""
        result = codes[self.first]
        for place, size in enumerate(self.sizes[1:], start=self.first + 1):
            result = result * np.uint8(size)
            result += codes[place]
        return result

    def levels(self, item: int) -> FloatArray:
        """Which joint levels belong to each level from 1 on of an item of the group: joint × levels, 0/1."""
        of_joint = np.unravel_index(np.arange(self.size), self.sizes)[item]
        return np.asarray(of_joint[:, None] == np.arange(1, self.sizes[item]), dtype=np.float64)


class Tally:
    """Sums by cell and level of several items; rows come in block by block."""

    def __init__(self, level_counts: Sequence[int], cell_count: int) -> None:
        """`level_counts` are the levels of each item without 0; rows of code `cell_count` are left out."""
        self._cells = cell_count
        self._groups = _grouped([count + 1 for count in level_counts], cell_count)
        self._tables = [np.zeros((cell_count + 1) * group.size) for group in self._groups]

    def add(self, cell: NDArray[np.integer], codes: Sequence[Codes], values: FloatArray) -> None:
        """Add `values` (one a row) where each row's cell and levels (one array an item) say."""
        base, size = cell.astype(np.int64), 1
        for group, table in zip(self._groups, self._tables, strict=True):
            if group.size != size:
                base, size = cell * np.int64(group.size), group.size
            np.add.at(table, base + group.joint(codes), values)

    def levels(self) -> list[FloatArray]:
        """The sums of each item by cell and level from 1 on, shape (cells, levels)."""
        result = []
        for group, table in zip(self._groups, self._tables, strict=True):
            joint = table.reshape(-1, group.size)[: self._cells]
            result += [joint @ group.levels(item) for item in range(len(group.sizes))]
        return result

    def whole(self) -> FloatArray:
        """The sums by cell over all rows, answered or not, shape (cells,)."""
        return np.asarray(self._tables[0].reshape(-1, self._groups[0].size)[: self._cells].sum(axis=1))


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
