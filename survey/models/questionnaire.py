"""Questionnaires in the database: every version that was ever used, frozen as text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base


class QuestionnaireVersion(Base):
    """One version of a questionnaire: `definition` is the document that forms reads, with its SHA-256."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (UniqueConstraint("questionnaire_code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_code: Mapped[str] = mapped_column(ForeignKey("questionnaire.code"))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    stored_at: Mapped[datetime]

    questionnaire: Mapped[Questionnaire] = relationship()


class Questionnaire(Base):
    """An instrument, known by its code across its versions."""

    __tablename__ = "questionnaire"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    names: Mapped[dict[str, str]]
