"""Rounds of surveys."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.models import SurveyRound


def get_round(session: Session, code: str) -> SurveyRound:
    """The round with this code; raises NotFoundError."""
    round_ = find_round(session, code)
    if round_ is None:
        raise NotFoundError(N_("No round has the code %(code)s."), code=code)
    return round_


def find_round(session: Session, code: str) -> SurveyRound | None:
    """The round with this code, if there is one."""
    return session.scalar(select(SurveyRound).where(SurveyRound.code == code))


def list_rounds(session: Session, organisation_ids: Collection[int]) -> Sequence[SurveyRound]:
    """Rounds organised by these units, and those that no unit organises; newest first, then by code."""
    return session.scalars(
        select(SurveyRound)
        .options(joinedload(SurveyRound.questionnaire_version))
        .where(or_(SurveyRound.organiser_id.is_(None), SurveyRound.organiser_id.in_(organisation_ids)))
        .order_by(SurveyRound.opens_on.desc(), SurveyRound.code)
    ).all()


def all_rounds(session: Session) -> Sequence[SurveyRound]:
    """Every round, newest first, then by code."""
    return session.scalars(
        select(SurveyRound)
        .options(joinedload(SurveyRound.questionnaire_version))
        .order_by(SurveyRound.opens_on.desc(), SurveyRound.code)
    ).all()
