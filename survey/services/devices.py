"""Devices: enrolling them by a short code, renaming and moving them, and taking them out of use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.domain import device_keys
from survey.domain.wording import N_
from survey.errors import HaiLongError
from survey.models import (
    Account,
    Device,
    DevicePlacement,
    EnrolmentCode,
    Organisation,
    ServicePoint,
    SilenceLimit,
)
from survey.queries import devices as device_queries
from survey.services import device_watch

CODE_LIFE = timedelta(minutes=15)
LIMITS_OF_SILENCE = range(3, 24 * 60 + 1)


class EnrolmentRefusedError(HaiLongError):
    """The code is wrong, used or too old, or the device cannot prove its key. It does not say which of the
    first three, so that nothing is learnt by guessing."""


class DeviceError(HaiLongError):
    """The device cannot be changed so."""


@dataclass(frozen=True)
class NewCode:
    """An enrolment code; `code` is told once and not stored."""

    code: str
    row: EnrolmentCode


def make_enrolment_code(
    session: Session,
    *,
    point: ServicePoint,
    device_name: str,
    secret: str,
    account: Account | None,
    now: datetime,
) -> NewCode:
    """A code with which one device can enrol at the counter during the next fifteen minutes."""
    code = device_keys.new_code()
    row = EnrolmentCode(
        code_hash=device_keys.code_hash(code, secret=secret),
        service_point_id=point.id,
        device_name=device_name,
        made_by_id=None if account is None else account.id,
        made_at=now,
        expires_at=now + CODE_LIFE,
    )
    session.add(row)
    session.flush()
    return NewCode(code, row)


def enrol_device(
    session: Session, *, code: str, public_key: str, proof: bytes, secret: str, now: datetime
) -> Device:
    """Spend the code and store the device's key; `proof` is the device's signature over the typed digits.

    Raises EnrolmentRefusedError, BadKeyError. A code is spent by one device alone, however many try at once.
    """
    digits = device_keys.typed_code(code)
    device_keys.checked_public_key(public_key)
    if not device_keys.is_signed_by(public_key, message=enrolment_message(digits), signature=proof):
        raise EnrolmentRefusedError(N_("The device could not prove that it holds its key."))
    row = session.execute(
        update(EnrolmentCode)
        .where(
            EnrolmentCode.code_hash == device_keys.code_hash(digits, secret=secret),
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(EnrolmentCode.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if row is None:
        raise EnrolmentRefusedError(
            N_("This code is not valid. It may be mistyped, used or older than 15 minutes.")
        )
    spent = session.scalars(select(EnrolmentCode).where(EnrolmentCode.id == row)).one()
    device = Device(uuid=uuid4(), public_key=public_key, enrolment_code_id=spent.id, enrolled_at=now)
    device.placements.append(
        DevicePlacement(
            service_point_id=spent.service_point_id,
            name=spent.device_name,
            since=now,
            made_by_id=spent.made_by_id,
        )
    )
    session.add(device)
    session.flush()
    return device


def enrolment_message(digits: str) -> bytes:
    """What a device signs to prove its key while enrolling."""
    return f"enrol {digits}".encode()


def place_device(
    session: Session, device: Device, *, point: ServicePoint, name: str, account: Account, now: datetime
) -> DevicePlacement | None:
    """Let the device bear this name and stand at this counter from now on; None when it does already.

    Raises DeviceError for a revoked device.
    """
    placed = device_queries.placement_of(device)
    if device.revoked_at is not None:
        raise DeviceError(N_("The device is revoked; enrol it again to use it."))
    if (placed.service_point_id, placed.name) == (point.id, name):
        return None
    if placed.service_point_id != point.id:
        device_watch.close_alert(session, device, now=now)
    placement = DevicePlacement(
        service_point_id=point.id, name=name, since=now, made_by_id=account.id, device_id=device.id
    )
    device.placements.append(placement)
    session.flush()
    session.refresh(placement)
    return placement


def revoke_device(session: Session, device: Device, *, account: Account, now: datetime) -> None:
    """Take the device out of use: its heartbeats are refused from now on. Once revoked it stays so."""
    if device.revoked_at is None:
        device.revoked_at = now
        device.revoked_by_id = account.id
        device_watch.close_alert(session, device, now=now)
        session.flush()


def set_silence_limit(
    session: Session, organisation: Organisation, *, minutes: int, now: datetime
) -> SilenceLimit:
    """After how many minutes of silence devices of the unit and below raise an alert. Raises DeviceError."""
    if minutes not in LIMITS_OF_SILENCE:
        raise DeviceError(
            N_("Please give between %(least)s and %(most)s minutes."),
            least=LIMITS_OF_SILENCE[0],
            most=LIMITS_OF_SILENCE[-1],
        )
    limit = SilenceLimit(organisation_id=organisation.id, minutes=minutes, recorded_at=now)
    session.add(limit)
    session.flush()
    return limit
