"""Loading organisations from files, all or nothing, and checking the tree that is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from survey.domain.organisation_tree import Finding, Link, Unit, succession_findings, tree_findings
from survey.domain.wording import Gettext, english
from survey.errors import ImportRefusedError, Problem
from survey.models import Organisation, OrganisationKind, OrganisationLevel, OrganisationSuccession
from survey.queries import organisations as organisation_queries
from survey.services.csv_rows import CsvRow
from survey.services.csv_tables import CsvFile
from survey.services.organisation_files import (
    OrganisationFiles,
    OrganisationRecord,
    SuccessionRecord,
    read_files,
)


@dataclass(frozen=True)
class Change:
    """A stored row that a file changed; `what` says in words which values became which."""

    code: str
    what: str


@dataclass(frozen=True)
class LoadReport:
    """What a load did, by code; succession pairs are written as `old → new`."""

    created: tuple[str, ...]
    changed: tuple[Change, ...]
    unchanged_count: int


@dataclass
class _Stored:
    """Everything in the database that a file may refer to."""

    levels: dict[str, OrganisationLevel]
    kinds: dict[str, OrganisationKind]
    units: dict[str, Organisation]
    successions: dict[tuple[str, str], OrganisationSuccession]


@dataclass
class ReportDraft:
    """A report being written."""

    created: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged_count: int = 0

    def add(self, code: str, differences: Iterable[str]) -> None:
        """Note a stored row and what of it changed."""
        what = "; ".join(differences)
        if what:
            self.changed.append(Change(code, what))
        else:
            self.unchanged_count += 1

    def finished(self) -> LoadReport:
        """The report."""
        return LoadReport(
            created=tuple(self.created), changed=tuple(self.changed), unchanged_count=self.unchanged_count
        )


def load_organisations(
    session: Session,
    *,
    kinds: CsvFile | None = None,
    organisations: CsvFile | None = None,
    succession: CsvFile | None = None,
    gettext: Gettext = english,
) -> LoadReport:
    """Load the files together; the same files again change nothing.

    Rows are matched by code. Names, validity, levels and the terms of a succession may change and the report
    says so; the parent, kind and code source of a stored unit may not: a unit that moved is a new unit with a
    succession.
    Raises ImportRefusedError with every problem of all files, and then nothing is changed.
    """
    files = read_files(kinds=kinds, organisations=organisations, succession=succession, gettext=gettext)
    stored = _read_stored(session)
    _check_references(files, stored, gettext)
    _check_fixed_values(files, stored, gettext)
    stray = _check_merged(files, stored, gettext)
    problems = [problem for log in files.logs for problem in log.problems] + stray
    if problems:
        raise ImportRefusedError(problems)
    return _apply(session, files, stored)


def check_organisations(session: Session, *, gettext: Gettext = english) -> list[Problem]:
    """What is wrong with the stored tree; empty when it is sound."""
    return _check_merged(OrganisationFiles(), _read_stored(session), gettext)


def _read_stored(session: Session) -> _Stored:
    return _Stored(
        levels=organisation_queries.levels_by_code(session),
        kinds=organisation_queries.kinds_by_code(session),
        units=organisation_queries.organisations_by_code(session),
        successions={
            (row.predecessor.code, row.successor.code): row
            for row in organisation_queries.list_successions(session)
        },
    )


def _check_references(files: OrganisationFiles, stored: _Stored, gettext: Gettext) -> None:
    """Every code that a row refers to stands in a file or in the database."""
    levels = files.mentioned_levels | stored.levels.keys()
    kinds = files.mentioned_kinds | stored.kinds.keys()
    units = files.mentioned_units | stored.units.keys()
    for kind in files.kinds.values():
        if kind.level_code not in levels:
            kind.row.problem(gettext("No level has the code %(code)s.", code=kind.level_code), column="level")
    for record in files.units.values():
        kind_code = record.unit.kind_code
        if kind_code not in kinds:
            record.row.problem(gettext("No kind has the code %(code)s.", code=kind_code), column="kind")
        _check_unit_code(record.row, "parent_code", units, gettext)
    for succession in files.successions.values():
        _check_unit_code(succession.row, "predecessor_code", units, gettext)
        _check_unit_code(succession.row, "successor_code", units, gettext)


def _check_unit_code(row: CsvRow, column: str, known: set[str], gettext: Gettext) -> None:
    code = row.optional_text(column)
    if code is not None and code not in known:
        row.problem(gettext("No organisation has the code %(code)s.", code=code), column=column)


def _check_fixed_values(files: OrganisationFiles, stored: _Stored, gettext: Gettext) -> None:
    """A stored unit keeps its parent, kind and code source: past rounds stand on them."""
    for code, record in files.units.items():
        unit = stored.units.get(code)
        if unit is None:
            continue
        parent_code = None if unit.parent is None else unit.parent.code
        for column, old, new in (
            ("parent_code", parent_code, record.unit.parent_code),
            ("kind", unit.kind_code, record.unit.kind_code),
            ("code_source", unit.code_source.value, record.code_source.value),
        ):
            if old != new:
                record.row.problem(
                    gettext(
                        "%(code)s is stored with %(old)s here; a unit that moved gets a new code.",
                        code=code,
                        old=old or "–",
                    ),
                    column=column,
                )


def _check_merged(files: OrganisationFiles, stored: _Stored, gettext: Gettext) -> list[Problem]:
    """Check the tree as it will be; findings in a file go to its log, those about stored rows come back."""
    units = {code: _stored_unit(unit) for code, unit in stored.units.items()}
    units |= {code: record.unit for code, record in files.units.items()}
    links = {codes: _stored_link(row) for codes, row in stored.successions.items()}
    links |= {codes: record.link for codes, record in files.successions.items()}
    stray = []
    for finding in [
        *tree_findings(units, _depths(files, stored), gettext=gettext),
        *succession_findings(list(links.values()), units, gettext=gettext),
    ]:
        row = _row_of(finding, files)
        if row is not None:
            row.problem(finding.message, column=finding.column)
        else:
            stray.append(Problem(finding.message, file=_label(finding.about), column=finding.column))
    return stray


def _row_of(finding: Finding, files: OrganisationFiles) -> CsvRow | None:
    record: OrganisationRecord | SuccessionRecord | None
    if isinstance(finding.about, Unit):
        record = files.units.get(finding.about.code)
    else:
        record = files.successions.get(finding.about.codes)
    return None if record is None else record.row


def _label(about: Unit | Link) -> str:
    return about.code if isinstance(about, Unit) else " → ".join(about.codes)


def _depths(files: OrganisationFiles, stored: _Stored) -> dict[str, int]:
    """Depth of every kind whose level is known."""
    levels = {code: level.depth for code, level in stored.levels.items()}
    levels |= {code: level.depth for code, level in files.levels.items()}
    level_of = {code: kind.level_code for code, kind in stored.kinds.items()}
    level_of |= {code: kind.level_code for code, kind in files.kinds.items()}
    return {kind: levels[level] for kind, level in level_of.items() if level in levels}


def _stored_unit(unit: Organisation) -> Unit:
    return Unit(
        code=unit.code,
        kind_code=unit.kind_code,
        parent_code=None if unit.parent is None else unit.parent.code,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
    )


def _stored_link(row: OrganisationSuccession) -> Link:
    return Link(
        predecessor_code=row.predecessor.code,
        successor_code=row.successor.code,
        kind=row.kind,
        effective_on=row.effective_on,
    )


def _apply(session: Session, files: OrganisationFiles, stored: _Stored) -> LoadReport:
    report = ReportDraft()
    _apply_kinds(session, files, stored, report)
    _apply_units(session, files, stored, report)
    _apply_successions(session, files, stored, report)
    session.flush()
    return report.finished()


def _apply_kinds(session: Session, files: OrganisationFiles, stored: _Stored, report: ReportDraft) -> None:
    for code, level in files.levels.items():
        if code in stored.levels:
            report.add(code, set_values(stored.levels[code], depth=level.depth, names=level.names))
        else:
            session.add(OrganisationLevel(code=code, depth=level.depth, names=level.names))
            report.created.append(code)
    session.flush()
    for code, kind in files.kinds.items():
        if code in stored.kinds:
            report.add(code, set_values(stored.kinds[code], level_code=kind.level_code, names=kind.names))
        else:
            session.add(OrganisationKind(code=code, level_code=kind.level_code, names=kind.names))
            report.created.append(code)
    session.flush()


def _apply_units(session: Session, files: OrganisationFiles, stored: _Stored, report: ReportDraft) -> None:
    for code, record in files.units.items():
        unit = record.unit
        if code in stored.units:
            differences = set_values(
                stored.units[code], names=record.names, valid_from=unit.valid_from, valid_to=unit.valid_to
            )
            report.add(code, differences)
            continue
        stored.units[code] = Organisation(
            code=code,
            code_source=record.code_source,
            kind_code=unit.kind_code,
            names=record.names,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
        )
        session.add(stored.units[code])
        report.created.append(code)
    session.flush()
    # Parents last: a file may name a child before its parent.
    for code, record in files.units.items():
        parent_code = record.unit.parent_code
        stored.units[code].parent_id = None if parent_code is None else stored.units[parent_code].id
    session.flush()


def _apply_successions(
    session: Session, files: OrganisationFiles, stored: _Stored, report: ReportDraft
) -> None:
    for codes, record in files.successions.items():
        link = record.link
        if codes in stored.successions:
            row = stored.successions[codes]
            differences = set_values(row, kind=link.kind, effective_on=link.effective_on)
            report.add(_label(link), differences)
            continue
        session.add(
            OrganisationSuccession(
                predecessor_id=stored.units[link.predecessor_code].id,
                successor_id=stored.units[link.successor_code].id,
                kind=link.kind,
                effective_on=link.effective_on,
            )
        )
        report.created.append(_label(link))


def set_values(row: object, **values: object) -> list[str]:
    """Set the attributes that differ; says which became what."""
    differences = []
    for name, new in values.items():
        old = getattr(row, name)
        if old != new:
            differences.append(f"{name}: {_written(old)} → {_written(new)}")
            setattr(row, name, new)
    return differences


def _written(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict):
        return " / ".join(str(text) for text in value.values())
    return value.isoformat() if isinstance(value, date) else str(value)
