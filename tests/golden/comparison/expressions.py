"""Expressions of entries on the columns of a table: derived columns and row filters, as R writes them.

Only names of columns, constants, arithmetic, comparisons, conditions and the functions of `r_functions` are
read; anything else is unsupported, so an entry's text cannot do anything but compute. Missing is neither true
nor false, as in R.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.r_functions import FUNCTIONS, Value, among, compared, numeric, truth

_TEXT = re.compile(r"""("[^"]*"|'[^']*'|`[^`]+`)""")
_SPELLINGS = (  # R's spelling, Python's: `and`, `or`, `not` bind like R's &, |, !, Python's own & do not
    (re.compile(r"[\w.]+\$"), ""),  # the table itself
    (re.compile(r"%in%"), " in "),
    (re.compile(r"%/%"), " // "),
    (re.compile(r"%%"), " % "),
    (re.compile(r"&&?"), " and "),
    (re.compile(r"\|\|?"), " or "),
    (re.compile(r"!(?!=)"), " not "),
    (re.compile(r"\^"), "**"),
    (re.compile(r"\b(\d+)\s*:\s*(\d+)\b"), r"seq(\1, \2)"),
    (re.compile(r"\bTRUE\b"), "True"),
    (re.compile(r"\bFALSE\b"), "False"),
    (re.compile(r"(?<=[A-Za-z_0-9])\.(?=[A-Za-z_])|(?<=[A-Za-z_])\.(?=[0-9])"), "__dot__"),
)
_OPERATIONS: Mapping[type[ast.AST], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
_COMPARISONS: Mapping[type[ast.AST], Callable[[Value, Value], Value]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CONSTANTS = {"NA": np.nan, "Inf": np.inf}


def evaluate(text: str, frame: pd.DataFrame) -> pd.Series[Any]:
    """The column an expression makes of a table. Raises `UnsupportedError` for what it cannot read.

    A condition gives truth values, and NaN where it is missing.
    """
    source, names = _python(text)
    try:
        value = _Reader(frame, names).value(ast.parse(source.strip(), mode="eval").body)
    except (SyntaxError, TypeError, ValueError, KeyError, AttributeError) as problem:
        raise UnsupportedError(f"the expression {text!r}: {problem}") from problem
    if not isinstance(value, pd.Series):
        return pd.Series(value, index=frame.index)
    if str(value.dtype) != "boolean":
        return value
    return value.astype(object).where(value.notna(), np.nan) if value.isna().any() else value.astype(bool)


def where(text: str, frame: pd.DataFrame) -> np.ndarray:
    """Where a condition holds; where it is missing it does not."""
    return np.asarray(truth(evaluate(text, frame)).fillna(False), dtype=bool)


def _python(text: str) -> tuple[str, dict[str, str]]:
    """The text as Python spells it, and the names that stood in back-quotes under others."""
    names: dict[str, str] = {}
    parts = _TEXT.split(text)  # every second part is quoted and stays as it is
    for place, part in enumerate(parts):
        if place % 2 == 0:
            for spelling, replacement in _SPELLINGS:
                part = spelling.sub(replacement, part)
            parts[place] = part
        elif part.startswith("`"):
            parts[place] = f"quoted_{place}"
            names[parts[place]] = part.strip("`")
    return "".join(parts), names


@dataclass(frozen=True)
class _Reader:
    """Works out the parts of an expression on a table; `names` are those of columns in back-quotes."""

    frame: pd.DataFrame
    names: Mapping[str, str]

    def value(self, node: ast.AST) -> Value:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name) if self.named(name) in self.frame.columns:
                return self.frame[self.named(name)]
            case ast.Name(id=name) if name in _CONSTANTS:
                return _CONSTANTS[name]
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ~truth(self.value(operand))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -numeric(self.value(operand))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return numeric(self.value(operand))
        return self.combined(node)

    def combined(self, node: ast.AST) -> Value:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
                return _OPERATIONS[type(op)](numeric(self.value(left)), numeric(self.value(right)))
            case ast.Compare(left=left, ops=[ast.In()], comparators=[right]):
                values = self.value(right)
                return among(self.value(left), values if isinstance(values, list) else [values])
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                return compared(_COMPARISONS[type(op)], self.value(left), self.value(right))
            case ast.BoolOp(op=op, values=values):
                join = operator.and_ if isinstance(op, ast.And) else operator.or_
                return reduce(join, [truth(self.value(each)) for each in values])
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=options):
                return self.called(self.named(name), arguments, options)
        raise UnsupportedError(f"{self.named(ast.unparse(node))} in an expression")

    def called(self, function: str, arguments: list[ast.expr], options: list[ast.keyword]) -> Value:
        if function not in FUNCTIONS:
            raise UnsupportedError(f"{function} in an expression")
        told = {self.named(str(option.arg)): self.value(option.value) for option in options}
        return FUNCTIONS[function](*(self.value(each) for each in arguments), **told)

    def named(self, name: str) -> str:
        return self.names.get(name, name.replace("__dot__", "."))
