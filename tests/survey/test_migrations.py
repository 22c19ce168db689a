"""Migrations: from an empty database to the tables of the models, and back, on both databases."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from survey.app import create_app
from survey.config import engine_options
from survey.extensions import db
from survey.models import Base


@pytest.fixture
def empty_app(database_address: str) -> Iterator[Flask]:
    options = engine_options(database_address)
    app = create_app({"SQLALCHEMY_DATABASE_URI": database_address, "SQLALCHEMY_ENGINE_OPTIONS": options})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_migrations_lead_to_the_tables_of_the_models(empty_app: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_migrations_can_be_undone(empty_app: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]
