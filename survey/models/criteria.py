"""Criteria sets: areas, criteria, and the sub-criteria that carry the points. Never edited in place."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base


class CriteriaSet(Base):
    """One version of a scoring table for an index year and a kind of unit.

    `content` is the table as it was read; the definition that scores is always built from it. The nodes are
    its rows, so that other tables can point at them.
    """

    __tablename__ = "criteria_set"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    names: Mapped[dict[str, str]]
    index_year: Mapped[int]
    is_official: Mapped[bool]
    legal_basis: Mapped[str] = mapped_column(Text)
    source_notes: Mapped[dict[str, str]]  # where it comes from, as pages show it beside the results
    total_points: Mapped[Decimal]
    content: Mapped[str] = mapped_column(Text)
    file_hash: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime]

    nodes: Mapped[list[CriteriaNode]] = relationship(
        back_populates="criteria_set", order_by="CriteriaNode.position"
    )


class CriteriaNode(Base):
    """An area, a criterion or a sub-criterion (`level`); only sub-criteria have a kind and a formula."""

    __tablename__ = "criteria_node"
    __table_args__ = (UniqueConstraint("criteria_set_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    criteria_set_id: Mapped[int] = mapped_column(ForeignKey("criteria_set.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(20))
    names: Mapped[dict[str, str]]
    max_points: Mapped[Decimal]
    kind: Mapped[str | None] = mapped_column(String(20))
    formula: Mapped[str | None] = mapped_column(String(20))

    criteria_set: Mapped[CriteriaSet] = relationship(back_populates="nodes")
