"""What the service refuses, in words its users can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class HaiLongError(Exception):
    """Base of the errors that are shown to a user."""


class ConfigurationError(HaiLongError):
    """The settings are missing or unsafe."""


class NotFoundError(HaiLongError):
    """The thing asked for does not exist or may not be seen by this account."""


class NotPermittedError(HaiLongError):
    """The account may not do this."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in the input: where it stands, what it is, how to mend it.

    `line` counts from 1 with the header as line 1; `column` is the name in the header.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        """`file:line, column: message`, leaving out what is not known."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        where = ", ".join(part for part in (place, self.column) if part)
        return f"{where}: {self.message}" if where else self.message


class ImportRefusedError(HaiLongError):
    """A file was refused as a whole; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
