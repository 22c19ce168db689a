"""flask service-point: load counters from a file."""

from __future__ import annotations

from pathlib import Path

import click
from flask_babel import force_locale, gettext

from survey.cli.groups import CommandGroup
from survey.cli.organisations import CSV_PATH, echo_report, language_option
from survey.cli.problems import refusal
from survey.errors import ImportRefusedError
from survey.extensions import db
from survey.services import service_points as service_point_services
from survey.services.csv_tables import CsvFile

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
