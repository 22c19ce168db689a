"""flask response: bring in answers that were collected elsewhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from forms.errors import FormsError
from survey.cli.groups import CommandGroup
from survey.cli.problems import refusal
from survey.cli.progress import progress_bar
from survey.errors import HaiLongError
from survey.extensions import db
from survey.services.csv_tables import CsvFile
from survey.services.keyed_paper import read_mapping
from survey.services.response_import import PaperReport, import_responses

group = CommandGroup("response", help="Responses collected elsewhere.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command("import")
@click.argument("path", metavar="FILE", type=FILE)
@click.option(
    "--mapping",
    "mapping_path",
    required=True,
    type=FILE,
    help="YAML file saying which column answers which item; survey/data/mappings has one to start from.",
)
@click.option(
    "--report",
    "report_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print the counts; json prints nothing else.",
)
def import_(path: Path, mapping_path: Path, report_format: str) -> None:
    """Import keyed-in paper forms from a CSV FILE, all or nothing; importing it again changes nothing.

    Every cell is counted as valid, refused (r, R), invalid (kept as it stands, with the reason) or missing.
    """
    file = CsvFile(path.name, path.read_bytes())
    try:
        mapping = read_mapping(CsvFile(mapping_path.name, mapping_path.read_bytes()))
        with progress_bar(max(file.content.count(b"\n") - 1, 1), "Forms") as progress:
            report = import_responses(db.session(), file, mapping, now=datetime.now(UTC), progress=progress)
    except (HaiLongError, FormsError) as error:
        raise refusal(error) from error
    db.session.commit()
    click.echo(report_as_json(report) if report_format == "json" else report_as_text(report))


def report_as_json(report: PaperReport) -> str:
    """The counts by the file's own column names."""
    items = {
        counts.column: {
            "valid": counts.valid,
            "refused": counts.refused,
            "invalid": counts.invalid,
            "missing": counts.missing,
        }
        for counts in report.columns
    }
    return json.dumps({"items": items}, ensure_ascii=False, indent=2)


def report_as_text(report: PaperReport) -> str:
    """The counts as a table, with the reasons of what is invalid."""
    lines = [
        f"Round {report.round_code}: {report.stored_count} forms stored, "
        f"{report.duplicate_count} were there already.",
        f"{'item':<26}{'valid':>8}{'refused':>9}{'invalid':>9}{'missing':>9}",
    ]
    for counts in report.columns:
        reasons = ", ".join(f"{reason} {count}" for reason, count in counts.reasons.items())
        lines.append(
            f"{counts.item_code:<26}{counts.valid:>8}{counts.refused:>9}{counts.invalid:>9}{counts.missing:>9}"
            f"{'   invalid: ' + reasons if reasons else ''}"
        )
    return "\n".join(lines)
