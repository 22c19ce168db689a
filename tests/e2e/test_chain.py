"""The main job in a real browser: a tap at a counter changes the scores, and the total of the index."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from playwright.sync_api import APIRequestContext, Page, Playwright, expect
from sqlalchemy.orm import Session

from survey.domain.permissions import TokenScope
from survey.queries import service_points as service_point_queries
from tests.support.server import LiveServer

COUNTER = "BL-TTPVHCC-Q02"
UNIT = "BL-SNV"


class Pulled:
    """What Home Affairs pulls for one unit: its share of satisfied ratings, and its row in the index."""

    def __init__(self, home_affairs: APIRequestContext) -> None:
        scores = self.ask(home_affairs, "/api/v1/scores?round=minh-hoa-quay&by=organisation")["scores"]
        self.score = next(row for row in scores if (row["domain"], row["level"]) == (UNIT, "overall"))
        index = self.ask(home_affairs, "/api/v1/index?round=minh-hoa-so-2026")["units"]
        self.unit = next(row for row in index if row["unit_code"] == UNIT)

    @staticmethod
    def ask(home_affairs: APIRequestContext, address: str) -> Any:
        answer = home_affairs.get(address)
        assert answer.status == 200, answer.text()
        return answer.json()

    @property
    def share(self) -> Fraction:
        return Fraction(self.score["value_exact"])

    @property
    def total(self) -> Decimal:
        return Decimal(self.unit["total_points"])


@pytest.mark.e2e
def test_a_tap_at_the_counter_changes_the_index_total(
    runner: FlaskCliRunner,
    session: Session,
    api_token: Callable[..., str],
    live_server: LiveServer,
    playwright_driver: Playwright,
    page: Page,
) -> None:
    assert runner.invoke(args=["demo", "load", "--last-day", "2026-08-30"]).exit_code == 0
    token = api_token([TokenScope.READ_SCORES])
    public_code = service_point_queries.service_points_by_code(session)[COUNTER].public_code
    session.commit()  # on SQLite an open transaction here would hold up the server
    home_affairs = playwright_driver.request.new_context(
        base_url=live_server.url, extra_http_headers={"Authorization": f"Bearer {token}"}
    )
    before = Pulled(home_affairs)

    page.set_viewport_size({"width": 1080, "height": 1920})
    page.goto(f"{live_server.url}/kiosk/{public_code}")
    page.get_by_role("button", name="Rất không hài lòng", exact=True).click()
    expect(page.get_by_text("Đánh giá của Ông/Bà đã được ghi nhận.").first).to_be_visible(timeout=30_000)

    after = Pulled(home_affairs)
    count = before.score["n"]
    satisfied = before.share * count
    assert (after.score["n"], after.share) == (count + 1, satisfied / (count + 1))
    assert after.score["figure_kind"] == "monitoring"
    points_lost = (before.share - after.share) * 10
    # The total is printed to two decimals on each side.
    assert abs((before.total - after.total) - Decimal(float(points_lost))) <= Decimal("0.01")
    assert after.total < before.total
