"""Rows of imported tables: each kind of cell is read here, and what is wrong goes to the log of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from survey.domain.wording import Gettext
from survey.errors import ImportRefusedError, Problem

Choice = TypeVar("Choice", bound=StrEnum)
T = TypeVar("T")

CODE_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
LONGEST_LABEL = 60
LARGEST_NUMBER = 2_147_483_647  # what an integer column of PostgreSQL holds
_DIGITS = re.compile(r"[0-9]+")
_PROBABILITY = re.compile(r"[0-9]*[.,]?[0-9]+(?:[eE]-?[0-9]{1,3})?")


@dataclass
class ProblemLog:
    """Collects what is wrong with one file, so that its author can mend everything at once."""

    file: str
    gettext: Gettext
    problems: list[Problem] = field(default_factory=list)

    def add(self, message: str, *, line: int | None = None, column: str | None = None) -> None:
        """Note a problem; the message is already in the reader's language."""
        self.problems.append(Problem(message, file=self.file, line=line, column=column))

    def refuse(self) -> None:
        """Raise ImportRefusedError with everything noted, by line; do nothing when that is nothing."""
        if self.problems:
            raise ImportRefusedError(sorted(self.problems, key=lambda problem: problem.line or 0))


@dataclass(frozen=True)
class CsvRow:
    """One row: the line it starts on (the header is line 1), its cells, and where its problems go.

    A cell that cannot be read notes its own problem and comes out empty.
    """

    line: int
    cells: Mapping[str, str]
    log: ProblemLog

    def problem(self, message: str, *, column: str) -> None:
        """Note a problem of a cell; the message is already in the reader's language."""
        self.log.add(message, line=self.line, column=column)

    def text(self, column: str) -> str:
        """A cell that must be filled; a blank one is a problem."""
        value = self.cells.get(column, "")
        if not value:
            self.problem(self.log.gettext("This cell is empty; please fill it in."), column=column)
        return value

    def optional_text(self, column: str) -> str | None:
        """A cell that may be blank or whose column may be absent."""
        return self.cells.get(column) or None

    def label(self, column: str) -> str:
        """A short text that must be filled, such as the name of a stratum."""
        return self._fitting(column, self.text(column))

    def optional_label(self, column: str) -> str | None:
        """A short text that may be left out."""
        return self._fitting(column, self.optional_text(column) or "") or None

    def code(self, column: str) -> str:
        """A code: up to 40 letters without accents, digits, points, hyphens and underscores."""
        value = self.text(column)
        if value and CODE_PATTERN.fullmatch(value) is None:
            self.problem(
                self.log.gettext(
                    "%(value)s cannot be a code; use up to 40 unaccented letters, digits, points, hyphens.",
                    value=value,
                ),
                column=column,
            )
        return value

    def choice(self, column: str, members: type[Choice]) -> Choice | None:
        """A value of a closed set that must be given."""
        return self._member(column, self.text(column), members)

    def optional_choice(self, column: str, members: type[Choice]) -> Choice | None:
        """A value of a closed set that may be left out."""
        return self._member(column, self.optional_text(column) or "", members)

    def entry(self, column: str, known: Mapping[str, T], *, unknown: str) -> T | None:
        """What the code in the cell stands for, None for an empty cell.

        `unknown` is the sentence for a code that stands for nothing, marked for translation, with %(value)s.
        """
        value = self.optional_text(column)
        if value is None:
            return None
        if value not in known:
            self.problem(self.log.gettext(unknown, value=value), column=column)
        return known.get(value)

    def whole_number(self, column: str, *, least: int = 0) -> int | None:
        """A whole number in plain digits, from `least` up to what the database holds."""
        value = self.text(column)
        if not value:
            return None
        if not _DIGITS.fullmatch(value):
            self.problem(
                self.log.gettext(
                    "%(value)s is not a whole number in plain digits, such as 1250.", value=value
                ),
                column=column,
            )
            return None
        # Python refuses to read thousands of digits; no such number fits anyway.
        if len(value) > len(str(LARGEST_NUMBER)) or not least <= int(value) <= LARGEST_NUMBER:
            self.problem(
                self.log.gettext(
                    "%(value)s must lie between %(least)d and %(most)d.",
                    value=value,
                    least=least,
                    most=LARGEST_NUMBER,
                ),
                column=column,
            )
            return None
        return int(value)

    def probability(self, column: str) -> float | None:
        """A number above 0 and at most 1; a decimal comma is read as a point."""
        value = self.text(column)
        if not value:
            return None
        if not _PROBABILITY.fullmatch(value):
            self.problem(
                self.log.gettext("%(value)s is not a probability, such as 0.0125.", value=value),
                column=column,
            )
            return None
        number = float(value.replace(",", "."))
        if not 0 < number <= 1:
            self.problem(
                self.log.gettext("%(value)s must be above 0 and at most 1.", value=value), column=column
            )
            return None
        return number

    def day(self, column: str) -> date | None:
        """A date that must be given."""
        return self._date(column, self.text(column))

    def optional_day(self, column: str) -> date | None:
        """A date that may be blank."""
        return self._date(column, self.cells.get(column, ""))

    def names(self, stem: str) -> dict[str, str]:
        """The texts of a stem by language; Vietnamese and English must be filled."""
        names = {language: self.text(f"{stem}_{language}") for language in ("vi", "en")}
        for column, value in self.cells.items():
            prefix, _, language = column.rpartition("_")
            if prefix == stem and value:
                names[language] = value
        return names

    def _fitting(self, column: str, value: str) -> str:
        if len(value) <= LONGEST_LABEL:
            return value
        self.problem(
            self.log.gettext(
                "At most %(most)d characters fit here; this has %(count)d.",
                most=LONGEST_LABEL,
                count=len(value),
            ),
            column=column,
        )
        return ""

    def _member(self, column: str, value: str, members: type[Choice]) -> Choice | None:
        if value in {member.value for member in members}:
            return members(value)
        if value:
            self.problem(
                self.log.gettext(
                    "%(value)s is not known here; use one of: %(allowed)s.",
                    value=value,
                    allowed=", ".join(member.value for member in members),
                ),
                column=column,
            )
        return None

    def _date(self, column: str, value: str) -> date | None:
        parsed = parse_date(value)
        if value and parsed is None:
            self.problem(
                self.log.gettext(
                    "%(value)s is not a date that exists; write it as 2025-07-01 or 01/07/2025.", value=value
                ),
                column=column,
            )
        return parsed


def note_repeats(rows: Iterable[CsvRow], *columns: str, message: str) -> None:
    """Note every row whose cells in these columns stand in an earlier row already; an empty one repeats none.

    `message` is marked for translation, with %(line)d for the earlier line, %(value)s for the cell in the
    last of the columns, and every cell by the name of its column.
    """
    lines: dict[tuple[str, ...], int] = {}
    for row in rows:
        values = tuple(row.cells.get(column, "") for column in columns)
        if all(values) and lines.setdefault(values, row.line) != row.line:
            cells: dict[str, object] = dict(zip(columns, values, strict=True))
            named = cells | {"value": values[-1], "line": lines[values]}
            row.problem(row.log.gettext(message, **named), column=columns[-1])


def parse_date(value: str) -> date | None:
    """A date written as 2025-07-01 or 01/07/2025, else None."""
    for pattern, layout in ((r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"), (r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y")):
        if re.fullmatch(pattern, value, re.ASCII):
            try:
                # A calendar day has no time zone; only its date is taken.
                return datetime.strptime(value, layout).date()  # noqa: DTZ007
            except ValueError:
                return None
    return None
