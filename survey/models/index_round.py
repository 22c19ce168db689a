"""Rounds of the reform index: who is assessed by which set, and the appraised points."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.enums import FigureKind
from survey.models.base import Base, closed_set
from survey.models.criteria import CriteriaSet
from survey.models.organisation import Organisation
from survey.models.survey_round import SurveyRound


class IndexRound(Base):
    """The index of one year for a set of units.

    Satisfaction and survey leaves are computed from the two survey rounds it names.
    """

    __tablename__ = "index_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    names: Mapped[dict[str, str]]
    index_year: Mapped[int]
    criteria_set_id: Mapped[int] = mapped_column(ForeignKey("criteria_set.id"))
    organiser_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    satisfaction_round_id: Mapped[int | None] = mapped_column(ForeignKey("survey_round.id"))
    # Which rate of the satisfaction round the SIPAS leaf takes; empty without such a round.
    satisfaction_figure: Mapped[FigureKind | None] = mapped_column(closed_set(FigureKind))
    leaders_round_id: Mapped[int | None] = mapped_column(ForeignKey("survey_round.id"))
    previous_round_id: Mapped[int | None] = mapped_column(ForeignKey("index_round.id"))
    decimals: Mapped[int] = mapped_column(default=2)
    bonus_cap: Mapped[Decimal | None]  # empty: no cap
    penalty_cap: Mapped[Decimal | None]
    # Group code to {"names": {language: text}, "classes": [{"code", "at_least", "names"}, …]}, best first.
    unit_groups: Mapped[dict[str, Any]]
    tie_breakers: Mapped[
        list[str]
    ]  # values of analysis.index.ranking.TieBreaker, in their order; empty: ties stay
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]

    criteria_set: Mapped[CriteriaSet] = relationship()
    organiser: Mapped[Organisation] = relationship()
    satisfaction_round: Mapped[SurveyRound | None] = relationship(foreign_keys=[satisfaction_round_id])
    leaders_round: Mapped[SurveyRound | None] = relationship(foreign_keys=[leaders_round_id])
    previous_round: Mapped[IndexRound | None] = relationship(remote_side=[id])


class ScoreSheet(Base):
    """One assessed unit in an index round, frozen at opening with what does not apply to it."""

    __tablename__ = "score_sheet"
    __table_args__ = (UniqueConstraint("index_round_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    index_round_id: Mapped[int] = mapped_column(ForeignKey("index_round.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    unit_group: Mapped[str] = mapped_column(String(40))
    is_ranked: Mapped[bool] = mapped_column(default=True)
    not_applicable: Mapped[list[str]]  # codes of sub-criteria

    index_round: Mapped[IndexRound] = relationship()
    organisation: Mapped[Organisation] = relationship()


class AppraisedPoints(Base):
    """Points that the appraiser confirmed for one leaf of one sheet. Insert-only: the newest row counts."""

    __tablename__ = "appraised_points"

    id: Mapped[int] = mapped_column(primary_key=True)
    score_sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id"), index=True)
    sub_criterion_code: Mapped[str] = mapped_column(String(40))
    points: Mapped[Decimal]
    note: Mapped[str]
    file_name: Mapped[str] = mapped_column(String(255))
    file_hash: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime]

    score_sheet: Mapped[ScoreSheet] = relationship()
