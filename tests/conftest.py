"""Fixtures: a fresh database on either kind, the application, accounts, a live server, a real browser."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient, FlaskCliRunner
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from survey.domain.permissions import TokenScope
from survey.queries import organisations as organisation_queries
from survey.services import accounts as account_services
from tests.support.postgresql import PostgresCluster
from tests.support.server import LiveServer

os.environ.pop("DATABASE_URL", None)  # tests make their own databases and never touch the user's
os.environ["SECRET_KEY"] = "tests-secret-key-of-enough-length-0123456789"

BROWSER_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """One private cluster for the whole run."""
    cluster = PostgresCluster()
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; every test that uses it runs on both kinds.

    For the application it has all tables already where copying them is quicker than making them.
    """
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite3'}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
    has_tables = "app" in request.fixturenames
    name = f"test_{next(numbers)}"
    cluster.create(name, copy_of=request.getfixturevalue("all_tables") if has_tables else "template1")
    yield cluster.address(name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def all_tables(postgres_cluster: PostgresCluster) -> str:
    """The name of a PostgreSQL database with all tables and no rows, to be copied."""
    from survey.models import Base  # noqa: PLC0415 -- after the environment was set

    name = "all_tables"
    postgres_cluster.create(name, copy_of="template1")
    engine = create_engine(postgres_cluster.address(name))
    Base.metadata.create_all(engine)
    engine.dispose()  # while somebody is connected it cannot be copied
    return name


class Clock:
    """The service's clock in tests; set it, or let it stand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, nine in the morning in Việt Nam

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        """Move forward, for example `advance(minutes=5)`."""
        self.now += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    """The clock that the application reads."""
    return Clock()


@pytest.fixture
def app(database_address: str, clock: Clock) -> Iterator[Flask]:
    """The application on an empty database with all tables, inside its context."""
    from survey.app import create_app  # noqa: PLC0415 -- after the environment was set
    from survey.config import engine_options  # noqa: PLC0415 -- the same
    from survey.extensions import db  # noqa: PLC0415 -- the same

    app = create_app(
        {
            "TESTING": True,
            "SQLALCHEMY_DATABASE_URI": database_address,
            "SQLALCHEMY_ENGINE_OPTIONS": engine_options(database_address),
            "CLOCK": clock,
            "WTF_CSRF_ENABLED": False,  # switched on again by the tests that are about it
            "RATELIMIT_ENABLED": False,  # the same
        }
    )
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Session:
    """The session of the application; commit what a request is to see."""
    from survey.extensions import db  # noqa: PLC0415 -- after the application

    return db.session()


class CleanSessionClient(FlaskClient):
    """A client that fails a request which leaves changes unsaved."""

    def open(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        from survey.extensions import db  # noqa: PLC0415 -- after the application

        # The test's application context is shared by all requests; what extensions keep there (who is signed
        # in, the language, the rate limit's verdict) belongs to one request.
        for kept in list(g):
            g.pop(kept)
        answer = super().open(*args, **kwargs)  # type: ignore[arg-type]
        unsaved = (*db.session.new, *db.session.dirty, *db.session.deleted)
        assert not unsaved, f"The request left changes unsaved: {unsaved}"
        return answer


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript, not signed in."""
    app.test_client_class = CleanSessionClient
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs commands."""
    return app.test_cli_runner()


@pytest.fixture
def make_account(app: Flask, session: Session, clock: Clock) -> Callable[[str, str], tuple[str, str]]:
    """make_account(role_code, unit_code) → (username, password) of a fresh account."""

    def make(role_code: str, unit_code: str) -> tuple[str, str]:
        account_services.load_roles(session)
        username, password = f"{role_code}-{next(numbers)}", "a long enough password"
        account = account_services.create_account(
            session, username=username, display_name="Nguyễn Thị Thử", password=password, now=clock()
        )
        unit = organisation_queries.get_organisation(session, unit_code)
        account_services.assign_role(session, account, role_code=role_code, organisation=unit)
        session.commit()
        return username, password

    return make


@pytest.fixture
def sign_in(
    app: Flask, make_account: Callable[[str, str], tuple[str, str]]
) -> Callable[[str, str], FlaskClient]:
    """sign_in(role_code, unit_code) → a client signed in as a fresh account with that role."""

    def sign_in_as(role_code: str, unit_code: str) -> FlaskClient:
        username, password = make_account(role_code, unit_code)
        app.test_client_class = CleanSessionClient
        client = app.test_client()
        answer = client.post("/sign-in", data={"username": username, "password": password})
        assert answer.status_code == 303
        return client

    return sign_in_as


@pytest.fixture
def api_token(session: Session, clock: Clock) -> Callable[..., str]:
    """api_token([scopes], unit_code=None) → the secret of a fresh token."""

    def make(scopes: list[TokenScope], unit_code: str | None = None) -> str:
        unit = organisation_queries.get_organisation(session, unit_code) if unit_code else None
        made = account_services.create_token(
            session, name="test", scopes=scopes, organisation=unit, expires_at=None, now=clock()
        )
        session.commit()
        return made.secret

    return make


@pytest.fixture
def live_server(app: Flask, database_address: str) -> Iterator[LiveServer]:
    """gunicorn on the database of `app`."""
    server = LiveServer(database_address)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Drives the browser, and asks for addresses without one."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """One headless Chromium of Debian for the whole run; root may only start it without its sandbox."""
    arguments = [*BROWSER_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    browser = playwright_driver.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile; an error on the page's console fails the test."""
    context = browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
