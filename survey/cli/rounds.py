"""flask round: open the rounds of surveys and list them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from analysis.satisfaction import DEFAULT_RULE
from forms.definitions import load_definition
from forms.errors import FormsError
from survey.cli.groups import CommandGroup
from survey.cli.problems import refusal
from survey.domain.enums import Selection
from survey.errors import HaiLongError
from survey.extensions import db
from survey.models.engine import reading
from survey.queries import organisations as organisation_queries
from survey.queries import rounds as round_queries
from survey.services import questionnaires, rounds

group = CommandGroup("round", help="Rounds of surveys.")


@group.command("open")
@click.argument("code")
@click.option("--survey", "survey_code", required=True, help="Code of the survey; a new one is made.")
@click.option("--survey-name", help="Name of a new survey in Vietnamese; without it, the round's name.")
@click.option("--survey-name-en", help="Name of a new survey in English.")
@click.option("--name", required=True, help="Name of the round in Vietnamese.")
@click.option("--name-en", help="Name of the round in English; without it, the Vietnamese one.")
@click.option("--questionnaire", "questionnaire_code", required=True, help="Code of a shipped questionnaire.")
@click.option("--version", type=int, help="Its version; without it, the newest.")
@click.option(
    "--selection",
    required=True,
    type=click.Choice([selection.value for selection in Selection]),
    help="How respondents come to answer. It cannot be changed later, and kinds are never pooled.",
)
@click.option("--opens", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day, as 2026-03-01.")
@click.option(
    "--closes", type=click.DateTime(["%Y-%m-%d"]), help="Last day; without it the round stays open."
)
@click.option("--organiser", "organiser_code", help="Code of the organisation that holds the round.")
@click.option(
    "--aggregation-rule", default=DEFAULT_RULE, show_default=True, help="How item rates are combined."
)
@click.option("--weight-by", multiple=True, help="Item that post-stratifies; repeat to cross several.")
@click.option(
    "--minimum-shown",
    default=rounds.DEFAULT_MINIMUM_SHOWN,
    show_default=True,
    help="Figures on fewer answers are shown to nobody.",
)
@click.option(
    "--minimum-published",
    default=rounds.DEFAULT_MINIMUM_PUBLISHED,
    show_default=True,
    help="Figures on fewer answers are not published.",
)
def open_(
    code: str,
    survey_code: str,
    survey_name: str | None,
    survey_name_en: str | None,
    name: str,
    name_en: str | None,
    questionnaire_code: str,
    version: int | None,
    selection: str,
    opens: datetime,
    closes: datetime | None,
    organiser_code: str | None,
    aggregation_rule: str,
    weight_by: tuple[str, ...],
    minimum_shown: int,
    minimum_published: int,
) -> None:
    """Open a round; its survey is made when this is the first of it."""
    session, now = db.session(), datetime.now(UTC)
    survey_vi = survey_name or name
    try:
        definition = load_definition(questionnaire_code, version)
        stored = questionnaires.store_definition(session, definition.code, definition.version, now=now)
        organiser = organisation_queries.get_organisation(session, organiser_code) if organiser_code else None
        round_ = rounds.open_round(
            session,
            code=code,
            survey_code=survey_code,
            survey_names={"vi": survey_vi, "en": survey_name_en or name_en or survey_vi},
            names={"vi": name, "en": name_en or name},
            questionnaire_version=stored,
            selection=Selection(selection),
            opens_on=opens.date(),
            closes_on=closes.date() if closes else None,
            organiser=organiser,
            aggregation_rule=aggregation_rule,
            weighting_class_items=weight_by,
            minimum_shown=minimum_shown,
            minimum_published=minimum_published,
        )
    except (HaiLongError, FormsError) as error:
        raise refusal(error) from error
    db.session.commit()
    click.echo(f"Round {round_.code} is open from {round_.opens_on} ({round_.selection}).")


@group.command("list")
@reading()
def list_() -> None:
    """List every round: code, selection, questionnaire, days, name."""
    rounds_ = round_queries.all_rounds(db.session())
    for round_ in rounds_:
        version = round_.questionnaire_version
        days = f"{round_.opens_on} – {round_.closes_on or 'open'}"
        click.echo(
            f"{round_.code}\t{round_.selection}\t{version.questionnaire_code} v{version.version}\t{days}\t"
            f"{round_.names.get('vi', '')}"
        )
    if not rounds_:
        click.echo("There is no round yet. Open one with: flask round open --help")
