"""What a programme or a file tells of dossiers: every cell read, every problem named at its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from analysis.on_site.dossiers import AgencyTime, Complaint, Publication
from forms.answers import canonical_json
from survey.domain.enums import CitizenRating
from survey.domain.quarters import PROVINCE_TIME
from survey.domain.wording import N_
from survey.services.csv_rows import CsvRow, parse_date
from survey.services.csv_tables import Columns

DOSSIER_COLUMNS = Columns(
    required=("code", "unit_code", "procedure_code", "received_at"),
    optional=(
        "service_point",
        "officer_code",
        "due_at",
        "returned_at",
        "agency_times",
        "supplement_count",
        "contact_count",
        "applicant_fault_count",
        "agency_contact_count",
        "publication",
        "complaint",
        "citizen_rating",
    ),
)
UNKNOWN_UNIT = N_("There is no unit %(value)s that you may write for.")
UNKNOWN_POINT = N_("There is no service point %(value)s that you may write for.")
MOST_AGENCIES = 20
_DOSSIER_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,59}")
_DAYS = re.compile(r"[0-9]{1,4}([.,][0-9]{1,2})?")


@dataclass(frozen=True)
class Places:
    """Ids of the units and counters that may be written for, by code."""

    units: Mapping[str, int]
    points: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class DossierRecord:
    """A dossier as it was told of; `row` is where its problems go."""

    row: CsvRow
    code: str
    organisation_id: int
    service_point_id: int | None
    procedure_code: str
    officer_code: str | None
    received_at: datetime
    due_at: datetime | None
    returned_at: datetime | None
    agency_times: tuple[AgencyTime, ...]
    supplement_count: int | None
    contact_count: int | None
    applicant_fault_count: int | None
    agency_contact_count: int | None
    publication: Publication | None
    complaint: Complaint | None
    citizen_rating: CitizenRating | None

    def values(self) -> dict[str, Any]:
        """The columns of its row, without what the server adds."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "row"}
        values["agency_times"] = [
            {name: str(value) for name, value in asdict(time_).items()} for time_ in self.agency_times
        ]
        return values

    def canonical(self) -> str:
        """What was told, as canonical JSON: the same for the same content, however it was written."""
        plain = {
            name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
            for name, value in self.values().items()
            if value is not None
        }
        return canonical_json(plain)


def read_records(rows: Iterable[CsvRow], *, places: Places, now: datetime) -> list[DossierRecord]:
    """The dossiers of the rows without problems; what is wrong with the others is in their log."""
    records = (_record(row, places, now) for row in rows)
    return [record for record in records if record is not None]


def _record(row: CsvRow, places: Places, now: datetime) -> DossierRecord | None:
    before = len(row.log.problems)
    row.text("unit_code")  # notes an empty cell
    organisation_id = row.entry("unit_code", places.units, unknown=UNKNOWN_UNIT)
    received_at = _moment(row, "received_at")
    if received_at is None and row.optional_text("received_at") is None:
        row.text("received_at")
    record: dict[str, Any] = {
        "code": _code(row, "code"),
        "service_point_id": row.entry("service_point", places.points, unknown=UNKNOWN_POINT),
        "procedure_code": _code(row, "procedure_code"),
        "officer_code": _code(row, "officer_code") if row.optional_text("officer_code") else None,
        "due_at": _moment(row, "due_at"),
        "returned_at": _moment(row, "returned_at"),
        "agency_times": _agency_times(row),
        "publication": row.optional_choice("publication", Publication),
        "complaint": row.optional_choice("complaint", Complaint),
        "citizen_rating": row.optional_choice("citizen_rating", CitizenRating),
        **_counts(row),
    }
    _note_contradictions(row, record, received_at=received_at, now=now)
    if len(row.log.problems) > before or organisation_id is None or received_at is None:
        return None
    return DossierRecord(row=row, organisation_id=organisation_id, received_at=received_at, **record)


def _counts(row: CsvRow) -> dict[str, int | None]:
    columns = ("supplement_count", "contact_count", "applicant_fault_count", "agency_contact_count")
    return {column: row.whole_number(column) if row.optional_text(column) else None for column in columns}


def _note_contradictions(
    row: CsvRow, record: Mapping[str, Any], *, received_at: datetime | None, now: datetime
) -> None:
    gettext, returned_at = row.log.gettext, record["returned_at"]
    if received_at is not None and returned_at is not None and returned_at < received_at:
        row.problem(gettext("The result was returned before the dossier was received."), column="returned_at")
    for column, moment in (("received_at", received_at), ("returned_at", returned_at)):
        if moment is not None and moment > now:
            row.problem(gettext("This time has not come yet."), column=column)
    faults, contacts = record["applicant_fault_count"], record["contact_count"]
    if faults is not None and (contacts is None or faults > contacts):
        row.problem(
            gettext("More contacts were caused by the applicant than there were contacts."),
            column="applicant_fault_count",
        )


def _code(row: CsvRow, column: str) -> str:
    """A code of other software: up to 60 letters without accents, digits and . / _ -."""
    value = row.text(column)
    if value and _DOSSIER_CODE.fullmatch(value) is None:
        row.problem(
            row.log.gettext(
                "%(value)s cannot be a code here; up to 60 unaccented letters, digits and . / _ - can.",
                value=value,
            ),
            column=column,
        )
    return value


def _moment(row: CsvRow, column: str) -> datetime | None:
    """A time with or without a zone (then the province's), or a day, which begins at midnight."""
    value = row.optional_text(column)
    if value is None:
        return None
    day = parse_date(value)
    if day is not None:
        return datetime.combine(day, time(), PROVINCE_TIME).astimezone(UTC)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.year < 2000:
        row.problem(
            row.log.gettext(
                "%(value)s is not a time; write it as 2026-07-01T08:30, 2026-07-01 or 01/07/2026.",
                value=value,
            ),
            column=column,
        )
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=PROVINCE_TIME)).astimezone(UTC)


def _agency_times(row: CsvRow) -> tuple[AgencyTime, ...]:
    """`agency:allowed:taken` in working days, separated by semicolons or bars."""
    value = row.optional_text("agency_times")
    parts = [part.strip() for part in re.split(r"[;|]", value or "") if part.strip()]
    found = []
    for part in parts:
        agency, *days = (piece.strip() for piece in part.split(":"))
        if len(days) != 2 or not all(map(_DAYS.fullmatch, days)) or not _DOSSIER_CODE.fullmatch(agency):
            row.problem(
                row.log.gettext(
                    "%(value)s is not an agency with its times; STP:5:4.5 means 5 days allowed, 4.5 taken.",
                    value=part,
                ),
                column="agency_times",
            )
            continue
        allowed, taken = (Decimal(text.replace(",", ".")).normalize() for text in days)
        found.append(AgencyTime(agency, _plain(allowed), _plain(taken)))
    if len(found) > MOST_AGENCIES:
        row.problem(
            row.log.gettext("At most %(most)d agencies fit here.", most=MOST_AGENCIES), column="agency_times"
        )
    return tuple(found)


def _plain(number: Decimal) -> Decimal:
    """10 instead of 1E+1, so that the same days always read the same."""
    return Decimal(format(number, "f"))


def agency_times_of(stored: Sequence[Mapping[str, str]]) -> tuple[AgencyTime, ...]:
    """The agencies' times of a stored row."""
    return tuple(
        AgencyTime(entry["agency"], Decimal(entry["allowed_days"]), Decimal(entry["taken_days"]))
        for entry in stored
    )
