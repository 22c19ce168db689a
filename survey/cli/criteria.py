"""flask criteria: check and load criteria sets of the reform index."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from analysis.index.definition import CriteriaSet as Definition
from survey.cli.groups import CommandGroup
from survey.cli.problems import refusal
from survey.errors import ImportRefusedError
from survey.extensions import db
from survey.services import criteria as criteria_services

group = CommandGroup("criteria", help="Criteria sets of the reform index.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command("check")
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Read a criteria set and say everything that is wrong with it; nothing is stored."""
    click.echo(described(read(file).definition))


@group.command("load")
@click.argument("file", type=FILE)
def load(file: Path) -> None:
    """Load a criteria set from FILE, all of it or nothing; the same file again changes nothing."""
    read_file = read(file)
    try:
        stored = criteria_services.store_criteria_set(db.session(), read_file, now=datetime.now(UTC))
    except ImportRefusedError as error:
        raise refusal(error) from error
    db.session.commit()
    click.echo(described(read_file.definition))
    click.echo("Loaded." if stored.is_new else "It was loaded before; nothing changed.")


def read(file: Path) -> criteria_services.CriteriaFile:
    """The checked file; a refusal lists every problem."""
    try:
        return criteria_services.read_criteria_file(file.read_bytes(), file_name=file.name)
    except ImportRefusedError as error:
        raise refusal(error) from error


def described(definition: Definition) -> str:
    """What the set is, in two lines."""
    source = (definition.legal_basis or "official") if definition.is_official else "not official"
    return (
        f"{definition.code} version {definition.version}, index of {definition.year} ({source})\n"
        f"{len(definition.areas)} areas, {len(definition.criteria)} criteria, {len(definition.leaves)} "
        f"sub-criteria, {definition.total_points:f} points"
    )
