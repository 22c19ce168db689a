"""Heartbeats: an enrolled device says every minute, signed, that it is alive, and what it has to report.

Only the newest is kept, and the stretches of time that heartbeats cover. The service's own clock decides
when it heard a device; the device's clock only shows that the heartbeat was not held back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain import device_keys
from survey.domain.coverage import LONGEST_GAP
from survey.domain.enums import ScreenState, StorageState
from survey.domain.spans import Span, span_of, united
from survey.errors import HaiLongError
from survey.models import CoveredStretch, Device, DeviceState, ServicePoint
from survey.queries import devices as device_queries
from survey.services import device_watch

LONGEST_DELAY = timedelta(minutes=2)
LARGEST_COUNT = 2**53  # what a browser counts exactly
LONGEST_VERSION = 40
PREFIX = b"heartbeat "


class HeartbeatRefusedError(HaiLongError):
    """The heartbeat counts for nothing; `reason` tells the device what to do."""

    reason = "unreadable"


class UnknownDeviceError(HeartbeatRefusedError):
    """No device has this identity, or the signature is not its own."""

    reason = "unknown"


class RevokedDeviceError(HeartbeatRefusedError):
    """The device was taken out of use."""

    reason = "revoked"


class StaleHeartbeatError(HeartbeatRefusedError):
    """It was sent at another time than now: held back, or the device must set its clock by ours."""

    reason = "clock"


class ReplayedHeartbeatError(HeartbeatRefusedError):
    """A heartbeat with this number or a later one was heard before."""

    reason = "replayed"


@dataclass(frozen=True)
class Heartbeat:
    """What a device says. `sent_at` is the service's time as the device knows it from earlier answers."""

    device: UUID
    counter: int
    sent_at: datetime
    clock_offset_milliseconds: int
    queue_length: int
    version: str
    screen: ScreenState
    storage: StorageState


def read_heartbeat(body: bytes) -> Heartbeat:
    """The heartbeat in a JSON document. Raises HeartbeatRefusedError for anything that is none."""
    try:
        told = json.loads(body)
        if not isinstance(told, dict):
            raise HeartbeatRefusedError
        return Heartbeat(
            device=UUID(_text(told, "device")),
            counter=_count(told, "counter"),
            sent_at=datetime.fromtimestamp(_count(told, "sent_at") / 1000, UTC),
            clock_offset_milliseconds=_number(told, "clock_offset"),
            queue_length=_count(told, "queue"),
            version=_text(told, "version")[:LONGEST_VERSION],
            screen=ScreenState(_text(told, "screen")),
            storage=StorageState(_text(told, "storage")),
        )
    except (ValueError, OverflowError, OSError) as error:
        raise HeartbeatRefusedError from error


def receive_heartbeat(session: Session, body: bytes, *, signature: bytes, now: datetime) -> ServicePoint:
    """Check and store a heartbeat; returns the counter at which the device is to stand.

    Raises HeartbeatRefusedError of one kind or another; nothing is stored then.
    """
    beat = read_heartbeat(body)
    device = device_queries.find_device(session, beat.device)
    if device is None or not device_keys.is_signed_by(
        device.public_key, message=PREFIX + body, signature=signature
    ):
        raise UnknownDeviceError
    if device.revoked_at is not None:
        raise RevokedDeviceError
    if abs(beat.sent_at - now) > LONGEST_DELAY:
        raise StaleHeartbeatError
    # One heartbeat of a device at a time, so that two copies of one cannot both be new.
    session.execute(select(Device.id).where(Device.id == device.id).with_for_update())
    if device.state is not None:
        session.refresh(device.state)
        if beat.counter <= device.state.counter:
            raise ReplayedHeartbeatError
    _store(session, device, beat, now=now)
    return device_queries.placement_of(device).service_point


def _store(session: Session, device: Device, beat: Heartbeat, *, now: datetime) -> None:
    heard = device.enrolled_at if device.state is None else device.state.heard_at
    if now - heard > timedelta(seconds=LONGEST_GAP):
        device_watch.note_return(session, device, now=now)
    if device.state is None:
        device.state = DeviceState(device_id=device.id)
        session.add(device.state)
    state = device.state
    state.counter = beat.counter
    state.heard_at = now
    state.queue_length = beat.queue_length
    state.version = beat.version
    state.clock_offset_milliseconds = beat.clock_offset_milliseconds
    state.screen = beat.screen
    state.storage = beat.storage
    cover(session, device, moment=now)


def cover(session: Session, device: Device, *, moment: datetime) -> None:
    """Note that the device was heard at its counter at this moment: a stretch grows, begins, or closes a gap.

    The rows are the same in whatever order moments come, and however often.
    """
    reach = timedelta(seconds=LONGEST_GAP)
    point_id = device_queries.placement_of(device).service_point_id
    near = list(
        session.scalars(
            select(CoveredStretch)
            .where(
                CoveredStretch.device_id == device.id,
                CoveredStretch.service_point_id == point_id,
                CoveredStretch.begins_at <= moment + reach,
                CoveredStretch.ends_at >= moment - reach,
            )
            .order_by(CoveredStretch.begins_at, CoveredStretch.id)
        )
    )
    instant = span_of(moment, moment)
    spans = united([*(span_of(row.begins_at, row.ends_at) for row in near), instant], gap=LONGEST_GAP)
    # Whole seconds decide what is one stretch; a row that turns out to lie a fraction too far stays its own.
    whole = next(span for span in spans if span.start <= instant.start <= span.end)
    inside = [row for row in near if whole.start <= int(row.begins_at.timestamp()) <= whole.end]
    _keep_one(session, device, point_id=point_id, inside=inside, whole=whole)
    session.flush()


def _keep_one(
    session: Session, device: Device, *, point_id: int, inside: list[CoveredStretch], whole: Span
) -> None:
    if not inside:
        session.add(
            CoveredStretch(
                device_id=device.id,
                service_point_id=point_id,
                begins_at=whole.begins_at,
                ends_at=whole.ends_at,
            )
        )
        return
    first, *others = inside
    first.begins_at, first.ends_at = whole.begins_at, whole.ends_at
    for other in others:
        session.delete(other)


def _text(told: dict[str, object], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise HeartbeatRefusedError
    return value


def _number(told: dict[str, object], name: str) -> int:
    value = told.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_COUNT:
        raise HeartbeatRefusedError
    return value


def _count(told: dict[str, object], name: str) -> int:
    value = _number(told, name)
    if value < 0:
        raise HeartbeatRefusedError
    return value
