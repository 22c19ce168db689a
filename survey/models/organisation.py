"""Organisations: a tree with levels and kinds as data, validity dates, and what became of whom."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.enums import CodeSource, SuccessionKind
from survey.models.base import Base, closed_set


class OrganisationLevel(Base):
    """A level of the tree, for example province or commune; its depth counts from 0 at the top."""

    __tablename__ = "organisation_level"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    depth: Mapped[int]
    names: Mapped[dict[str, str]]


class OrganisationKind(Base):
    """A kind of organisation, for example ward or provincial department; it belongs to a level."""

    __tablename__ = "organisation_kind"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    level_code: Mapped[str] = mapped_column(ForeignKey("organisation_level.code"))
    names: Mapped[dict[str, str]]

    level: Mapped[OrganisationLevel] = relationship()


class Organisation(Base):
    """An agency in the tree. Two may bear one name: the code identifies."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    code_source: Mapped[CodeSource] = mapped_column(closed_set(CodeSource))
    kind_code: Mapped[str] = mapped_column(ForeignKey("organisation_kind.code"))
    names: Mapped[dict[str, str]]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # last day; empty while it exists

    kind: Mapped[OrganisationKind] = relationship()
    parent: Mapped[Organisation | None] = relationship(remote_side=[id])


class OrganisationSuccession(Base):
    """One organisation became (part of) another on a day."""

    __tablename__ = "organisation_succession"
    __table_args__ = (UniqueConstraint("predecessor_id", "successor_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[SuccessionKind] = mapped_column(closed_set(SuccessionKind))
    effective_on: Mapped[date]

    predecessor: Mapped[Organisation] = relationship(foreign_keys=[predecessor_id])
    successor: Mapped[Organisation] = relationship(foreign_keys=[successor_id])
