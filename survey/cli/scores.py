"""flask score: print the figures of a round."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from analysis.suppression import Audience
from survey.cli.groups import CommandGroup
from survey.config import DEFAULT_LANGUAGE, LANGUAGES
from survey.domain.enums import FigureKind
from survey.domain.figure_rows import Row, csv_table, row_of
from survey.errors import HaiLongError
from survey.extensions import db
from survey.models.engine import reading
from survey.queries import rounds as round_queries
from survey.services import scores
from survey.services.score_coverage import score_coverage
from survey.services.scores import RoundScores, ScoreRequest

group = CommandGroup("score", help="Scores of rounds.")

LABELS = {
    FigureKind.OFFICIAL: "official calculation, unweighted",
    FigureKind.DESIGN_BASED: "sample survey, design-based",
    FigureKind.MONITORING: "self-selected; not representative",
}
HEADS = (
    *("domain", "level", "code", "kind", "measure", "value", "se", "95% interval", "df", "deff", "n"),
    "coverage",
)


@group.command("show")
@click.argument("round_code", metavar="ROUND")
@click.option("--by", help="organisation, service_point, month, day, hour, or the code of an item.")
@click.option("--unit", help="Code of the organisation to speak of; without it, the whole round.")
@click.option(
    "--audience",
    type=click.Choice([audience.value for audience in Audience]),
    default=Audience.PUBLIC.value,
    show_default=True,
    help="public withholds what may not be published, internal only what nobody may see.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to print.",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=DEFAULT_LANGUAGE,
    show_default=True,
    help="Language of the names of units, items and answers.",
)
@reading()
def show(
    round_code: str, by: str | None, unit: str | None, audience: str, output: str, language: str
) -> None:
    """Print every figure of ROUND, with what it is and what it rests on."""
    asked = ScoreRequest(by=by, unit=unit, audience=Audience(audience))
    try:
        round_ = round_queries.get_round(db.session(), round_code)
        scored = scores.score_round(db.session(), round_, asked)
    except HaiLongError as error:
        raise click.ClickException(str(error)) from error
    rows = _rows(scored, language)
    if output == "json":
        click.echo(json.dumps({"scores": rows}, ensure_ascii=False, indent=2))
    elif output == "csv":
        click.echo(csv_table(rows), nl=False)
    else:
        _print_table(scored, rows)


def _rows(scored: RoundScores, language: str) -> list[Row]:
    covered = score_coverage(db.session(), scored, now=datetime.now(UTC))
    return [
        row_of(
            figure,
            round_code=scored.round.code,
            unit_code=None if scored.unit is None else scored.unit.code,
            is_demonstration=scored.round.is_demonstration,
            text_in=lambda names: names.get(language) or next(iter(names.values()), ""),
            label=LABELS[figure.kind],
            coverage=None if covered is None else covered.of(figure.domain),
        )
        for figure in scored.figures
    ]


def _print_table(scored: RoundScores, rows: Sequence[Row]) -> None:
    demonstration = " (demonstration data, invented)" if scored.round.is_demonstration else ""
    click.echo(f"Round {scored.round.code}{demonstration}: {scored.response_count} responses")
    for problem in scored.design_problems:
        click.echo(f"No design-based figures: {problem}")
    cells = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADS))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for method in dict.fromkeys(
        f"{row['figure_kind']}: {row['label']} [{row['method_version']}]" for row in rows
    ):
        click.echo(method)


def _cells(row: Row) -> tuple[str, ...]:
    value = _number(row["value"], 4) if row["reason"] is None else str(row["reason"])
    interval = "" if row["lower"] is None else f"{_number(row['lower'], 4)} – {_number(row['upper'], 4)}"
    return (
        str(row["domain_name"]),
        str(row["level"]),
        str(row["code"]),
        str(row["figure_kind"]),
        str(row["measure"]),
        value,
        _number(row["standard_error"], 4),
        interval,
        _number(row["degrees_of_freedom"], 0),
        _number(row["design_effect"], 2),
        _number(row["n"], 0),
        _coverage(row),
    )


def _coverage(row: Row) -> str:
    """How much of the opening hours the figure speaks of; empty where it has nothing to do with counters."""
    if row["open_hours"] is None:
        return ""
    if row["coverage"] is None:
        return "unknown"
    dark = f", no data: {row['days_without_data']} days" if row["days_without_data"] else ""
    return f"{_number(row['coverage'], 3)}{dark}"


def _number(value: object, decimals: int) -> str:
    return f"{value:.{decimals}f}" if isinstance(value, int | float) else ""
