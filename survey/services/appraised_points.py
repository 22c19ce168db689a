"""Appraised points from a file: checked against the round as a whole, then added; the newest count."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from analysis.index.definition import SURVEYED_KINDS, SubCriterion
from survey.domain.wording import N_, english
from survey.models import AppraisedPoints, IndexRound, ScoreSheet
from survey.queries.criteria import definition_of
from survey.queries.index_rounds import current_points, list_sheets, lock_index_round
from survey.services.csv_rows import CsvRow, ProblemLog, note_repeats
from survey.services.csv_tables import Columns, CsvFile, read_rows

POINTS_COLUMNS = Columns(required=("unit_code", "sub_criterion_code", "points"), optional=("note",))
# Clerks write a decimal comma, programmes a point. Thousands are not marked.
POINTS = re.compile(r"-?[0-9]{1,6}(?:[.,][0-9]{1,10})?")


@dataclass(frozen=True)
class LoadedPoints:
    """What a file did: values added (new or changed), and values that stood so already."""

    added_count: int
    unchanged_count: int


@dataclass(frozen=True)
class _Entry:
    """One row of the file that holds."""

    sheet: ScoreSheet
    leaf: SubCriterion
    points: Decimal
    note: str


@dataclass(frozen=True)
class _Round:
    """What the rows are checked against."""

    code: str
    sheets: Mapping[str, ScoreSheet]
    leaves: Mapping[str, SubCriterion]


def load_points(session: Session, index_round: IndexRound, *, file: CsvFile, now: datetime) -> LoadedPoints:
    """Add the points of a file (unit_code, sub_criterion_code, points, note), all of it or nothing.

    Rows whose points and note are in force already add nothing, so the same file twice changes nothing.
    Raises ImportRefusedError with every problem: unknown units and sub-criteria, leaves that are computed
    from surveys or do not apply to the unit, points that are no number or outside 0 and the maximum,
    repeated rows.
    """
    lock_index_round(session, index_round)  # two files at once would each not see what the other adds
    log = ProblemLog(file.name, english)
    against = _Round(
        code=index_round.code,
        sheets={sheet.organisation.code: sheet for sheet in list_sheets(session, index_round)},
        leaves={leaf.code: leaf for leaf in definition_of(index_round.criteria_set).all_leaves},
    )
    rows = read_rows(file, POINTS_COLUMNS, log=log)
    entries = [entry for row in rows if (entry := _entry(row, against)) is not None]
    note_repeats(
        rows,
        "unit_code",
        "sub_criterion_code",
        message=N_("%(sub_criterion_code)s of %(unit_code)s stands in line %(line)d already."),
    )
    log.refuse()
    in_force = current_points(session, index_round)
    changes = [entry for entry in entries if _changes(entry, in_force)]
    file_hash = hashlib.sha256(file.content).hexdigest()
    session.add_all(
        AppraisedPoints(
            score_sheet=entry.sheet,
            sub_criterion_code=entry.leaf.code,
            points=entry.points,
            note=entry.note,
            file_name=file.name,
            file_hash=file_hash,
            recorded_at=now,
        )
        for entry in changes
    )
    session.flush()
    return LoadedPoints(added_count=len(changes), unchanged_count=len(entries) - len(changes))


def _entry(row: CsvRow, against: _Round) -> _Entry | None:
    sheet, leaf = _sheet(row, against), _leaf(row, against)
    if sheet is not None and leaf is not None and leaf.code in sheet.not_applicable:
        message = f"{leaf.code} does not apply to {sheet.organisation.code}; take the row out."
        row.problem(message, column="sub_criterion_code")
    points = _points(row, leaf)
    if sheet is None or leaf is None or points is None:
        return None
    return _Entry(sheet=sheet, leaf=leaf, points=points, note=row.optional_text("note") or "")


def _sheet(row: CsvRow, against: _Round) -> ScoreSheet | None:
    code = row.text("unit_code")
    if code and code not in against.sheets:
        row.problem(f"{code} is not a unit of the round {against.code}.", column="unit_code")
    return against.sheets.get(code)


def _leaf(row: CsvRow, against: _Round) -> SubCriterion | None:
    code = row.text("sub_criterion_code")
    leaf = against.leaves.get(code)
    if code and leaf is None:
        row.problem(f"The criteria set has no sub-criterion {code}.", column="sub_criterion_code")
    if leaf is not None and leaf.kind in SURVEYED_KINDS:
        message = f"The points of {code} are computed from estimates, never typed; take the row out."
        row.problem(message, column="sub_criterion_code")
    return leaf


def _points(row: CsvRow, leaf: SubCriterion | None) -> Decimal | None:
    text = row.text("points")
    if not text:
        return None
    if not POINTS.fullmatch(text):
        message = f"{text} is not a number of points, such as 1,75 or 1.75 (at most ten decimals)."
        row.problem(message, column="points")
        return None
    points = Decimal(text.replace(",", "."))
    if points < 0 or (leaf is not None and points > leaf.max_points):
        most = "the maximum" if leaf is None else f"{leaf.max_points:f}"
        row.problem(f"{text} is not between 0 and {most}.", column="points")
        return None
    return points


def _changes(entry: _Entry, in_force: Mapping[tuple[int, str], AppraisedPoints]) -> bool:
    current = in_force.get((entry.sheet.id, entry.leaf.code))
    return current is None or (current.points, current.note) != (entry.points, entry.note)
