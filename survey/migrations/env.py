"""How migrations run: numbered, the same on SQLite and PostgreSQL, never waiting for a lock for long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection

from survey.models.base import Base, ExactDecimal, UtcDateTime

# A migration that cannot get its lock gives up instead of stopping every citizen behind it.
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"


def number_the_revision(
    migration_context: MigrationContext, _revision: Any, directives: list[MigrationScript]
) -> None:
    """0001, 0002, …; an empty revision is not written."""
    script = directives[0]
    if script.upgrade_ops is not None and script.upgrade_ops.is_empty():
        directives.clear()
        return
    head = ScriptDirectory.from_config(context.config).get_current_head()
    script.rev_id = f"{(int(head) if head else 0) + 1:04d}"


def render_type(kind: str, column_type: Any, _autogenerate: AutogenContext) -> str | Literal[False]:
    """Migrations name plain types, so that they do not change when the models' own types do."""
    if kind == "type" and isinstance(column_type, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(column_type, ExactDecimal):
        return "sa.String(length=40)"
    return False


def run(connection: Connection) -> None:
    """Run what is missing, one transaction a migration."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_type,
        process_revision_directives=number_the_revision,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def connections() -> Iterable[Connection]:
    """One connection of the application's engine."""
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        yield connection


if context.is_offline_mode():
    raise SystemExit("Migrations run on a live database; there is no offline mode.")
for live in connections():
    run(live)
