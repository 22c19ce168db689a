"""flask device: watch the devices at the counters."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from survey.cli.groups import CommandGroup
from survey.errors import HaiLongError
from survey.extensions import db
from survey.queries import organisations as organisation_queries
from survey.services import device_watch
from survey.services import devices as device_services

group = CommandGroup("device", help="Devices at the counters.")


@group.command("watch")
def watch() -> None:
    """Raise an alert for every device that is silent while its counter is open; to be run every minute."""
    alerts = device_watch.raise_alerts(db.session(), now=datetime.now(UTC))
    db.session.commit()
    click.echo(f"{len(alerts)} new alerts.")


@group.command("alert-after")
@click.argument("unit")
@click.argument("minutes", type=int)
def alert_after(unit: str, minutes: int) -> None:
    """Let devices of UNIT and the units below raise an alert after MINUTES of silence in opening hours."""
    session = db.session()
    try:
        organisation = organisation_queries.get_organisation(session, unit)
        device_services.set_silence_limit(session, organisation, minutes=minutes, now=datetime.now(UTC))
    except HaiLongError as error:
        raise click.ClickException(str(error)) from error
    session.commit()
    click.echo(f"{unit}: alert after {minutes} minutes of silence.")
