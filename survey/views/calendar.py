"""The day it is in the province, which is what people mean by today."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from flask import current_app

from survey.config import TIME_ZONE

PROVINCE = ZoneInfo(TIME_ZONE)


def today() -> date:
    """The province's calendar day by the service's clock."""
    day: date = current_app.config["CLOCK"]().astimezone(PROVINCE).date()
    return day
