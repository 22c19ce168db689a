"""flask service-point: load counters from a file, print the sheets to hang up."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import current_app
from flask_babel import force_locale, gettext

from survey.cli.groups import CommandGroup
from survey.cli.organisations import CSV_PATH, echo_report, language_option
from survey.cli.problems import refusal
from survey.cli.progress import progress_bar
from survey.config import TIME_ZONE
from survey.domain.sheet_geometry import SheetKind
from survey.errors import HaiLongError, ImportRefusedError
from survey.extensions import db
from survey.models import ServicePoint
from survey.models.engine import reading
from survey.queries import organisations as organisation_queries
from survey.queries import service_points as service_point_queries
from survey.services import service_points as service_point_services
from survey.services.csv_tables import CsvFile
from survey.services.printed_sheets import SheetPrinter, both_words, counter_label, file_name

group = CommandGroup("service-point", help="Counters with kiosk and QR code.")


@group.command("load")
@click.argument("file", type=CSV_PATH)
@language_option
def load(file: Path, language: str) -> None:
    """Load counters from FILE, all or nothing; every problem is shown with its line and column."""
    try:
        with force_locale(language):
            report = service_point_services.load_service_points(
                db.session(), CsvFile(name=str(file), content=file.read_bytes()), gettext=gettext
            )
    except ImportRefusedError as error:
        raise refusal(error) from error
    db.session.commit()
    echo_report(report)


@group.command("sheets")
@click.argument("centre")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in SheetKind]),
    help="What to print; may be given more than once. Without it all three kinds.",
)
@click.option(
    "--counter", "codes", multiple=True, help="Only the counter with this code; may be given more than once."
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    default=Path(),
    help="Where the files are written; files of the same name are replaced. The current folder by default.",
)
def sheets(centre: str, kinds: tuple[str, ...], codes: tuple[str, ...], folder: Path) -> None:
    """Write the printed sheets of all open counters of CENTRE, one PDF per kind with a page per counter."""
    wanted = [SheetKind(kind) for kind in kinds] or list(SheetKind)
    with reading():
        try:
            points = _chosen_points(centre, codes)
            labels = [
                counter_label(point, public_address=current_app.config["PUBLIC_ADDRESS"]) for point in points
            ]
        except HaiLongError as error:
            raise click.ClickException(str(error)) from error
        subject = points[0].centre.names["vi"]
    words = both_words(gettext, speaking=force_locale)
    with progress_bar(len(labels) * len(wanted), "Drawing sheets") as done:
        for kind in wanted:
            printer = SheetPrinter(kind, words=words, subject=subject)
            for label in labels:
                printer.add(label)
                done(1)
            (folder / file_name(kind, centre)).write_bytes(printer.finished())
    for kind in wanted:
        click.echo(f"{folder / file_name(kind, centre)}, pages: {len(labels)}")


def _chosen_points(centre: str, codes: tuple[str, ...]) -> list[ServicePoint]:
    """The open counters with these codes, or all of them; at least one."""
    today = current_app.config["CLOCK"]().astimezone(ZoneInfo(TIME_ZONE)).date()
    points = service_point_queries.open_points_of_centre(
        db.session(), centre, day=today, organisation_ids=organisation_queries.all_ids(db.session())
    )
    unknown = set(codes) - {point.code for point in points}
    if unknown:
        raise click.ClickException(
            f"Centre {centre} has no open counter with the code {', '.join(sorted(unknown))}."
        )
    if not points:
        raise click.ClickException(f"Centre {centre} has no open counter, so there is nothing to print.")
    return [point for point in points if not codes or point.code in codes]
