"""Served dossiers as the one-stop software tells of them, and what units state once per quarter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from analysis.on_site.dossiers import Complaint, Publication
from survey.domain.enums import CitizenRating
from survey.models.base import Base, BigId, closed_set
from survey.models.organisation import Organisation
from survey.models.service_point import ServicePoint


class ServedDossier(Base):
    """One version of what is known of a dossier. Insert-only: the highest version of a code counts.

    Nothing of the citizen is in it: neither name nor number nor what the dossier is about, only its code, its
    procedure and its times. What is not known is empty, never zero. `agency_times` is a list of
    {"agency", "allowed_days", "taken_days"}, the days as decimal text.
    """

    __tablename__ = "served_dossier"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_served_dossier_organisation_id_returned_at", "organisation_id", "returned_at"),
        Index("ix_served_dossier_returned_at", "returned_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    service_point_id: Mapped[int | None] = mapped_column(ForeignKey("service_point.id"), index=True)
    procedure_code: Mapped[str] = mapped_column(String(60))
    officer_code: Mapped[str | None] = mapped_column(String(60))
    received_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    agency_times: Mapped[list[dict[str, Any]]] = mapped_column(JSON())
    supplement_count: Mapped[int | None]
    contact_count: Mapped[int | None]
    applicant_fault_count: Mapped[int | None]
    agency_contact_count: Mapped[int | None]
    publication: Mapped[Publication | None] = mapped_column(closed_set(Publication))
    complaint: Mapped[Complaint | None] = mapped_column(closed_set(Complaint))
    citizen_rating: Mapped[CitizenRating | None] = mapped_column(closed_set(CitizenRating))
    recorded_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
    service_point: Mapped[ServicePoint | None] = relationship()


class OnSiteStatement(Base):
    """A number that a unit or its appraiser states for a quarter. Insert-only: the newest row counts.

    `measure` is a name that the schemes give: the points of an index scored once per period, or a count.
    """

    __tablename__ = "on_site_statement"
    __table_args__ = (
        Index("ix_on_site_statement_place", "organisation_id", "year", "quarter", "measure"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    quarter: Mapped[int]
    measure: Mapped[str] = mapped_column(String(40))
    value: Mapped[int]
    note: Mapped[str]
    recorded_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship()
