"""Choices from closed sets: a member or its word, never anything else."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from analysis.errors import EstimationError

Choice = TypeVar("Choice", bound=StrEnum)


def chosen(kind: type[Choice], value: object, *, name: str) -> Choice:
    """The member of `kind` that `value` is or names; `name` is what the reader calls the choice.

    Raises `EstimationError` with the words there are.
    """
    for member in kind:
        if value == member:
            return member
    raise EstimationError(f"{name} is {value!r}.", hint=f"Choose one of {', '.join(kind)}.")
