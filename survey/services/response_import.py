"""Bringing in keyed-in paper: every form through the one door, every cell accounted for, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from forms.answers import Completeness
from forms.keyed import KeyedStatus, read_keyed_value
from forms.questionnaire import Questionnaire
from forms.values import InvalidReason
from survey.domain.enums import Mode
from survey.domain.wording import N_, english
from survey.errors import ImportRefusedError, Problem
from survey.models import QuestionnaireVersion, SurveyRound
from survey.queries.organisations import get_organisation
from survey.queries.questionnaires import load_questionnaire
from survey.queries.rounds import find_round
from survey.services.csv_rows import CsvRow, ProblemLog, note_repeats
from survey.services.csv_tables import Columns, CsvFile, read_rows
from survey.services.intake import Outcome, Packet, Receipt, receive_packets
from survey.services.keyed_paper import MappedColumn, PaperMapping, check_mapping
from survey.services.questionnaires import store_definition
from survey.services.rounds import open_round

FORM_NAMESPACE = uuid5(NAMESPACE_URL, "hai-long:keyed-form")
ROWS_AT_ONCE = 500

Progress = Callable[[int], object]
"""Called with the number of forms stored since the last call."""


@dataclass(frozen=True)
class ColumnCounts:
    """What the cells of one column are; the four counts add up to the number of forms."""

    column: str
    item_code: str
    valid: int
    refused: int
    invalid: int
    missing: int
    reasons: Mapping[InvalidReason, int]


@dataclass(frozen=True)
class PaperReport:
    """What an import did: forms stored now, forms that were there already, and the cells by column."""

    round_code: str
    stored_count: int
    duplicate_count: int
    columns: tuple[ColumnCounts, ...]


@dataclass(frozen=True)
class _AnyColumns(Columns):
    """Somebody else's file may have columns that no item asks for."""

    def knows(self, column: str) -> bool:
        return True


@dataclass
class _Tally:
    """The cells of one column, counted while they are read."""

    mapped: MappedColumn
    statuses: Counter[KeyedStatus] = field(default_factory=Counter)
    reasons: Counter[InvalidReason] = field(default_factory=Counter)

    def counts(self) -> ColumnCounts:
        return ColumnCounts(
            column=self.mapped.column,
            item_code=self.mapped.item_code,
            valid=self.statuses[KeyedStatus.VALID],
            refused=self.statuses[KeyedStatus.REFUSED],
            invalid=self.statuses[KeyedStatus.INVALID],
            missing=self.statuses[KeyedStatus.MISSING],
            reasons=dict(sorted(self.reasons.items())),
        )


def form_uuid(round_code: str, form_id: str) -> UUID:
    """The identity of a paper form, the same at every import: its round and the number written on it."""
    return uuid5(FORM_NAMESPACE, f"{round_code}/{form_id}")


def import_responses(
    session: Session,
    file: CsvFile,
    mapping: PaperMapping,
    *,
    now: datetime,
    progress: Progress,
) -> PaperReport:
    """Store the forms of a file as responses of the mapping's round, which is opened if it is not there.

    A valid answer is stored typed; a refused one as such; an invalid one with its raw text and the reason; a
    missing one is left out. A form that is stored already with the same answers is a duplicate.

    Raises ImportRefusedError, with every problem, for a file that cannot be read, an id that is missing or
    occurs twice, and a form that is stored with other answers; RoundError and NotFoundError for a round that
    cannot be opened.
    """
    version = store_definition(session, mapping.questionnaire_code, mapping.questionnaire_version, now=now)
    questionnaire = load_questionnaire(session, version.id)
    check_mapping(mapping, questionnaire)
    log = ProblemLog(file.name, english)
    rows = _selected_rows(file, mapping, log)
    _ensure_round(session, mapping, version)
    tallies = [_Tally(column) for column in mapping.columns]
    outcomes: Counter[Outcome] = Counter()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        chunk = rows[start : start + ROWS_AT_ONCE]
        packets = [_packet(row, mapping, questionnaire, tallies) for row in chunk]
        for row, receipt in zip(chunk, receive_packets(session, packets, now=now), strict=True):
            outcomes[receipt.outcome] += 1
            _note_refusal(row, receipt, mapping)
        progress(len(chunk))
    log.refuse()
    return PaperReport(
        round_code=mapping.round.code,
        stored_count=outcomes[Outcome.STORED],
        duplicate_count=outcomes[Outcome.DUPLICATE],
        columns=tuple(tally.counts() for tally in tallies),
    )


def _selected_rows(file: CsvFile, mapping: PaperMapping, log: ProblemLog) -> list[CsvRow]:
    rows = read_rows(file, _AnyColumns(required=mapping.file_columns), log=log)
    log.refuse()
    if mapping.row_column is not None:
        rows = [row for row in rows if row.cells[mapping.row_column] == mapping.row_value]
        if not rows:
            log.add(f"No row has {mapping.row_value} here.", column=mapping.row_column)
    for row in rows:
        row.text(mapping.id_column)  # notes an empty cell
    note_repeats(rows, mapping.id_column, message=N_("The id %(value)s stands in line %(line)d already."))
    log.refuse()
    return rows


def _ensure_round(session: Session, mapping: PaperMapping, version: QuestionnaireVersion) -> SurveyRound:
    wanted = mapping.round
    present = find_round(session, wanted.code)
    if present is None:
        return open_round(
            session,
            code=wanted.code,
            survey_code=wanted.survey_code,
            survey_names=wanted.survey_names,
            names=wanted.names,
            questionnaire_version=version,
            selection=wanted.selection,
            opens_on=wanted.opens_on,
            closes_on=wanted.closes_on,
            organiser=get_organisation(session, wanted.organiser_code) if wanted.organiser_code else None,
        )
    problems = []
    if present.selection is not wanted.selection:
        message = f"Round {wanted.code} was opened as {present.selection}, not {wanted.selection}."
        problems.append(Problem(message, file=mapping.name, column="round.selection"))
    if present.questionnaire_version_id != version.id:
        message = f"Round {wanted.code} uses another questionnaire or version."
        problems.append(Problem(message, file=mapping.name, column="questionnaire"))
    if problems:
        raise ImportRefusedError(problems)
    return present


def _packet(
    row: CsvRow, mapping: PaperMapping, questionnaire: Questionnaire, tallies: Sequence[_Tally]
) -> Packet:
    answers: dict[str, object] = {}
    for tally in tallies:
        column = tally.mapped
        item = questionnaire.items_by_code[column.item_code]
        value = read_keyed_value(item, row.cells[column.column], column.labels)
        tally.statuses[value.status] += 1
        if value.reason is not None:
            tally.reasons[value.reason] += 1
        if value.stored is not None:
            answers[item.code] = value.stored
    return Packet(
        uuid=form_uuid(mapping.round.code, row.cells[mapping.id_column]),
        round_code=mapping.round.code,
        questionnaire_code=mapping.questionnaire_code,
        questionnaire_version=mapping.questionnaire_version,
        mode=Mode.PAPER,
        language=mapping.language,
        answers=answers,
        # What was left blank on paper was left blank: nobody can be asked again.
        completeness=Completeness.PARTIAL,
    )


def _note_refusal(row: CsvRow, receipt: Receipt, mapping: PaperMapping) -> None:
    if receipt.outcome is Outcome.CONFLICT:
        message = (
            "This form is stored with other answers, and stored answers stay. Compare the paper with both."
        )
        row.problem(message, column=mapping.id_column)
    columns = {column.item_code: column.column for column in mapping.columns}
    for problem in receipt.problems:
        row.problem(problem.render(str), column=columns.get(problem.item, mapping.id_column))
