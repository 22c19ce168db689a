"""Invented devices at the invented counters: their hours, their heartbeats, one dark for two days."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import Session

from survey.domain.enums import ScreenState, StorageState
from survey.models import CoveredStretch, Device, DevicePlacement, DeviceState, Organisation, ServicePoint
from survey.services import devices, opening_hours
from survey.services.demonstration.stream import PROVINCE_TIME, Rating

WORKING_DAY = [["07:00", "11:30"], ["13:30", "17:00"]]
WEEK = {**{str(day): WORKING_DAY for day in range(5)}, "5": [["07:00", "11:30"]], "6": []}
SWITCHED_ON, SWITCHED_OFF = time(6, 50), time(17, 10)
DARK_COUNTER = 7
COUNTER_WITHOUT_DEVICE = 19
VERSION = "minh-hoa"
# The invented devices fall silent with the last invented day; a day of open hours passes before that alarms.
SILENCE_MINUTES = 24 * 60
TUESDAY = 1


def dark_days(last_day: date) -> tuple[date, date]:
    """The Tuesday and Wednesday of the last week that has both, on which one screen was off."""
    wednesday = last_day - timedelta(days=(last_day.weekday() - TUESDAY - 1) % 7)
    return wednesday - timedelta(days=1), wednesday


def by_phone_when_dark(rating: Rating, days: Collection[date]) -> Rating:
    """While the screen was off, people could rate by their phones alone."""
    is_dark = rating.counter == DARK_COUNTER and rating.captured_at.date() in days
    return replace(rating, by_phone=True) if is_dark else rating


def load_devices(
    session: Session,
    points: Mapping[int, ServicePoint],
    *,
    province: Organisation,
    days: tuple[date, date],
    uuid_of: Callable[[int], UUID],
) -> None:
    """Opening hours for every counter, and a device at every counter but one.

    The stretches are stored as heartbeats would have left them. Nobody holds the keys.
    """
    first_day, last_day = days
    begins_at = _moment(first_day, time(0))
    opening_hours.set_week(
        session, points.values(), week=WEEK, valid_from=first_day, account=None, now=begins_at
    )
    devices.set_silence_limit(session, province, minutes=SILENCE_MINUTES, now=begins_at)
    dark = dark_days(last_day)
    for number, point in points.items():
        if number == COUNTER_WITHOUT_DEVICE:
            continue
        device = _device(session, point, number=number, uuid=uuid_of(number), enrolled_at=begins_at)
        alive = [
            first_day + timedelta(days=offset)
            for offset in range((last_day - first_day).days + 1)
            if number != DARK_COUNTER or first_day + timedelta(days=offset) not in dark
        ]
        _say(session, device, point, days=[day for day in alive if WEEK[str(day.weekday())]])
    session.flush()


def _device(
    session: Session, point: ServicePoint, *, number: int, uuid: UUID, enrolled_at: datetime
) -> Device:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    told = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    device = Device(uuid=uuid, public_key=base64.b64encode(told).decode(), enrolled_at=enrolled_at)
    name = f"Màn hình quầy {number:02d} (minh họa)"
    device.placements.append(DevicePlacement(service_point_id=point.id, name=name, since=enrolled_at))
    session.add(device)
    session.flush()
    return device


def _say(session: Session, device: Device, point: ServicePoint, *, days: list[date]) -> None:
    for day in days:
        session.add(
            CoveredStretch(
                device_id=device.id,
                service_point_id=point.id,
                begins_at=_moment(day, SWITCHED_ON),
                ends_at=_moment(day, SWITCHED_OFF),
            )
        )
    session.add(
        DeviceState(
            device_id=device.id,
            counter=len(days),
            heard_at=_moment(days[-1], SWITCHED_OFF),
            queue_length=0,
            version=VERSION,
            clock_offset_milliseconds=0,
            screen=ScreenState.ASLEEP,
            storage=StorageState.WORKING,
        )
    )


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, PROVINCE_TIME).astimezone(UTC)
