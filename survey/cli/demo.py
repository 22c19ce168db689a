"""flask demo: the demonstration province, and what a newcomer needs to look at it."""

from __future__ import annotations

import io
import secrets
from datetime import UTC, date, datetime, timedelta

import click
import qrcode
from flask import current_app, url_for

from survey.cli.groups import CommandGroup
from survey.cli.progress import progress_bar
from survey.extensions import db
from survey.queries import accounts as account_queries
from survey.queries import organisations as organisation_queries
from survey.queries import service_points as service_point_queries
from survey.queries import snapshots as snapshot_queries
from survey.services import accounts as account_services
from survey.services import snapshots
from survey.services.demonstration import dossiers, index, province
from survey.services.demonstration.stream import PROVINCE_TIME

STAFF_ACCOUNT = "minhhoa"
STAFF_ROLES = ("administrator", "home-affairs-analyst", "supervisor")
FIRST_COUNTER = f"{province.CENTRE}-Q07"

group = CommandGroup("demo", help="The demonstration province: invented data to look around in.")


@group.command("load")
@click.option("--if-empty", is_flag=True, help="Do nothing when the database holds organisations already.")
@click.option(
    "--seed", default=province.DEFAULT_SEED, show_default=True, help="Another seed, another province."
)
@click.option(
    "--last-day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of the counter ratings; yesterday unless given.",
)
def load(*, if_empty: bool, seed: int, last_day: datetime | None) -> None:
    """Load the demonstration province into an empty database, all of it or nothing."""
    session = db.session()
    if organisation_queries.all_ids(session):
        if if_empty:
            return
        raise click.ClickException("The database is not empty; demonstration and real data never mix.")
    now = datetime.now(UTC)
    plan = province.Plan(seed=seed, last_day=_day(last_day, now))
    account_services.load_roles(session)
    province.load_units(session)
    with progress_bar(province.work_to_do(), "Loading the demonstration province") as advance:
        province.load_surveys(session, plan, progress=advance)
    index.load_indices(session, plan, now=now)
    dossiers.load_dossiers(session, plan)
    db.session.commit()
    for round_ in snapshot_queries.rounds_with_responses_waiting(session):
        snapshots.bring_up_to_date(session, round_)
    db.session.commit()


@group.command("welcome")
def welcome() -> None:
    """Say where to look; with the demonstration, make its staff account and show the password once."""
    session = db.session()
    address = current_app.config["PUBLIC_ADDRESS"]
    point = service_point_queries.service_points_by_code(session).get(FIRST_COUNTER)
    lines = ["", "Hài Lòng", ""]
    with current_app.test_request_context(base_url=address):
        if point is not None:
            rating_address = _address("qr.rate", point.public_code)
            lines += [
                f"  A counter's screen   {_address('kiosk.screen', point.public_code)}",
                f"  Its QR page          {rating_address}",
                _drawn(rating_address),
            ]
        lines.append(f"  Scores               {url_for('scores.scores', _external=True)}")
    if point is not None:
        lines += _staff_lines(_staff_password())
        db.session.commit()
    click.echo("\n".join(lines))


def _staff_lines(password: str | None) -> list[str]:
    shown = f"{password}   (shown this once)" if password else "as shown on the first start;"
    again = (
        [] if password else [f"                       a new one: flask account set-password {STAFF_ACCOUNT}"]
    )
    return [
        f"  Staff account        {STAFF_ACCOUNT}",
        f"  Password             {shown}",
        *again,
        "",
        "  All data are invented.",
        "",
    ]


def _address(endpoint: str, public_code: str) -> str:
    return url_for(endpoint, public_code=public_code, _external=True)


def _day(last_day: datetime | None, now: datetime) -> date:
    return now.astimezone(PROVINCE_TIME).date() - timedelta(days=1) if last_day is None else last_day.date()


def _staff_password() -> str | None:
    session = db.session()
    if account_queries.account_by_username(session, STAFF_ACCOUNT) is not None:
        return None
    unit = organisation_queries.get_organisation(session, "BL")
    password = secrets.token_urlsafe(12)
    account = account_services.create_account(
        session,
        username=STAFF_ACCOUNT,
        display_name="Cán bộ minh họa",
        password=password,
        now=datetime.now(UTC),
    )
    for role_code in STAFF_ROLES:
        account_services.assign_role(session, account, role_code=role_code, organisation=unit)
    return password


def _drawn(address: str) -> str:
    """The QR code as characters, so that a phone can scan it off the terminal."""
    code = qrcode.QRCode(border=2)
    code.add_data(address)
    text = io.StringIO()
    code.print_ascii(out=text, invert=True)
    return "\n".join(f"  {line}" for line in text.getvalue().splitlines())
