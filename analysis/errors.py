"""What the library refuses, and what to do about it."""

from __future__ import annotations


class AnalysisError(Exception):
    """A refusal: `message` says what is wrong and where, `hint` how to mend it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message if hint is None else f"{message} {hint}")
        self.message = message
        self.hint = hint
