"""Devices on the counters: who they are, where they stood, what they said last, when they were alive."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.enums import ScreenState, StorageState
from survey.models.base import Base, BigId, closed_set
from survey.models.service_point import ServicePoint


class EnrolmentCode(Base):
    """A short code that enrols one device at one counter, once and not for long; only its hash is kept."""

    __tablename__ = "enrolment_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"), index=True)
    device_name: Mapped[str] = mapped_column(String(80))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    service_point: Mapped[ServicePoint] = relationship(lazy="joined")


class Device(Base):
    """A device that was enrolled; `public_key` checks what it signs, the private half never leaves it."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    public_key: Mapped[str] = mapped_column(String(200))  # SubjectPublicKeyInfo, base64
    enrolment_code_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment_code.id"))
    enrolled_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    placements: Mapped[list[DevicePlacement]] = relationship(
        back_populates="device", order_by="DevicePlacement.id", lazy="selectin"
    )
    state: Mapped[DeviceState | None] = relationship(lazy="joined", innerjoin=False)


class DevicePlacement(Base):
    """From a moment on a device bears this name and stands at this counter; the newest row counts."""

    __tablename__ = "device_placement"

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    since: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    device: Mapped[Device] = relationship(back_populates="placements")
    service_point: Mapped[ServicePoint] = relationship(lazy="joined")


class DeviceState(Base):
    """What a device said in its newest heartbeat. Older ones leave only the stretches they cover."""

    __tablename__ = "device_state"

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), primary_key=True)
    counter: Mapped[int] = mapped_column(BigId)  # of the newest heartbeat; a smaller or equal one is a replay
    heard_at: Mapped[datetime]
    queue_length: Mapped[int]
    version: Mapped[str] = mapped_column(String(40))
    clock_offset_milliseconds: Mapped[int] = mapped_column(BigId)  # device minus service
    screen: Mapped[ScreenState] = mapped_column(closed_set(ScreenState))
    storage: Mapped[StorageState] = mapped_column(closed_set(StorageState))


class CoveredStretch(Base):
    """A time in which a device at a counter was heard without a gap; heartbeats extend it."""

    __tablename__ = "covered_stretch"
    __table_args__ = (Index("ix_covered_stretch_service_point_id_ends_at", "service_point_id", "ends_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"))
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class DeviceAlert(Base):
    """A device was silent while its counter was open; closed when it was heard again or taken out of use."""

    __tablename__ = "device_alert"

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"), index=True)
    silent_since: Mapped[datetime]
    raised_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class SilenceLimit(Base):
    """After how many minutes of silence the devices of a unit raise an alert; the newest row counts, and a
    unit without one follows the unit above it."""

    __tablename__ = "silence_limit"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    minutes: Mapped[int]
    recorded_at: Mapped[datetime]
