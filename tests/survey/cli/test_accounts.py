"""flask account: every command, and what it refuses."""

import re

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from survey.domain.permissions import TokenScope
from survey.queries import accounts as account_queries
from survey.queries.organisations import get_organisation
from survey.services import accounts as account_services
from tests.factories import make_organisation


@pytest.fixture(autouse=True)
def unit(session: Session) -> None:
    make_organisation(session, code="BL")
    session.commit()


def create(runner: FlaskCliRunner, *, username: str = "lan", role: str = "viewer", unit: str = "BL") -> str:
    return runner.invoke(
        args=["account", "create", username, "--name", "Lan", "--role", role, "--unit", unit]
    ).output


def shown_once(output: str) -> str:
    return re.search(r"shown this once: (\S+)", output)[1]


def test_created_account_has_its_role_and_the_password_shown(
    session: Session, runner: FlaskCliRunner
) -> None:
    password = shown_once(create(runner))
    account = account_services.authenticate(session, username="lan", password=password)
    assert account is not None
    assert [(each.role_code, each.organisation.code) for each in account.assignments] == [("viewer", "BL")]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"role": "emperor"}, "Error: No role has the code emperor.\n"),
        ({"unit": "none"}, "Error: No organisation has the code none.\n"),
        ({"username": "taken"}, "Error: The user name taken is taken.\n"),
    ],
)
def test_impossible_account_is_refused_whole(
    session: Session, runner: FlaskCliRunner, values: dict[str, str], message: str
) -> None:
    create(runner, username="taken")
    assert create(runner, **values) == message
    session.rollback()
    assert [account.username for account in account_queries.list_accounts(session)] == ["taken"]


def test_new_password_replaces_the_old_one(session: Session, runner: FlaskCliRunner) -> None:
    old = shown_once(create(runner))
    new = shown_once(runner.invoke(args=["account", "set-password", "lan"]).output)
    fits = [
        account_services.authenticate(session, username="lan", password=password) is not None
        for password in (old, new)
    ]
    assert fits == [False, True]


def test_new_password_of_nobody_is_refused(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["account", "set-password", "nobody"])
    assert (result.exit_code, result.output) == (1, "Error: No account is called nobody.\n")


def test_token_has_its_scopes_unit_and_end(session: Session, runner: FlaskCliRunner) -> None:
    arguments = [
        "account",
        "create-token",
        "reports",
        "--scope",
        "scores:read",
        "--unit",
        "BL",
        "--days",
        "10",
    ]
    secret = shown_once(runner.invoke(args=arguments).output)
    unit = get_organisation(session, "BL")
    (row,) = account_queries.list_tokens(session, [unit.id], unlimited="left out")
    token = row.token
    assert token.token_hash == account_queries.token_hash(secret)
    assert (token.scopes, (token.expires_at - token.created_at).days) == ([TokenScope.READ_SCORES.value], 10)


@pytest.mark.parametrize(
    "arguments",
    [["--scope", "everything"], [], ["--scope", "scores:read", "--unit", "none"]],
    ids=["unknown scope", "no scope", "unknown unit"],
)
def test_impossible_token_is_refused(session: Session, runner: FlaskCliRunner, arguments: list[str]) -> None:
    result = runner.invoke(args=["account", "create-token", "reports", *arguments])
    assert (result.exit_code == 0, account_queries.list_tokens(session, [], unlimited="listed")) == (
        False,
        [],
    )
