"""Taking in served dossiers: all or nothing, the same again changes nothing, a change is a new version."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from survey.domain.wording import N_, Gettext
from survey.models import ServedDossier
from survey.queries import dossiers as dossier_queries
from survey.services.csv_rows import CsvRow, ProblemLog, note_repeats
from survey.services.csv_tables import CsvFile, read_rows
from survey.services.dossier_records import DOSSIER_COLUMNS, DossierRecord, Places, read_records

REPEATED = N_("%(value)s stands in line %(line)d already.")


class DossierOutcome(StrEnum):
    """What became of a dossier that was sent."""

    STORED = "stored"
    CHANGED = "changed"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class DossierReceipt:
    """One dossier: its code, the version that counts now, and what became of it."""

    code: str
    version: int
    outcome: DossierOutcome


@dataclass(frozen=True)
class DossierReceipts:
    """The receipts in the order of the rows."""

    receipts: tuple[DossierReceipt, ...]

    @property
    def counts(self) -> dict[DossierOutcome, int]:
        """How many dossiers there are of each outcome."""
        counted = Counter(receipt.outcome for receipt in self.receipts)
        return {outcome: counted[outcome] for outcome in DossierOutcome}


def import_dossiers(
    session: Session,
    file: CsvFile,
    *,
    organisation_ids: Collection[int] | None,
    now: datetime,
    gettext: Gettext,
) -> DossierReceipts:
    """Take in the dossiers of a CSV file.

    Raises ImportRefusedError with every problem; then nothing is stored.
    """
    log = ProblemLog(file.name, gettext)
    rows = read_rows(file, DOSSIER_COLUMNS, log=log)
    return take_in(session, rows, log=log, organisation_ids=organisation_ids, now=now)


def take_in(
    session: Session,
    rows: Sequence[CsvRow],
    *,
    log: ProblemLog,
    organisation_ids: Collection[int] | None,
    now: datetime,
) -> DossierReceipts:
    """Store what the rows tell, for these units only (None: all).

    Raises ImportRefusedError with every problem of the log and the rows; then nothing is stored.
    """
    places = Places(
        units=dossier_queries.organisation_ids_by_code(session, organisation_ids),
        points=dossier_queries.service_point_ids_by_code(session, organisation_ids),
    )
    records = read_records(rows, places=places, now=now)
    note_repeats(rows, "code", message=REPEATED)
    known = dossier_queries.newest_versions(session, [record.code for record in records])
    _note_strangers(records, known, organisation_ids)
    log.refuse()
    receipts = []
    for record in records:
        receipt, row = _judged(record, known.get(record.code), now=now)
        receipts.append(receipt)
        if row is not None:
            session.add(row)
    session.flush()
    return DossierReceipts(tuple(receipts))


def _note_strangers(
    records: Sequence[DossierRecord],
    known: Mapping[str, ServedDossier],
    organisation_ids: Collection[int] | None,
) -> None:
    for record in records:
        stored = known.get(record.code)
        if stored is None or organisation_ids is None or stored.organisation_id in organisation_ids:
            continue
        message = record.row.log.gettext("This code is taken by a dossier that you may not write for.")
        record.row.problem(message, column="code")


def _judged(
    record: DossierRecord, stored: ServedDossier | None, *, now: datetime
) -> tuple[DossierReceipt, ServedDossier | None]:
    digest = hashlib.sha256(record.canonical().encode()).hexdigest()
    if stored is not None and stored.content_hash == digest:
        return DossierReceipt(record.code, stored.version, DossierOutcome.DUPLICATE), None
    version = 1 if stored is None else stored.version + 1
    outcome = DossierOutcome.STORED if stored is None else DossierOutcome.CHANGED
    row = ServedDossier(version=version, content_hash=digest, recorded_at=now, **record.values())
    return DossierReceipt(record.code, version, outcome), row
