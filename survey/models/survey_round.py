"""Surveys and their rounds."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.enums import Selection
from survey.models.base import Base, closed_set
from survey.models.organisation import Organisation
from survey.models.questionnaire import QuestionnaireVersion


class Survey(Base):
    """A programme of measurement, for example citizen satisfaction."""

    __tablename__ = "survey"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    names: Mapped[dict[str, str]]


class SurveyRound(Base):
    """One edition of a survey: its dates, its questionnaire version, how its respondents were selected.

    It also holds the versioned settings by which its figures are computed and withheld.
    """

    __tablename__ = "survey_round"
    __table_args__ = (CheckConstraint("closes_on IS NULL OR closes_on >= opens_on", name="dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    survey_code: Mapped[str] = mapped_column(ForeignKey("survey.code"))
    names: Mapped[dict[str, str]]
    organiser_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    questionnaire_version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_version.id"))
    selection: Mapped[Selection] = mapped_column(closed_set(Selection))
    opens_on: Mapped[date]
    closes_on: Mapped[date | None]  # last day
    aggregation_rule: Mapped[str] = mapped_column(
        String(40)
    )  # a name in analysis.satisfaction.AGGREGATION_RULES
    weighting_class_items: Mapped[
        list[str]
    ]  # items whose crossed answers post-stratify; empty: design weights only
    minimum_shown: Mapped[int] = mapped_column(default=5)
    minimum_published: Mapped[int] = mapped_column(default=30)
    is_demonstration: Mapped[bool] = mapped_column(default=False)

    survey: Mapped[Survey] = relationship()
    organiser: Mapped[Organisation | None] = relationship()
    questionnaire_version: Mapped[QuestionnaireVersion] = relationship()
