"""What the service refuses, in words its users can act on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


class HaiLongError(Exception):
    """Base of the errors that are shown to a user.

    `message` is a whole English sentence with %(name)s where the values go. Where it may reach a page or the
    API it is marked for translation, with N_; commands print it as it is.
    """

    def __init__(self, message: str = "", /, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values

    def render(self, gettext: Callable[..., str]) -> str:
        """The sentence in the reader's language; empty when the kind of error says everything."""
        return gettext(self.message, **self.values) if self.message else ""


class ConfigurationError(HaiLongError):
    """The settings are missing or unsafe."""


class NotFoundError(HaiLongError):
    """The thing asked for does not exist or may not be seen by this account."""


class NotPermittedError(HaiLongError):
    """The account may not do this."""


class NotPrintableError(HaiLongError):
    """A text holds letters that the fonts of the printed sheets lack."""


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
