"""Cells of imported rows as labels, counts and probabilities; what is wrong goes to the row's log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from survey.errors import ImportRefusedError
from survey.services.csv_tables import CsvRow, ProblemLog

T = TypeVar("T")

LONGEST_LABEL = 60
LARGEST_COUNT = 2_147_483_647  # what an integer column of PostgreSQL holds
_DIGITS = re.compile(r"[0-9]+")
_PROBABILITY = re.compile(r"[0-9]*[.,]?[0-9]+(?:[eE]-?[0-9]{1,3})?")


def label(row: CsvRow, column: str) -> str:
    """A label that must be filled, such as the name of a stratum; empty after a problem."""
    return _fitting(row, column, row.text(column))


def optional_label(row: CsvRow, column: str) -> str | None:
    """A label that may be left out."""
    return _fitting(row, column, row.optional_text(column) or "") or None


def count(row: CsvRow, column: str) -> int | None:
    """A whole number from 1 up, in plain digits."""
    text = row.text(column)
    if not text:
        return None
    if not _DIGITS.fullmatch(text):
        row.problem(f"{text} is not a whole number in plain digits, such as 1250.", column=column)
        return None
    if len(text) > len(str(LARGEST_COUNT)) or not 1 <= int(text) <= LARGEST_COUNT:
        row.problem(f"{text} must lie between 1 and {LARGEST_COUNT}.", column=column)
        return None
    return int(text)


def probability(row: CsvRow, column: str) -> float | None:
    """A number above 0 and at most 1; a decimal comma is read as a point."""
    text = row.text(column)
    if not text:
        return None
    if not _PROBABILITY.fullmatch(text):
        row.problem(f"{text} is not a probability, such as 0.0125.", column=column)
        return None
    number = float(text.replace(",", "."))
    if not 0 < number <= 1:
        row.problem(f"{text} must be above 0 and at most 1.", column=column)
        return None
    return number


def entry_of(row: CsvRow, column: str, known: Mapping[str, T], *, what: str) -> T | None:
    """The entry whose code stands in the cell; None when the cell is empty or, after a problem, unknown."""
    text = row.optional_text(column)
    if text is None:
        return None
    if text not in known:
        row.problem(f"There is no {what} {text}.", column=column)
    return known.get(text)


def refuse_repeats(rows: Iterable[CsvRow], column: str) -> None:
    """Note every row whose cell in this column stands in an earlier row already."""
    lines: dict[str, int] = {}
    for row in rows:
        text = row.optional_text(column)
        if text is not None and lines.setdefault(text, row.line) != row.line:
            row.problem(f"{text} stands in line {lines[text]} already.", column=column)


def refuse(log: ProblemLog) -> None:
    """Raise ImportRefusedError with everything in the log, by line; do nothing when it is empty."""
    if log.problems:
        raise ImportRefusedError(sorted(log.problems, key=lambda problem: problem.line or 0))


def _fitting(row: CsvRow, column: str, text: str) -> str:
    if len(text) <= LONGEST_LABEL:
        return text
    row.problem(f"At most {LONGEST_LABEL} characters fit here; this has {len(text)}.", column=column)
    return ""
