"""Every page that staff and visitors see, with the demonstration in it, at two sizes and in two languages."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import ConsoleMessage, Page, expect
from sqlalchemy import select

from survey.app import create_app
from survey.config import engine_options
from survey.extensions import db
from survey.models import Response, SampleUnit
from survey.queries.organisations import get_organisation
from survey.services import accounts
from tests.support.server import LiveServer

USERNAME, PASSWORD = "walker", "a long enough password"
SIZES = ((1440, 1000), (360, 740))
ROLES = ("administrator", "home-affairs-analyst", "supervisor")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
PUBLIC_PAGES = ("/", "/enrol", "/sign-in")
STAFF_PAGES = (
    "/scores",
    "/interviews/",
    "/interviews/rounds/minh-hoa-dieu-tra-2020?status=other",
    "/interviews/rounds/minh-hoa-dieu-tra-2020?status=left",
    "/interviews/units/{open_unit}",
    "/interviews/units/{open_unit}/outcome",
    "/interviews/units/{done_unit}",
    "/service-points",
    "/service-points/BL-TTPVHCC-Q07/opening-hours",
    "/devices",
    "/devices/new",
    "/devices/7",
    "/devices/7/revocation",
    "/service-points/BL-TTPVHCC-Q07/sheet",
    "/service-points/centre/BL-TTPVHCC/sheets",
    "/on-site",
    "/on-site/units/BL-STP",
    "/on-site/units/BL-STP/dossiers",
    "/on-site/units/BL-STP/officers",
    "/on-site/import",
    "/index",
    "/index/minh-hoa-huyen-2020",
    "/index/minh-hoa-huyen-2020/units/954",
    "/organisations",
    "/organisations?on=01/01/1990",
    "/organisations/954",
    "/accounts",
    "/accounts/new",
    "/accounts/1",
    "/tokens",
    "/password",
)

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Province:
    """A server with the demonstration province, and one drawn unit with an interview and one without."""

    server: LiveServer
    done_unit: int
    open_unit: int


@dataclass
class Walk:
    """One browser's way through the pages, and what was wrong on them."""

    page: Page
    faults: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append((self.page.url, message.text))

    def look_at(self, address: str, *, language: str) -> None:
        """Open the page and note everything that does not hold on it."""
        self.page.goto(f"{address}{'&' if '?' in address else '?'}language={language}")
        if self.page.locator("html").get_attribute("lang") != language:
            self.faults.append((address, "the page is in another language"))
        if self.page.locator("h1:visible").count() != 1:
            self.faults.append((address, "the page has not exactly one heading of the first level"))
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            if self.page.evaluate("document.documentElement.scrollWidth") > width:
                self.faults.append((address, f"the page is wider than {width} pixels"))
            for violation in Axe().run(self.page, options=RULES).response["violations"]:
                self.faults.append((address, f"{width}: {violation['id']}: {violation['nodes'][0]['html']}"))


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """Loaded once, on SQLite: what is looked at here does not depend on the kind of database."""
    address = f"sqlite:///{tmp_path_factory.mktemp('province') / 'pages.sqlite3'}"
    app = create_app(
        {
            "TESTING": True,
            "SQLALCHEMY_DATABASE_URI": address,
            "SQLALCHEMY_ENGINE_OPTIONS": engine_options(address),
        }
    )
    with app.app_context():
        db.create_all()
        done_unit, open_unit = _load(app)
        db.session.remove()
        db.engine.dispose()
    server = LiveServer(address)
    server.start()
    yield Province(server=server, done_unit=done_unit, open_unit=open_unit)
    server.stop()


def _load(app: Flask) -> tuple[int, int]:
    """Load the demonstration with an account that may open everything."""
    assert app.test_cli_runner().invoke(args=["demo", "load", "--last-day", "2026-08-30"]).exit_code == 0
    session = db.session()
    account = accounts.create_account(
        session,
        username=USERNAME,
        display_name="Nguyễn Thị Thử",
        password=PASSWORD,
        now=app.config["CLOCK"](),
    )
    for role in ROLES:
        accounts.assign_role(session, account, role_code=role, organisation=get_organisation(session, "BL"))
    answered = select(Response.sample_unit_id).where(Response.sample_unit_id.is_not(None))
    units = select(SampleUnit.id).order_by(SampleUnit.id)
    done_unit = session.scalars(units.where(SampleUnit.id.in_(answered))).first()
    open_unit = session.scalars(units.where(SampleUnit.id.not_in(answered))).first()
    session.commit()
    assert done_unit is not None
    assert open_unit is not None
    return done_unit, open_unit


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_page_has_a_fault(province: Province, page: Page, language: str) -> None:
    walk = Walk(page=page)
    for path in PUBLIC_PAGES:
        walk.look_at(f"{province.server.url}{path}", language=language)
    page.fill("#username", USERNAME)
    page.fill("#password", PASSWORD)
    page.locator("main form button").click()
    for path in STAFF_PAGES:
        filled = path.format(done_unit=province.done_unit, open_unit=province.open_unit)
        walk.look_at(f"{province.server.url}{filled}", language=language)
    assert walk.faults == []


def test_on_a_phone_the_menu_folds_and_opens_by_key(province: Province, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{province.server.url}/sign-in?language=vi")
    page.fill("#username", USERNAME)
    page.fill("#password", PASSWORD)
    page.locator("main form button").click()
    items = page.locator("#menu a.item:visible")
    button = page.locator("#menu-button")
    expect(button).to_be_visible()  # the page is there, and its script has folded the menu
    expect(items).to_have_count(0)
    button.press("Enter")
    expect(items).to_have_count(9)
    page.keyboard.press("Escape")
    expect(items).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "menu-button"
