"""Dense integer codes for the labels in a column: fast where the labels are small whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

BLOCK = 1 << 18  # rows gone through at a time, so that what is made on the way stays in the cache
_FEW = 1 << 12  # rows that are looked at first where most likely they are enough
_SPAN = 1 << 22  # numbers this far apart are looked up in a table, however few rows there are


def recode(values: NDArray[Any]) -> tuple[IntArray, NDArray[Any]]:
    """Codes 0, 1, … (one an entry) in the order of the distinct whole numbers, and these numbers.

    Numbers close together are counted in a table, two passes without sorting; codes that are dense already
    are handed back as they are.
    """
    if not values.size:
        return np.zeros(0, dtype=np.int64), values
    low, high = int(values.min()), int(values.max())
    span = high - low + 1
    if span > max(_SPAN, 2 * values.size):
        codes, distinct = pd.factorize(values, sort=True)
        return np.asarray(codes, dtype=np.int64), np.asarray(distinct)
    places = np.flatnonzero(occurring(values, span, low=low))
    distinct = (places + low).astype(values.dtype)
    if places.size == span and low == 0:
        return values.astype(np.int64, copy=False), distinct
    code_of = np.empty(span, dtype=np.int64)
    code_of[places] = np.arange(places.size)
    result = np.empty(values.size, dtype=np.int64)
    for rows in blocks(values.size):
        np.take(code_of, _from(low, values[rows]), out=result[rows])
    return result, distinct


def occurring(codes: NDArray[Any], count: int, *, low: int = 0) -> NDArray[np.bool_]:
    """Which of the numbers low, low + 1, … (`count` of them) occur; looks no further than it must."""
    present = np.zeros(count, dtype=np.bool_)
    start, step = 0, _FEW
    while start < codes.size and not present.all():
        present[_from(low, codes[start : start + step])] = True
        start, step = start + step, min(2 * step, BLOCK)
    return present


def _from(low: int, values: NDArray[Any]) -> IntArray:
    return values.astype(np.int64, copy=False) if low == 0 else values.astype(np.int64) - low


def blocks(size: int, step: int = BLOCK) -> list[slice]:
    """The rows 0 … size - 1 in slices of at most `step`."""
    return [slice(start, min(start + step, size)) for start in range(0, size, step)]


def column_codes(column: pd.Series[Any]) -> IntArray:
    """Codes 0, 1, … of the labels that occur in a column without missing values; shape (rows,)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return recode(column.cat.codes.to_numpy())[0]
    if pd.api.types.is_integer_dtype(column.dtype) and not pd.api.types.is_unsigned_integer_dtype(
        column.dtype
    ):
        return recode(column.to_numpy(dtype=np.int64))[0]
    return np.asarray(pd.factorize(column)[0], dtype=np.int64)


def sorted_codes(column: pd.Series[Any]) -> tuple[IntArray, list[object]]:
    """Codes of a column (-1: missing) in the order of its labels, and the labels.

    A categorical column has the codes of all its categories, used or not, in their order.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, dtype=np.int64), list(column.cat.categories)
    values = column.to_numpy()
    if values.dtype.kind == "i":
        code, distinct = recode(values)
        return code, distinct.tolist()
    code, labels = pd.factorize(column, sort=True)
    return np.asarray(code, dtype=np.int64), list(np.asarray(labels).tolist())


def joint_codes(*keys: NDArray[Any]) -> IntArray:
    """One code 0, 1, … a distinct combination of the keys, in sorted order; shape (rows,)."""
    return crossed_codes(*(_whole(key) for key in keys))


def crossed_codes(*codes: IntArray) -> IntArray:
    """The same for keys that are codes 0, 1, … already, each of which occurs."""
    result = codes[0]
    for other in codes[1:]:
        result = recode(result * (int(other.max(initial=0)) + 1) + other)[0]
    return result


def _whole(key: NDArray[Any]) -> IntArray:
    """Codes of one key, in sorted order, whatever its labels are."""
    if key.dtype.kind in "bi":
        return recode(key)[0]
    return np.unique(key, return_inverse=True)[1].reshape(-1).astype(np.int64)


def first_of(codes: IntArray, count: int) -> IntArray:
    """The first row of every code 0 … count - 1."""
    first = np.full(count, codes.size, dtype=np.int64)
    for rows in blocks(codes.size, max(_FEW, 8 * count)):
        found = np.full(count, codes.size, dtype=np.int64)
        found[codes[rows][::-1]] = np.arange(rows.start, rows.stop)[::-1]  # the last one set is the first row
        np.minimum(first, found, out=first)
        if (first < codes.size).all():
            break
    return first


def is_constant(values: NDArray[Any], *, of_code: NDArray[Any], codes: IntArray) -> NDArray[np.bool_]:
    """Which values (one a row) are those of their row's code; shape (rows,)."""
    same = np.empty(codes.size, dtype=np.bool_)
    for rows in blocks(codes.size):
        np.equal(values[rows], of_code[codes[rows]], out=same[rows])
    return same
