"""flask sample: size a sample; import the frame, the sample and the population totals of a round."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from analysis.allocation import SampleSize, cochran_sample_size, yamane_sample_size
from analysis.errors import AllocationError
from survey.cli.groups import CommandGroup
from survey.cli.problems import refusal
from survey.cli.progress import progress_bar
from survey.errors import HaiLongError
from survey.extensions import db
from survey.queries.rounds import get_round
from survey.services import samples
from survey.services.csv_tables import CsvFile

group = CommandGroup("sample", help="Sample sizes, sampling frames, samples and population totals.")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class ExactNumber(click.ParamType[Decimal]):
    """A decimal number, kept exactly as written."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The number; a decimal comma is read as a point."""
        try:
            number = Decimal(str(value).replace(",", "."))
        except InvalidOperation:
            self.fail(f"{value} is not a number, such as 0.05.", param, ctx)
        if not number.is_finite():
            self.fail(f"{value} is not a number, such as 0.05.", param, ctx)
        return number


NUMBER = ExactNumber()


@group.command("size")
@click.option("--population", type=int, help="Transactions or people; only cochran can do without.")
@click.option(
    "--error", "margin", type=NUMBER, default="0.05", show_default=True, help="Margin of error, a share."
)
@click.option(
    "--method",
    type=click.Choice(["yamane", "cochran"]),
    default="yamane",
    show_default=True,
    help="yamane: N ÷ (1 + N·e²), as the Ministry's guidance of 2014; cochran: for a share.",
)
@click.option("--share", type=NUMBER, default="0.5", show_default=True, help="cochran: expected share.")
@click.option(
    "--critical-value",
    type=NUMBER,
    default="1.96",
    show_default=True,
    help="cochran: of the confidence level.",
)
@click.option(
    "--design-effect", type=NUMBER, default="1", show_default=True, help="cochran: cost of clustering."
)
@click.option(
    "--response-rate", type=NUMBER, default="1", show_default=True, help="cochran: share that will answer."
)
def size(
    population: int | None,
    margin: Decimal,
    method: str,
    share: Decimal,
    critical_value: Decimal,
    design_effect: Decimal,
    response_rate: Decimal,
) -> None:
    """How many interviews a survey needs, rounded up; the formula and its own value are printed beside it."""
    try:
        if method == "cochran":
            answer = cochran_sample_size(
                population,
                margin_of_error=margin,
                expected_share=share,
                critical_value=critical_value,
                design_effect=design_effect,
                expected_response_rate=response_rate,
            )
        elif population is None:
            raise click.UsageError("yamane needs --population.")
        else:
            answer = yamane_sample_size(population, margin_of_error=margin)
    except AllocationError as error:
        raise click.ClickException(str(error)) from error
    click.echo(size_in_words(answer))


def size_in_words(answer: SampleSize) -> str:
    """The first word is the number of interviews."""
    text = f"{answer.completed} interviews ({answer.formula}, before rounding {float(answer.unrounded):.2f})"
    return text if answer.issued == answer.completed else f"{text}; draw {answer.issued}"


@group.command("import-frame")
@click.argument("round_code", metavar="ROUND")
@click.argument("path", metavar="FILE", type=FILE)
def import_frame(round_code: str, path: Path) -> None:
    """Import the sampling frame of a round.

    FILE is a CSV with stratum, psu, population_count and, if known, organisation_code.
    """
    file = CsvFile(path.name, path.read_bytes())
    try:
        round_ = get_round(db.session(), round_code)
        with progress_bar(row_count(file), "Frame") as progress:
            receipt = samples.import_frame(
                db.session(), round_, file=file, now=datetime.now(UTC), progress=progress
            )
    except HaiLongError as error:
        raise refusal(error) from error
    db.session.commit()
    tell(receipt, "primary sampling units")


@group.command("import")
@click.argument("round_code", metavar="ROUND")
@click.argument("path", metavar="FILE", type=FILE)
def import_sample(round_code: str, path: Path) -> None:
    """Import the sample of a round.

    FILE is a CSV with code, stratum, psu; then inclusion_probability, or psu_population and
    element_population (taken from the frame when left out); if known also organisation_code,
    nonresponse_class, disposition.
    """
    file = CsvFile(path.name, path.read_bytes())
    try:
        round_ = get_round(db.session(), round_code)
        with progress_bar(row_count(file), "Sample") as progress:
            receipt = samples.import_sample(
                db.session(), round_, file=file, now=datetime.now(UTC), progress=progress
            )
    except HaiLongError as error:
        raise refusal(error) from error
    db.session.commit()
    tell(receipt, "sampled units")


@group.command("import-totals")
@click.argument("round_code", metavar="ROUND")
@click.argument("path", metavar="FILE", type=FILE)
def import_totals(round_code: str, path: Path) -> None:
    """Import known population totals of a round.

    FILE is a CSV with a column for each item the round weights by (answer codes), and total.
    """
    file = CsvFile(path.name, path.read_bytes())
    try:
        round_ = get_round(db.session(), round_code)
        receipt = samples.import_totals(db.session(), round_, file=file, now=datetime.now(UTC))
    except HaiLongError as error:
        raise refusal(error) from error
    db.session.commit()
    tell(receipt, "population totals")


def row_count(file: CsvFile) -> int:
    """About how many rows a file has."""
    return max(file.content.count(b"\n") - 1, 1)


def tell(receipt: samples.ImportReceipt, things: str) -> None:
    """Say what an import did."""
    sentences = {
        samples.ImportOutcome.STORED: f"Imported {receipt.row_count} {things}.",
        samples.ImportOutcome.REPLACED: f"Imported {receipt.row_count} {things}, replacing the earlier ones.",
        samples.ImportOutcome.UNCHANGED: f"This file was imported already ({receipt.row_count} {things}); "
        "nothing was changed.",
    }
    for sentence in (sentences[receipt.outcome], *receipt.notes):
        click.echo(sentence)
