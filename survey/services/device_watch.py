"""Watching devices: one that is silent while its counter is open raises an alert, even if nobody looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.opening import Schedule, day_of
from survey.domain.spans import Span, common, seconds_in, span_of
from survey.models import Device, DeviceAlert
from survey.models.engine import writing
from survey.queries import devices as device_queries
from survey.queries import opening_hours as opening_hour_queries


@dataclass(frozen=True)
class Silence:
    """How long a device was not heard although its counter was open; `since` is the first such moment."""

    seconds: int
    since: datetime | None

    def is_too_long(self, minutes: int) -> bool:
        """Whether it is an alert."""
        return self.since is not None and self.seconds >= 60 * minutes


def silence_of(device: Device, schedule: Schedule, *, now: datetime) -> Silence:
    """The silence of the device at its present counter until now."""
    heard = device.enrolled_at if device.state is None else device.state.heard_at
    since = max(heard, device_queries.placement_of(device).since)
    away = span_of(since, max(now, since))
    open_spans = common(schedule.open_spans(day_of(away.start), day_of(away.end)), [away])
    first = open_spans[0] if open_spans else None
    return Silence(seconds_in(open_spans), None if first is None else first.begins_at)


def raise_alerts(session: Session, *, now: datetime) -> list[DeviceAlert]:
    """Raise an alert for every device that is silent for too long and has none yet; returns the new ones."""
    due = _due(session, now=now)
    return [alert for device, since in due if (alert := _raise(session, device, since=since, now=now))]


def _due(session: Session, *, now: datetime) -> list[tuple[Device, datetime]]:
    """The devices that need an alert, each with the beginning of its silence."""
    known = set(device_queries.open_alerts(session))
    devices = [
        device
        for device in device_queries.list_devices(session, organisation_ids=None)
        if device.revoked_at is None and device.id not in known
    ]
    points = {device_queries.placement_of(device).service_point_id for device in devices}
    schedules = opening_hour_queries.schedules(session, points)
    minutes = device_queries.silence_minutes(session)
    found = []
    for device in devices:
        point = device_queries.placement_of(device).service_point
        silence = silence_of(device, schedules[point.id], now=now)
        if silence.since is not None and silence.is_too_long(minutes[point.organisation_id]):
            found.append((device, silence.since))
    return found


def catch_up(session: Session, *, now: datetime) -> None:
    """For pages that only read: raise what is due in a transaction of its own.

    What it writes follows from what is stored and is no part of the caller's work; so this service commits.
    The caller's own reading begins anew, else it would not see the alerts.
    """
    if _due(session, now=now):
        with writing(), Session(session.get_bind()) as own, own.begin():
            raise_alerts(own, now=now)
        session.rollback()


def note_return(session: Session, device: Device, *, now: datetime) -> None:
    """The device is heard again: close its alert, or record the one that nobody raised in the meantime.

    To be called before the new heartbeat is stored.
    """
    if close_alert(session, device, now=now):
        return
    point = device_queries.placement_of(device).service_point
    schedule = opening_hour_queries.schedules(session, [point.id])[point.id]
    minutes = device_queries.silence_minutes(session)[point.organisation_id]
    silence = silence_of(device, schedule, now=now)
    if silence.since is not None and silence.is_too_long(minutes):
        session.add(
            DeviceAlert(
                device_id=device.id,
                service_point_id=point.id,
                silent_since=silence.since,
                raised_at=now,
                closed_at=now,
            )
        )
        session.flush()


def close_alert(session: Session, device: Device, *, now: datetime) -> bool:
    """Close the open alert of the device; whether there was one."""
    alert = device_queries.open_alerts(session, device_ids=[device.id]).get(device.id)
    if alert is None:
        return False
    alert.closed_at = now
    session.flush()
    return True


def _raise(session: Session, device: Device, *, since: datetime, now: datetime) -> DeviceAlert | None:
    # One after the other: a second watcher, or a heartbeat at this moment, must not make a second alert.
    session.execute(select(Device.id).where(Device.id == device.id).with_for_update())
    if device_queries.open_alerts(session, device_ids=[device.id]):
        return None
    point_id = device_queries.placement_of(device).service_point_id
    alert = DeviceAlert(device_id=device.id, service_point_id=point_id, silent_since=since, raised_at=now)
    session.add(alert)
    session.flush()
    return alert


def open_now(schedule: Schedule, now: datetime) -> bool:
    """Whether the counter is open at this moment."""
    second = int(now.timestamp())
    today = day_of(second)
    return bool(common(schedule.open_spans(today, today), [Span(second, second + 1)]))
