"""The printed sheets: one A4 page per counter, a code wide enough to scan, nothing cut off."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from tests.factories import make_organisation, make_service_point
from tests.support.qr_reader import read_qr
from tests.support.server import LiveServer

PIXELS_PER_MILLIMETRE = 96 / 25.4
A4_POINTS = (595, 842)

pytestmark = pytest.mark.e2e


@pytest.fixture
def sheets(
    session: Session, make_account: Callable[[str, str], tuple[str, str]], live_server: LiveServer, page: Page
) -> Page:
    """The page with the sheets of two counters, one of them with the longest names there are."""
    province = make_organisation(session, code="BL")
    centre = make_organisation(
        session,
        code="CENTRE",
        kind_code="centre",
        parent_id=province.id,
        names={
            "vi": "Trung tâm Phục vụ hành chính công tỉnh Bạc Liêu",
            "en": "Public Administrative Service Centre of Bạc Liêu province",
        },
    )
    for number, long in (
        (1, ""),
        (2, " và các thủ tục liên thông với cơ quan thuế, bảo hiểm xã hội, đất đai"),
    ):
        unit = make_organisation(
            session,
            parent_id=province.id,
            kind_code="department",
            names={
                "vi": "Sở Lao động - Thương binh và Xã hội",
                "en": "Department of Labour, War Invalids and Social Affairs",
            },
        )
        make_service_point(
            session,
            organisation=unit,
            centre_id=centre.id,
            public_code=f"bcdfghj{number + 1}",
            names={"vi": f"Quầy số {number} tầng {number}", "en": f"Counter {number}, floor {number}"},
            service_names={"vi": f"Người có công{long}", "en": f"Merit recipients{long}"},
        )
    session.commit()
    username, password = make_account("administrator", "BL")
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{live_server.url}/sign-in")
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("main button.button")
    page.goto(f"{live_server.url}/service-points/centre/CENTRE/sheets")
    page.emulate_media(media="print")
    return page


def test_every_counter_prints_on_exactly_one_a4_page(sheets: Page) -> None:
    pdf = sheets.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    sizes = [(round(float(width)), round(float(height))) for width, height in boxes]
    assert (len(re.findall(rb"/Type\s*/Page\b", pdf)), sizes) == (2, [A4_POINTS] * 2)


def test_nothing_is_cut_off_and_nothing_lies_over_the_code(sheets: Page) -> None:
    overflow = sheets.eval_on_selector_all(
        ".sheet",
        "all => all.map(one => [one.scrollHeight - one.clientHeight, one.scrollWidth - one.clientWidth])",
    )
    gaps = sheets.eval_on_selector_all(
        ".sheet .code",
        "all => all.map(code => Math.min("
        "code.getBoundingClientRect().top - code.previousElementSibling.getBoundingClientRect().bottom,"
        "code.nextElementSibling.getBoundingClientRect().top - code.getBoundingClientRect().bottom))",
    )
    quiet_zone = 130 * 4 / 37  # millimetres of white inside the picture, of which the texts may take half
    assert overflow == [[0, 0], [0, 0]]
    assert [gap / PIXELS_PER_MILLIMETRE > -quiet_zone / 2 for gap in gaps] == [True, True]


def test_code_on_the_sheet_is_ten_centimetres_wide_and_holds_the_address(
    sheets: Page, live_server: LiveServer
) -> None:
    codes = sheets.locator(".sheet .code")
    widths = [codes.nth(place).bounding_box()["width"] / PIXELS_PER_MILLIMETRE for place in range(2)]
    texts = [read_qr(codes.nth(place).screenshot()) for place in range(2)]
    # An address of this length takes 29 modules; four of quiet zone stand on each side.
    assert [width * 29 / 37 >= 100 for width in widths] == [True, True]
    assert texts == [f"{live_server.url}/q/bcdfghj{number}" for number in (2, 3)]
    assert sheets.locator(".typed").all_inner_texts() == [text.removeprefix("http://") for text in texts]
