"""flask questionnaire: prove the shipped definitions, and store them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from forms.checking import check_definition
from forms.definitions import check_shipped_hashes, list_definitions, load_definition
from forms.errors import DefinitionError, FormsError
from survey.cli.groups import CommandGroup
from survey.errors import HaiLongError
from survey.extensions import db
from survey.services import questionnaires as questionnaire_services

group = CommandGroup("questionnaire", help="Questionnaires: check the shipped definitions, store them.")


@group.command("check")
def check() -> None:
    """Prove every shipped definition: it reads, every language is complete, its rules refer to real items,
    and no version differs from the one that was published."""
    problems: list[str] = []
    readable = []
    for name in list_definitions():
        try:
            definition = load_definition(name.code, name.version)
        except DefinitionError as error:
            problems += [f"{error.source}: {problem}" for problem in error.problems]
            continue
        problems += [f"{name}: {problem}" for problem in check_definition(definition)]
        readable.append((name, definition))
    if not problems:
        problems += [str(problem) for problem in check_shipped_hashes()]
    if problems:
        raise click.ClickException("\n".join(problems))
    for name, definition in readable:
        languages = ", ".join(definition.languages)
        click.echo(f"{name}: {len(definition.items)} items, languages {languages}")
    click.echo(f"{len(readable)} definitions are sound.")


@group.command("load")
@click.argument("codes", nargs=-1)
def load(codes: tuple[str, ...]) -> None:
    """Store the shipped definitions CODES (default: all), every version; loading again changes nothing."""
    names = [name for name in list_definitions() if not codes or name.code in codes]
    unknown = sorted(set(codes) - {name.code for name in names})
    if unknown:
        known = ", ".join(sorted({name.code for name in list_definitions()}))
        raise click.ClickException(f"No questionnaire {', '.join(unknown)}. Known: {known}.")
    try:
        for name in names:
            questionnaire_services.store_definition(
                db.session(), name.code, name.version, now=datetime.now(UTC)
            )
    except (FormsError, HaiLongError) as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    for name in names:
        click.echo(f"{name} is stored.")
