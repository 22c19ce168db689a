"""What goes wrong with questionnaires: definitions that cannot be read and rules that make no sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a definition: where (a path such as "sections[1].items[0].text") and what to do."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class FormsError(Exception):
    """Anything this package refuses."""


class RuleError(FormsError):
    """A relevance or constraint rule that cannot be read or evaluated."""


class DefinitionError(FormsError):
    """A questionnaire definition with problems; all of them at once, each located."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source}: {problem}" for problem in self.problems))


class DefinitionNotFoundError(FormsError):
    """No definition with this code and version is shipped."""

    def __init__(self, code: str, version: int | None, known: Sequence[str]) -> None:
        wanted = code if version is None else f"{code} version {version}"
        super().__init__(f"No questionnaire {wanted}. Known: {', '.join(known)}.")
