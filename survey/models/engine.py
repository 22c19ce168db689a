"""How every database connection is set up, so that nothing acknowledged is ever lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Connection, Engine, event

BUSY_TIMEOUT_MILLISECONDS = 30_000

# A transaction that reads first and writes later fails at once as busy on SQLite when another one has
# written in between. So a transaction says at its beginning whether it may write; page views and commands
# that only show something say no, and leave the one place for a writer to the kiosks.
_may_write: ContextVar[bool] = ContextVar("may_write", default=True)


def declare_intent(*, may_write: bool) -> None:
    """State whether the transactions that begin from here on, in this context, may write."""
    _may_write.set(may_write)


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside only read: they wait for no writer and hold none up. Also a decorator."""
    token = _may_write.set(False)
    try:
        yield
    finally:
        _may_write.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun inside may write, whatever was declared outside. Also a decorator."""
    token = _may_write.set(True)
    try:
        yield
    finally:
        _may_write.reset(token)


def configure_engine(engine: Engine) -> None:
    """Attach the connection settings to an engine; PostgreSQL's come with the connection options."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Driver autocommit: the driver's own transaction handling begins late and leaks rows out of savepoints.
    connection.isolation_level = None
    for setting in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _may_write.get() else "BEGIN")
