"""flask organisation: load units, their kinds and successions from files, and check the stored tree."""

from __future__ import annotations

from pathlib import Path

import click
from flask_babel import force_locale, gettext

from survey.cli.groups import CommandGroup
from survey.cli.problems import refusal
from survey.config import LANGUAGES
from survey.errors import ImportRefusedError
from survey.extensions import db
from survey.models.engine import reading
from survey.services import organisations as organisation_services
from survey.services.csv_tables import CsvFile

group = CommandGroup("organisation", help="The tree of organisations and what became of them.")

CSV_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)
language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language in which problems are told.",
)


@group.command("load")
@click.argument("file", type=CSV_PATH)
@click.option("--kinds", type=CSV_PATH, help="CSV file of levels and kinds; needed the first time.")
@click.option("--succession", type=CSV_PATH, help="CSV file of which unit became part of which.")
@language_option
def load(file: Path, kinds: Path | None, succession: Path | None, language: str) -> None:
    """Load organisations from FILE, all or nothing; every problem is shown with its line and column."""
    try:
        with force_locale(language):
            report = organisation_services.load_organisations(
                db.session(),
                kinds=read_file(kinds),
                organisations=read_file(file),
                succession=read_file(succession),
                gettext=gettext,
            )
    except ImportRefusedError as error:
        raise refusal(error) from error
    db.session.commit()
    echo_report(report)


@group.command("check")
@language_option
@reading()
def check(language: str) -> None:
    """Check the stored tree: cycles, levels, validity dates, successions."""
    with force_locale(language):
        problems = organisation_services.check_organisations(db.session(), gettext=gettext)
    if problems:
        raise click.ClickException("\n".join(str(problem) for problem in problems))
    click.echo("The tree of organisations is sound.")


def echo_report(report: organisation_services.LoadReport) -> None:
    """Say what a load did: every changed row, then the counts."""
    for change in report.changed:
        click.echo(f"Changed {change.code}: {change.what}")
    click.echo(
        f"{len(report.created)} created, {len(report.changed)} changed, {report.unchanged_count} unchanged."
    )


def read_file(path: Path | None) -> CsvFile | None:
    """The file with its name as the user gave it."""
    return None if path is None else CsvFile(name=str(path), content=path.read_bytes())
