"""flask index: open rounds of the reform index and load appraised points."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from survey.cli.problems import refusal
from survey.errors import ImportRefusedError, NotFoundError
from survey.extensions import db
from survey.queries import index_rounds as index_round_queries
from survey.services import appraised_points, index_round_files, index_rounds
from survey.services.csv_tables import CsvFile

group = AppGroup("index", help="Rounds of the reform index.")

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
