"""Check that the migrations, run on an empty database, lead to exactly the tables of the models."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import upgrade

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from survey.app import create_app
from survey.config import engine_options
from survey.extensions import db
from survey.models import Base


def differences() -> list[object]:
    """What a new migration would have to change."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/empty.sqlite3"
        app = create_app(
            {"SQLALCHEMY_DATABASE_URI": address, "SQLALCHEMY_ENGINE_OPTIONS": engine_options(address)}
        )
        with app.app_context():
            upgrade()
            with db.engine.connect() as connection:
                found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
            db.engine.dispose()
    return list(found)


if __name__ == "__main__":
    missing = differences()
    for difference in missing:
        sys.stderr.write(f"The models differ from the migrations: {difference}\n")
    sys.exit(1 if missing else 0)
