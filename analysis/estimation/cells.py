"""Cells of the compact table: crossings of a place in the design with a domain in which there are rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.codes import blocks, first_of, joint_codes, recode
from analysis.stages import IntArray

_SPAN = 1 << 22  # so many crossings are looked up in a table, however few rows there are


class RowCells(Protocol):
    """Cells of rows: `count` of them, and `codes` of a block of rows, `count` for those in none."""

    @property
    def count(self) -> int:
        """How many cells there are."""
        ...

    def codes(self, rows: slice) -> NDArray[np.integer]:
        """The cells of a block of rows."""
        ...


@dataclass(frozen=True, eq=False)
class Cells:
    """The (place, domain) cells with rows: `place` and `domain` have one entry a cell, in that order."""

    place: IntArray
    domain: IntArray
    _rows: _Keys | _Codes

    @property
    def count(self) -> int:
        """How many cells there are."""
        return int(self.place.size)

    def codes(self, rows: slice) -> NDArray[np.integer]:
        """The cell of each of these rows, `count` for those in none."""
        return self._rows.codes(rows)


@dataclass(frozen=True, eq=False)
class DomainRows:
    """Domains as cells: `code` of each row, -1 for those in none, and how many domains there are."""

    code: IntArray
    count: int

    def codes(self, rows: slice) -> NDArray[np.integer]:
        """The domain of each of these rows, `count` for those in none."""
        code = self.code[rows]
        return np.where(code < 0, self.count, code) if code.min(initial=0) < 0 else code


def cells_of(place: IntArray, domain: IntArray, *, place_count: int, domain_count: int) -> Cells:
    """The cells of rows with these places and domains (one a row); code -1 in either is in no cell."""
    outside = place_count * domain_count
    if outside > max(_SPAN, 4 * place.size):
        return _sparse_cells(place, domain, domain_count=domain_count)
    some_outside = min(int(place.min(initial=0)), int(domain.min(initial=0))) < 0
    keys = _Keys(place, domain, domain_count, outside, some_outside, np.empty(outside + 1, dtype=np.int32))
    present = np.zeros(outside + 1, dtype=np.bool_)
    for rows in blocks(place.size):
        present[keys.of(rows)] = True
    found = np.flatnonzero(present[:-1])
    keys.code[found] = np.arange(found.size)
    keys.code[-1] = found.size
    return Cells(found // domain_count, found % domain_count, keys)


@dataclass(frozen=True, eq=False)
class _Keys:
    """One number for place and domain of each row, `outside` for those in no cell; `code`: its cell."""

    place: IntArray
    domain: IntArray
    domain_count: int
    outside: int
    some_outside: bool
    code: NDArray[np.int32]

    def of(self, rows: slice) -> IntArray:
        key = self.place[rows] * self.domain_count
        key += self.domain[rows]
        if self.some_outside:
            key[(self.place[rows] < 0) | (self.domain[rows] < 0)] = self.outside
        return key

    def codes(self, rows: slice) -> NDArray[np.integer]:
        return self.code[self.of(rows)]


@dataclass(frozen=True, eq=False)
class _Codes:
    """The cell of each row, where there are too many crossings to look them up."""

    code: NDArray[np.int32]

    def codes(self, rows: slice) -> NDArray[np.integer]:
        return self.code[rows]


def _sparse_cells(place: IntArray, domain: IntArray, *, domain_count: int) -> Cells:
    inside = np.flatnonzero((place >= 0) & (domain >= 0))
    cell, found = recode(place[inside] * domain_count + domain[inside])
    code = np.full(place.size, found.size, dtype=np.int32)
    code[inside] = cell
    return Cells(found // domain_count, found % domain_count, _Codes(code))


def merged(*keys: IntArray) -> tuple[IntArray, IntArray]:
    """Which cells belong together by several keys (one entry a cell): a code each, and the first of each."""
    code = joint_codes(*keys)
    return code, first_of(code, int(code.max(initial=-1)) + 1)
