"""An interview on a tablet in a real browser: drafts survive, all can be touched, scripts are optional."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.enums import Selection
from survey.models import Response
from tests.factories import make_organisation, make_sample_unit, make_survey_round
from tests.support.server import LiveServer

pytestmark = pytest.mark.e2e

SIZES = [(820, 1180), (360, 740)]
TOUCH = 44


def kept_drafts(page: Page) -> int:
    """How many drafts the tablet keeps once the page's script, which runs after the page is drawn, is done.

    Asked again and again from outside: the page's policy lets nothing be evaluated inside it.
    """
    for _attempt in range(50):
        if page.evaluate("localStorage.length") == 0:
            return 0
        page.wait_for_timeout(100)
    return int(page.evaluate("localStorage.length"))


@pytest.fixture
def credentials(session: Session, make_account: Callable[[str, str], tuple[str, str]]) -> tuple[str, str]:
    """An enumerator of a ward with two units to interview."""
    ward = make_organisation(session, code="C1", kind_code="ward")
    round_ = make_survey_round(
        session,
        code="sipas",
        questionnaire="sipas-2023",
        selection=Selection.PROBABILITY_SAMPLE,
        opens_on=date(2020, 1, 1),
    )
    for code in ("S-1", "S-2"):
        make_sample_unit(session, round_id=round_.id, organisation_id=ward.id, code=code, psu="Ấp 1")
    session.commit()
    return make_account("enumerator", "C1")


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A page without JavaScript on a tablet."""
    context = browser.new_context(
        locale="vi-VN", java_script_enabled=False, viewport={"width": 820, "height": 1180}
    )
    yield context.new_page()
    context.close()


def sign_in(page: Page, server: LiveServer, credentials: tuple[str, str]) -> None:
    page.goto(f"{server.url}/sign-in")
    page.locator("#username").fill(credentials[0])
    page.locator("#password").fill(credentials[1])
    page.locator("main form button").click()


def open_unit(page: Page, server: LiveServer, place: int) -> None:
    page.goto(f"{server.url}/interviews/rounds/sipas?language=vi")
    page.locator(".units li").nth(place).locator("a.button").last.click()


def press(page: Page, action: str) -> None:
    page.locator(f"button[value='{action}']:visible").last.click()


def test_a_draft_survives_leaving_the_page_and_goes_with_the_interview(
    live_server: LiveServer, page: Page, session: Session, credentials: tuple[str, str]
) -> None:
    page.set_viewport_size({"width": 820, "height": 1180})
    sign_in(page, live_server, credentials)
    open_unit(page, live_server, 0)
    expect(page.locator("#ethnicity_other")).to_be_hidden()
    page.locator("label", has=page.locator("input[name=ethnicity][value=other]")).click()
    page.locator("#ethnicity_other").fill("Khmer")
    press(page, "next")
    page.locator("label", has=page.locator("input[name=c1_1][value='3']")).click()
    open_unit(page, live_server, 0)
    page.locator("#draft-continue").click()
    expect(page.locator("input[name=c1_1][value='3']")).to_be_checked()
    for _ in range(2):
        press(page, "next")
    press(page, "finish")
    expect(page.locator(".code")).to_be_visible()
    assert kept_drafts(page) == 0
    response = session.scalars(select(Response)).one()
    assert response.answers == {"ethnicity": "other", "ethnicity_other": "Khmer", "c1_1": 3}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_part_fits_the_screen_and_can_be_touched_and_read_aloud(
    live_server: LiveServer, page: Page, credentials: tuple[str, str], width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    sign_in(page, live_server, credentials)
    violations = []
    addresses = [
        "/interviews/",
        "/interviews/rounds/sipas",
        "/interviews/units/1",
        "/interviews/units/1/outcome",
    ]
    for address in addresses:
        page.goto(live_server.url + address)
        for _ in range(4 if address.endswith("/1") else 1):
            violations += [(address, found["id"]) for found in Axe().run(page).response["violations"]]
            assert page.evaluate("document.documentElement.scrollWidth") == width
            heights = page.locator(
                "label.level:visible, .button:visible, .sections button:visible"
            ).evaluate_all("all => all.map(one => Math.round(one.getBoundingClientRect().height))")
            assert [height for height in heights if height < TOUCH] == []
            if page.locator("button[value=next]:visible").count():
                press(page, "next")
    assert violations == []


def test_an_interview_is_made_without_scripts(
    live_server: LiveServer, plain_page: Page, session: Session, credentials: tuple[str, str]
) -> None:
    sign_in(plain_page, live_server, credentials)
    open_unit(plain_page, live_server, 1)
    plain_page.locator("label", has=plain_page.locator("input[name=sex][value=female]")).click()
    for _ in range(2):
        press(plain_page, "next")
    plain_page.locator("label", has=plain_page.locator("input[name=c9_i_a_1][value='5']")).click()
    plain_page.locator(".bar button").click()
    expect(plain_page.locator("html")).to_have_attribute("lang", "en")
    expect(plain_page.locator("input[name=c9_i_a_1][value='5']")).to_be_checked()
    press(plain_page, "next")
    press(plain_page, "finish")
    expect(plain_page.locator(".code")).to_be_visible()
    response = session.scalars(select(Response)).one()
    assert (response.answers, response.language) == ({"sex": "female", "c9_i_a_1": 5}, "en")
