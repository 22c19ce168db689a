"""Rows of a JSON list, read by the rules of tables, so that every fault has the same words in both."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from survey.services.csv_rows import CsvRow, ProblemLog
from survey.services.csv_tables import Columns

AGENCY_FIELDS = ("agency", "allowed_days", "taken_days")


def document_rows(documents: Sequence[object], columns: Columns, *, log: ProblemLog) -> list[CsvRow]:
    """The documents as rows; `line` is the place in the list, from 1. What cannot be read goes to the log."""
    rows = []
    for line, document in enumerate(documents, start=1):
        if not isinstance(document, dict):
            log.add(log.gettext("This must be an object with named fields."), line=line)
            continue
        unknown = sorted(str(name) for name in document if not columns.knows(str(name)))
        for name in unknown:
            log.add(
                log.gettext("This field is not known; please take it out or correct its name."),
                line=line,
                column=name,
            )
        cells = {name: _cell(value, line, name, log) for name, value in document.items()}
        rows.append(CsvRow(line=line, cells=cells, log=log))
    return rows


def _cell(value: object, line: int, name: str, log: ProblemLog) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and name == "agency_times":
        return ";".join(_agency_time(entry, line, log) for entry in value)
    if isinstance(value, str) and "\x00" not in value:
        return unicodedata.normalize("NFC", value).strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    log.add(log.gettext("This must be a text, a number or null."), line=line, column=name)
    return ""


def _agency_time(entry: object, line: int, log: ProblemLog) -> str:
    if not isinstance(entry, Mapping) or set(entry) != set(AGENCY_FIELDS):
        log.add(
            log.gettext("An agency's times need the fields agency, allowed_days and taken_days."),
            line=line,
            column="agency_times",
        )
        return ""
    return ":".join(_cell(entry[name], line, "agency_times", log) or "?" for name in AGENCY_FIELDS)
