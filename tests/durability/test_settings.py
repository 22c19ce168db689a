"""The settings on which durability hangs, read on every connection of the pool."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from flask import Flask
from sqlalchemy import Connection

from survey.extensions import db

SETTINGS = {
    "sqlite": {
        "PRAGMA synchronous": 2,  # FULL: the log is synced at every commit
        "PRAGMA journal_mode": "wal",
        "PRAGMA foreign_keys": 1,
        "PRAGMA busy_timeout": 30_000,
    },
    "postgresql": {
        "SHOW synchronous_commit": "on",
        "SHOW fsync": "on",
        "SHOW full_page_writes": "on",
        "SHOW TimeZone": "UTC",
    },
}


@pytest.fixture
def connections(app: Flask):
    """Every connection that the pool can give out, all at once."""
    pool = db.engine.pool
    with ExitStack() as stack:
        yield [stack.enter_context(db.engine.connect()) for _ in range(pool.size() + pool._max_overflow)]


def settings_of(connection: Connection) -> dict[str, object]:
    wanted = SETTINGS[connection.dialect.name]
    return {query: connection.connection.cursor().execute(query).fetchone()[0] for query in wanted}


def test_every_pooled_connection_is_durable(connections: list[Connection]):
    expected = SETTINGS[connections[0].dialect.name]
    assert len(connections) == 16
    assert [settings_of(connection) for connection in connections] == [expected] * 16


def test_a_connection_stays_durable_after_it_came_back_to_the_pool(app: Flask):
    for _ in range(3):
        with db.engine.connect() as connection:
            assert settings_of(connection) == SETTINGS[connection.dialect.name]
