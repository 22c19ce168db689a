"""What a kiosk page knows of its counter's opening hours: the coming ones, and the next opening in words."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from flask_babel import format_date
from flask_babel import gettext as _

from survey.domain.opening import PROVINCE_TIME, Schedule
from survey.domain.spans import Span

# A page without network sleeps and wakes by what it knows for as long as this; then it stays awake.
DAYS_KNOWN = 14


def coming(schedule: Schedule, moment: datetime) -> list[Span]:
    """The opening hours that are not over yet, for two weeks; none when no hours are recorded."""
    today = moment.astimezone(PROVINCE_TIME).date()
    second = int(moment.timestamp())
    return [
        span for span in schedule.open_spans(today, today + timedelta(days=DAYS_KNOWN)) if span.end > second
    ]


def spans(schedule: Schedule, moment: datetime) -> str:
    """The coming opening hours for the page's script: JSON, seconds since 1970."""
    return json.dumps(coming(schedule, moment), separators=(",", ":"))


def stamp(schedule: Schedule, moment: datetime) -> str:
    """Changes with the hours and once a day, so that an open page knows the coming two weeks."""
    today = moment.astimezone(PROVINCE_TIME).date()
    known = schedule.open_spans(today, today + timedelta(days=DAYS_KNOWN))
    digest = hashlib.sha256(json.dumps(known).encode()).hexdigest()[:8]
    return f"{today}.{digest}" if known else "-"


def openings(schedule: Schedule, moment: datetime) -> list[tuple[int, str]]:
    """The coming openings as (second, sentence in the page's language)."""
    found = []
    for span in coming(schedule, moment):
        begins = span.begins_at.astimezone(PROVINCE_TIME)
        if begins > moment:
            day = f"{format_date(begins.date(), 'EEEE')}, {begins:%d/%m}"
            found.append(
                (span.start, str(_("Opens at %(time)s on %(day)s.", time=f"{begins:%H:%M}", day=day)))
            )
    return found
