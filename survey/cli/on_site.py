"""flask on-site: take in the dossiers of the one-stop software and what units state once per quarter."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from survey.cli.groups import CommandGroup
from survey.cli.problems import refusal
from survey.domain.wording import N_, english
from survey.errors import ImportRefusedError, NotFoundError
from survey.extensions import db
from survey.models.engine import reading
from survey.queries import dossiers as dossier_queries
from survey.queries import service_points as service_point_queries
from survey.services import dossiers, on_site_statements
from survey.services.csv_tables import CsvFile

group = CommandGroup("on-site", help="On-site evaluation by rule, from dossiers.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])


@group.command("import-dossiers")
@click.argument("path", metavar="FILE", type=FILE)
def import_dossiers(path: Path) -> None:
    """Take in dossiers from FILE, all of them or none; docs/api.md describes the columns."""
    try:
        receipts = dossiers.import_dossiers(
            db.session(),
            CsvFile(path.name, path.read_bytes()),
            organisation_ids=None,
            now=datetime.now(UTC),
            gettext=english,
        )
    except ImportRefusedError as error:
        raise refusal(error) from error
    db.session.commit()
    counts = {outcome.value: count for outcome, count in receipts.counts.items()}
    click.echo("{stored} dossiers taken in, {changed} changed, {duplicate} known already.".format(**counts))


@group.command("import-statements")
@click.argument("path", metavar="FILE", type=FILE)
def import_statements(path: Path) -> None:
    """Take in what units state once per quarter from FILE (unit_code, quarter, measure, value, note)."""
    try:
        receipt = on_site_statements.import_statements(
            db.session(),
            CsvFile(path.name, path.read_bytes()),
            organisation_ids=None,
            now=datetime.now(UTC),
            gettext=english,
        )
    except ImportRefusedError as error:
        raise refusal(error) from error
    db.session.commit()
    click.echo(f"{receipt.stored_count} statements taken in, {receipt.unchanged_count} stood so already.")


@group.command("served")
@click.argument("point_code", metavar="SERVICE_POINT")
@click.option("--from", "first", type=DAY, required=True, help="The first day, as 2026-07-01.")
@click.option("--to", "last", type=DAY, required=True, help="The last day.")
@reading()
def served(point_code: str, first: datetime, last: datetime) -> None:
    """Say how many dossiers SERVICE_POINT returned, by day and procedure."""
    point = service_point_queries.service_points_by_code(db.session()).get(point_code)
    if point is None:
        raise refusal(NotFoundError(N_("There is no service point %(value)s."), value=point_code))
    days: tuple[date, date] = (first.date(), last.date())
    rows = dossier_queries.served_cases(
        db.session(), service_point_ids=[point.id], first_day=days[0], last_day=days[1]
    )
    for row in rows:
        click.echo(f"{row.day}  {row.procedure_code}  {row.count}")
    click.echo(f"{sum(row.count for row in rows)} dossiers")
