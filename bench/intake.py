"""How fast ratings are taken in, next to a bare insert; and how much the QR page transfers."""

from __future__ import annotations

import http.client
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from playwright.sync_api import sync_playwright
from sqlalchemy import func, select

from bench.bare import BareRating
from bench.load import accepted_per_second, form_request
from bench.servers import serving
from survey.app import create_app
from survey.config import engine_options
from survey.extensions import db
from survey.models import Response
from tests.conftest import BROWSER_ARGUMENTS
from tests.factories import make_service_point, make_survey_round
from tests.support.postgresql import PostgresCluster

# Many short rounds: what else the machine does falls on both sides alike.
ROUNDS = 25
SECONDS = 0.8
SECONDS_TO_WARM_UP = 1.0
COUNTERS = 20
KIOSKS = 200
PAGE_TOKEN = re.compile(r'name="kiosk-token" content="([^"]+)"')


@dataclass(frozen=True)
class OpenKiosk:
    """What the page of one kiosk holds: where it sends, and its token."""

    path: str
    token: str


def measure_intake() -> dict[str, float]:
    """Accepted ratings per second at the address that kiosks post to, as a share of a bare insert's.

    Rounds alternate on one machine; the figure is the median of the ratios of neighbouring rounds.
    """
    figures: dict[str, float] = {}
    for kind in ("sqlite", "postgresql"):
        with empty_database(kind) as address:
            figures[f"intake_ratio_{kind}"] = ratio(kind, address)
    return figures


def ratio(kind: str, address: str) -> float:
    """The median ratio on one database; both rates are printed."""
    codes = prepare(address)
    with (
        serving("wsgi:app", database_address=address) as port,
        serving("bench.bare:create_app()", database_address=address) as bare_port,
    ):
        kiosks = [open_kiosk(port, codes[number % COUNTERS]) for number in range(KIOSKS)]

        def tap(number: int) -> bytes:
            kiosk = kiosks[number % KIOSKS]
            fields = {"uuid": str(uuid4()), "version": "1", "language": "vi", "overall": str(number % 5 + 1)}
            fields["captured_at"] = "2026-03-02T02:00:00.000Z"
            headers = {"X-Kiosk-Token": kiosk.token, "Accept": "application/json"}
            return form_request(kiosk.path, fields, headers)

        def bare(number: int) -> bytes:
            return form_request("/rate", {"uuid": str(uuid4()), "overall": str(number % 5 + 1)}, {})

        for side_port, make_request in ((port, tap), (bare_port, bare)):
            accepted_per_second(side_port, make_request=make_request, seconds=SECONDS_TO_WARM_UP)
        taps: list[float] = []
        bares: list[float] = []
        for _ in range(ROUNDS):
            taps.append(accepted_per_second(port, make_request=tap, seconds=SECONDS))
            bares.append(accepted_per_second(bare_port, make_request=bare, seconds=SECONDS))
    sys.stdout.write(
        f"  {kind}: {statistics.median(taps):,.0f} ratings/s, bare insert {statistics.median(bares):,.0f}/s, "
        f"{stored_count(address):,} ratings stored\n"
    )
    return statistics.median(one / other for one, other in zip(taps, bares, strict=True))


def measure_qr_first_view() -> dict[str, float]:
    """Every byte that a browser with an empty cache transfers for the first view: heads, bodies, the icon."""
    with (
        empty_database("sqlite") as address,
        serving_point(address) as (port, code),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*BROWSER_ARGUMENTS, "--no-sandbox"]
        )
        page = browser.new_page()
        received: list[float] = []
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
        page.goto(f"http://127.0.0.1:{port}/q/{code}", wait_until="networkidle")
        # A headless browser leaves the icon out, a phone does not.
        page.evaluate("fetch(document.querySelector('link[rel=icon]').href).then((r) => r.arrayBuffer())")
        page.wait_for_timeout(300)
        browser.close()
    return {"qr_first_view_bytes": sum(received)}


@contextmanager
def serving_point(address: str) -> Iterator[tuple[int, str]]:
    """The service with counters; gives its port and the public code of one."""
    codes = prepare(address)
    with serving("wsgi:app", database_address=address) as port:
        yield port, codes[0]


@contextmanager
def empty_database(kind: str) -> Iterator[str]:
    """The address of an empty database, gone afterwards; PostgreSQL in a private, durable cluster."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'measured.sqlite3'}"
        return
    cluster = PostgresCluster()
    cluster.start()
    try:
        server = cluster.address("postgres").replace("+psycopg", "")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE measured")
        yield cluster.address("measured")
    finally:
        cluster.stop()


def prepare(address: str) -> list[str]:
    """Make the tables and a round with counters; gives their public codes."""
    app = create_app(
        {"SQLALCHEMY_DATABASE_URI": address, "SQLALCHEMY_ENGINE_OPTIONS": engine_options(address)}
    )
    with app.app_context():
        db.create_all()
        BareRating.metadata.create_all(db.engine)
        round_ = make_survey_round(db.session())
        points = [make_service_point(db.session(), round_id=round_.id) for _ in range(COUNTERS)]
        codes = [point.public_code for point in points]
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return codes


def open_kiosk(port: int, public_code: str) -> OpenKiosk:
    """Open the kiosk page as a browser does and keep its token."""
    path = f"/kiosk/{public_code}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    token = PAGE_TOKEN.search(page)
    if answer.status != 200 or token is None:
        raise RuntimeError(f"The kiosk page answered {answer.status}.")
    return OpenKiosk(path, token[1])


def stored_count(address: str) -> int:
    """How many responses the database holds."""
    app = create_app(
        {"SQLALCHEMY_DATABASE_URI": address, "SQLALCHEMY_ENGINE_OPTIONS": engine_options(address)}
    )
    with app.app_context():
        count = db.session.scalar(select(func.count(Response.id))) or 0
        db.session.remove()
        db.engine.dispose()
    return count
