"""Device overview: every device with how it is doing, the ones that need somebody first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from survey.domain.coverage import LONGEST_GAP, Coverage, coverage_of
from survey.domain.enums import DeviceCondition
from survey.domain.opening import PROVINCE_TIME, Schedule, bounds
from survey.domain.spans import Span, common, span_of, united
from survey.models import CoveredStretch, Device, DeviceAlert, DevicePlacement, DeviceState
from survey.queries import devices as device_queries
from survey.queries import opening_hours as opening_hour_queries
from survey.services import device_watch
from survey.services.counter_times import placed_spans
from survey.services.device_watch import Silence

_ORDER = list(DeviceCondition)


@dataclass(frozen=True)
class DeviceRow:
    """A device for the list; `today` and `week` are the coverage of its counter's hours by this device alone,
    since midnight and since Monday. `state` is None until the first heartbeat."""

    device: Device
    placement: DevicePlacement
    state: DeviceState | None
    condition: DeviceCondition
    is_counter_open: bool
    has_hours: bool
    silence: Silence
    silence_minutes: int
    alert: DeviceAlert | None
    today: Coverage
    week: Coverage


def overview(session: Session, *, organisation_ids: Collection[int], now: datetime) -> list[DeviceRow]:
    """The devices at counters of these units, alerts first, then by counter and name."""
    devices = device_queries.list_devices(session, organisation_ids=organisation_ids)
    return rows_of(session, devices, now=now)


def rows_of(session: Session, devices: Collection[Device], *, now: datetime) -> list[DeviceRow]:
    """These devices with how they are doing, in a fixed number of statements."""
    points = {placement.service_point_id for device in devices for placement in device.placements}
    schedules = opening_hour_queries.schedules(session, points)
    alerts = device_queries.open_alerts(session, device_ids=[device.id for device in devices])
    minutes = device_queries.silence_minutes(session)
    today = now.astimezone(PROVINCE_TIME).date()
    monday = today - timedelta(days=today.weekday())
    week = bounds(monday, today)
    stretches = device_queries.stretches_at(session, points, begins_at=week.begins_at, ends_at=now)
    rows = [
        _row(device, schedules, stretches, alert=alerts.get(device.id), minutes=minutes, now=now)
        for device in devices
    ]
    return sorted(
        rows,
        key=lambda row: (
            _ORDER.index(row.condition),
            row.placement.service_point.code,
            row.placement.name,
            row.device.id,
        ),
    )


def _row(
    device: Device,
    schedules: Mapping[int, Schedule],
    stretches: Collection[CoveredStretch],
    *,
    alert: DeviceAlert | None,
    minutes: Mapping[int, int],
    now: datetime,
) -> DeviceRow:
    placement = device_queries.placement_of(device)
    schedule = schedules[placement.service_point_id]
    silence = device_watch.silence_of(device, schedule, now=now)
    limit = minutes[placement.service_point.organisation_id]
    today = now.astimezone(PROVINCE_TIME).date()
    monday = today - timedelta(days=today.weekday())
    own = [stretch for stretch in stretches if stretch.device_id == device.id]
    return DeviceRow(
        device=device,
        placement=placement,
        state=device.state,
        condition=_condition(device, is_alert=alert is not None or silence.is_too_long(limit), now=now),
        is_counter_open=device_watch.open_now(schedule, now),
        has_hours=bool(schedule.weeks),
        silence=silence,
        silence_minutes=limit,
        alert=alert,
        today=_coverage(device, schedule, own, period=bounds(today, today), now=now),
        week=_coverage(device, schedule, own, period=bounds(monday, today), now=now),
    )


def _condition(device: Device, *, is_alert: bool, now: datetime) -> DeviceCondition:
    if device.revoked_at is not None:
        return DeviceCondition.REVOKED
    if is_alert:
        return DeviceCondition.SILENT
    if device.state is None:
        return DeviceCondition.NEVER_HEARD
    is_heard = now - device.state.heard_at <= timedelta(seconds=LONGEST_GAP)
    return DeviceCondition.HEARD if is_heard else DeviceCondition.QUIET


def _coverage(
    device: Device, schedule: Schedule, stretches: Collection[CoveredStretch], *, period: Span, now: datetime
) -> Coverage:
    """By this device alone, at the counter where it stands now."""
    point_id = device_queries.placement_of(device).service_point_id
    passed = Span(period.start, min(period.end, int(now.timestamp())))
    last = now.astimezone(PROVINCE_TIME).date()
    open_spans = common(
        schedule.open_spans(passed.begins_at.astimezone(PROVINCE_TIME).date(), last), [passed]
    )
    return coverage_of(
        open_spans,
        placed=[span for at, span in placed_spans(device, now=now) if at == point_id],
        covered=united(
            span_of(stretch.begins_at, stretch.ends_at)
            for stretch in stretches
            if stretch.service_point_id == point_id
        ),
    )
