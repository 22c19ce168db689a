"""Importing the frame, the sample and the population totals of a round: all or nothing, never silently."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from forms.questionnaire import Item
from survey.domain.enums import SampleFileKind, Selection
from survey.errors import ImportRefusedError, Problem
from survey.models import (
    Base,
    FrameUnit,
    PopulationTotal,
    SampleFile,
    SampleUnit,
    SamplingFrame,
    SurveyRound,
)
from survey.queries import samples as sample_queries
from survey.queries.questionnaires import load_questionnaire
from survey.services.csv_tables import CsvFile
from survey.services.population_files import FramePsu, missing_cells, read_frame, read_totals
from survey.services.sample_files import read_sample

ROWS_PER_INSERT = 5_000

Progress = Callable[[int], object]
"""Called with the number of rows stored since the last call."""


def no_progress(_rows: int) -> None:
    """For callers that show none."""


class ImportOutcome(StrEnum):
    """What an import did."""

    STORED = "stored"
    REPLACED = "replaced"  # an earlier file, before any field work
    UNCHANGED = "unchanged"  # the same file again


@dataclass(frozen=True)
class ImportReceipt:
    """What an import did and what was taken away or is left to mend, one sentence each in `notes`."""

    outcome: ImportOutcome
    row_count: int
    notes: tuple[str, ...] = ()


def import_frame(
    session: Session,
    round_: SurveyRound,
    *,
    file: CsvFile,
    now: datetime,
    progress: Progress = no_progress,
) -> ImportReceipt:
    """Store the frame of a round from a CSV file (columns: population_files.FRAME_COLUMNS).

    The same file again changes nothing. Another file takes the place of the first one, and of the sample that
    was checked against it, as long as no field work has begun. Raises ImportRefusedError with every problem.
    """
    _require_probability_sample(round_, file)
    present = sample_queries.sampling_frame(session, round_)
    if present is not None and present.file_hash == digest_of(file):
        return ImportReceipt(ImportOutcome.UNCHANGED, len(sample_queries.frame_units(session, round_)))
    _refuse_after_field_work(session, round_, file)
    organisations = sample_queries.organisation_ids_by_code(session)
    psus = read_frame(file, organisations=organisations)
    notes = _take_away_sample(session, round_)
    if present is not None:
        session.execute(delete(FrameUnit).where(FrameUnit.frame_id == present.id))
        session.delete(present)
        session.flush()
    frame = SamplingFrame(round_id=round_.id, file_name=file.name, file_hash=digest_of(file), imported_at=now)
    session.add(frame)
    session.flush()
    _insert(session, FrameUnit, [{"frame_id": frame.id, **asdict(psu)} for psu in psus], progress)
    outcome = ImportOutcome.STORED if present is None else ImportOutcome.REPLACED
    return ImportReceipt(outcome, len(psus), notes)


def import_sample(
    session: Session,
    round_: SurveyRound,
    *,
    file: CsvFile,
    now: datetime,
    progress: Progress = no_progress,
) -> ImportReceipt:
    """Store the sample of a round from a CSV file (columns: see sample_files.read_sample).

    The same file again changes nothing; another file takes the place of the first one only while no field
    work has begun. Raises ImportRefusedError with every problem.
    """
    _require_probability_sample(round_, file)
    present = sample_queries.sample_file(session, round_, SampleFileKind.SAMPLE)
    if present is not None and present.file_hash == digest_of(file):
        return ImportReceipt(ImportOutcome.UNCHANGED, sample_queries.sample_size(session, round_))
    _refuse_after_field_work(session, round_, file)
    frame = [
        FramePsu(unit.stratum, unit.psu, unit.population_count, unit.organisation_id)
        for unit in sample_queries.frame_units(session, round_)
    ]
    organisations = sample_queries.organisation_ids_by_code(session)
    units = read_sample(file, frame=frame, organisations=organisations)
    notes = _take_away_sample(session, round_)
    _insert(session, SampleUnit, [{"round_id": round_.id, **asdict(unit)} for unit in units], progress)
    _remember_file(session, round_, SampleFileKind.SAMPLE, file=file, now=now)
    outcome = ImportOutcome.REPLACED if notes else ImportOutcome.STORED
    return ImportReceipt(outcome, len(units), notes)


def import_totals(session: Session, round_: SurveyRound, *, file: CsvFile, now: datetime) -> ImportReceipt:
    """Store the population totals of a round from a CSV file: one column per weighting item, and `total`.

    Totals are published by others and may be corrected after the field work, so another file takes the place
    of the first one at any time and the receipt says so. Raises ImportRefusedError with every problem.
    """
    _require_probability_sample(round_, file)
    items = _weighting_items(session, round_, file)
    present = sample_queries.sample_file(session, round_, SampleFileKind.POPULATION_TOTALS)
    if present is not None and present.file_hash == digest_of(file):
        return ImportReceipt(ImportOutcome.UNCHANGED, len(sample_queries.population_totals(session, round_)))
    totals = read_totals(file, items=items)
    session.execute(delete(PopulationTotal).where(PopulationTotal.round_id == round_.id))
    _insert(
        session, PopulationTotal, [{"round_id": round_.id, **asdict(total)} for total in totals], no_progress
    )
    kind = SampleFileKind.POPULATION_TOTALS
    _remember_file(session, round_, kind, file=file, now=now)
    left_out = missing_cells(totals, items)
    notes = (f"These cells have no total: {', '.join(left_out)}.",) if left_out else ()
    outcome = ImportOutcome.STORED if present is None else ImportOutcome.REPLACED
    return ImportReceipt(outcome, len(totals), notes)


def digest_of(file: CsvFile) -> str:
    """SHA-256 of the file, in hexadecimal."""
    return hashlib.sha256(file.content).hexdigest()


def _require_probability_sample(round_: SurveyRound, file: CsvFile) -> None:
    if round_.selection is not Selection.PROBABILITY_SAMPLE:
        message = (
            f"Round {round_.code} was opened as {round_.selection}; only a probability_sample round has a "
            "frame, a sample and totals. Open a round of its own for the sample."
        )
        raise ImportRefusedError([Problem(message, file=file.name)])


def _refuse_after_field_work(session: Session, round_: SurveyRound, file: CsvFile) -> None:
    if sample_queries.field_work_has_begun(session, round_):
        message = (
            f"Round {round_.code} has responses or recorded outcomes already, so its frame and sample stay "
            "as they are. Open another round for another draw."
        )
        raise ImportRefusedError([Problem(message, file=file.name)])


def _take_away_sample(session: Session, round_: SurveyRound) -> tuple[str, ...]:
    """Remove the sample of a round without field work, and say so."""
    size = sample_queries.sample_size(session, round_)
    if size == 0:
        return ()
    session.execute(delete(SampleUnit).where(SampleUnit.round_id == round_.id))
    session.execute(
        delete(SampleFile).where(SampleFile.round_id == round_.id, SampleFile.kind == SampleFileKind.SAMPLE)
    )
    return (f"The earlier sample of {size} units was taken away.",)


def _weighting_items(session: Session, round_: SurveyRound, file: CsvFile) -> Sequence[Item]:
    if not round_.weighting_class_items:
        message = f"Round {round_.code} was opened without items to weight by, so it takes no totals."
        raise ImportRefusedError([Problem(message, file=file.name)])
    questionnaire = load_questionnaire(session, round_.questionnaire_version_id)
    return [questionnaire.items_by_code[code] for code in round_.weighting_class_items]


def _remember_file(
    session: Session,
    round_: SurveyRound,
    kind: SampleFileKind,
    *,
    file: CsvFile,
    now: datetime,
) -> None:
    entry = sample_queries.sample_file(session, round_, kind)
    if entry is None:
        entry = SampleFile(round_id=round_.id, kind=kind)
        session.add(entry)
    entry.file_name, entry.file_hash, entry.imported_at = file.name, digest_of(file), now
    session.flush()


def _insert(session: Session, table: type[Base], rows: Sequence[dict[str, Any]], progress: Progress) -> None:
    for start in range(0, len(rows), ROWS_PER_INSERT):
        chunk = rows[start : start + ROWS_PER_INSERT]
        session.execute(insert(table), chunk)
        progress(len(chunk))
    session.expire_all()
