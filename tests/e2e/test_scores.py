"""The scores page in a real browser: usable by everybody, on every width, with every number in a table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from survey.queries.organisations import get_organisation
from tests.factories import (
    make_organisation,
    make_response,
    make_sample_unit,
    make_service_point,
    make_survey_round,
)
from tests.support.sampled_rounds import make_sampled_round
from tests.support.server import LiveServer

pytestmark = pytest.mark.e2e
WIDTHS = ((1440, 1000), (820, 1180), (360, 740))


@pytest.fixture
def signed_in(
    session: Session,
    make_account: Callable[[str, str], tuple[str, str]],
    live_server: LiveServer,
    page: Page,
) -> Page:
    """An analyst before a province with a sample and a stream of ratings."""
    province = make_organisation(session, code="95", names={"vi": "Tỉnh Bạc Liêu", "en": "Bạc Liêu"})
    sample = make_sampled_round(
        session,
        [],
        code="sample",
        questionnaire="sipas-2017",
        organiser_id=province.id,
        is_demonstration=True,
    )
    counters = make_survey_round(session, code="counters", organiser_id=province.id)
    for code, count in (("D1", 40), ("D2", 40), ("D3", 12), ("D4", 12)):
        names = {"vi": f"Huyện {code}", "en": f"District {code}"}
        make_organisation(session, kind_code="district", code=code, parent_id=province.id, names=names)
        district = get_organisation(session, code)
        point = make_service_point(session, organisation=district, round_id=counters.id)
        for number in range(count):
            unit = make_sample_unit(
                session,
                round_id=sample.id,
                stratum=code,
                psu=f"{code}-{number // 2}",
                organisation_id=district.id,
            )
            answers = {"f1_1": 1 + number % 5, "f2_1": 4, "f3_1": 5 - number % 3, "sex": "female"}
            make_response(session, sample, answers=answers, sample_unit_id=unit.id)
            make_response(session, counters, answers={"overall": 5 - number % 3}, service_point_id=point.id)
    session.commit()
    username, password = make_account("home-affairs-analyst", "95")
    page.goto(f"{live_server.url}/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/scores**")
    return page


def test_scores_are_accessible_and_fit_every_width(signed_in: Page, live_server: LiveServer) -> None:
    for query in ("?round=sample", "?round=counters&by=service_point", "?round=sample&unit=D3"):
        signed_in.goto(f"{live_server.url}/scores{query}")
        for width, height in WIDTHS:
            signed_in.set_viewport_size({"width": width, "height": height})
            found = Axe().run(signed_in).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
            assert signed_in.evaluate("document.documentElement.scrollWidth") == width


def test_choosing_a_division_and_opening_a_unit(signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/scores?round=sample")
    signed_in.get_by_role("rowheader", name="Huyện D1").get_by_role("link").click()
    signed_in.select_option("#by", "sex")
    signed_in.locator(".score-filters button").click()
    values = [signed_in.locator(f"#{name}").input_value() for name in ("round", "by", "topic")]
    assert values == ["sample", "sex", "overall:overall"]
    assert signed_in.locator(".score-table tbody tr").count() == 2
    assert signed_in.locator("input[name=unit]").input_value() == "D1"


def test_numbers_of_the_charts_stand_in_tables(signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(f"{live_server.url}/scores?round=counters&by=service_point")
    signed_in.locator("summary").click()
    assert signed_in.locator(".side-by-side table").first.locator("tbody td").all_inner_texts() == ["104"]
