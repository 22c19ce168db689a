"""The kiosk in a real browser."""

from __future__ import annotations

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.enums import Mode
from survey.domain.receipts import receipt_code
from survey.models import Response
from tests.factories import make_organisation, make_service_point, make_survey_round
from tests.support.server import LiveServer

pytestmark = pytest.mark.e2e

KIOSK = {"width": 1080, "height": 1920}
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def address(session: Session, live_server: LiveServer) -> str:
    centre = make_organisation(
        session,
        names={
            "vi": "Trung tâm Phục vụ hành chính công tỉnh Bạc Liêu",
            "en": "Bạc Liêu Provincial Public Administrative Service Centre",
        },
    )
    justice = make_organisation(
        session, kind_code="department", names={"vi": "Sở Tư pháp", "en": "Department of Justice"}
    )
    make_service_point(
        session,
        public_code="abc",
        centre_id=centre.id,
        organisation=justice,
        round_id=make_survey_round(session).id,
    )
    session.commit()
    return f"{live_server.url}/kiosk/abc"


@pytest.fixture
def kiosk(page: Page, address: str) -> Page:
    page.set_viewport_size(KIOSK)
    page.clock.install()
    page.goto(address)
    return page


def rows(session: Session) -> list[Response]:
    """What is stored now; the transaction ends at once, since on SQLite it would hold up the server."""
    found = list(session.scalars(select(Response).order_by(Response.id)))
    session.expunge_all()
    session.rollback()
    return found


def screen(page: Page, name: str):
    return page.locator(f"[data-screen={name}]:visible")


def touch(page: Page, selector: str) -> None:
    """Touch after the pause in which a screen is deaf to the second half of a double tap."""
    target = page.locator(f"{selector}:visible")
    expect(target).to_be_visible()
    page.clock.run_for(500)
    target.click()


def violations(page: Page) -> list[str]:
    results = Axe().run(page)
    return [f"{found['id']}: {found['help']}" for found in results.response["violations"]]


def test_one_touch_is_stored_thanked_for_and_the_screen_starts_anew(kiosk: Page, session: Session):
    touch(kiosk, "button.level[value='5']")
    expect(screen(kiosk, "thanks")).to_be_visible()
    row = rows(session)[0]
    assert (row.mode, row.language, row.answers, row.supplements) == (Mode.KIOSK, "vi", {"overall": 5}, None)
    expect(kiosk.locator("[data-code]:visible")).to_have_text(receipt_code(row.uuid))
    kiosk.clock.run_for(17_000)
    expect(screen(kiosk, "question")).to_be_visible()
    touch(kiosk, "button.level[value='3']")
    expect(screen(kiosk, "thanks")).to_be_visible()
    first, second = rows(session)
    assert (first.uuid != second.uuid, second.answers) == (True, {"overall": 3})


def test_after_a_low_level_reasons_are_a_supplement_of_the_tap(kiosk: Page, session: Session):
    touch(kiosk, "button.level[value='1']")
    expect(screen(kiosk, "reasons")).to_be_visible()
    assert [row.answers for row in rows(session)] == [{"overall": 1}]
    touch(kiosk, "input[value=late]")
    kiosk.locator("input[value=fees]:visible").click()
    kiosk.locator("[data-screen=reasons]:visible button.primary").click()
    expect(screen(kiosk, "thanks")).to_be_visible()
    tap, supplement = rows(session)
    assert (supplement.supplements, supplement.answers) == (tap.uuid, {"reasons": ["late", "fees"]})


def test_a_double_tap_is_one_rating_and_touches_nothing_on_the_next_screen(kiosk: Page, session: Session):
    kiosk.clock.run_for(500)
    kiosk.locator("button.level[value='2']:visible").dblclick()
    expect(screen(kiosk, "reasons")).to_be_visible()
    assert len(rows(session)) == 1
    assert kiosk.locator("input:checked").count() == 0


def test_a_comment_is_a_second_supplement_with_an_identity_of_its_own(kiosk: Page, session: Session):
    touch(kiosk, "button.level[value='2']")
    touch(kiosk, "[data-screen=reasons] input[value=late]")
    kiosk.locator("[data-screen=reasons]:visible button.primary").click()
    expect(screen(kiosk, "thanks")).to_be_visible()
    touch(kiosk, "[data-go=comment]")
    kiosk.locator("textarea:visible").fill("Chờ hơi lâu.")
    touch(kiosk, "[data-screen=comment] button.primary")
    expect(screen(kiosk, "thanks")).to_be_visible()
    tap, reasons, comment = rows(session)
    assert (reasons.supplements, comment.supplements) == (tap.uuid, tap.uuid)
    assert (reasons.answers, comment.answers) == ({"reasons": ["late"]}, {"comment": "Chờ hơi lâu."})


def test_left_alone_it_counts_down_keeps_ticked_reasons_and_forgets_the_visitor(
    kiosk: Page, session: Session
):
    touch(kiosk, "[data-choose=en]")
    kiosk.locator("[data-size='1']:visible").click()
    touch(kiosk, "button.level[value='1']")
    expect(screen(kiosk, "reasons")).to_be_visible()
    touch(kiosk, "input[value=late]")
    kiosk.clock.run_for(31_000)
    expect(kiosk.locator("[data-countdown]:visible")).to_be_visible()
    kiosk.locator("[data-stay]:visible").click()
    expect(kiosk.locator("[data-countdown]:visible")).to_have_count(0)
    kiosk.clock.run_for(52_000)
    expect(screen(kiosk, "question")).to_be_visible()
    expect(kiosk.locator("html")).to_have_attribute("lang", "vi")
    expect(kiosk.locator("html")).to_have_class("kiosk-root")
    assert kiosk.locator("input:checked").count() == 0
    expect(kiosk.locator("[data-queue]:visible")).to_have_count(0)
    assert [row.answers for row in rows(session)] == [{"overall": 1}, {"reasons": ["late"]}]
    assert {row.language for row in rows(session)} == {"en"}


def test_without_a_network_the_tap_is_kept_said_so_and_sent_once_later(kiosk: Page, session: Session):
    kiosk.context.set_offline(True)
    touch(kiosk, "button.level[value='4']")
    expect(screen(kiosk, "thanks")).to_be_visible()
    expect(kiosk.locator("[data-waiting]:visible")).to_be_visible()
    expect(kiosk.locator("[data-receipt]:visible")).to_have_count(0)
    kept = kiosk.evaluate("JSON.parse(localStorage['hai-long-waiting/kiosk/abc']).map(Object.fromEntries)")
    assert rows(session) == []
    kiosk.context.set_offline(False)
    kiosk.clock.run_for(3_000)
    expect(kiosk.locator("[data-queue]:visible")).to_have_count(0)
    assert [(str(row.uuid), row.answers) for row in rows(session)] == [(kept[0]["uuid"], {"overall": 4})]
    assert kiosk.evaluate("JSON.parse(localStorage['hai-long-waiting/kiosk/abc'])") == []


def test_what_was_kept_is_sent_after_the_screen_was_switched_off_and_on(
    kiosk: Page, session: Session, address: str
):
    kiosk.context.set_offline(True)
    touch(kiosk, "button.level[value='4']")
    expect(screen(kiosk, "thanks")).to_be_visible()
    kiosk.goto("about:blank")
    kiosk.context.set_offline(False)
    kiosk.goto(address)
    expect(kiosk.locator("[data-queue]:visible")).to_have_count(0)
    assert [row.answers for row in rows(session)] == [{"overall": 4}]


def test_a_token_that_is_no_longer_good_is_renewed_without_the_visitor_noticing(
    kiosk: Page, session: Session
):
    kiosk.context.clear_cookies()
    kiosk.evaluate("document.querySelector('meta[name=kiosk-token]').content = 'abc/of-old.signature'")
    touch(kiosk, "button.level[value='4']")
    expect(screen(kiosk, "thanks")).to_be_visible()
    expect(kiosk.locator("[data-receipt]:visible")).to_be_visible()
    assert [row.answers for row in rows(session)] == [{"overall": 4}]


def test_a_refusal_is_told_and_the_visitor_can_try_again(kiosk: Page, session: Session):
    kiosk.evaluate("document.querySelectorAll('[name=version]').forEach((field) => field.value = '7')")
    touch(kiosk, "button.level[value='4']")
    expect(screen(kiosk, "refused")).to_be_visible()
    assert kiosk.locator("[data-reason]:visible").inner_text() != ""
    touch(kiosk, "[data-screen=refused] [data-go=question]")
    expect(screen(kiosk, "question")).to_be_visible()
    assert rows(session) == []


def test_bars_are_high_and_apart_and_nothing_is_cut_off_at_any_text_size(kiosk: Page):
    for _ in range(3):
        boxes = [bar.bounding_box() for bar in kiosk.locator("button.level:visible").all()]
        assert len(boxes) == 5
        assert min(box["height"] for box in boxes) >= 150
        gaps = [below["y"] - above["y"] - above["height"] for above, below in pairwise(boxes)]
        assert min(gaps) >= 20
        assert min(box["width"] for box in boxes) >= 1080 - 2 * 64
        assert boxes[0]["y"] > 1920 / 3
        width, height = kiosk.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        assert (width, height) == (1080, 1920)
        larger = kiosk.locator("[data-size='1']:visible")
        if larger.is_enabled():
            larger.click()


@pytest.mark.parametrize("size", [KIOSK, PHONE], ids=["kiosk", "phone"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_screen_is_accessible(page: Page, address: str, size: dict[str, int], language: str):
    page.set_viewport_size(size)
    page.goto(f"{address}?language={language}")
    assert violations(page) == []
    page.locator("button.level[value='1']:visible").click()
    expect(screen(page, "reasons")).to_be_visible()
    assert violations(page) == []
    page.wait_for_timeout(500)
    page.locator("[data-screen=reasons]:visible [data-go=thanks]").click()
    expect(screen(page, "thanks")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_closed_and_the_unknown_screen_are_accessible(
    page: Page, session: Session, live_server: LiveServer
):
    page.set_viewport_size(KIOSK)
    make_service_point(session, public_code="closed")
    session.commit()
    for code in ("closed", "nowhere"):
        page.goto(f"{live_server.url}/kiosk/{code}")
        assert violations(page) == []
