"""Invented dossiers: some counters of the provincial centre, and the one-stop section of the city."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from sqlalchemy.orm import Session

from survey.domain.quarters import PROVINCE_TIME, quarter_of
from survey.domain.wording import english
from survey.services import dossiers, on_site_statements
from survey.services.csv_tables import CsvFile
from survey.services.demonstration.province import CENTRE, STREAM_DAYS, Plan
from survey.services.dossier_records import DOSSIER_COLUMNS

RATINGS = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied")
RATING_SHARES = (0.46, 0.38, 0.1, 0.04, 0.02)
SHARE_RATED = 0.35
SHARE_COMPLAINED = 0.006
LAST_HOUR = 16


@dataclass(frozen=True)
class Desk:
    """Where dossiers are invented: unit, counter if any, procedure, days allowed, number, mean days early."""

    unit: str
    counter: int | None
    procedure: str
    allowed_days: int
    count: int
    days_early: float


# Counters whose software is connected; the others tell of nothing, which pages must say.
DESKS = (
    Desk("BL-SNV", 2, "1.000001", 15, 480, 1.2),
    Desk("BL-STP", 8, "1.000002", 5, 1_500, 0.9),
    Desk("BL-SXD", 11, "1.000003", 20, 950, 0.2),
    Desk("BL-STNMT", 13, "1.000004", 15, 700, -0.1),
    Desk("954", None, "2.000001", 3, 600, 0.6),
)
# What the units state for a quarter, and what the appraiser changed: (unit, measure, value, note).
STATEMENTS = (
    ("BL-SNV", "index-5-self", 2, ""),
    ("BL-SNV", "index-8-self", 2, ""),
    ("BL-SNV", "index-9-self", 1, ""),
    ("BL-STP", "index-5-self", 2, ""),
    ("BL-STP", "index-8-self", 2, ""),
    ("BL-STP", "index-9-self", 2, ""),
    ("BL-STP", "index-9-appraised", 1, "Tỷ lệ hồ sơ trực tuyến 24%"),
    ("BL-SXD", "index-5-self", 1, ""),
    ("BL-SXD", "index-8-self", 1, ""),
    ("BL-SXD", "index-9-self", 1, ""),
    ("BL-STNMT", "index-5-self", 1, ""),
    ("BL-STNMT", "index-8-self", 1, ""),
    ("954", "index-5-self", 2, ""),
    ("954", "index-8-self", 2, ""),
    ("954", "index-9-self", 1, ""),
    (CENTRE, "index-5-self", 2, ""),
    (CENTRE, "index-8-self", 1, ""),
    (CENTRE, "index-9-self", 1, ""),
    ("BL-STP", "feedback-received", 24, ""),
    ("BL-STP", "feedback-classified", 24, ""),
    ("BL-STP", "feedback-on-time", 23, ""),
    ("BL-STP", "feedback-unsatisfactory", 2, ""),
)


def load_dossiers(session: Session, plan: Plan) -> None:
    """Bring in the invented dossiers and statements through the same doors as real ones."""
    now = datetime.combine(plan.last_day, time(18), PROVINCE_TIME)
    generator = plan.generator(20)
    rows = [row for desk in DESKS for row in _desk(generator, desk, plan.last_day)]
    columns = (*DOSSIER_COLUMNS.required, *DOSSIER_COLUMNS.optional)
    file = _file("dossiers.csv", columns, [[row.get(column, "") for column in columns] for row in rows])
    dossiers.import_dossiers(session, file, organisation_ids=None, now=now, gettext=english)
    quarters = {quarter_of(_first_day(plan.last_day)), quarter_of(plan.last_day)}
    stated = [
        [unit, str(quarter), measure, str(value), note]
        for quarter in sorted(quarters)
        for unit, measure, value, note in STATEMENTS
    ]
    statements = _file("statements.csv", ("unit_code", "quarter", "measure", "value", "note"), stated)
    on_site_statements.import_statements(session, statements, organisation_ids=None, now=now, gettext=english)


def _first_day(last_day: date) -> date:
    return last_day - timedelta(days=STREAM_DAYS - 1)


def _desk(generator: np.random.Generator, desk: Desk, last_day: date) -> list[dict[str, str]]:
    first = _first_day(last_day)
    days = [first + timedelta(days=place) for place in range(STREAM_DAYS)]
    open_days = [day for day in days if day.weekday() < 5]
    places = np.sort(generator.integers(len(open_days), size=desk.count))
    return [
        _dossier(generator, desk, returned_on=open_days[place], number=number)
        for number, place in enumerate(places, start=1)
    ]


def _dossier(generator: np.random.Generator, desk: Desk, *, returned_on: date, number: int) -> dict[str, str]:
    early = int(np.clip(np.rint(generator.normal(desk.days_early, 1.0)), -4, desk.allowed_days - 1))
    minute = int(generator.integers(8 * 60, LAST_HOUR * 60))
    returned_at = datetime.combine(returned_on, time(minute // 60, minute % 60))
    due_on = returned_on + timedelta(days=early)
    received_at = datetime.combine(due_on - timedelta(days=desk.allowed_days + 2), time(8, minute % 60))
    contacts = int(generator.choice(4, p=(0.72, 0.19, 0.07, 0.02)))
    point = "" if desk.counter is None else f"{CENTRE}-Q{desk.counter:02d}"
    rated = generator.random() < SHARE_RATED
    return {
        "code": f"MH.{desk.unit}.{desk.procedure}-{number:05d}",
        "unit_code": desk.unit,
        "service_point": point,
        "procedure_code": desk.procedure,
        "officer_code": f"{desk.unit}-CB{1 + int(generator.integers(4)):02d}",
        "received_at": received_at.isoformat(timespec="minutes"),
        "due_at": due_on.isoformat(),
        "returned_at": returned_at.isoformat(timespec="minutes"),
        "agency_times": f"{desk.unit}:{desk.allowed_days}:{max(desk.allowed_days - early, 1)}",
        "supplement_count": str(int(contacts > 0)),
        "contact_count": str(contacts),
        "applicant_fault_count": str(int(contacts > 1 and generator.random() < 0.4)),
        # A few dossiers came without this number: they leave the fourth index and no other.
        "agency_contact_count": "" if generator.random() < 0.02 else str(int(generator.random() < 0.12)),
        "publication": "both" if generator.random() < 0.9 else "one",
        "complaint": "open" if generator.random() < SHARE_COMPLAINED else "none",
        "citizen_rating": str(generator.choice(RATINGS, p=RATING_SHARES)) if rated else "",
    }


def _file(name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> CsvFile:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return CsvFile(name, text.getvalue().encode())
