"""Signing in and out, the language, and what ends a session."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.extensions import attempt_store
from survey.views.sessions import local_address
from tests.factories import make_organisation

MakeAccount = Callable[[str, str], tuple[str, str]]


@pytest.fixture
def account(session: Session, make_account: MakeAccount) -> dict[str, str]:
    """Name and password as the form sends them."""
    make_organisation(session, code="BL")
    session.commit()
    username, password = make_account("enumerator", "BL")
    return {"username": username, "password": password}


def test_right_password_opens_the_page_asked_for(client: FlaskClient, account: dict[str, str]) -> None:
    asked = client.get("/password")
    answer = client.post(asked.headers["Location"], data=account)
    assert (asked.status_code, answer.status_code, answer.headers["Location"]) == (303, 303, "/password")
    assert client.get("/password").status_code == 200


@pytest.mark.parametrize(
    "changed", [{"password": "wrong"}, {"username": "nobody"}, {"password": ""}, {"username": ""}]
)
def test_wrong_name_or_password_is_told_and_opens_nothing(
    client: FlaskClient, account: dict[str, str], changed: dict[str, str]
) -> None:
    answer = client.post("/sign-in", data={**account, **changed})
    assert (answer.status_code, answer.text.count('id="error-summary"')) == (422, 1)
    assert client.get("/password").status_code == 303


def test_unknown_name_and_wrong_password_read_the_same(client: FlaskClient, account: dict[str, str]) -> None:
    summaries = [
        re.search(r'id="error-summary".*?</div>', client.post("/sign-in", data=data).text, re.DOTALL)[0]
        for data in ({**account, "password": "wrong"}, {**account, "username": "nobody"})
    ]
    assert summaries[0] == summaries[1]


def test_signing_out_ends_the_session(client: FlaskClient, account: dict[str, str]) -> None:
    client.post("/sign-in", data=account)
    assert client.post("/sign-out").status_code == 303
    assert client.get("/password").status_code == 303


def test_language_is_remembered_and_survives_signing_in(client: FlaskClient, account: dict[str, str]) -> None:
    languages = []
    languages.append(client.get("/sign-in").text)
    client.post("/language", data={"language": "en", "next": "/sign-in"})
    languages.append(client.get("/sign-in").text)
    client.post("/sign-in", data=account)
    languages.append(client.get("/password").text)
    client.post("/language", data={"language": "xx"})
    languages.append(client.get("/password").text)
    assert [re.search(r'<html lang="(\w+)">', page)[1] for page in languages] == ["vi", "en", "en", "en"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/accounts?page=2", "/accounts?page=2"),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("/\\evil.example/", None),
        ("\\\\evil.example/", None),
        ("/\t/evil.example/", None),
        ("/\n/evil.example/", None),
        ("javascript:alert(1)", None),
        ("accounts", None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_of_this_service_are_followed(address: str | None, expected: str | None) -> None:
    assert local_address(address) == expected


def test_sign_in_never_leads_away(client: FlaskClient, account: dict[str, str]) -> None:
    answer = client.post("/sign-in?next=//evil.example/", data=account)
    assert (answer.status_code, answer.headers["Location"][0:2] == "//") == (303, False)


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(
    app: Flask, client: FlaskClient, account: dict[str, str]
) -> None:
    other = app.test_client()
    for each in (client, other):
        each.post("/sign-in", data=account)
    new = "quite another password"
    answer = client.post("/password", data={"current": account["password"], "new": new, "again": new})
    assert answer.status_code == 200
    assert (client.get("/password").status_code, other.get("/password").status_code) == (200, 303)
    assert other.post("/sign-in", data=account).status_code == 422
    assert other.post("/sign-in", data={**account, "password": new}).status_code == 303


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"current": "wrong"}, "current"),
        ({"new": "short", "again": "short"}, "new"),
        ({"again": "not the same one"}, "again"),
    ],
)
def test_password_form_tells_what_is_wrong(
    client: FlaskClient, account: dict[str, str], changed: dict[str, str], wrong: str
) -> None:
    client.post("/sign-in", data=account)
    data = {"current": account["password"], "new": "quite another one", "again": "quite another one"}
    answer = client.post("/password", data={**data, **changed})
    summary = re.search(r'id="error-summary".*?</div>', answer.text, re.DOTALL)[0]
    assert (answer.status_code, re.findall(r'href="#(\w+)"', summary)) == (422, [wrong])


def test_form_without_its_token_is_refused(app: Flask, client: FlaskClient, account: dict[str, str]) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/sign-in", data=account).status_code == 400


def test_ninth_attempt_within_a_minute_is_told_to_wait(
    app: Flask, client: FlaskClient, account: dict[str, str]
) -> None:
    app.config["RATELIMIT_ENABLED"] = True
    attempt_store.init_app(app)
    try:
        wrong = {**account, "password": "wrong"}
        statuses = [client.post("/sign-in", data=wrong).status_code for _ in range(9)]
        refused = client.post("/sign-in", data=account)
        other = client.post("/sign-in", data={**account, "username": "somebody-else"}).status_code
    finally:
        attempt_store.is_enabled = False
    assert (statuses, other) == ([422] * 8 + [429], 422)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
