"""The index pages in a real browser: readable at every size and by a screen reader, with their numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from survey.domain.enums import Mode, Selection
from survey.queries.criteria import definition_of, find_criteria_set
from survey.queries.organisations import get_organisation
from tests.factories import make_organisation, make_response, make_service_point, make_survey_round
from tests.support.index_rounds import make_units, succeed, write_points, write_round

DEMO = Path(__file__).resolve().parents[2] / "survey" / "data" / "criteria" / "bl-huyen-2020-demo.csv"
DISTRICTS = ("954", "956", "957")
SIZES = [(1440, 1000), (820, 1180), (360, 740)]
PAGES = ["/index", "/index/demo-2020", "/index/demo-2020/units/954", "/index/demo-2020/units/957"]


@pytest.fixture
def demo_round(runner, session, tmp_path):
    """Three districts by the demonstration set; the third has no ratings, so its sheet is not complete."""
    province = make_organisation(session, code="BL")
    make_units(session, DISTRICTS, kind_code="district", parent=province)
    stream = make_survey_round(session, code="stream", selection=Selection.SELF_SELECTED)
    leaders = make_survey_round(
        session, code="leaders", selection=Selection.INVITED, questionnaire="leaders-cross-assessment"
    )
    for level in (5, 4, 4, 3, 5):
        answers = {f"q{number}": dict.fromkeys(DISTRICTS, level) for number in range(1, 10)}
        make_response(session, leaders, mode=Mode.INVITED, answers=answers)
    for code, levels in (("954", (5, 4, 4, 4, 2)), ("956", (5, 4, 2, 2, 2))):
        unit = get_organisation(session, code)
        point = make_service_point(session, code=f"{code}-1", organisation=unit, round_id=stream.id)
        for level in levels:
            make_response(session, stream, service_point_id=point.id, answers={"overall": level})
    session.commit()
    succeed(runner, "criteria", "load", str(DEMO))
    path = write_round(
        tmp_path,
        "demo-2020",
        year=2020,
        criteria_set="BL-HUYEN-2020-DEMO",
        organiser="BL",
        units=[{"code": code} for code in DISTRICTS],
        satisfaction={"round": "stream", "figure": "monitoring"},
        leaders_round="leaders",
        demonstration=True,
    )
    succeed(runner, "index", "open", "--file", str(path))
    definition = definition_of(find_criteria_set(session, "BL-HUYEN-2020-DEMO", version=1))
    points = {
        code: {leaf.code: format(leaf.max_points, "f") for leaf in definition.leaves if leaf.kind == "SELF"}
        for code in DISTRICTS
    }
    succeed(runner, "index", "load-points", "demo-2020", str(write_points(tmp_path, "demo-2020", points)))
    session.commit()


@pytest.fixture
def signed_in_page(page, live_server, demo_round, make_account):
    """A page on which Home Affairs has signed in."""
    username, password = make_account("home-affairs-analyst", "BL")
    page.goto(f"{live_server.url}/sign-in")
    page.fill("#username", username)
    page.fill("#password", password)
    page.locator("main button").click()
    return page


@pytest.mark.e2e
def test_pages_of_the_index_pass_axe_and_fit_every_screen(signed_in_page, live_server):
    for width, height in SIZES:
        signed_in_page.set_viewport_size({"width": width, "height": height})
        for address in PAGES:
            signed_in_page.goto(f"{live_server.url}{address}")
            assert signed_in_page.evaluate("document.documentElement.scrollWidth") <= width, address
            violations = Axe().run(signed_in_page).response["violations"]
            found = [(violation["id"], violation["nodes"][0]["html"]) for violation in violations]
            assert (address, width, found) == (address, width, [])


@pytest.mark.e2e
def test_a_unit_is_found_from_the_list_by_its_rank_down_to_the_computed_leaf(signed_in_page, live_server):
    signed_in_page.set_viewport_size({"width": 1440, "height": 1000})
    signed_in_page.goto(f"{live_server.url}/index?language=vi")
    signed_in_page.get_by_role("link", name="Chỉ số CCHC năm 2020").click()
    first = signed_in_page.locator("table.ranking tbody tr").first
    expect(first.locator(".index")).to_have_text("94,80")
    expect(signed_in_page.locator(".waiting tbody tr")).to_have_count(1)
    first.get_by_role("link").click()
    leaf = signed_in_page.locator("#leaf-8\\.1\\.1")
    expect(leaf.locator(".got")).to_have_text(re.compile(r"^\s*8,00\s*$"))
    expect(leaf.locator("dl.basis dd").first).to_have_text("80,00%")
