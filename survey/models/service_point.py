"""Service points: the counters of a centre, each serving one organisation."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base
from survey.models.organisation import Organisation
from survey.models.survey_round import SurveyRound


class ServicePoint(Base):
    """A counter or office where citizens are served and may rate.

    `public_code` stands in the QR address: short, random, never reused. `round_id` is the self-selected round
    that receives its ratings; without one the counter takes none.
    """

    __tablename__ = "service_point"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    public_code: Mapped[str] = mapped_column(String(16), unique=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("survey_round.id"), index=True)
    names: Mapped[dict[str, str]]  # for example "Quầy 07"
    service_names: Mapped[dict[str, str]]  # what is done here, for example "Lý lịch tư pháp"
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    centre: Mapped[Organisation] = relationship(foreign_keys=[centre_id])
    organisation: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])
    round: Mapped[SurveyRound | None] = relationship()
