"""A database that is away or not migrated is told as such: 503, in words, for people and for programmes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.app import create_app
from survey.config import engine_options
from survey.extensions import db
from survey.models import Survey, SurveyRound
from survey.views import errors

DETAIL = "What was confirmed to you is kept. Please try again in a minute."


@pytest.fixture(params=["not migrated", "out of reach"])
def useless_app(request: pytest.FixtureRequest, database_address: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without tables, or on an address where there is none."""
    address = database_address
    if request.param == "out of reach":
        address = (
            f"sqlite:///{tmp_path / 'no folder' / 'x.sqlite3'}"
            if address.startswith("sqlite")
            else "postgresql+psycopg://tests@127.0.0.1:1/nothing"
        )
    app = create_app(
        {
            "PROPAGATE_EXCEPTIONS": False,
            "SQLALCHEMY_DATABASE_URI": address,
            "SQLALCHEMY_ENGINE_OPTIONS": engine_options(address),
            "WTF_CSRF_ENABLED": False,
            "RATELIMIT_ENABLED": False,
        }
    )
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("address", ["/kiosk/k1", "/q/k1", "/scores", "/nothing-here"])
def test_page_says_so_in_its_own_language_and_tries_again(useless_app: Flask, address: str) -> None:
    client = useless_app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "somebody"  # so that drawing any page asks who that is
    answer = client.get(f"{address}?language=en")
    told = re.findall(r"<p>(.*?)</p>", answer.text)
    assert (answer.status_code, told, answer.headers["Retry-After"]) == (503, [DETAIL], "30")
    assert re.findall(r'http-equiv="refresh" content="(\d+)"', answer.text) == ["30"]


def test_page_that_would_lose_what_was_sent_does_not_try_again_by_itself(useless_app: Flask) -> None:
    answer = useless_app.test_client().post("/q/k1", data={"overall": "5"})
    assert (answer.status_code, answer.text.count("http-equiv")) == (503, 0)


def test_programme_is_told_in_json(useless_app: Flask) -> None:
    answer = useless_app.test_client().post(
        "/api/v1/responses?language=en", json={"packets": []}, headers={"Authorization": "Bearer x"}
    )
    assert (answer.status_code, answer.json, answer.headers["Retry-After"]) == (
        503,
        {"error": {"status": 503, "title": "The service is resting for a moment", "detail": DETAIL}},
        "30",
    )


def test_what_to_do_about_missing_tables_is_logged(
    useless_app: Flask, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    useless_app.test_client().get("/kiosk/k1")
    levels = [record.levelname for record in caplog.records if record.name == "survey.views.errors"]
    assert levels == (["CRITICAL"] if "not migrated" in request.node.name else ["ERROR"])


def test_connections_cut_by_the_server_cost_one_try(client: FlaskClient, session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite has no server that could cut a connection")
    assert client.get("/kiosk/k1").status_code == 404
    session.rollback()
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        other.execute(text("SELECT pg_sleep(0.2)"))
    assert client.get("/kiosk/k1").status_code == 503
    session.rollback()
    assert client.get("/kiosk/k1").status_code == 404


def test_what_another_saved_at_the_same_moment_is_a_conflict(app: Flask, session: Session) -> None:
    with pytest.raises(IntegrityError) as refused:
        session.execute(insert(Survey), [{"code": "s", "names": {}}, {"code": "s", "names": {}}])
    session.rollback()
    with app.test_request_context("/api/v1/anything?language=en"):
        answer, status = errors.database_error(refused.value)
    detail = "Somebody else saved the same thing at the same moment. Please look again."
    assert (status, answer.json["error"]["detail"]) == (409, detail)


def test_fault_of_the_program_itself_stays_one(app: Flask, session: Session) -> None:
    with pytest.raises(IntegrityError) as refused:
        session.execute(insert(SurveyRound).values(code="r"))  # most columns may not be empty
    session.rollback()
    with app.test_request_context("/"):
        assert errors.database_error(refused.value)[1] == 500
