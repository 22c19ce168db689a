"""Limits on how often one session and one counter may send ratings, and on attempts to sign in.

Ratings are limited generously and never by address: a whole centre shares one. A kiosk sends what it kept
during an outage, which is many ratings at once. Counting in the shared store costs a trip per rating; so each
process counts by itself and reports in steps, which lets a limit be passed by at most one step per process.
"""

from __future__ import annotations

from flask import request, session
from limits import RateLimitItem, parse
from werkzeug.exceptions import TooManyRequests

from survey.extensions import attempt_store
from survey.views.kiosk_tokens import HEADER

SESSION_LIMIT = parse("600 per minute")
SERVICE_POINT_LIMIT = parse("6000 per minute")
ENROLMENT_ADDRESS_LIMIT = parse("10 per minute")
ENROLMENT_LIMIT = parse("60 per minute")
SIGN_IN_ADDRESS_LIMIT = parse("20 per minute")
SIGN_IN_NAME_LIMIT = parse("8 per minute")
LONGEST_NAME = 80
STEP = 20
COUNTED_KEYS = 10_000


class StepCounter:
    """Counts hits by key in this process; says how many to report whenever a step is full."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, key: str) -> int:
        """Count one hit; gives the number to report now, 0 while the step is not full."""
        count = self._counts.get(key, 0) + 1
        if count < STEP:
            if len(self._counts) >= COUNTED_KEYS:
                self._counts.clear()
            self._counts[key] = count
            return 0
        self._counts[key] = 0
        return count

    def hold(self, key: str) -> None:
        """Report the very next hit too: the limit is reached, and only the store knows when it is over."""
        self._counts[key] = STEP - 1


_counter = StepCounter()


def count_attempt(public_code: str) -> None:
    """Count this request against its session and its counter; raises TooManyRequests above either limit."""
    if attempt_store.is_enabled:
        token = request.headers.get(HEADER) or session.get("csrf_token")
        _count(SESSION_LIMIT, f"session {token}")
        _count(SERVICE_POINT_LIMIT, f"service point {public_code}")


def _count(limit: RateLimitItem, key: str) -> None:
    report = _counter.add(key)
    if report and not attempt_store.hit(limit, key, count=report):
        _counter.hold(key)
        raise TooManyRequests


def count_sign_in(username: str) -> None:
    """Count an attempt to sign in against its address and its name; raises TooManyRequests above a limit."""
    by_address = attempt_store.hit(SIGN_IN_ADDRESS_LIMIT, f"sign-in from {request.remote_addr}")
    by_name = attempt_store.hit(SIGN_IN_NAME_LIMIT, f"sign-in as {username[:LONGEST_NAME]}")
    if not (by_address and by_name):
        raise TooManyRequests


def count_enrolment() -> None:
    """Count an attempt to enrol a device against its address and all together; raises TooManyRequests.

    All together, because a guess names no code: with 60 a minute nobody meets one of 10¹⁰ in 15 minutes.
    """
    by_address = attempt_store.hit(ENROLMENT_ADDRESS_LIMIT, f"enrolment from {request.remote_addr}")
    by_all = attempt_store.hit(ENROLMENT_LIMIT, "enrolment")
    if not (by_address and by_all):
        raise TooManyRequests
