"""A round is opened once, with settings that make sense, and its selection never changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import Selection
from survey.models import Survey, SurveyRound
from survey.queries.rounds import all_rounds, get_round, list_rounds
from survey.services.rounds import RoundError, open_round
from tests.factories import make_organisation, make_questionnaire_version


def opened(session: Session, **values: Any) -> SurveyRound:
    settings = {
        "code": "sipas-2026",
        "survey_code": "sipas",
        "survey_names": {"vi": "Đo lường sự hài lòng", "en": "Satisfaction survey"},
        "names": {"vi": "Năm 2026", "en": "2026"},
        "questionnaire_version": make_questionnaire_version(session, code="sipas-2023"),
        "selection": Selection.PROBABILITY_SAMPLE,
        "opens_on": date(2026, 3, 1),
        "closes_on": date(2026, 3, 31),
        "organiser": None,
        **values,
    }
    return open_round(session, **settings)


def test_an_opened_round_has_its_settings_and_defaults(session: Session) -> None:
    organiser = make_organisation(session)
    opened(session, organiser=organiser, weighting_class_items=("sex", "age_band"))
    round_ = get_round(session, "sipas-2026")
    assert (round_.selection, round_.organiser, round_.weighting_class_items) == (
        Selection.PROBABILITY_SAMPLE,
        organiser,
        ["sex", "age_band"],
    )
    assert (round_.aggregation_rule, round_.minimum_shown, round_.minimum_published) == (
        "item-mean/1",
        5,
        30,
    )
    assert round_.survey.names == {"vi": "Đo lường sự hài lòng", "en": "Satisfaction survey"}


def test_a_second_round_belongs_to_the_survey_that_is_there(session: Session) -> None:
    opened(session)
    second = opened(session, code="sipas-2027", survey_names={"vi": "Tên khác", "en": "Other name"})
    assert second.survey.names["en"] == "Satisfaction survey"
    assert session.scalar(select(func.count()).select_from(Survey)) == 1


def test_everything_wrong_with_a_round_is_said_at_once(session: Session) -> None:
    opened(session)
    with pytest.raises(RoundError) as refused:
        opened(
            session,
            survey_code="two words",
            aggregation_rule="mean-of-means/9",
            minimum_shown=0,
            weighting_class_items=("sex", "sex", "income", "c10_other"),
            selection=Selection.INVITED,
            closes_on=date(2026, 2, 1),
        )
    assert refused.value.problems == (
        'The code "two words" of the survey must have 1 to 60 characters without spaces.',
        "A round with the code sipas-2026 exists already; choose another code.",
        "There is no aggregation rule mean-of-means/9; the rules are factor-mean/1, item-mean/1, pooled/1.",
        "Figures shown from 0 and published from 30 answers: "
        "the first must be at least 1 and not above the second.",
        "The questionnaire has no item income to weight by.",
        "Item c10_other has no closed answers to weight by; it is of kind text.",
        "An item to weight by is named twice.",
        "Only a probability sample is weighted; leave out the items to weight by.",
        "The round would close on 2026-02-01, before it opens on 2026-03-01.",
    )


def test_rounds_are_listed_newest_first_and_only_within_reach(session: Session) -> None:
    here, elsewhere = make_organisation(session), make_organisation(session)
    opened(session, code="b", organiser=here, opens_on=date(2025, 1, 1))
    opened(session, code="a", organiser=here, opens_on=date(2025, 1, 1))
    opened(session, code="new", organiser=elsewhere, opens_on=date(2026, 1, 1))
    opened(session, code="nobody's", opens_on=date(2024, 1, 1), closes_on=None)
    assert [round_.code for round_ in all_rounds(session)] == ["new", "a", "b", "nobody's"]
    assert [round_.code for round_ in list_rounds(session, {here.id})] == ["a", "b", "nobody's"]
