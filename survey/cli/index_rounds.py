"""flask index: open rounds of the reform index, load appraised points, show the result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import click

from analysis.display import half_up
from survey.cli.groups import CommandGroup
from survey.cli.problems import refusal
from survey.errors import ImportRefusedError, NotFoundError
from survey.extensions import db
from survey.models.engine import reading
from survey.queries import index_rounds as index_round_queries
from survey.services import appraised_points, index_round_files, index_rounds, index_scores
from survey.services.csv_tables import CsvFile
from survey.services.index_scores import IndexResults

group = CommandGroup("index", help="Rounds of the reform index.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command("open")
@click.option("--file", "file", required=True, type=FILE, help="YAML file that describes the round.")
def open_round(file: Path) -> None:
    """Open an index round: who is assessed, by which set, ranked in which groups and classes."""
    try:
        round_file = index_round_files.read_round_file(file.read_bytes(), file_name=file.name)
        problems = round_file.located(index_rounds.plan_problems(db.session(), round_file.plan))
        if problems:
            raise ImportRefusedError(problems)
        index_round = index_rounds.open_index_round(db.session(), round_file.plan, now=datetime.now(UTC))
    except ImportRefusedError as error:
        raise refusal(error) from error
    db.session.commit()
    click.echo(f"Opened {index_round.code}: {len(round_file.plan.units)} units.")


@group.command("load-points")
@click.argument("round_code")
@click.argument("file", type=FILE)
def load_points(round_code: str, file: Path) -> None:
    """Load appraised points of ROUND_CODE from FILE (unit_code, sub_criterion_code, points, note)."""
    try:
        index_round = index_round_queries.get_index_round(db.session(), round_code)
        loaded = appraised_points.load_points(
            db.session(),
            index_round,
            file=CsvFile(name=file.name, content=file.read_bytes()),
            now=datetime.now(UTC),
        )
    except (ImportRefusedError, NotFoundError) as error:
        raise refusal(error) from error
    db.session.commit()
    click.echo(f"{loaded.added_count} points added, {loaded.unchanged_count} were in force already.")


@group.command("show")
@click.argument("round_code")
@reading()
def show(round_code: str) -> None:
    """Show the result of ROUND_CODE as the points and answers stand now."""
    try:
        index_round = index_round_queries.get_index_round(db.session(), round_code)
    except NotFoundError as error:
        raise refusal(error) from error
    results = index_scores.compute(db.session(), index_round, now=datetime.now(UTC))
    for line in result_lines(results):
        click.echo(line)


def result_lines(results: IndexResults) -> Iterator[str]:
    """The groups with their units in order; numbers rounded as the pages print them."""

    def printed(value: Decimal | None) -> str:
        return "-" if value is None else format(half_up(value, decimals=results.decimals), "f")

    for group in results.groups:
        mean = "-" if group.summary is None else printed(group.summary.mean)
        yield f"{group.group.code}: {len(group.ranked)} ranked, mean {mean}"
        for sheet in (*group.ranked, *group.not_ranked):
            score, band = sheet.score, sheet.unit_class
            yield "\t".join(
                [
                    "-" if sheet.rank is None else str(sheet.rank),
                    sheet.unit_code,
                    f"{printed(score.total_points)} of {score.applicable_points:f}",
                    f"{printed(score.index)}%",
                    "-" if band is None else band.code,
                ]
            )
        for sheet in group.incomplete:
            yield f"-\t{sheet.unit_code}\twaits for {', '.join(sheet.score.missing) or 'an applicable leaf'}"
