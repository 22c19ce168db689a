"""Limits on how often a session and a counter may send."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, session
from limits import parse
from werkzeug.exceptions import TooManyRequests

from survey.app import create_app
from survey.views import attempts


@pytest.fixture
def counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application with small limits and nothing counted yet."""
    app = create_app(
        {"RATELIMIT_ENABLED": True, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'unused.sqlite3'}"}
    )
    monkeypatch.setattr(attempts, "SESSION_LIMIT", parse("100 per minute"))
    monkeypatch.setattr(attempts, "SERVICE_POINT_LIMIT", parse("200 per minute"))
    monkeypatch.setattr(attempts, "_counter", attempts.StepCounter())
    return app


def sent(app: Flask, *, session_token: str, point: str, times: int) -> int:
    """How many of so many attempts in a row pass."""
    with app.test_request_context("/kiosk/abc"):
        session["csrf_token"] = session_token
        for passed in range(times):
            try:
                attempts.count_attempt(point)
            except TooManyRequests:
                return passed
    return times


def test_one_session_is_stopped_at_its_limit_within_a_step_and_stays_so(counting: Flask):
    passed = [sent(counting, session_token="one", point="abc", times=500) for _ in range(3)]
    assert passed == [100 + attempts.STEP - 1, 0, 0]


def test_other_sessions_at_the_same_counter_go_on_until_its_own_limit(counting: Flask):
    sent(counting, session_token="one", point="abc", times=100)
    assert sent(counting, session_token="two", point="abc", times=90) == 90
    assert sent(counting, session_token="three", point="other", times=90) == 90


def test_a_counter_is_stopped_at_its_limit_whatever_the_sessions(counting: Flask):
    passed = sum(
        sent(counting, session_token=f"visitor {number}", point="abc", times=1) for number in range(300)
    )
    assert passed == 200 + attempts.STEP - 1


def test_the_counter_reports_whole_steps():
    counter = attempts.StepCounter()
    reports = [counter.add("key") for _ in range(2 * attempts.STEP)]
    assert reports == ([0] * (attempts.STEP - 1) + [attempts.STEP]) * 2
