"""Columnar snapshots: the answers of a round as arrays, in blocks, from which scores are read."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Base


class SnapshotBlock(Base):
    """A run of captured responses of one round; only the last block of a round still grows.

    `content` is a compressed NumPy archive with one array per column, `digest` its SHA-256.
    """

    __tablename__ = "snapshot_block"
    __table_args__ = (UniqueConstraint("round_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"))
    position: Mapped[int]
    row_count: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
