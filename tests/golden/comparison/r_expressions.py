"""The few expressions of R that entries are written in: arithmetic on named numbers, and calls by name."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.golden.comparison.errors import UnsupportedError

_NAME = re.compile(r"`[^`]+`|(?<![\w.])(?:[A-Za-z]|\.(?!\d))[\w.]*")
_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "log": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "asin": math.asin,
    "atan": math.atan,
    "log10": math.log10,
    "log2": math.log2,
    "log1p": math.log1p,
    "abs": abs,
}
_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda one, other: one + other,
    ast.Sub: lambda one, other: one - other,
    ast.Mult: lambda one, other: one * other,
    ast.Div: lambda one, other: one / other,
    ast.Pow: lambda one, other: one**other,
}


@dataclass(frozen=True)
class Arithmetic:
    """An expression and the names of the numbers in it, in the order of their first use."""

    tree: ast.expr
    names: tuple[str, ...]

    def value(self, at: Mapping[str, float]) -> float:
        """The value where the names stand for these numbers."""
        return _value(self.tree, {f"n{place}": at[name] for place, name in enumerate(self.names)})


def arithmetic(text: str) -> Arithmetic:
    """Read an R expression; raises `UnsupportedError` for anything but arithmetic and common functions."""
    names: list[str] = []

    def as_python(match: re.Match[str]) -> str:
        name = match.group().strip("`")
        if name in _FUNCTIONS and text[match.end() :].lstrip().startswith("("):
            return name
        if name not in names:
            names.append(name)
        return f"n{names.index(name)}"

    try:
        tree = ast.parse(_NAME.sub(as_python, text).replace("^", "**"), mode="eval").body
    except SyntaxError as error:
        raise UnsupportedError(f"the expression {text}") from error
    return Arithmetic(tree, tuple(names))


def _value(tree: ast.expr, at: Mapping[str, float]) -> float:
    match tree:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return at[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, at)
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
            return _OPERATIONS[type(operation)](_value(left, at), _value(right, at))
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_value(argument, at))
    raise UnsupportedError(f"{ast.unparse(tree)} in an expression")


@dataclass(frozen=True)
class RCall:
    """A call: its function, what stands in it in order, and what is named."""

    function: str
    positional: tuple[str, ...]
    named: Mapping[str, str]


def call(text: str) -> RCall:
    """Read a call such as svyby(~a, ~b, svymean, covmat=TRUE), its arguments as text."""
    found = re.fullmatch(r"\s*([\w.]+)\s*\((.*)\)\s*", text, flags=re.DOTALL)
    if found is None:
        raise UnsupportedError(f"the call {text}")
    positional, named = [], {}
    for part in _split(found.group(2)):
        name, equals, value = part.partition("=")
        if equals and re.fullmatch(r"[\w.]+", name.strip()):
            named[name.strip()] = value.strip()
        else:
            positional.append(part.strip())
    return RCall(found.group(1), tuple(positional), named)


def variables(formula: str) -> tuple[str, ...]:
    """The variables of a formula such as ~a+b or ~a:b, without backticks."""
    return tuple(name.strip("`") for name in _NAME.findall(formula))


def _split(text: str) -> list[str]:
    """Parts between commas that stand in no parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part.strip()]
