"""Expressions of entries on the columns of a table: derived columns and row filters, as R writes them.

Only names of columns, constants, arithmetic, comparisons, conditions and a few functions are read; anything
else is unsupported, so an entry's text cannot do anything but compute.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tests.golden.comparison.errors import UnsupportedError

Value = Any  # a column, a number, a word, or a list of them

_TEXT = re.compile(r"""("[^"]*"|'[^']*')""")
_SPELLINGS = (  # R's spelling, Python's: `and`, `or`, `not` bind like R's &, |, !, Python's own & do not
    (re.compile(r"%in%"), " in "),
    (re.compile(r"&&?"), " and "),
    (re.compile(r"\|\|?"), " or "),
    (re.compile(r"!(?!=)"), " not "),
    (re.compile(r"\^"), "**"),
    (re.compile(r"\bTRUE\b"), "True"),
    (re.compile(r"\bFALSE\b"), "False"),
    (re.compile(r"(?<=[A-Za-z_])\.(?=[A-Za-z0-9_])"), "__dot__"),
)
_OPERATIONS: Mapping[type[ast.AST], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: Mapping[type[ast.AST], Callable[[Value, Value], Value]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda column, values: pd.Series(column).isin(values),
}
_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "c": lambda *values: list(values),
    "ifelse": lambda condition, yes, no: pd.Series(np.where(condition, yes, no)),
    "is.na": lambda column: column.isna(),
    "as.numeric": lambda column: column.astype(float),
    "as.integer": lambda column: np.trunc(column.astype(float)),
    "as.character": lambda column: column.astype(str),
    "factor": lambda column: column,
    "as.factor": lambda column: column,
    "I": lambda column: column,
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "round": np.round,
    "floor": np.floor,
    "ceiling": np.ceil,
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "length": len,
}


def evaluate(text: str, frame: pd.DataFrame) -> pd.Series[Any]:
    """The column an expression makes of a table. Raises `UnsupportedError` for what it cannot read."""
    try:
        tree = ast.parse(_python(text).strip(), mode="eval")
        value = _value(tree.body, frame)
    except (SyntaxError, TypeError, ValueError, KeyError) as problem:
        raise UnsupportedError(f"the expression {text!r}: {problem}") from problem
    return (
        pd.Series(value, index=frame.index) if np.isscalar(value) else pd.Series(value).set_axis(frame.index)
    )


def _python(text: str) -> str:
    parts = _TEXT.split(text)  # every second part is quoted and stays as it is
    for place in range(0, len(parts), 2):
        for spelling, replacement in _SPELLINGS:
            parts[place] = spelling.sub(replacement, parts[place])
    return "".join(parts)


def _named(name: str) -> str:
    return name.replace("__dot__", ".")


def _value(node: ast.AST, frame: pd.DataFrame) -> Value:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if _named(name) in frame.columns:
            return frame[_named(name)]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ~_value(operand, frame)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, frame)
    return _combined(node, frame)


def _combined(node: ast.AST, frame: pd.DataFrame) -> Value:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(left, frame), _value(right, frame))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return _COMPARISONS[type(op)](_value(left, frame), _value(right, frame))
        case ast.BoolOp(op=op, values=values):
            join = np.logical_and if isinstance(op, ast.And) else np.logical_or
            return join.reduce([np.asarray(_value(each, frame), dtype=bool) for each in values])
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if _named(name) in _FUNCTIONS:
            return _FUNCTIONS[_named(name)](*(_value(each, frame) for each in arguments))
    raise UnsupportedError(f"{_named(ast.unparse(node))} in an expression")
