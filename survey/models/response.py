"""Responses as they came in: insert-only rows behind one door."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from survey.domain.enums import Mode
from survey.models.base import Base, BigId, closed_set

IS_INTERVIEW = text("sample_unit_id IS NOT NULL AND supplements IS NULL")
IS_SUPPLEMENT = text("supplements IS NOT NULL")


class Response(Base):
    """One packet of answers. Never edited, never deleted.

    `supplements` names the response that this packet adds to (reasons, a comment); a score counts the
    first alone. `captured_at` is the device's clock, `received_at` the server's. `content_hash` is the
    SHA-256 of the packet.
    """

    __tablename__ = "response"
    __table_args__ = (
        Index("ix_response_round_id_id", "round_id", "id"),
        # A tap supplements nothing and costs nothing here.
        Index(
            "ix_response_supplements",
            "supplements",
            sqlite_where=IS_SUPPLEMENT,
            postgresql_where=IS_SUPPLEMENT,
        ),
        # One drawn person, one interview, through whatever door. A rating at a counter is not in this index.
        Index(
            "uq_response_sample_unit_id",
            "sample_unit_id",
            unique=True,
            sqlite_where=IS_INTERVIEW,
            postgresql_where=IS_INTERVIEW,
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uuid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"))
    questionnaire_version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_version.id"))
    mode: Mapped[Mode] = mapped_column(closed_set(Mode))
    language: Mapped[str] = mapped_column(String(8))
    service_point_id: Mapped[int | None] = mapped_column(ForeignKey("service_point.id"))
    sample_unit_id: Mapped[int | None] = mapped_column(ForeignKey("sample_unit.id"))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    supplements: Mapped[UUID | None] = mapped_column(Uuid)
    answers: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]


class UncapturedResponse(Base):
    """A committed response that no snapshot holds yet.

    Written in the transaction of its response and taken away in the transaction that captures it, so a
    response that commits late is never passed over, on either database and after any restore. Every tap
    writes it, so it is one small tree and nothing else: read by round in the order of the responses.
    `round_id` has no foreign key of its own, the response has it.
    """

    __tablename__ = "uncaptured_response"
    __table_args__ = ({"sqlite_with_rowid": False},)

    round_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), primary_key=True, autoincrement=False)
