"""A kiosk in a real browser: it enrols by a typed code, is heard every minute, and sleeps at closing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.opening import PROVINCE_TIME
from survey.models import CoveredStretch, DeviceState, ServicePoint
from survey.queries import devices as device_queries
from survey.services import devices as device_services
from survey.services import opening_hours
from tests.factories import make_account_row, make_organisation, make_service_point, make_survey_round
from tests.support.devices import SECRET
from tests.support.server import LiveServer

pytestmark = pytest.mark.e2e

KIOSK = {"width": 1080, "height": 1920}
ALL_DAY = {str(day): [["00:00", "24:00"]] for day in range(7)}


@pytest.fixture
def point(session: Session) -> ServicePoint:
    unit = make_organisation(session)
    point = make_service_point(
        session, public_code="abc", organisation=unit, round_id=make_survey_round(session).id
    )
    opening_hours.set_week(
        session, [point], week=ALL_DAY, valid_from=date(2026, 1, 1), account=None, now=datetime.now(UTC)
    )
    session.commit()
    return point


@pytest.fixture
def enrolled(page: Page, point: ServicePoint, session: Session, live_server: LiveServer) -> Page:
    """A page that typed its code on the digits of the screen."""
    made = device_services.make_enrolment_code(
        session, point=point, device_name="Màn hình", secret=SECRET, account=None, now=datetime.now(UTC)
    )
    session.commit()
    page.set_viewport_size(KIOSK)
    page.clock.install()
    page.goto(f"{live_server.url}/enrol")
    for digit in made.code:
        page.locator(f"[data-digit='{digit}']").click()
    page.locator("#enrolment .primary").click()
    page.wait_for_url("**/kiosk/abc")
    expect(page.locator("[data-screen=question]:visible")).to_be_visible()
    return page


def state(session: Session) -> DeviceState | None:
    """What the device said last; the transaction ends at once, since on SQLite it holds up the server."""
    found = session.scalar(select(DeviceState))
    session.expunge_all()
    session.rollback()
    return found


def heard(page: Page, session: Session, *, after: int) -> DeviceState:
    """The state once a heartbeat later than this one has arrived."""
    for _ in range(100):
        found = state(session)
        if found is not None and found.counter > after:
            return found
        page.wait_for_timeout(50)
    raise AssertionError("No heartbeat came.")


def test_an_enrolled_kiosk_is_heard_every_minute_with_what_it_shows(enrolled: Page, session: Session) -> None:
    first = heard(enrolled, session, after=0)
    assert (first.queue_length, first.screen, first.storage, abs(first.clock_offset_milliseconds) < 5000) == (
        0,
        "ready",
        "working",
        True,
    )
    enrolled.clock.run_for(500)
    enrolled.locator("button.level[value='5']:visible").click()
    expect(enrolled.locator("[data-screen=thanks]:visible")).to_be_visible()
    enrolled.clock.fast_forward(61_000)
    second = heard(enrolled, session, after=first.counter)
    assert (len(first.version), second.version) == (8, first.version)
    assert len(session.scalars(select(CoveredStretch)).all()) == 1


def close(session: Session, point: ServicePoint, days: range) -> date:
    """Close the counter on days counted from today; gives the province's today."""
    today = datetime.now(PROVINCE_TIME).date()
    for offset in days:
        day = today + timedelta(days=offset)
        opening_hours.close_day(session, [point], day=day, reason="Lễ", account=None, now=datetime.now(UTC))
    session.commit()
    return today


def jump(page: Page, moment: datetime) -> None:
    """Let the page's clock jump to shortly after this moment and go on from there."""
    now = page.evaluate("Date.now()") / 1000
    page.clock.fast_forward(int((moment.timestamp() + 10 - now) * 1000))


def test_an_enrolled_kiosk_sleeps_at_closing_says_when_it_opens_and_wakes_then(
    enrolled: Page, point: ServicePoint, session: Session
) -> None:
    heard(enrolled, session, after=0)
    today = close(session, session.merge(point), range(1, 3))
    enrolled.wait_for_timeout(5500)  # the service remembers a counter for five seconds
    enrolled.reload()
    expect(enrolled.locator("[data-screen=question]:visible")).to_be_visible()
    # From here on the page has no network, so that nobody tells it that the test's clock is wrong.
    enrolled.route("**/kiosk/**", lambda route: route.abort())
    closing = datetime.combine(today + timedelta(days=1), time(), PROVINCE_TIME)
    jump(enrolled, closing)
    expect(enrolled.locator("[data-screen=sleep]:visible")).to_be_visible()
    expect(enrolled.locator("[data-opening]:visible")).to_have_count(1)
    expect(enrolled.locator("[data-clock]:visible")).to_have_text("00:00")
    expect(enrolled.locator("[data-touched]:visible")).to_have_count(0)
    enrolled.locator("[data-screen=sleep] h1:visible").click()
    expect(enrolled.locator("[data-touched]:visible")).to_be_visible()
    expect(enrolled.locator("[data-screen=sleep]:visible")).to_be_visible()
    assert Axe().run(enrolled).response["violations"] == []
    opens = int(enrolled.locator("[data-opening]:visible").get_attribute("data-opening") or 0)
    assert opens == int((closing + timedelta(days=2)).timestamp())
    jump(enrolled, datetime.fromtimestamp(opens, UTC))
    expect(enrolled.locator("[data-screen=question]:visible")).to_be_visible()


def test_a_page_that_is_not_enrolled_never_sleeps_and_sends_no_heartbeat(
    page: Page, point: ServicePoint, session: Session, live_server: LiveServer
) -> None:
    close(session, point, range(-1, 2))
    page.clock.install()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.goto(f"{live_server.url}/kiosk/abc")
    page.clock.run_for(130_000)
    expect(page.locator("[data-screen=question]:visible")).to_be_visible()
    assert [url for url in sent if url.endswith("/heartbeat")] == []


def test_a_revoked_kiosk_says_so_and_a_moved_one_opens_its_new_counter(
    enrolled: Page, point: ServicePoint, session: Session
) -> None:
    heard(enrolled, session, after=0)
    point = session.merge(point)
    other = make_service_point(
        session, public_code="def", organisation=point.organisation, round_id=point.round_id
    )
    device = device_queries.placements_at(session, [point.id])[0]
    account = make_account_row(session)
    device_services.place_device(
        session, device, point=other, name="Mới", account=account, now=datetime.now(UTC)
    )
    session.commit()
    enrolled.clock.run_for(61_000)
    enrolled.wait_for_url("**/kiosk/def")
    session.expire_all()
    device_services.revoke_device(session, device, account=account, now=datetime.now(UTC))
    session.commit()
    enrolled.reload()
    expect(enrolled.locator("[data-screen=revoked]:visible")).to_be_visible()
    assert Axe().run(enrolled).response["violations"] == []


def test_a_wrong_code_is_told_kindly(page: Page, point: ServicePoint, live_server: LiveServer) -> None:
    page.set_viewport_size(KIOSK)
    page.goto(f"{live_server.url}/enrol")
    page.locator("#code").fill("12345 67890")
    page.locator("#enrolment .primary").click()
    expect(page.locator("#answer")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
