"""Counts what is asked of the database: a list page asks as often for three rows as for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from survey.extensions import db


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements sent while inside, as a list that grows."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
