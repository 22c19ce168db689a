"""Inserting responses: unique constraints decide which is the first of its name and of its drawn unit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import cast
from uuid import UUID

from sqlalchemy import Connection, Dialect, Executable, Insert, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.models import Response, UncapturedResponse
from survey.services.intake_checks import Row
from survey.services.prepared_insert import PreparedInsert

RESPONSE = cast("Table", Response.__table__)
UNCAPTURED = cast("Table", UncapturedResponse.__table__)


def insert_responses(session: Session, rows: Sequence[Row]) -> list[UUID]:
    """Insert the rows whose uuid is new, each with its mark as not yet captured; gives the uuids inserted.

    An interview of a drawn unit that has one is not inserted either. A row whose uuid another transaction is
    inserting waits for that one to end.
    """
    if not rows:
        return []
    connection = session.connection()
    if len(rows) == 1:
        return [rows[0]["uuid"]] if _insert_one(connection, rows[0]) else []
    # One order for everybody, so that two batches with the same packets cannot wait for each other. Drawn
    # units are locked already (queries.admission), so their interviews keep the order in which they came.
    ordered = sorted(rows, key=lambda row: row["uuid"].int if row["sample_unit_id"] is None else -1)
    stored = connection.execute(_STORE_MANY[connection.dialect.name], ordered).all()
    if stored:
        marks = [{"response_id": row.id, "round_id": row.round_id} for row in stored]
        connection.execute(_MARK, marks)
    return [row.uuid for row in stored]


def _insert_one(connection: Connection, row: Row) -> bool:
    stored = _prepared(connection.dialect).run(connection, row)
    if stored.rowcount != 1:
        return False
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_MARK_ONE_SQLITE, (stored.lastrowid, row["round_id"]))
    return True


@lru_cache(maxsize=8)
def _prepared(dialect: Dialect) -> PreparedInsert:
    statement = _STORE_AND_MARK if dialect.name == "postgresql" else _STORE_SQLITE
    return PreparedInsert(statement, table=RESPONSE, dialect=dialect)


def _store_and_mark() -> Insert:
    """Both inserts in one statement, which saves the usual tap a trip to the database."""
    columns = [column for column in RESPONSE.c if column is not RESPONSE.c.id]
    stored = (
        _STORE_POSTGRESQL.values(
            {column.name: bindparam(column.name, type_=column.type) for column in columns}
        )
        .returning(RESPONSE.c.id, RESPONSE.c.round_id)
        .cte("stored")
    )
    marks = select(stored.c.id, stored.c.round_id)
    return insert(UNCAPTURED).from_select(["response_id", "round_id"], marks).inline()


_MARK = insert(UNCAPTURED).inline()
_MARK_ONE_SQLITE = f"INSERT INTO {UNCAPTURED.name} (response_id, round_id) VALUES (?, ?)"  # noqa: S608 -- our own name
_STORE_SQLITE = sqlite.insert(RESPONSE).on_conflict_do_nothing()
_STORE_POSTGRESQL = postgresql.insert(RESPONSE).on_conflict_do_nothing()
_STORE_AND_MARK = _store_and_mark()
_STORED_COLUMNS = (RESPONSE.c.id, RESPONSE.c.round_id, RESPONSE.c.uuid)
_STORE_MANY: dict[str, Executable] = {
    "sqlite": _STORE_SQLITE.returning(*_STORED_COLUMNS),
    "postgresql": _STORE_POSTGRESQL.returning(*_STORED_COLUMNS),
}
