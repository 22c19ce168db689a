"""Cells of the compact table: crossings of a place in the design with a domain in which there are rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.codes import blocks, first_of, joint_codes, recode
from analysis.stages import IntArray

_SPAN = 1 << 22  # so many crossings are looked up in a table, however few rows there are


@dataclass(frozen=True, eq=False)
class Cells:
    """The (place, domain) cells with rows, and the cell of each row: `code` is `count` where it has none.

    `place` and `domain` have one entry a cell, in the order of the places, then the domains.
    """

    place: IntArray
    domain: IntArray
    code: NDArray[np.int32]

    @property
    def count(self) -> int:
        """How many cells there are."""
        return int(self.place.size)


def cells_of(place: IntArray, domain: IntArray, *, place_count: int, domain_count: int) -> Cells:
    """The cells of rows with these places and domains (one a row); code -1 in either is in no cell."""
    outside = place_count * domain_count
    if outside > max(_SPAN, 4 * place.size):
        return _sparse_cells(place, domain, domain_count=domain_count)
    present = np.zeros(outside + 1, dtype=np.bool_)
    some_outside = min(int(place.min(initial=0)), int(domain.min(initial=0))) < 0
    keys = _Keys(place, domain, domain_count, outside if some_outside else None)
    for rows in blocks(place.size):
        present[keys.of(rows)] = True
    found = np.flatnonzero(present[:-1])
    code_of = np.empty(outside + 1, dtype=np.int32)
    code_of[found] = np.arange(found.size)
    code_of[-1] = found.size
    code = np.empty(place.size, dtype=np.int32)
    for rows in blocks(place.size):
        np.take(code_of, keys.of(rows), out=code[rows], mode="clip")  # raise would make a copy
    return Cells(found // domain_count, found % domain_count, code)


@dataclass(frozen=True, eq=False)
class _Keys:
    """One number for place and domain of each row; `outside` (None: no row is) for those in no cell."""

    place: IntArray
    domain: IntArray
    domain_count: int
    outside: int | None

    def of(self, rows: slice) -> IntArray:
        key = self.place[rows] * self.domain_count
        key += self.domain[rows]
        if self.outside is not None:
            key[(self.place[rows] < 0) | (self.domain[rows] < 0)] = self.outside
        return key


def _sparse_cells(place: IntArray, domain: IntArray, *, domain_count: int) -> Cells:
    inside = np.flatnonzero((place >= 0) & (domain >= 0))
    cell, found = recode(place[inside] * domain_count + domain[inside])
    code = np.full(place.size, found.size, dtype=np.int32)
    code[inside] = cell
    return Cells(found // domain_count, found % domain_count, code)


def merged(*keys: IntArray) -> tuple[IntArray, IntArray]:
    """Which cells belong together by several keys (one entry a cell): a code each, and the first of each."""
    code = joint_codes(*keys)
    return code, first_of(code, int(code.max(initial=-1)) + 1)
