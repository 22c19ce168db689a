"""Files that people bring: what is read, and what is said about what cannot be read."""

import pytest

from survey.domain.wording import english
from survey.services.csv_rows import CsvRow, ProblemLog
from survey.services.csv_tables import Columns, CsvFile, read_rows

COLUMNS = Columns(required=("code",), optional=("note",), stems=("name",))
HEADER = "code,name_vi,name_en"


def read(content: bytes | str) -> tuple[list[CsvRow], list[tuple[int | None, str | None, str]]]:
    """Rows, and problems as (line, column, message)."""
    log = ProblemLog("units.csv", english)
    raw = content.encode() if isinstance(content, str) else content
    rows = read_rows(CsvFile("units.csv", raw), COLUMNS, log=log)
    return rows, [(problem.line, problem.column, problem.message) for problem in log.problems]


def cells_of(content: bytes | str) -> list[dict[str, str]]:
    rows, problems = read(content)
    assert problems == []
    return [dict(row.cells) for row in rows]


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\na,Xã,Commune\n",
        f"\ufeff{HEADER}\r\na,Xã,Commune\r\n",
        "code;name_vi;name_en\na;Xã;Commune",
        f"{HEADER}\n\n  a , Xã ,Commune\n,,\n",
        f"{HEADER}\na,Xa\u0303,Commune\n",
    ],
    ids=["plain", "byte order mark", "semicolons", "blank lines and spaces", "decomposed letters"],
)
def test_spreadsheet_habits_give_the_same_cells(content: str) -> None:
    assert cells_of(content) == [{"code": "a", "name_vi": "Xã", "name_en": "Commune"}]


def test_further_languages_and_optional_columns_are_taken() -> None:
    rows, problems = read(f"{HEADER},name_km,note\na,Xã,Commune,ឃុំ,\n")
    assert problems == []
    assert (rows[0].names("name"), rows[0].optional_text("note")) == (
        {"vi": "Xã", "en": "Commune", "km": "ឃុំ"},
        None,
    )


def test_line_numbers_count_lines_inside_quotes() -> None:
    rows, _ = read(f'{HEADER}\na,"Xã\nmột",Commune\nb,Xã,Commune\n')
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [(1, None, "The file is empty; its first line must name the columns.")]),
        (HEADER, [(1, None, "The file has a header but no rows.")]),
        (
            HEADER.encode("utf-16"),
            [(1, None, "The file is in UTF-16; please save it as CSV UTF-8 (comma separated).")],
        ),
        (
            f"{HEADER}\na,b,c\nd,\xe3,f\n".encode("latin-1"),
            [(3, None, "Not UTF-8 text in line 3; please save the file as CSV UTF-8.")],
        ),
        (
            "code,name_vi,colour,code\n",
            [
                (1, "name_en", "This column is missing; please add it to the header."),
                (1, "code", "This column stands in the header more than once."),
                (1, "colour", "This column is not known; please take it out or correct its name."),
            ],
        ),
        (
            f"{HEADER}\na,b\nc,d,e,f\n",
            [
                (2, None, "This line has 2 cells, the header has 3."),
                (3, None, "This line has 4 cells, the header has 3."),
            ],
        ),
        (
            f'{HEADER}\na,"b,c\n',
            [(2, None, "A quotation mark is opened here and not closed properly.")],
        ),
    ],
    ids=["empty", "header only", "UTF-16", "not UTF-8", "header", "cell counts", "quotes"],
)
def test_unreadable_file_is_told_with_line_and_column(
    content: bytes | str, expected: list[tuple[int, str | None, str]]
) -> None:
    assert read(content)[1] == expected
