"""What units state once per quarter: the points of three indices, and counts of complaints and proposals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey.domain.quarters import Quarter, read_quarter
from survey.domain.wording import N_, Gettext
from survey.models import OnSiteStatement
from survey.queries import dossiers as dossier_queries
from survey.services.csv_rows import CsvRow, ProblemLog, note_repeats
from survey.services.csv_tables import Columns, CsvFile, read_rows
from survey.services.dossier_records import UNKNOWN_UNIT
from survey.services.on_site_definitions import scheme_definition

STATEMENT_COLUMNS = Columns(required=("unit_code", "quarter", "measure", "value"), optional=("note",))
FEEDBACK = ("feedback-received", "feedback-classified", "feedback-on-time", "feedback-unsatisfactory")
LONGEST_NOTE = 500
REPEATED = N_("Line %(line)d states the same measure of the same unit and quarter already.")


@dataclass(frozen=True)
class StatementReceipt:
    """How many numbers were new, and how many stood so already."""

    stored_count: int
    unchanged_count: int


def stated_measure(index: int) -> str:
    """The measure of the points that the unit gives itself for an index."""
    return f"index-{index}-self"


def appraised_measure(index: int) -> str:
    """The measure of the points that the appraiser gives for an index; they count before the unit's own."""
    return f"index-{index}-appraised"


def measures() -> dict[str, int | None]:
    """Every measure with the highest value it may have; None where it is a count."""
    scheme = scheme_definition().scheme
    names = [name(index) for index in scheme.per_period for name in (stated_measure, appraised_measure)]
    return dict.fromkeys(names, scheme.standard_points) | dict.fromkeys(FEEDBACK)


def import_statements(
    session: Session,
    file: CsvFile,
    *,
    organisation_ids: Collection[int] | None,
    now: datetime,
    gettext: Gettext,
) -> StatementReceipt:
    """Take in a CSV file. Raises ImportRefusedError with every problem; then nothing is stored."""
    log = ProblemLog(file.name, gettext)
    rows = read_rows(file, STATEMENT_COLUMNS, log=log)
    return take_in(session, rows, log=log, organisation_ids=organisation_ids, now=now)


def take_in(
    session: Session,
    rows: Sequence[CsvRow],
    *,
    log: ProblemLog,
    organisation_ids: Collection[int] | None,
    now: datetime,
) -> StatementReceipt:
    """Store what the rows state, for these units only (None: all); what stands so already is left.

    Raises ImportRefusedError with every problem of the log and the rows; then nothing is stored.
    """
    units = dossier_queries.organisation_ids_by_code(session, organisation_ids)
    read = [_statement(row, units, now) for row in rows]
    note_repeats(rows, "unit_code", "quarter", "measure", message=REPEATED)
    log.refuse()
    stated = [statement for statement in read if statement is not None]
    standing = {
        quarter: dossier_queries.newest_statements(session, quarter)
        for quarter in {Quarter(one.year, one.quarter) for one in stated}
    }
    new = [one for one in stated if not _stands(one, standing)]
    session.add_all(new)
    session.flush()
    return StatementReceipt(stored_count=len(new), unchanged_count=len(stated) - len(new))


def _stands(
    one: OnSiteStatement, standing: Mapping[Quarter, Mapping[int, Mapping[str, OnSiteStatement]]]
) -> bool:
    rows = standing[Quarter(one.year, one.quarter)].get(one.organisation_id, {})
    stored = rows.get(one.measure)
    return stored is not None and (stored.value, stored.note) == (one.value, one.note)


def _statement(row: CsvRow, units: Mapping[str, int], now: datetime) -> OnSiteStatement | None:
    before, gettext = len(row.log.problems), row.log.gettext
    row.text("unit_code")  # notes an empty cell
    organisation_id = row.entry("unit_code", units, unknown=UNKNOWN_UNIT)
    quarter = read_quarter(row.text("quarter"))
    if quarter is None and row.optional_text("quarter"):
        row.problem(
            gettext("%(value)s is not a quarter; write it as 2026-Q3.", value=row.cells["quarter"]),
            column="quarter",
        )
    known, measure, value = measures(), row.text("measure"), row.whole_number("value")
    if measure and measure not in known:
        row.problem(
            gettext(
                "%(value)s is not known here; use one of: %(allowed)s.",
                value=measure,
                allowed=", ".join(known),
            ),
            column="measure",
        )
    most = known.get(measure)
    if most is not None and value is not None and value > most:
        row.problem(gettext("At most %(most)d points.", most=most), column="value")
    note = row.optional_text("note") or ""
    if len(note) > LONGEST_NOTE:
        row.problem(
            gettext(
                "At most %(most)d characters fit here; this has %(count)d.",
                most=LONGEST_NOTE,
                count=len(note),
            ),
            column="note",
        )
    if len(row.log.problems) > before or organisation_id is None or quarter is None or value is None:
        return None
    return OnSiteStatement(
        organisation_id=organisation_id,
        year=quarter.year,
        quarter=quarter.number,
        measure=measure,
        value=value,
        note=note,
        recorded_at=now,
    )
