"""Tables that people bring as CSV files: read whole, with every problem named at its line and column."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from survey.services.csv_rows import CsvRow, ProblemLog

SHOWN_LINES = 10
_OTHER_LANGUAGE = re.compile(r"[a-z]{2}")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class CsvFile:
    """A file as it was brought: its name for messages and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Columns:
    """The columns of a kind of file; the stem `name` stands for `name_vi`, `name_en`, further languages."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()

    def missing_from(self, header: list[str]) -> list[str]:
        """What the header lacks; Vietnamese and English are asked for in every stem."""
        wanted = [*self.required, *(f"{stem}_{language}" for stem in self.stems for language in ("vi", "en"))]
        return [column for column in wanted if column not in header]

    def knows(self, column: str) -> bool:
        """Whether the file may have this column."""
        stem, _, language = column.rpartition("_")
        translated = stem in self.stems and _OTHER_LANGUAGE.fullmatch(language) is not None
        return translated or column in self.required or column in self.optional


def read_rows(file: CsvFile, columns: Columns, *, log: ProblemLog) -> list[CsvRow]:
    """The rows of a file whose header is right; what cannot be read goes to the log.

    Comma or semicolon separated (spreadsheets set to Vietnamese write semicolons), UTF-8 with or without the
    mark that spreadsheets put first. Cells come without surrounding space, in composed Unicode (NFC). Blank
    lines are passed over.
    """
    text = _decoded(file, log)
    if text is None:
        return []
    delimiter = _delimiter(text)
    lines = _cells(text, delimiter, log)
    first = next(lines, None)
    if first is None:
        log.add(log.gettext("The file is empty; its first line must name the columns."), line=1)
        return []
    header = first[1]
    if not _header_is_right(header, columns, log):
        return []
    rows = []
    for line, cells in lines:
        if len(cells) != len(header):
            log.add(
                log.gettext(
                    "This line has %(found)d cells, the header has %(expected)d.",
                    found=len(cells),
                    expected=len(header),
                ),
                line=line,
            )
            continue
        rows.append(CsvRow(line=line, cells=dict(zip(header, cells, strict=True)), log=log))
    if not rows and not log.problems:
        log.add(log.gettext("The file has a header but no rows."), line=1)
    return rows


def read_lines(file: CsvFile, *, log: ProblemLog) -> list[tuple[int, list[str]]]:
    """Every row that is not blank, with the line it starts on; for tables that do not begin with a header."""
    text = _decoded(file, log)
    return [] if text is None else list(_cells(text, _delimiter(text), log))


def _decoded(file: CsvFile, log: ProblemLog) -> str | None:
    if file.content.startswith(_UTF_16_MARKS):
        log.add(log.gettext("The file is in UTF-16; please save it as CSV UTF-8 (comma separated)."), line=1)
        return None
    content = file.content.removeprefix(b"\xef\xbb\xbf")
    unreadable = [
        number for number, line in enumerate(content.split(b"\n"), start=1) if not _is_readable(line)
    ]
    if unreadable:
        shown = ", ".join(str(number) for number in unreadable[:SHOWN_LINES])
        log.add(
            log.gettext(
                "Not UTF-8 text in line %(lines)s; please save the file as CSV UTF-8.",
                lines=shown if len(unreadable) <= SHOWN_LINES else f"{shown}, …",
            ),
            line=unreadable[0],
        )
        return None
    return content.decode("utf-8")


def _is_readable(line: bytes) -> bool:
    try:
        return "\x00" not in line.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _delimiter(text: str) -> str:
    header = text.lstrip().split("\n", 1)[0]
    return ";" if header.count(";") > header.count(",") else ","


def _cells(text: str, delimiter: str, log: ProblemLog) -> Iterator[tuple[int, list[str]]]:
    """Line number and trimmed cells of every row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [unicodedata.normalize("NFC", cell).strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            log.add(log.gettext("A quotation mark is opened here and not closed properly."), line=line)
            return
        if any(cells):
            yield line, cells


def _header_is_right(header: list[str], columns: Columns, log: ProblemLog) -> bool:
    before = len(log.problems)
    for column in columns.missing_from(header):
        log.add(log.gettext("This column is missing; please add it to the header."), line=1, column=column)
    for column, count in Counter(header).items():
        if count > 1:
            log.add(
                log.gettext("This column stands in the header more than once."), line=1, column=column or "?"
            )
        elif not columns.knows(column):
            log.add(
                log.gettext("This column is not known; please take it out or correct its name."),
                line=1,
                column=column or "?",
            )
    return len(log.problems) == before
