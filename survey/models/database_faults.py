"""What a database error means for whoever waits: no tables yet, out of reach, or somebody else was faster."""

from __future__ import annotations

import sqlite3
from enum import StrEnum

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class DatabaseFault(StrEnum):
    """A database error that is no fault of the program."""

    NOT_MIGRATED = "not_migrated"
    """Tables or columns of the models are missing: all statements are made from the models."""
    UNAVAILABLE = "unavailable"
    """It cannot be reached, is busy beyond patience, full, or may only be read; another try may succeed."""
    TAKEN = "taken"
    """A unique constraint: another transaction stored the same thing first."""


# SQLSTATE codes, or their first two characters for a whole class (PostgreSQL manual, appendix A).
_POSTGRESQL = {
    "42P01": DatabaseFault.NOT_MIGRATED,  # undefined table
    "42703": DatabaseFault.NOT_MIGRATED,  # undefined column
    "23505": DatabaseFault.TAKEN,  # unique violation
    "08": DatabaseFault.UNAVAILABLE,  # connection
    "53": DatabaseFault.UNAVAILABLE,  # disk, memory or connections used up
    "57P": DatabaseFault.UNAVAILABLE,  # shutting down, starting up, database dropped
    "55P03": DatabaseFault.UNAVAILABLE,  # a lock not given in time
    "40": DatabaseFault.UNAVAILABLE,  # rolled back for another transaction's sake, such as a deadlock
    "25006": DatabaseFault.UNAVAILABLE,  # a standby that may only be read
}
_SQLITE_TAKEN = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
_SQLITE_UNAVAILABLE = {  # primary result codes
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
_SQLITE_MISSING = ("no such table", "no such column", "has no column named")


def fault_of(error: SQLAlchemyError) -> DatabaseFault | None:
    """What happened; None when the program itself is at fault."""
    if isinstance(error, PoolTimeoutError):
        return DatabaseFault.UNAVAILABLE
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _fault_of_sqlite(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        is_cut_off = error.connection_invalidated or isinstance(error, OperationalError)
        return DatabaseFault.UNAVAILABLE if is_cut_off else None
    return next((_POSTGRESQL[part] for part in (state, state[:3], state[:2]) if part in _POSTGRESQL), None)


def _fault_of_sqlite(error: sqlite3.Error) -> DatabaseFault | None:
    code = getattr(error, "sqlite_errorcode", None)  # absent when the driver itself complains
    if code is None:
        return None
    if code in _SQLITE_TAKEN:
        return DatabaseFault.TAKEN
    if code & 0xFF in _SQLITE_UNAVAILABLE:
        return DatabaseFault.UNAVAILABLE
    is_missing = code == sqlite3.SQLITE_ERROR and any(words in str(error) for words in _SQLITE_MISSING)
    return DatabaseFault.NOT_MIGRATED if is_missing else None
