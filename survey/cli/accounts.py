"""flask account: make accounts, give roles, make tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from survey.cli.groups import CommandGroup
from survey.domain.permissions import TokenScope
from survey.errors import NotFoundError
from survey.extensions import db
from survey.queries import accounts as account_queries
from survey.queries import organisations as organisation_queries
from survey.services import accounts as account_services

group = CommandGroup("account", help="Accounts, roles and tokens.")


@group.command("create")
@click.argument("username")
@click.option("--name", required=True, help="The person's name, as pages show it.")
@click.option("--role", "role_code", required=True, help="Code of a role, for example viewer.")
@click.option(
    "--unit", "unit_code", required=True, help="Code of the organisation the role reaches down from."
)
def create(username: str, name: str, role_code: str, unit_code: str) -> None:
    """Create an account with one role; the password is made here and shown once."""
    password = account_services.new_password()
    try:
        account_services.load_roles(db.session())
        organisation = organisation_queries.get_organisation(db.session(), unit_code)
        account = account_services.create_account(
            db.session(), username=username, display_name=name, password=password, now=datetime.now(UTC)
        )
        account_services.assign_role(db.session(), account, role_code=role_code, organisation=organisation)
    except (NotFoundError, account_services.AccountError) as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo(f"Account {username} created. Password, shown this once: {password}")


@group.command("set-password")
@click.argument("username")
def set_password(username: str) -> None:
    """Give an account a new password, shown once; its sessions end."""
    account = account_queries.account_by_username(db.session(), username)
    if account is None:
        raise click.ClickException(f"No account is called {username}.")
    password = account_services.new_password()
    account_services.change_password(db.session(), account, password=password)
    db.session.commit()
    click.echo(f"New password of {username}, shown this once: {password}")


@group.command("create-token")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in TokenScope]),
    help="What the programme may do; repeat for several.",
)
@click.option("--unit", "unit_code", help="Limit to this organisation and its subtree.")
@click.option("--days", default=365, show_default=True, help="Days until the token expires.")
def create_token(name: str, scopes: tuple[str, ...], unit_code: str | None, days: int) -> None:
    """Create a token for another programme; it is shown once."""
    now = datetime.now(UTC)
    try:
        organisation = organisation_queries.get_organisation(db.session(), unit_code) if unit_code else None
    except NotFoundError as error:
        raise click.ClickException(str(error)) from error
    made = account_services.create_token(
        db.session(),
        name=name,
        scopes=[TokenScope(scope) for scope in scopes],
        organisation=organisation,
        expires_at=now + timedelta(days=days),
        now=now,
    )
    db.session.commit()
    click.echo(f"Token {name}, shown this once: {made.secret}")
