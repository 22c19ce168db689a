"""The parts of a model formula as a tree: names, numbers, words, calls and operations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PLAIN_NAME = re.compile(r"(?:[^\W\d_]|\.(?!\d))[\w.]*")
_TIGHT = ("^", ":", "/")  # written without spaces around them, as R writes labels


@dataclass(frozen=True)
class Name:
    """A column of the data."""

    name: str

    @property
    def label(self) -> str:
        """The name, in back-quotes where it could be read as something else."""
        return self.name if _PLAIN_NAME.fullmatch(self.name) else f"`{self.name}`"


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float

    @property
    def label(self) -> str:
        """The shortest way to write it."""
        return f"{self.value:.15g}"


@dataclass(frozen=True)
class Text:
    """A word in quotation marks, such as the level of a factor."""

    value: str

    @property
    def label(self) -> str:
        """The word in quotation marks."""
        return f'"{self.value}"'


@dataclass(frozen=True)
class Listing:
    """Where `cut` divides a variable: {…}, or, `bounded`, c(…), whose first and last are its ends."""

    values: tuple[float, ...]
    bounded: bool = False

    @property
    def label(self) -> str:
        """The constants in braces, or as R writes a vector."""
        inside = ", ".join(Number(value).label for value in self.values)
        return f"c({inside})" if self.bounded else "{" + inside + "}"


@dataclass(frozen=True)
class Call:
    """A function of expressions, such as `log(wait)`."""

    function: str
    arguments: tuple[Expression, ...]

    @property
    def label(self) -> str:
        """The call as R writes it."""
        return f"{self.function}({', '.join(argument.label for argument in self.arguments)})"


@dataclass(frozen=True)
class Operation:
    """An operator with its one or two operands; "(" keeps parentheses, which belong to labels."""

    symbol: str
    operands: tuple[Expression, ...]

    @property
    def label(self) -> str:
        """The operation as R writes it."""
        if self.symbol == "(":
            return f"({self.operands[0].label})"
        if len(self.operands) == 1:
            return f"{self.symbol}{self.operands[0].label}"
        around = self.symbol if self.symbol in _TIGHT else f" {self.symbol} "
        return around.join(operand.label for operand in self.operands)


Expression = Name | Number | Text | Listing | Call | Operation


def names_in(expression: Expression) -> Iterator[str]:
    """The columns an expression reads, in the order they are written."""
    if isinstance(expression, Name):
        yield expression.name
    elif isinstance(expression, Call | Operation):
        parts = expression.arguments if isinstance(expression, Call) else expression.operands
        for part in parts:
            yield from names_in(part)
