"""Devices: found by identity or listed within units, with what they said last and when they were heard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from survey.models import (
    CoveredStretch,
    Device,
    DeviceAlert,
    DevicePlacement,
    Organisation,
    ServicePoint,
    SilenceLimit,
)

DEFAULT_SILENCE_MINUTES = 10


def find_device(session: Session, uuid: UUID) -> Device | None:
    """The device with this identity, also a revoked one."""
    return session.scalar(select(Device).where(Device.uuid == uuid))


def find_device_within(
    session: Session, device_id: int, *, organisation_ids: Collection[int]
) -> Device | None:
    """The device, if its newest placement is at a counter of these units."""
    device = session.get(Device, device_id)
    if device is None:
        return None
    point = placement_of(device).service_point
    return device if {point.centre_id, point.organisation_id} & set(organisation_ids) else None


def list_devices(session: Session, *, organisation_ids: Collection[int] | None) -> list[Device]:
    """Every device whose newest placement is at a counter of these units (None: of all), oldest first."""
    newest = select(func.max(DevicePlacement.id)).group_by(DevicePlacement.device_id)
    asked = (
        select(Device)
        .join(DevicePlacement, DevicePlacement.device_id == Device.id)
        .join(ServicePoint, DevicePlacement.service_point_id == ServicePoint.id)
        .where(DevicePlacement.id.in_(newest))
        .order_by(Device.id)
    )
    if organisation_ids is not None:
        asked = asked.where(
            or_(
                ServicePoint.centre_id.in_(organisation_ids),
                ServicePoint.organisation_id.in_(organisation_ids),
            )
        )
    return list(session.scalars(asked))


def placement_of(device: Device) -> DevicePlacement:
    """Where the device stands now, and its name."""
    return device.placements[-1]


def placements_at(session: Session, service_point_ids: Collection[int]) -> list[Device]:
    """Every device that ever stood at one of these counters."""
    ids = select(DevicePlacement.device_id).where(DevicePlacement.service_point_id.in_(service_point_ids))
    return list(session.scalars(select(Device).where(Device.id.in_(ids)).order_by(Device.id)))


def stretches_at(
    session: Session, service_point_ids: Collection[int], *, begins_at: datetime, ends_at: datetime
) -> list[CoveredStretch]:
    """The covered stretches of these counters that touch the period."""
    return list(
        session.scalars(
            select(CoveredStretch)
            .where(
                CoveredStretch.service_point_id.in_(service_point_ids),
                CoveredStretch.ends_at >= begins_at,
                CoveredStretch.begins_at <= ends_at,
            )
            .order_by(CoveredStretch.begins_at, CoveredStretch.id)
        )
    )


def open_alerts(session: Session, *, device_ids: Collection[int] | None = None) -> dict[int, DeviceAlert]:
    """The open alert of every device that has one, by device id."""
    asked = select(DeviceAlert).where(DeviceAlert.closed_at.is_(None)).order_by(DeviceAlert.id)
    if device_ids is not None:
        asked = asked.where(DeviceAlert.device_id.in_(device_ids))
    return {alert.device_id: alert for alert in session.scalars(asked)}


def open_alert_count(session: Session, *, organisation_ids: Collection[int]) -> int:
    """How many alerts of counters of these units are open."""
    return (
        session.scalar(
            select(func.count(DeviceAlert.id))
            .join(ServicePoint, DeviceAlert.service_point_id == ServicePoint.id)
            .where(
                DeviceAlert.closed_at.is_(None),
                or_(
                    ServicePoint.centre_id.in_(organisation_ids),
                    ServicePoint.organisation_id.in_(organisation_ids),
                ),
            )
        )
        or 0
    )


def alerts_of(session: Session, device: Device) -> list[DeviceAlert]:
    """The alerts of a device, newest first."""
    return list(
        session.scalars(
            select(DeviceAlert)
            .where(DeviceAlert.device_id == device.id)
            .order_by(DeviceAlert.raised_at.desc(), DeviceAlert.id.desc())
        )
    )


def silence_minutes(session: Session) -> Mapping[int, int]:
    """Unit id → after how many minutes of silence its devices raise an alert, its own or inherited."""
    own = {
        limit.organisation_id: limit.minutes
        for limit in session.scalars(select(SilenceLimit).order_by(SilenceLimit.id))
    }
    above = {id_: parent for id_, parent in session.execute(select(Organisation.id, Organisation.parent_id))}

    def of_unit(unit_id: int | None) -> int:
        while unit_id is not None:
            if unit_id in own:
                return own[unit_id]
            unit_id = above[unit_id]
        return DEFAULT_SILENCE_MINUTES

    return {unit_id: of_unit(unit_id) for unit_id in above}
