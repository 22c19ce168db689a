"""Small sampled rounds, written as a table of who was drawn and what they answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from survey.domain.enums import Disposition, Mode, Selection
from survey.models import SurveyRound
from tests.factories import make_response, make_sample_unit, make_survey_round

Drawn = tuple[str, str, float, Mapping[str, Any] | None]  # stratum, PSU, inclusion probability, answers


def make_sampled_round(
    session: Session, drawn: Sequence[Drawn], *, unit: Mapping[str, Any] | None = None, **values: Any
) -> SurveyRound:
    """A probability sample; who has no answers refused. `unit` holds what all drawn units have in common."""
    round_ = make_survey_round(session, selection=Selection.PROBABILITY_SAMPLE, **values)
    for stratum, psu, probability, answers in drawn:
        sampled = make_sample_unit(
            session,
            round_id=round_.id,
            stratum=stratum,
            psu=psu,
            inclusion_probability=probability,
            disposition=Disposition.REFUSED if answers is None else Disposition.COMPLETE,
            **(unit or {}),
        )
        if answers is not None:
            make_response(session, round_, answers=answers, sample_unit_id=sampled.id, mode=Mode.TABLET)
    return round_
