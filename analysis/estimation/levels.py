"""Columns of answers as small codes, read block by block: 0 is no answer, 1 … `count` are levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.codes import blocks
from analysis.stages import BoolArray

Codes = NDArray[np.unsignedinteger[Any]]

LEVEL_LIMIT = 32  # whole numbers on a longer scale are summed as they are, which then costs less
_COMPARED = 8  # up to so many categories are compared one by one


class Levels(Protocol):
    """A column of answers by level."""

    @property
    def count(self) -> int:
        """How many levels there are, 0 (no answer) apart."""
        ...

    def codes(self, rows: slice) -> Codes:
        """The level of each of these rows, a new array."""
        ...


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers in a column as it holds them; `missing` marks empty ones beside NaN, None: none."""

    values: NDArray[Any]
    missing: BoolArray | None

    @property
    def whole(self) -> bool:
        """Whether the column holds integers or truth values, which are never NaN."""
        return self.values.dtype.kind != "f"

    def answered(self, rows: slice) -> BoolArray:
        """Which of these rows have a number."""
        values = self.values[rows]
        found = np.ones(values.size, dtype=np.bool_) if self.whole else values == values
        return found if self.missing is None else found & ~self.missing[rows]

    def floats(self, rows: slice) -> NDArray[np.float64]:
        """The numbers of these rows, NaN where there is none."""
        found = self.values[rows].astype(np.float64)
        if self.missing is not None:
            found[self.missing[rows]] = np.nan
        return found


def numbers_of(column: pd.Series[Any]) -> Numbers | None:
    """The numbers in a column without a copy where it holds them as such; None for anything else."""
    array = column.array
    if isinstance(array, pd.arrays.IntegerArray | pd.arrays.FloatingArray | pd.arrays.BooleanArray):
        # to_numpy would copy the column several times, which takes longer than all that is done with it
        values, missing = array._data, array._mask  # type: ignore[union-attr]  # not in the stubs
        return Numbers(values, missing if missing.any() else None)
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return None
    values = column.to_numpy()
    if values.dtype.kind in "biuf":
        return Numbers(values, None)
    return Numbers(column.to_numpy(dtype=np.float64, na_value=np.nan), None)


@dataclass(frozen=True, eq=False)
class ScaleLevels:
    """Whole numbers from `low` on, one level each."""

    numbers: Numbers
    low: int
    count: int

    def codes(self, rows: slice) -> Codes:
        """Levels of the rows: number - `low` + 1; 0 where there is no answer."""
        values = self.numbers.values[rows]
        if self.numbers.values.dtype.kind == "f":
            return np.where(self.numbers.answered(rows), values - (self.low - 1), 0).astype(np.uint8)
        found = (values - values.dtype.type(self.low)).astype(np.uint8)
        found += np.uint8(1)
        return _blank(found, self.numbers.missing, rows)


def scale_levels(numbers: Numbers) -> ScaleLevels | None:
    """The levels of a column of whole numbers on a short scale; None for any other."""
    low, high = np.inf, -np.inf
    for rows in blocks(numbers.values.size):
        values = numbers.values[rows]
        if not numbers.whole or numbers.missing is not None:
            values = values[numbers.answered(rows)]
        if not values.size:
            continue
        if not numbers.whole and (values != np.rint(values)).any():
            return None
        low, high = min(low, float(values.min())), max(high, float(values.max()))
        if not high - low < LEVEL_LIMIT or max(abs(low), abs(high)) > 2**31:
            return None
    if high < low:  # nobody answered
        return ScaleLevels(numbers, 0, 1)
    if numbers.values.dtype.kind == "b":
        numbers = Numbers(numbers.values.view(np.uint8), numbers.missing)
    return ScaleLevels(numbers, int(low), int(high - low) + 1)


@dataclass(frozen=True, eq=False)
class ChosenNumbers:
    """Two levels of a column of numbers: 2 for the numbers `chosen`, 1 for any other answer."""

    numbers: Numbers
    chosen: tuple[float, ...]
    count: int = 2

    def codes(self, rows: slice) -> Codes:
        """Levels of the rows: 2, 1, or 0 where there is no answer."""
        values = self.numbers.values[rows]
        if len(self.chosen) > _COMPARED:
            found = np.isin(values, np.array(self.chosen)).view(np.uint8)
        else:
            is_chosen = np.zeros(values.size, dtype=np.bool_) if not self.chosen else values == self.chosen[0]
            for each in self.chosen[1:]:
                is_chosen |= values == each
            found = is_chosen.view(np.uint8)
        found += np.uint8(1) if self.numbers.whole else (values == values).view(np.uint8)
        return _blank(found, self.numbers.missing, rows)


def _blank(codes: Codes, missing: BoolArray | None, rows: slice) -> Codes:
    if missing is not None:
        codes *= (~missing[rows]).view(np.uint8)
    return codes


@dataclass(frozen=True, eq=False)
class LabelLevels:
    """A column of labels: `code` of each row (0: missing) and the level of each code."""

    code: Codes
    level: Codes
    count: int

    def codes(self, rows: slice) -> Codes:
        """Levels of the rows, looked up by their codes."""
        return np.asarray(self.level[self.code[rows]])


@dataclass(frozen=True, eq=False)
class CompleteLevels:
    """The same levels, but no answer in rows that are not complete."""

    levels: Levels
    complete: BoolArray

    @property
    def count(self) -> int:
        """How many levels there are."""
        return self.levels.count

    def codes(self, rows: slice) -> Codes:
        """Levels of the rows; 0 in those that are not complete."""
        found = self.levels.codes(rows)
        found *= self.complete[rows].view(np.uint8)
        return found


def chosen_levels(column: pd.Series[Any], categories: Sequence[object]) -> Levels:
    """Two levels: 2 for answers among the categories, 1 for any other."""
    numbers = numbers_of(column)
    if numbers is not None:
        return ChosenNumbers(numbers, _comparable(categories, whole=numbers.whole))
    code, labels = _coded(column)
    level = np.ones(len(labels) + 1, dtype=np.uint8)
    level[0] = 0
    level[1:] += pd.Index(labels).isin(list(categories)).astype(np.uint8)
    return LabelLevels(code, level, 2)


def _comparable(categories: Sequence[object], *, whole: bool) -> tuple[float, ...]:
    """The categories that a number can equal; whole ones as integers, which small integers compare fast
    with.
    """
    found = [each for each in categories if isinstance(each, bool | int | float | np.number | np.bool_)]
    floats = [float(each) for each in found]
    if not whole:
        return tuple(floats)
    return tuple(int(each) for each in floats if each.is_integer())


def category_levels(column: pd.Series[Any]) -> tuple[Levels, list[object]]:
    """One level for every category and their labels: all of a categorical column, else those that occur."""
    numbers = numbers_of(column)
    scale = None if numbers is None else scale_levels(numbers)
    if numbers is None or scale is None:
        code, labels = _coded(column)
        return LabelLevels(code, np.arange(len(labels) + 1, dtype=code.dtype), len(labels)), labels
    present = np.zeros(scale.count + 1, dtype=np.int64)
    for rows in blocks(numbers.values.size):
        present += np.bincount(scale.codes(rows), minlength=present.size)
    level = np.zeros(present.size, dtype=np.uint8)
    occurring = np.flatnonzero(present[1:]) + 1
    level[occurring] = np.arange(1, occurring.size + 1)
    labels = (occurring - 1 + scale.low).astype(numbers.values.dtype).tolist()
    if occurring.size == scale.count:
        return scale, labels
    return RelabelledLevels(scale, level, occurring.size), labels


@dataclass(frozen=True, eq=False)
class RelabelledLevels:
    """Other levels of which some do not occur, numbered without gaps."""

    levels: Levels
    level: Codes
    count: int

    def codes(self, rows: slice) -> Codes:
        """Levels of the rows under their new numbers."""
        return np.asarray(self.level[self.levels.codes(rows)])


def _coded(column: pd.Series[Any]) -> tuple[Codes, list[object]]:
    """Codes from 1 (0: missing) in the order of the labels, and the labels."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        code, labels = column.cat.codes.to_numpy(), list(column.cat.categories)
    else:
        found, distinct = pd.factorize(column, sort=True)
        code, labels = found, list(np.asarray(distinct).tolist())
    kind = np.min_scalar_type(len(labels))
    return (code.astype(np.int64) + 1).astype(kind), labels
