"""Opening hours of counters: weekly hours from a day on, and single days on which a counter is closed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base


class OpeningHours(Base):
    """The hours of a week from a day on, until the next row begins; of two for one day the newer counts.

    `week` maps "0" (Monday) … "6" to a list of ["07:00", "11:30"]; a weekday without any is closed.
    """

    __tablename__ = "opening_hours"
    __table_args__ = (
        Index("ix_opening_hours_service_point_id_valid_from", "service_point_id", "valid_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"))
    valid_from: Mapped[date]
    week: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class ClosedDay(Base):
    """A counter is closed on a day in spite of its week, or, by a newer row, open after all."""

    __tablename__ = "closed_day"
    __table_args__ = (Index("ix_closed_day_service_point_id_day", "service_point_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service_point_id: Mapped[int] = mapped_column(ForeignKey("service_point.id"))
    day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(120))
    is_closed: Mapped[bool]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
