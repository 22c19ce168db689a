"""Inserting responses: the unique constraint on the uuid decides which packet is the first of its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from sqlalchemy import Executable, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.models import Response, UncapturedResponse
from survey.services.intake_checks import Row

RESPONSE = cast("Table", Response.__table__)
UNCAPTURED = cast("Table", UncapturedResponse.__table__)


def insert_responses(session: Session, rows: Sequence[Row]) -> list[UUID]:
    """Insert the rows whose uuid is new, each with its mark as not yet captured; gives the uuids inserted.

    A row whose uuid another transaction is inserting waits for that one to end.
    """
    if not rows:
        return []
    dialect = session.get_bind().dialect.name
    if len(rows) == 1 and dialect == "postgresql":
        inserted = session.execute(_STORE_AND_MARK, rows[0]).first()
        return [] if inserted is None else [rows[0]["uuid"]]
    # One order for everybody, so that two batches with the same packets cannot wait for each other.
    ordered = sorted(rows, key=lambda row: row["uuid"].int)
    stored = session.execute(_STORE[dialect], ordered).all()
    if stored:
        marks = [{"response_id": row.id, "round_id": row.round_id} for row in stored]
        session.execute(_MARK, marks)
    return [row.uuid for row in stored]


_STORE: dict[str, Executable] = {
    "sqlite": sqlite.insert(RESPONSE)
    .on_conflict_do_nothing(index_elements=[RESPONSE.c.uuid])
    .returning(RESPONSE.c.id, RESPONSE.c.round_id, RESPONSE.c.uuid),
    "postgresql": postgresql.insert(RESPONSE)
    .on_conflict_do_nothing(index_elements=[RESPONSE.c.uuid])
    .returning(RESPONSE.c.id, RESPONSE.c.round_id, RESPONSE.c.uuid),
}
_MARK = insert(UNCAPTURED)


def _store_and_mark() -> Executable:
    """Both inserts in one statement, which saves the usual tap a trip to the database."""
    columns = [column for column in RESPONSE.c if column is not RESPONSE.c.id]
    values = {column.name: bindparam(column.name, type_=column.type) for column in columns}
    stored = (
        postgresql.insert(RESPONSE)
        .values(values)
        .on_conflict_do_nothing(index_elements=[RESPONSE.c.uuid])
        .returning(RESPONSE.c.id, RESPONSE.c.round_id)
        .cte("stored")
    )
    return (
        insert(UNCAPTURED)
        .from_select(["response_id", "round_id"], select(stored.c.id, stored.c.round_id))
        .returning(UNCAPTURED.c.response_id)
    )


_STORE_AND_MARK = _store_and_mark()
