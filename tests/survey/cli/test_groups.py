"""Commands say in one sentence what a database lacks, and end with an exit code that is not 0."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert

from survey import cli
from survey.app import create_app
from survey.cli.groups import CommandGroup
from survey.config import engine_options
from survey.extensions import db
from survey.models import Questionnaire
from tests.support.races import held_up_by


@pytest.fixture
def empty_app(database_address: str) -> Iterator[Flask]:
    """The application on a database that was never migrated."""
    options = engine_options(database_address)
    app = create_app({"SQLALCHEMY_DATABASE_URI": database_address, "SQLALCHEMY_ENGINE_OPTIONS": options})
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    "command", [("round", "list"), ("score", "show", "x"), ("questionnaire", "load"), ("demo", "load")]
)
def test_database_without_tables_is_answered_with_what_to_run(
    empty_app: Flask, command: tuple[str, ...]
) -> None:
    result = empty_app.test_cli_runner().invoke(args=list(command))
    assert (result.exit_code, result.stderr.count("\n"), result.stderr.partition(" (")[0]) == (
        1,
        1,
        "Error: The database lacks tables that this version needs. Run: flask db upgrade",
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_database_out_of_reach_is_said_to_be(kind: str, tmp_path: Path) -> None:
    addresses = {
        "sqlite": f"sqlite:///{tmp_path / 'no folder' / 'x.sqlite3'}",
        "postgresql": "postgresql+psycopg://tests@127.0.0.1:1/nothing",
    }
    options = engine_options(addresses[kind])
    app = create_app({"SQLALCHEMY_DATABASE_URI": addresses[kind], "SQLALCHEMY_ENGINE_OPTIONS": options})
    result = app.test_cli_runner().invoke(args=["round", "list"])
    assert (result.exit_code, result.stderr.partition(" (")[0]) == (
        1,
        "Error: The database cannot be reached or is busy. Check DATABASE_URL and that it runs, "
        "then run the command again.",
    )


def test_two_at_once_store_one_and_the_slower_one_is_told(app: Flask) -> None:
    with db.engine.connect() as faster:
        faster.execute(insert(Questionnaire).values(code="rating", names={"vi": "Đánh giá"}))
        result = held_up_by(
            faster, app, lambda: app.test_cli_runner().invoke(args=["questionnaire", "load", "rating"])
        )
    # SQLite lets one writer in after the other, so the slower one sees what the faster one stored.
    expected = (
        (0, "")
        if db.engine.dialect.name == "sqlite"
        else (
            1,
            "Error: Somebody else stored the same thing at the same moment; nothing of this was saved. "
            "Run the command again.",
        )
    )
    assert (result.exit_code, result.stderr.partition(" (")[0]) == expected


def test_every_group_answers_so() -> None:
    assert [type(group) for group in cli.COMMANDS] == [CommandGroup] * len(cli.COMMANDS)
