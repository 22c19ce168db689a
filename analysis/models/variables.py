"""The variables of a formula on a table: numbers, or categories with their levels."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import FormulaError
from analysis.models.expressions import Call, Expression, Listing, Name, Number, Operation, Text
from analysis.stages import BoolArray, FloatArray, some

_TRUTH = (False, True)
_ARITHMETIC: Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}
_COMPARISONS: Mapping[str, Callable[[FloatArray, FloatArray], BoolArray]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_FUNCTIONS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
}


@dataclass(frozen=True, eq=False)
class Variable:
    """A variable on the rows of a table, NaN where it is missing.

    `levels` None: `values` are numbers. Else `values` are the codes 0, 1, … of the levels, the first being
    the reference.
    """

    label: str
    values: FloatArray
    levels: tuple[object, ...] | None = None

    @property
    def is_truth(self) -> bool:
        """Whether it is a condition: true, false or missing."""
        return self.levels == _TRUTH

    def level_label(self, level: object) -> str:
        """What a level is called in the label of a column."""
        if isinstance(level, bool | np.bool_):
            return str(level).upper()
        return f"{level:.15g}" if isinstance(level, float) else str(level)

    def of_rows(self, rows: BoolArray) -> Variable:
        """The variable on some of the rows; levels that do not occur there are dropped."""
        values = self.values if rows.all() else self.values[rows]
        if self.levels is None:
            return Variable(self.label, values)
        return _with_levels_that_occur(Variable(self.label, values, self.levels))

    def recoded(self, levels: Sequence[object]) -> Variable:
        """The same with codes of other levels. Raises `FormulaError` naming levels that these do not have."""
        place = {level: float(code) for code, level in enumerate(levels)}
        own = self.levels or ()
        present = set(np.unique(self.values[~np.isnan(self.values)]).astype(int).tolist())
        unknown = [level for code, level in enumerate(own) if code in present and level not in place]
        if unknown:
            raise FormulaError(
                f"{self.label} has levels the model does not know: {some(unknown)}.",
                hint=f"Its levels: {some(list(levels))}.",
            )
        codes = np.array([place.get(level, np.nan) for level in own] + [np.nan])
        at = np.where(np.isnan(self.values), len(own), self.values).astype(np.int64)
        return Variable(self.label, codes[at], tuple(levels))


def evaluate(expression: Expression, frame: pd.DataFrame) -> Variable:
    """What an expression of a formula is on the rows of a table.

    Numbers stay numbers; words, truth values, categoricals and `factor(x)` become categories, in the order of
    a categorical, otherwise sorted by their characters' code points (R's C locale). Raises `FormulaError` for
    unknown columns, arithmetic on words, and rows where a number is infinite.
    """
    match expression:
        case Name(name):
            return _column(name, frame)
        case Number(value):
            return Variable(expression.label, np.full(len(frame), value))
        case Operation("(", (inner,)):
            return evaluate(inner, frame)
        case Operation(symbol, (left, right)) if symbol in _COMPARISONS:
            return _compared(expression, frame, left=left, right=right)
        case Operation():
            return _finite(Variable(expression.label, _computed(expression, frame)), frame)
        case Call():
            return _called(expression, frame)
    raise FormulaError(f"{expression.label} is no variable.", hint="Name a column.")


def check_names(names: Sequence[str], frame: pd.DataFrame) -> None:
    """Raise `FormulaError` naming every column that a table does not have."""
    unknown = [name for name in names if name not in frame.columns]
    if unknown:
        known = some([str(column) for column in frame.columns])
        raise FormulaError(f"There is no column {some(unknown)}.", hint=f"Columns: {known}.")


def _column(name: str, frame: pd.DataFrame) -> Variable:
    check_names([name], frame)
    column, label = frame[name], Name(name).label
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _coded(label, column.cat.codes.to_numpy(), list(column.cat.categories))
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "boolean":
        return Variable(label, column.to_numpy(dtype=np.float64, na_value=np.nan), _TRUTH)
    if pd.api.types.is_numeric_dtype(column.dtype) or kind in ("integer", "floating", "mixed-integer-float"):
        return _finite(Variable(label, column.to_numpy(dtype=np.float64, na_value=np.nan)), frame)
    return _sorted_levels(label, column)


def _sorted_levels(label: str, column: pd.Series[Any]) -> Variable:
    codes, found = pd.factorize(column)
    levels = list(found)
    try:
        order = sorted(range(len(levels)), key=levels.__getitem__)
    except TypeError as mixed:
        raise FormulaError(
            f"Column {label} mixes words and numbers.", hint="Make it a categorical, or of one kind."
        ) from mixed
    rank = np.empty(len(levels), dtype=np.int64)
    rank[order] = np.arange(len(levels))
    return _coded(
        label, np.where(codes >= 0, rank[codes] if levels else -1, -1), [levels[at] for at in order]
    )


def _coded(label: str, codes: np.ndarray, levels: list[object]) -> Variable:
    values = np.where(codes >= 0, codes, np.nan).astype(np.float64)
    return _with_levels_that_occur(Variable(label, values, tuple(levels)))


def _with_levels_that_occur(variable: Variable) -> Variable:
    levels, values = variable.levels or (), variable.values
    if variable.is_truth:
        return variable
    known = ~np.isnan(values)
    counts = np.bincount(values[known].astype(np.int64), minlength=len(levels))
    if counts.all():
        return variable
    occurring = np.flatnonzero(counts)
    return variable.recoded([levels[code] for code in occurring])


def _called(call: Call, frame: pd.DataFrame) -> Variable:
    if call.function == "cut":
        return _cut(call, frame)
    if len(call.arguments) != 1:
        raise FormulaError(f"{call.function} takes one argument: {call.label}.")
    (argument,) = call.arguments
    if call.function in ("factor", "as.factor"):
        inner = evaluate(argument, frame)
        if inner.levels is not None:
            return Variable(call.label, inner.values, inner.levels)
        whole = pd.Series(inner.values)
        return _sorted_levels(call.label, whole)
    if call.function == "I":
        inner = evaluate(argument, frame)
        return Variable(call.label, inner.values, inner.levels)
    return _finite(Variable(call.label, _computed(call, frame)), frame)


def _cut(call: Call, frame: pd.DataFrame) -> Variable:
    match call.arguments:
        case (number, Listing() as listing):
            pass
        case _:
            ways = "Write cut(x, {500, 600}) or cut(x, c(0, 500, 1000))."
            raise FormulaError(f"{call.label} cannot be cut.", hint=ways)
    points = np.array(listing.values)
    if (np.diff(points) <= 0).any():
        raise FormulaError(f"The points of {call.label} do not rise.")
    values = _computed(number, frame)
    codes = np.where(np.isnan(values), -1, np.searchsorted(points, values, side="left"))
    ends = [Number(point).label for point in listing.values]
    if listing.bounded:
        codes = np.where(codes < points.size, codes - 1, -1)
    else:
        ends = ["-Inf", *ends, "Inf"]
    levels: list[object] = [f"({low},{high}]" for low, high in pairwise(ends)]
    return _coded(call.label, codes, levels)


def _computed(expression: Expression, frame: pd.DataFrame) -> FloatArray:
    """The numbers an arithmetic expression gives; conditions count as 0 and 1."""
    with np.errstate(all="ignore"):  # what is no number is told by _finite
        match expression:
            case Number(value):
                return np.full(len(frame), value)
            case Operation("-", (operand,)):
                return -_computed(operand, frame)
            case Operation("+" | "(", (operand,)):
                return _computed(operand, frame)
            case Operation(symbol, (left, right)) if symbol in _ARITHMETIC:
                return _ARITHMETIC[symbol](_computed(left, frame), _computed(right, frame))
            case Call(function, (argument,)) if function in _FUNCTIONS:
                return _FUNCTIONS[function](_computed(argument, frame))
    variable = evaluate(expression, frame)
    if variable.levels is not None and not variable.is_truth:
        raise FormulaError(f"{variable.label} holds categories ({some(variable.levels)}), not numbers.")
    return variable.values


def _compared(whole: Expression, frame: pd.DataFrame, *, left: Expression, right: Expression) -> Variable:
    symbol = whole.symbol if isinstance(whole, Operation) else ""
    if isinstance(right, Text):
        variable = evaluate(left, frame)
        if variable.levels is None or symbol not in ("==", "!="):
            raise FormulaError(f"{whole.label} compares numbers with a word.")
        code = variable.levels.index(right.value) if right.value in variable.levels else -1
        first, second = variable.values, np.full(len(frame), float(code))
    else:
        first, second = _computed(left, frame), _computed(right, frame)
    truth = _COMPARISONS[symbol](first, second).astype(np.float64)
    return Variable(whole.label, np.where(np.isnan(first) | np.isnan(second), np.nan, truth), _TRUTH)


def _finite(variable: Variable, frame: pd.DataFrame) -> Variable:
    infinite = np.isinf(variable.values)
    if infinite.any():
        raise FormulaError(
            f"{variable.label} is infinite in rows {some(list(frame.index[infinite]))}.",
            hint="Make it missing, or mend it.",
        )
    return variable
