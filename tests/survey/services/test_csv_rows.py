"""Cells of imported rows: what each kind accepts, and what is said about what it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum

import pytest

from survey.domain.wording import english
from survey.errors import ImportRefusedError
from survey.services.csv_rows import CsvRow, ProblemLog, note_repeats, parse_date


class Colour(StrEnum):
    """A closed set."""

    RED = "red"
    BLUE = "blue"


def read(kind: Callable[[CsvRow], object], cell: str) -> tuple[object, list[str]]:
    """What a cell gives, and the problems noted."""
    log = ProblemLog("file.csv", english)
    value = kind(CsvRow(line=2, cells={"column": cell}, log=log))
    return value, [problem.message for problem in log.problems]


def number(row: CsvRow) -> object:
    return row.whole_number("column")


def count(row: CsvRow) -> object:
    return row.whole_number("column", least=1)


def probability(row: CsvRow) -> object:
    return row.probability("column")


def label(row: CsvRow) -> object:
    return row.label("column")


def entry(row: CsvRow) -> object:
    return row.entry("column", {"a": 7}, unknown="There is no %(value)s.")


def choice(row: CsvRow) -> object:
    return row.choice("column", Colour)


def optional_choice(row: CsvRow) -> object:
    return row.optional_choice("column", Colour)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (number, "0", 0),
        (number, "0012", 12),
        (count, "2147483647", 2_147_483_647),
        (probability, "0,0125", 0.0125),
        (probability, "1", 1.0),
        (probability, "1e-9", 1e-9),
        (label, "Đ" * 60, "Đ" * 60),
        (entry, "a", 7),
        (entry, "", None),
        (choice, "red", Colour.RED),
        (optional_choice, "", None),
        (optional_choice, "blue", Colour.BLUE),
    ],
)
def test_good_cell_gives_its_value(kind: Callable[[CsvRow], object], cell: str, value: object) -> None:
    assert read(kind, cell) == (value, [])


@pytest.mark.parametrize(
    ("kind", "cell", "message"),
    [
        (number, "", "This cell is empty; please fill it in."),
        (number, "-1", "-1 is not a whole number in plain digits, such as 1250."),
        (number, "1.250", "1.250 is not a whole number in plain digits, such as 1250."),
        (number, "٣", "٣ is not a whole number in plain digits, such as 1250."),
        (count, "0", "0 must lie between 1 and 2147483647."),
        (count, "2147483648", "2147483648 must lie between 1 and 2147483647."),
        (count, "9" * 5000, f"{'9' * 5000} must lie between 1 and 2147483647."),
        (probability, "often", "often is not a probability, such as 0.0125."),
        (probability, "0", "0 must be above 0 and at most 1."),
        (probability, "1,01", "1,01 must be above 0 and at most 1."),
        (entry, "b", "There is no b."),
        (choice, "", "This cell is empty; please fill it in."),
        (optional_choice, "green", "green is not known here; use one of: red, blue."),
    ],
)
def test_bad_cell_is_told_and_gives_nothing(
    kind: Callable[[CsvRow], object], cell: str, message: str
) -> None:
    assert read(kind, cell) == (None, [message])


def test_label_that_is_too_long_is_told() -> None:
    assert read(label, "x" * 61) == ("", ["At most 60 characters fit here; this has 61."])


def test_repeated_rows_are_told_with_the_line_of_the_first() -> None:
    log = ProblemLog("file.csv", english)
    cells = [("a", "1"), ("a", "2"), ("a", "1"), ("", "1"), ("", "1"), ("a", "1")]
    rows = [
        CsvRow(line=line, cells={"unit": unit, "leaf": leaf}, log=log)
        for line, (unit, leaf) in enumerate(cells, start=2)
    ]
    note_repeats(rows, "unit", "leaf", message="%(value)s of %(unit)s stands in line %(line)d already.")
    assert [(problem.line, problem.column, problem.message) for problem in log.problems] == [
        (4, "leaf", "1 of a stands in line 2 already."),
        (7, "leaf", "1 of a stands in line 2 already."),
    ]


def test_column_may_bear_the_name_of_a_place_in_the_sentence() -> None:
    log = ProblemLog("file.csv", english)
    rows = [CsvRow(line=line, cells={"line": "x"}, log=log) for line in (2, 3)]
    note_repeats(rows, "line", message="%(value)s stands in line %(line)d already.")
    assert [problem.message for problem in log.problems] == ["x stands in line 2 already."]


def test_log_refuses_with_everything_by_line_or_not_at_all() -> None:
    log = ProblemLog("file.csv", english)
    log.refuse()
    log.add("second", line=3)
    log.add("first", line=2)
    with pytest.raises(ImportRefusedError) as refused:
        log.refuse()
    assert [problem.message for problem in refused.value.problems] == ["first", "second"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-07-01", date(2025, 7, 1)),
        ("01/07/2025", date(2025, 7, 1)),
        ("1/7/2025", date(2025, 7, 1)),
        ("2025-02-30", None),
        ("07-01-2025", None),
        ("", None),
        ("٢٠٢٥-٠٧-٠١", None),
    ],
)
def test_days_are_read_as_people_write_them_or_not_at_all(text: str, expected: date | None) -> None:
    assert parse_date(text) == expected
