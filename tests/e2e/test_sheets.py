"""The pages that offer printed sheets: a bar while they are drawn, and the same file without JavaScript."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route
from sqlalchemy.orm import Session

from tests.factories import make_organisation, make_service_point
from tests.support.printed import rendered, seen_codes
from tests.support.server import LiveServer

COUNTERS = 12

pytestmark = pytest.mark.e2e


@pytest.fixture
def credentials(session: Session, make_account: Callable[[str, str], tuple[str, str]]) -> tuple[str, str]:
    """An account that keeps the counters of a centre."""
    province = make_organisation(session, code="BL")
    centre = make_organisation(session, code="CENTRE", kind_code="centre", parent_id=province.id)
    unit = make_organisation(session, kind_code="department", parent_id=province.id)
    for number in range(COUNTERS):
        make_service_point(
            session,
            organisation=unit,
            centre_id=centre.id,
            code=f"Q{number:02}",
            public_code=f"bcdfgh{number:02}",
        )
    session.commit()
    return make_account("administrator", "BL")


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A browser with and without JavaScript."""
    context = browser.new_context(java_script_enabled=request.param, viewport={"width": 1440, "height": 1000})
    yield context
    context.close()


def open_sheets(page: Page, url: str, credentials: tuple[str, str]) -> None:
    page.goto(f"{url}/sign-in?language=en")
    page.fill("#username", credentials[0])
    page.fill("#password", credentials[1])
    page.click("main button.button")
    page.goto(f"{url}/service-points/centre/CENTRE/sheets?language=en")


def addresses_in(file: Path) -> list[list[str]]:
    return [
        [code.text for code in seen_codes(page)] for page in rendered(file.read_bytes(), dots_per_inch=100)
    ]


def test_button_gives_one_file_with_every_counter(
    context: BrowserContext, live_server: LiveServer, credentials: tuple[str, str]
) -> None:
    page = context.new_page()
    open_sheets(page, live_server.url, credentials)
    with page.expect_download() as waiting:
        page.click('a[download="ap-phich-a4-CENTRE.pdf"]')
    assert waiting.value.suggested_filename == "ap-phich-a4-CENTRE.pdf"
    assert addresses_in(waiting.value.path()) == [
        [f"{live_server.url}/q/bcdfgh{number:02}"] for number in range(COUNTERS)
    ]


def test_bar_fills_page_by_page_and_says_when_the_file_is_ready(
    page: Page, live_server: LiveServer, credentials: tuple[str, str]
) -> None:
    open_sheets(page, live_server.url, credentials)
    page.evaluate(
        "window.seen = [];"
        "new MutationObserver(() => seen.push(document.querySelector('#drawing [role=status]').textContent))"
        ".observe(document.querySelector('#drawing [role=status]'), {childList: true})"
    )
    assert page.locator("#drawing").is_visible() is False
    with page.expect_download():
        page.click('a[download="phieu-phat-tay-CENTRE.pdf"]')
    page.wait_for_function("document.querySelector('#drawing [role=status]').textContent.includes('ready')")
    seen = [text for text in page.evaluate("seen") if text]
    bar = page.locator("#drawn").evaluate("bar => [bar.value, bar.max]")
    assert (seen[-1], bar) == (
        "The file phieu-phat-tay-CENTRE.pdf is ready and was handed to the browser.",
        [COUNTERS, COUNTERS],
    )
    # Some pages may come together; the first must not come with the last.
    assert (len(set(seen[:-1])) > 1, seen[-2]) == (True, f"Page {COUNTERS} of {COUNTERS} is drawn.")


def test_an_answer_cut_short_is_said_and_gives_no_file(
    page: Page, live_server: LiveServer, credentials: tuple[str, str]
) -> None:
    def cut(route: Route) -> None:
        route.fulfill(status=200, body="1/12\n2/12\n")

    open_sheets(page, live_server.url, credentials)
    page.route("**/sheets/tent/stream", cut)
    page.click('a[download="bien-de-ban-CENTRE.pdf"]')
    page.wait_for_selector("#drawing.failed")
    assert page.locator("#drawing [role=status]").inner_text() == (
        "The file could not be drawn to the end. Please check the connection and press the button again."
    )
    page.unroute("**/sheets/tent/stream")
    with page.expect_download() as waiting:  # the second press works
        page.click('a[download="bien-de-ban-CENTRE.pdf"]')
    assert waiting.value.suggested_filename == "bien-de-ban-CENTRE.pdf"
