"""Setting up counters, one by one or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.enums import Selection
from survey.domain.public_codes import new_public_code
from survey.domain.wording import N_, Gettext, english
from survey.models import Organisation, ServicePoint, SurveyRound
from survey.queries import organisations as organisation_queries
from survey.queries import rounds as round_queries
from survey.queries import service_points as service_point_queries
from survey.services.csv_rows import CsvRow, ProblemLog, note_repeats
from survey.services.csv_tables import Columns, CsvFile, read_rows
from survey.services.organisations import LoadReport, ReportDraft, set_values

COLUMNS = Columns(
    required=("code", "centre_code", "organisation_code", "valid_from", "valid_to"),
    optional=("round_code",),
    stems=("name", "service"),
)


@dataclass(frozen=True)
class _Record:
    """A row of the file whose cells are right and whose codes are known."""

    code: str
    centre: Organisation
    organisation: Organisation
    round: SurveyRound | None
    names: dict[str, str]
    service_names: dict[str, str]
    valid_from: date
    valid_to: date | None


def create_service_point(
    session: Session,
    *,
    code: str,
    centre: Organisation,
    organisation: Organisation,
    names: Mapping[str, str],
    service_names: Mapping[str, str],
    valid_from: date,
    valid_to: date | None = None,
    round_: SurveyRound | None = None,
) -> ServicePoint:
    """A new counter with a random address code that no counter ever had.

    `round_` is the self-selected round that receives its ratings; without one it takes none.
    """
    point = ServicePoint(
        code=code,
        public_code=_unused_public_code(session),
        centre_id=centre.id,
        organisation_id=organisation.id,
        round_id=None if round_ is None else round_.id,
        names=dict(names),
        service_names=dict(service_names),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    session.add(point)
    session.flush()
    return point


def load_service_points(session: Session, file: CsvFile, *, gettext: Gettext = english) -> LoadReport:
    """Load counters from a file, all or nothing, matched by code; the same file again changes nothing.

    A stored counter keeps its centre, organisation and address code: past ratings stand on them. Without a
    `round_code` column the round of a stored counter stays. Raises ImportRefusedError with every problem.
    """
    log = ProblemLog(file.name, gettext)
    stored = service_point_queries.service_points_by_code(session)
    rows = read_rows(file, COLUMNS, log=log)
    note_repeats(rows, "code", message=N_("The code %(code)s stands in the file more than once."))
    records = _Reader(session, log, stored).records(rows)
    log.refuse()
    report = ReportDraft()
    for row, record in records:
        _store(session, record, stored, report, keeps_round="round_code" not in row.cells)
    session.flush()
    return report.finished()


def _unused_public_code(session: Session) -> str:
    while True:
        code = new_public_code()
        if session.scalar(select(ServicePoint.id).where(ServicePoint.public_code == code)) is None:
            return code


class _Reader:
    """Turns rows into records, noting what is wrong."""

    def __init__(self, session: Session, log: ProblemLog, stored: Mapping[str, ServicePoint]) -> None:
        self.gettext = log.gettext
        self.log = log
        self.stored = stored
        self.organisations = organisation_queries.organisations_by_code(session)
        self.rounds = {round_.code: round_ for round_ in round_queries.all_rounds(session)}

    def records(self, rows: list[CsvRow]) -> list[tuple[CsvRow, _Record]]:
        """The records of all rows without a problem."""
        pairs = []
        for row in rows:
            record = self._record(row)
            if record is not None:
                pairs.append((row, record))
        return pairs

    def _record(self, row: CsvRow) -> _Record | None:
        before = len(self.log.problems)
        code = row.code("code")
        centre = self._organisation(row, "centre_code")
        organisation = self._organisation(row, "organisation_code")
        round_ = self._round(row)
        valid_from, valid_to = row.day("valid_from"), row.optional_day("valid_to")
        names, service_names = row.names("name"), row.names("service")
        if valid_from and valid_to and valid_to < valid_from:
            row.problem(self.gettext("The last day lies before the first (valid_from)."), column="valid_to")
        self._check_fixed(row, code)
        if len(self.log.problems) > before or centre is None or organisation is None or valid_from is None:
            return None
        return _Record(
            code=code,
            centre=centre,
            organisation=organisation,
            round=round_,
            names=names,
            service_names=service_names,
            valid_from=valid_from,
            valid_to=valid_to,
        )

    def _check_fixed(self, row: CsvRow, code: str) -> None:
        point = self.stored.get(code)
        if point is None:
            return
        for column, stored in (
            ("centre_code", point.centre.code),
            ("organisation_code", point.organisation.code),
        ):
            if row.optional_text(column) not in (stored, None):
                row.problem(
                    self.gettext(
                        "%(code)s is stored with %(old)s here; a counter that moved gets a new code.",
                        code=code,
                        old=stored,
                    ),
                    column=column,
                )

    def _organisation(self, row: CsvRow, column: str) -> Organisation | None:
        code = row.code(column)
        if code and code not in self.organisations:
            row.problem(self.gettext("No organisation has the code %(code)s.", code=code), column=column)
        return self.organisations.get(code)

    def _round(self, row: CsvRow) -> SurveyRound | None:
        code = row.optional_text("round_code")
        if code is None:
            return None
        round_ = self.rounds.get(code)
        if round_ is None:
            row.problem(self.gettext("No round has the code %(code)s.", code=code), column="round_code")
        elif round_.selection is not Selection.SELF_SELECTED:
            row.problem(
                self.gettext(
                    "Round %(code)s does not take ratings: its respondents are not self-selected.", code=code
                ),
                column="round_code",
            )
        return round_


def _store(
    session: Session,
    record: _Record,
    stored: Mapping[str, ServicePoint],
    report: ReportDraft,
    *,
    keeps_round: bool,
) -> None:
    point = stored.get(record.code)
    if point is None:
        create_service_point(
            session,
            code=record.code,
            centre=record.centre,
            organisation=record.organisation,
            names=record.names,
            service_names=record.service_names,
            valid_from=record.valid_from,
            valid_to=record.valid_to,
            round_=record.round,
        )
        report.created.append(record.code)
        return
    differences = set_values(
        point,
        names=record.names,
        service_names=record.service_names,
        valid_from=record.valid_from,
        valid_to=record.valid_to,
    )
    if not keeps_round:
        differences += set_round(point, record.round)
    report.add(record.code, differences)


def set_round(point: ServicePoint, round_: SurveyRound | None) -> list[str]:
    """Let a round receive the counter's ratings, or none; says what changed."""
    if point.round is round_:
        return []
    before, after = (("–" if each is None else each.code) for each in (point.round, round_))
    point.round = round_
    return [f"round: {before} → {after}"]
