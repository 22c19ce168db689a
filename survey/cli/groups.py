"""Groups of commands that answer a database which cannot serve them in one sentence instead of a trace."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from survey.models.database_faults import DatabaseFault, fault_of

SENTENCES = {
    DatabaseFault.NOT_MIGRATED: "The database lacks tables that this version needs. Run: flask db upgrade",
    DatabaseFault.UNAVAILABLE: "The database cannot be reached or is busy. Check DATABASE_URL and "
    "that it runs, then run the command again.",
    DatabaseFault.TAKEN: "Somebody else stored the same thing at the same moment; nothing of this was saved. "
    "Run the command again.",
}


class CommandGroup(AppGroup):
    """Commands about one aggregate; each runs inside the application."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a fault of the database becomes what to do about it."""
        try:
            return super().invoke(ctx)
        except SQLAlchemyError as error:
            fault = fault_of(error)
            if fault is None:
                raise
            reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
            raise click.ClickException(f"{SENTENCES[fault]} ({reason})") from error
