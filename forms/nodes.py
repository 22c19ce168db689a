"""Nodes: reading a plain document piece by piece, collecting every problem with the path to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from forms.errors import Problem
from forms.wording import Texts

EnumT = TypeVar("EnumT", bound=StrEnum)


class Node:
    """A mapping inside a document.

    What cannot be read is recorded as a problem and answered with an empty value, so that reading goes on;
    whoever started must look at `problems` before using the result.
    """

    def __init__(self, value: object, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems
        self.values: dict[str, object] = {}
        if isinstance(value, dict):
            self.values = {str(key): entry for key, entry in value.items()}
        else:
            self.report("", f"Expected a mapping of keys to values; found {value!r}.")

    def at(self, key: str) -> str:
        """The path of one of this node's keys."""
        if not key:
            return self.path
        return f"{self.path}.{key}" if self.path else key

    def report(self, key: str, message: str) -> None:
        """Record a problem at a key of this node, or at the node itself ("")."""
        self.problems.append(Problem(self.at(key), message))

    def allow(self, keys: Collection[str]) -> None:
        """Report keys that mean nothing here: a misspelt key must not pass as an absent one."""
        for key in self.values:
            if key not in keys:
                self.report(key, f"Unknown key. Known here: {', '.join(sorted(keys))}.")

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        return self.values.get(key) is not None

    def string(self, key: str) -> str:
        """A text that must be there."""
        value = self.values.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.report(key, f"Expected a text; found {value!r}. Put codes such as yes, no or 1.1 in quotes.")
        return ""

    def optional_string(self, key: str) -> str | None:
        """A text that may be absent."""
        return self.string(key) if self.has(key) else None

    def integer(self, key: str) -> int:
        """A whole number that must be there."""
        value = self.values.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.report(key, f"Expected a whole number; found {value!r}.")
        return 0

    def optional_integer(self, key: str) -> int | None:
        """A whole number that may be absent."""
        return self.integer(key) if self.has(key) else None

    def optional_decimal(self, key: str) -> Decimal | None:
        """A number that may be absent, given as number or text."""
        value = self.values.get(key)
        if value is None:
            return None
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and isinstance(value, int | float | str):
            return number
        self.report(key, f"Expected a number; found {value!r}.")
        return None

    def flag(self, key: str) -> bool:
        """true or false; absent is false."""
        value = self.values.get(key, False)
        if isinstance(value, bool):
            return value
        self.report(key, f"Expected true or false; found {value!r}.")
        return False

    def texts(self, key: str) -> Texts:
        """A text per language that must be there."""
        value = self.values.get(key)
        if not isinstance(value, dict) or not value:
            self.report(key, f"Expected one text per language, such as {{vi: …, en: …}}; found {value!r}.")
            return {}
        node = self.child(key)
        return {language: node.string(language) for language in node.values}

    def optional_texts(self, key: str) -> Texts | None:
        """A text per language that may be absent."""
        return self.texts(key) if self.has(key) else None

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of texts, not empty."""
        value = self.values.get(key)
        if isinstance(value, list) and value and all(isinstance(entry, str) for entry in value):
            return tuple(value)
        self.report(key, f"Expected a list of texts; found {value!r}.")
        return ()

    def option(self, key: str, options: type[EnumT], *, default: EnumT | None = None) -> EnumT:
        """One word of a closed list; must be there unless it has a default."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        try:
            return options(str(value))
        except ValueError:
            self.report(key, f"Expected one of {', '.join(options)}; found {value!r}.")
            return next(iter(options)) if default is None else default

    def options(self, key: str, options: type[EnumT]) -> tuple[EnumT, ...]:
        """A list of words of a closed list, not empty."""
        known = tuple(options)
        words = self.strings(key)
        if set(words) <= set(known):
            return tuple(options(word) for word in words)
        self.report(key, f"Expected words among {', '.join(known)}; found {', '.join(words)}.")
        return ()

    def child(self, key: str) -> Node:
        """The mapping at a key."""
        return Node(self.values.get(key), self.at(key), self.problems)

    def children(self, key: str) -> Iterator[Node]:
        """The mappings of a list at a key; an absent list is empty."""
        value = self.values.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.report(key, f"Expected a list; found {value!r}.")
            return
        for place, entry in enumerate(value):
            yield Node(entry, f"{self.at(key)}[{place}]", self.problems)
