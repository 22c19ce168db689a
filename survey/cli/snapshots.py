"""flask snapshot: keep the columns that scores are read from close to the responses."""

from __future__ import annotations

import click

from survey.cli.groups import CommandGroup
from survey.errors import HaiLongError
from survey.extensions import db
from survey.queries import rounds as round_queries
from survey.queries import snapshots as snapshot_queries
from survey.services import snapshots

group = CommandGroup("snapshot", help="Columns of answers from which scores are read.")


@group.command("update")
@click.argument("round_code", metavar="[ROUND]", required=False)
def update(round_code: str | None) -> None:
    """Capture the responses that wait, of ROUND or of every round; safe at any time, also twice at once."""
    session = db.session()
    try:
        rounds = (
            [round_queries.get_round(session, round_code)]
            if round_code
            else snapshot_queries.rounds_with_responses_waiting(session)
        )
        for round_ in rounds:
            captured = snapshots.bring_up_to_date(session, round_)
            session.commit()
            click.echo(f"{round_.code}: {captured} responses captured.")
    except HaiLongError as error:
        raise click.ClickException(str(error)) from error
    if not rounds:
        click.echo("No responses wait.")


@group.command("rebuild")
@click.argument("round_code", metavar="ROUND")
def rebuild(round_code: str) -> None:
    """Make the columns of ROUND anew from its stored responses."""
    try:
        count = snapshots.make_again(db.session(), round_queries.get_round(db.session(), round_code))
    except HaiLongError as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo(f"{round_code}: made again from {count} responses.")
