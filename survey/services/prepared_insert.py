"""An insert compiled once per process and run as plain SQL, for the one statement that every tap needs."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, CursorResult, Dialect, Insert, Table


class PreparedInsert:
    """A statement with one bound value for each column of a table but its id, under the column's name.

    The columns' types still write the values. What is saved is finding the compiled statement and setting it
    up anew for every row, which otherwise is most of what a tap costs outside the database.
    """

    def __init__(self, statement: Insert, *, table: Table, dialect: Dialect) -> None:
        columns = [column for column in table.c if not column.primary_key]
        compiled = statement.compile(dialect=dialect, column_keys=[column.name for column in columns])
        self._sql = str(compiled)
        self._order = compiled.positiontup  # None where the driver takes values by name
        writers = {
            column.name: column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns
        }
        self._writers = {name: write for name, write in writers.items() if write is not None}

    def run(self, connection: Connection, row: Mapping[str, object]) -> CursorResult[tuple[object, ...]]:
        """Insert one row; the result knows how many rows were inserted."""
        values = dict(row)
        for name, write in self._writers.items():
            values[name] = write(values[name])
        if self._order is None:
            return connection.exec_driver_sql(self._sql, values)
        return connection.exec_driver_sql(self._sql, tuple(values[name] for name in self._order))
