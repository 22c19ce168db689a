"""The QR page in a browser without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.enums import Mode
from survey.domain.receipts import receipt_code
from survey.models import Response
from tests.factories import make_service_point, make_survey_round
from tests.support.server import LiveServer

pytestmark = pytest.mark.e2e

PHONE = {"width": 360, "height": 740}
LARGEST_FIRST_VIEW = 51_200


@pytest.fixture
def address(session: Session, live_server: LiveServer) -> str:
    make_service_point(session, public_code="abc", round_id=make_survey_round(session).id)
    session.commit()
    return f"{live_server.url}/q/abc"


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A phone's page with JavaScript switched off."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="vi-VN")
    yield context.new_page()
    context.close()


def rows(session: Session) -> list[Response]:
    """What is stored now; the transaction ends at once, since on SQLite it would hold up the server."""
    found = list(session.scalars(select(Response).order_by(Response.id)))
    session.expunge_all()
    session.rollback()
    return found


def test_a_rating_with_reasons_goes_through_without_javascript(
    plain_page: Page, address: str, session: Session
):
    plain_page.goto(address)
    assert plain_page.locator(":checked").count() == 0
    plain_page.get_by_label("Không hài lòng", exact=True).check()
    plain_page.locator("textarea").fill("Chờ hơi lâu.")
    plain_page.locator("button").click()
    tap = rows(session)[0]
    assert (tap.mode, tap.answers) == (Mode.QR, {"overall": 2, "comment": "Chờ hơi lâu."})
    expect(plain_page.locator(".code")).to_have_text(receipt_code(tap.uuid))
    plain_page.get_by_label("Trả kết quả trễ hẹn").check()
    plain_page.locator("button").click()
    expect(plain_page.locator("form")).to_have_count(0)
    supplement = rows(session)[1]
    assert (supplement.supplements, supplement.answers) == (tap.uuid, {"reasons": ["late"]})


def test_reloading_the_thanks_and_going_back_to_send_again_stay_one_rating(
    plain_page: Page, address: str, session: Session
):
    plain_page.goto(address)
    uuid = plain_page.locator("[name=uuid]").input_value()
    plain_page.get_by_label("Rất hài lòng", exact=True).check()
    plain_page.locator("button").dblclick()
    expect(plain_page.locator(".code")).to_be_visible()
    plain_page.reload()
    assert [str(row.uuid) for row in rows(session)] == [uuid]


def test_a_missing_answer_is_asked_for_without_losing_the_comment(
    plain_page: Page, address: str, session: Session
):
    plain_page.goto(address)
    plain_page.locator("textarea").fill("Xin cảm ơn.")
    plain_page.locator("button").click()
    expect(plain_page.locator("#summary a")).to_have_attribute("href", "#overall")
    expect(plain_page.locator("textarea")).to_have_value("Xin cảm ơn.")
    plain_page.get_by_label("Hài lòng", exact=True).check()
    plain_page.locator("button").click()
    expect(plain_page.locator(".code")).to_be_visible()
    assert [row.answers for row in rows(session)] == [{"overall": 4, "comment": "Xin cảm ơn."}]


def test_the_language_links_switch_the_page(plain_page: Page, address: str):
    plain_page.goto(address)
    plain_page.get_by_role("link", name="English").click()
    expect(plain_page.get_by_label("Very satisfied")).to_be_visible()
    expect(plain_page.locator("html")).to_have_attribute("lang", "en")


def test_every_page_is_accessible_and_fits_a_phone(page: Page, address: str, live_server: LiveServer):
    page.set_viewport_size(PHONE)

    def check() -> None:
        found = Axe().run(page).response["violations"]
        assert [f"{violation['id']}: {violation['help']}" for violation in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    for language in ("vi", "en"):
        page.goto(f"{address}?language={language}")
        check()
        page.locator("button").click()
        check()
        page.locator("[name=overall][value='1']").check()
        page.locator("button").click()
        check()
        page.locator("button").click()
        check()
        page.locator("[name=reasons][value=late]").check()
        page.locator("button").click()
        check()
    page.goto(f"{live_server.url}/q/nowhere")
    check()


def test_the_first_view_is_light(page: Page, address: str):
    received: list[int] = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    assert len(received) >= 2
    assert sum(received) <= LARGEST_FIRST_VIEW
