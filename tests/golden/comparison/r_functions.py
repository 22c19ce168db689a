"""R's functions of columns that derived columns are made with; a missing value stays missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd

from tests.golden.comparison.labels import written

Value = Any  # a column, a number, a word, a truth value, or a list of them
Column = pd.Series  # a column; truth values in pandas' own `boolean`, which knows missing ones


def truth(value: Value) -> Value:
    """Truth values, of numbers where they are not 0; missing where they are missing."""
    if not isinstance(value, pd.Series):
        return bool(value)
    if str(value.dtype) == "boolean":
        return value
    return value.astype("float64").ne(0).astype("boolean").mask(value.isna())


def numeric(value: Value) -> Value:
    """Numbers, truth values as 0 and 1."""
    if not isinstance(value, pd.Series):
        return float(value) if isinstance(value, bool) else value
    if str(value.dtype) == "boolean":
        return value.astype("Float64").astype("float64")
    return value.astype("float64") if value.dtype.kind in "biuf" else pd.to_numeric(value, errors="coerce")


def compared(operation: Callable[[Value, Value], Value], left: Value, right: Value) -> Value:
    """A comparison; missing where a side is."""
    sides = [_plain(side) for side in (left, right)]
    result = operation(*sides)
    if not isinstance(result, pd.Series):
        return bool(result)
    missing = np.logical_or.reduce([np.broadcast_to(pd.isna(side), len(result)) for side in sides])
    return result.astype("boolean").mask(missing)


def _plain(value: Value) -> Value:
    return numeric(value) if str(getattr(value, "dtype", "")) == "boolean" else value


def among(column: Value, values: list[Value]) -> Value:
    """Whether each value is one of a list; a missing one is none of them."""
    told = {written(value) for value in values}
    return words(column).isin(told).astype("boolean")


def words(column: Value) -> Value:
    """The labels of a column as R writes them; missing stays missing."""
    if not isinstance(column, pd.Series):
        return written(column)
    return column.astype(object).map(lambda value: written(value) if pd.notna(value) else np.nan)


def _chosen(condition: Value, yes: Value, no: Value) -> Value:
    holds = truth(condition)
    picked = np.where(holds.fillna(False).astype(bool), _plain(yes), _plain(no))
    result = pd.Series(picked, index=holds.index)
    return result.mask(holds.isna().astype(bool))


def _factor(column: Value, levels: list[Value] | None = None, labels: list[Value] | None = None) -> Value:
    """Categories in the order of `levels` (or sorted), called `labels`; others are missing."""
    told = levels or (
        list(column.cat.categories)
        if isinstance(column.dtype, pd.CategoricalDtype)
        else sorted(column.dropna().unique())
    )
    names = labels or words_of(told)
    known = words(column).map(dict(zip(words_of(told), names, strict=True)))
    return known.astype(pd.CategoricalDtype(list(dict.fromkeys(names))))


def words_of(values: Sequence[Value]) -> list[str]:
    """Labels as R writes them."""
    return [written(value) for value in values]


def _cut(column: Value, breaks: list[float], labels: Value = None, **options: bool) -> Value:
    right, lowest = options.get("right", True), options.get("include.lowest", False)
    places = pd.cut(numeric(column), breaks, right=right, labels=False, include_lowest=lowest)
    if labels is False:
        return places + 1
    pairs = pairwise(written(float(f"{end:.3g}")) for end in breaks)
    shown = labels or [f"({low},{high}]" if right else f"[{low},{high})" for low, high in pairs]
    return places.map(dict(enumerate(shown))).astype(pd.CategoricalDtype(shown))


def _pasted(*columns: Value, sep: str = " ") -> Value:
    parts = [words(column) for column in columns]
    index = next(part.index for part in parts if isinstance(part, pd.Series))
    columns = (part if isinstance(part, pd.Series) else pd.Series(part, index=index) for part in parts)
    lists = [column.astype(object).fillna("NA") for column in columns]
    return pd.Series([sep.join(row) for row in zip(*lists, strict=True)], index=index)


def _crossed(*columns: Value, sep: str = ".") -> Value:
    """Every crossing of categories, also those nobody is in; the first column changes fastest."""
    factors = [_factor(column) for column in columns]
    missing = np.logical_or.reduce([factor.isna() for factor in factors])
    crossings = product(*(factor.cat.categories for factor in reversed(factors)))
    labels = [sep.join(reversed(labels)) for labels in crossings]
    return _pasted(*factors, sep=sep).mask(missing).astype(pd.CategoricalDtype(labels))


def _whole(summary: Callable[[Value], float]) -> Callable[..., float]:
    """A summary of a column, missing with any value missing unless na.rm says otherwise."""

    def summarized(column: Value, **options: bool) -> float:
        values = numeric(column)
        return float(summary(values.dropna() if options.get("na.rm") else values.to_numpy()))

    return summarized


def _by_row(summary: str) -> Callable[..., Value]:
    def summarized(table: pd.DataFrame, **options: bool) -> Value:
        return getattr(table, summary)(axis=1, skipna=bool(options.get("na.rm")))

    return summarized


def _extreme(choose: Callable[[Value, Value], Value]) -> Callable[..., Value]:
    def chosen(*columns: Value) -> Value:
        first, *others = (numeric(column) for column in columns)
        for other in others:
            first = choose(first, other)
        return first

    return chosen


def _rounded(column: Value, digits: int = 0) -> Value:
    return np.round(numeric(column), int(digits))


def _of_numbers(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
    return lambda column: function(numeric(column))


def _together(*values: Value) -> list[Value]:
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


_OF_NUMBERS = ("log", "exp", "sqrt", "abs", "floor", "log10", "log2")
FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "c": _together,
    "seq": lambda first, last: list(range(int(first), int(last) + 1)),
    "ifelse": _chosen,
    "is.na": lambda column: column.isna().astype("boolean"),
    "as.numeric": numeric,
    "as.integer": lambda column: np.trunc(numeric(column)),
    "as.logical": truth,
    "as.character": words,
    "factor": _factor,
    "as.factor": _factor,
    "I": lambda column: column,
    "cut": _cut,
    "paste": _pasted,
    "paste0": lambda *columns: _pasted(*columns, sep=""),
    "interaction": _crossed,
    "nchar": lambda column: words(column).str.len(),
    "substr": lambda column, start, stop: words(column).str.slice(int(start) - 1, int(stop)),
    "cbind": lambda *columns: pd.concat([numeric(column) for column in columns], axis=1),
    "rowSums": _by_row("sum"),
    "rowMeans": _by_row("mean"),
    "pmin": _extreme(np.minimum),
    "pmax": _extreme(np.maximum),
    "round": _rounded,
    **{name: _of_numbers(getattr(np, name)) for name in _OF_NUMBERS},
    "ceiling": _of_numbers(np.ceil),
    **{name: _whole(getattr(np, name)) for name in ("sum", "mean", "max", "min", "median")},
    "length": len,
}
