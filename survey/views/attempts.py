"""Limits on how often one session and one counter may send ratings: generous, and never by address.

A whole centre shares one address, so an address is no reason to refuse anybody. A kiosk sends what it kept
during an outage, which is many ratings at once. Counting in the shared store costs a trip per rating; so each
process counts by itself and reports in steps, which lets a limit be passed by at most one step per process.
"""

from __future__ import annotations

from flask import request, session
from limits import RateLimitItem, parse
from werkzeug.exceptions import TooManyRequests

from survey.extensions import limiter
from survey.views.kiosk_tokens import HEADER

SESSION_LIMIT = parse("600 per minute")
SERVICE_POINT_LIMIT = parse("6000 per minute")
STEP = 20
COUNTED_KEYS = 10_000
COUNTING_ENDPOINTS = frozenset({"kiosk.rate", "qr.send"})


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


@limiter.request_filter
def counts_for_itself() -> bool:
    """Whether the view of this request counts its attempts here."""
    return request.endpoint in COUNTING_ENDPOINTS


def count_attempt(public_code: str) -> None:
    """Count this request against its session and its counter; raises TooManyRequests above either limit."""
    if limiter.enabled:
        token = request.headers.get(HEADER) or session.get("csrf_token")
        _count(SESSION_LIMIT, f"session {token}")
        _count(SERVICE_POINT_LIMIT, f"service point {public_code}")


def _count(limit: RateLimitItem, key: str) -> None:
    report = _counter.add(key)
    if report and not limiter.limiter.hit(limit, key, cost=report):
        _counter.hold(key)
        raise TooManyRequests
