"""The files that describe organisations: levels and kinds, units, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from survey.domain.enums import CodeSource, SuccessionKind
from survey.domain.organisation_tree import Link, Unit
from survey.domain.wording import Gettext
from survey.services.csv_rows import CsvRow, ProblemLog
from survey.services.csv_tables import Columns, CsvFile, read_rows

KIND_COLUMNS = Columns(required=("entry", "code", "level", "depth"), stems=("name",))
ORGANISATION_COLUMNS = Columns(
    required=("code", "code_source", "kind", "parent_code", "valid_from", "valid_to"), stems=("name",)
)
SUCCESSION_COLUMNS = Columns(required=("predecessor_code", "successor_code", "kind", "effective_on"))


class Entry(StrEnum):
    """What a row of the kinds file describes."""

    LEVEL = "level"
    KIND = "kind"


@dataclass(frozen=True)
class LevelRecord:
    """A level of the tree."""

    row: CsvRow
    code: str
    depth: int
    names: dict[str, str]


@dataclass(frozen=True)
class KindRecord:
    """A kind of unit and its level."""

    row: CsvRow
    code: str
    level_code: str
    names: dict[str, str]


@dataclass(frozen=True)
class OrganisationRecord:
    """A unit."""

    row: CsvRow
    unit: Unit
    code_source: CodeSource
    names: dict[str, str]


@dataclass(frozen=True)
class SuccessionRecord:
    """A succession."""

    row: CsvRow
    link: Link


@dataclass(frozen=True)
class OrganisationFiles:
    """Everything read from the files; `mentioned` also holds the codes of rows that had problems."""

    levels: dict[str, LevelRecord] = field(default_factory=dict)
    kinds: dict[str, KindRecord] = field(default_factory=dict)
    units: dict[str, OrganisationRecord] = field(default_factory=dict)
    successions: dict[tuple[str, str], SuccessionRecord] = field(default_factory=dict)
    mentioned_levels: set[str] = field(default_factory=set)
    mentioned_kinds: set[str] = field(default_factory=set)
    mentioned_units: set[str] = field(default_factory=set)
    logs: list[ProblemLog] = field(default_factory=list)


def read_files(
    *,
    kinds: CsvFile | None,
    organisations: CsvFile | None,
    succession: CsvFile | None,
    gettext: Gettext,
) -> OrganisationFiles:
    """Read the files that are given; the problems are in the logs."""
    files = OrganisationFiles()
    if kinds is not None:
        _read_kinds(files, _rows(files, kinds, KIND_COLUMNS, gettext))
    if organisations is not None:
        _read_organisations(files, _rows(files, organisations, ORGANISATION_COLUMNS, gettext))
    if succession is not None:
        _read_succession(files, _rows(files, succession, SUCCESSION_COLUMNS, gettext))
    return files


def _rows(files: OrganisationFiles, file: CsvFile, columns: Columns, gettext: Gettext) -> list[CsvRow]:
    log = ProblemLog(file.name, gettext)
    files.logs.append(log)
    return read_rows(file, columns, log=log)


def _read_kinds(files: OrganisationFiles, rows: Iterable[CsvRow]) -> None:
    for row in rows:
        before = len(row.log.problems)
        entry, code, names = row.choice("entry", Entry), row.code("code"), row.names("name")
        if entry is Entry.LEVEL:
            depth = row.whole_number("depth")
            if _is_new(code, files.mentioned_levels, row) and len(row.log.problems) == before:
                assert depth is not None  # noqa: S101 -- a missing depth was noted above
                files.levels[code] = LevelRecord(row=row, code=code, depth=depth, names=names)
        elif entry is Entry.KIND:
            level_code = row.code("level")
            if _is_new(code, files.mentioned_kinds, row) and len(row.log.problems) == before:
                files.kinds[code] = KindRecord(row=row, code=code, level_code=level_code, names=names)


def _read_organisations(files: OrganisationFiles, rows: Iterable[CsvRow]) -> None:
    for row in rows:
        before = len(row.log.problems)
        code, kind_code = row.code("code"), row.code("kind")
        code_source = row.choice("code_source", CodeSource)
        parent_code = row.code("parent_code") if row.optional_text("parent_code") else None
        valid_from, valid_to = row.day("valid_from"), row.optional_day("valid_to")
        names = row.names("name")
        is_new = _is_new(code, files.mentioned_units, row)
        if not is_new or len(row.log.problems) > before or code_source is None or valid_from is None:
            continue
        unit = Unit(
            code=code,
            kind_code=kind_code,
            parent_code=parent_code,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        files.units[code] = OrganisationRecord(row=row, unit=unit, code_source=code_source, names=names)


def _read_succession(files: OrganisationFiles, rows: Iterable[CsvRow]) -> None:
    for row in rows:
        before = len(row.log.problems)
        codes = row.code("predecessor_code"), row.code("successor_code")
        kind, effective_on = row.choice("kind", SuccessionKind), row.day("effective_on")
        if codes in files.successions:
            row.problem(
                row.log.gettext(
                    "This pair already stands in line %(line)d.", line=files.successions[codes].row.line
                ),
                column="successor_code",
            )
        if len(row.log.problems) > before or kind is None or effective_on is None:
            continue
        link = Link(predecessor_code=codes[0], successor_code=codes[1], kind=kind, effective_on=effective_on)
        files.successions[codes] = SuccessionRecord(row=row, link=link)


def _is_new(code: str, mentioned: set[str], row: CsvRow) -> bool:
    """Note the code; a second row with it is a problem."""
    if not code:
        return False
    if code in mentioned:
        row.problem(
            row.log.gettext("The code %(code)s stands in the file more than once.", code=code), column="code"
        )
        return False
    mentioned.add(code)
    return True
