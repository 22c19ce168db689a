"""What devices say and how their counters were covered, in words."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from survey.domain.coverage import Coverage
from survey.domain.enums import DeviceCondition, ScreenState, StorageState
from survey.domain.opening import PROVINCE_TIME
from survey.services.device_overview import DeviceRow
from survey.views.numbers import number

SECONDS_OF_OFFSET_SHOWN = 5


def condition(row: DeviceRow) -> str:
    """How a device is doing."""
    texts = {
        DeviceCondition.SILENT: _("silent while the counter is open"),
        DeviceCondition.NEVER_HEARD: _("enrolled, not heard yet"),
        DeviceCondition.QUIET: _("not heard just now")
        if row.is_counter_open
        else _("not heard; the counter is closed"),
        DeviceCondition.HEARD: _("alive"),
        DeviceCondition.REVOKED: _("revoked"),
    }
    return str(texts[row.condition])


def condition_tag(row: DeviceRow) -> str:
    """The class of the tag that bears the condition."""
    tags = {
        DeviceCondition.SILENT: "bad",
        DeviceCondition.NEVER_HEARD: "warn",
        DeviceCondition.HEARD: "good",
    }
    return tags.get(row.condition, "")


def screen(state: ScreenState) -> str:
    """What the screen shows."""
    texts = {
        ScreenState.READY: _("shows the question"),
        ScreenState.IN_USE: _("somebody is rating"),
        ScreenState.ASLEEP: _("asleep until the counter opens"),
        ScreenState.CLOSED: _("takes no ratings"),
    }
    return str(texts[state])


def storage(state: StorageState) -> str:
    """What is wrong with the browser's storage; empty when nothing is."""
    if state is StorageState.WORKING:
        return ""
    return str(_("The browser refuses to store: waiting ratings are lost when the page closes."))


def clock_offset(milliseconds: int) -> str:
    """How far the device's clock is off."""
    seconds = round(milliseconds / 1000)
    if abs(seconds) < SECONDS_OF_OFFSET_SHOWN:
        return str(_("right"))
    told = number(abs(seconds))
    return str(
        _("%(seconds)s s fast", seconds=told) if seconds > 0 else _("%(seconds)s s slow", seconds=told)
    )


def hours(seconds: int) -> str:
    """Seconds as hours with one decimal."""
    return str(_("%(hours)s h", hours=number(seconds / 3600, 1)))


def covered_of_open(coverage: Coverage) -> str:
    """Covered hours of the opening hours, or why there are none."""
    if not coverage.open_seconds:
        return str(_("no opening hours so far"))
    watched = coverage.open_seconds - coverage.unknown_seconds
    if not watched:
        return str(_("unknown"))
    return str(_("%(covered)s of %(open)s", covered=hours(coverage.covered_seconds), open=hours(watched)))


def coverage(found: Coverage) -> str:
    """How much of the opening hours figures speak of, to stand beside a score."""
    if not found.open_seconds:
        return str(_("coverage unknown: no opening hours"))
    if not found.is_known:
        return str(_("coverage unknown: no enrolled device"))
    parts = [_("coverage %(share)s", share=floor_percentage(found))]
    if found.dark_days:
        parts.append(
            ngettext("no data: %(num)d day", "no data: %(num)d days", len(found.dark_days))
            if found.counter_count == 1
            else ngettext(
                "no data: %(num)d day at one counter",
                "no data: %(num)d days at counters",
                len(found.dark_days),
            )
        )
    if found.known_count < found.counter_count:
        parts.append(
            _("%(known)s of %(all)s counters watched", known=found.known_count, all=found.counter_count)
        )
    elif found.unknown_seconds:
        parts.append(_("unknown: %(hours)s", hours=hours(found.unknown_seconds)))
    return " · ".join(str(part) for part in parts)


def floor_percentage(found: Coverage) -> str:
    """The covered share in percent, rounded down: 100 % is said only when nothing is missing."""
    share = found.share or 0.0
    return number(int(share * 100)) + "%"


def missing_list(found: Coverage) -> list[str]:
    """The missing stretches, one line each."""
    return [stretch(span.begins_at, span.ends_at) for span in found.missing]


def stretch(begins_at: datetime, ends_at: datetime) -> str:
    """A stretch of time within one day of the province, or over several."""
    from_, to = (moment.astimezone(PROVINCE_TIME) for moment in (begins_at, ends_at))
    if from_.date() == to.date():
        return f"{from_:%d/%m/%Y}, {from_:%H:%M}–{to:%H:%M}"
    return f"{from_:%d/%m/%Y %H:%M} – {to:%d/%m/%Y %H:%M}"


def weekday(number_: int) -> str:
    """The name of a weekday, 0 for Monday."""
    return str(format_date(date(2024, 1, 1 + number_), "EEEE")).capitalize()  # 1 January 2024 was a Monday


def days(found: Coverage) -> str:
    """The days without data, in order."""
    return ", ".join(f"{day:%d/%m/%Y}" for day in sorted(set(found.dark_days)))
