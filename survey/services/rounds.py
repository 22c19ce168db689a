"""Opening the rounds of a survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from analysis.satisfaction import AGGREGATION_RULES, DEFAULT_RULE
from forms.questionnaire import ItemKind, Questionnaire
from survey.domain.enums import Selection
from survey.errors import HaiLongError
from survey.models import Organisation, QuestionnaireVersion, Survey, SurveyRound
from survey.queries.questionnaires import load_questionnaire
from survey.queries.rounds import find_round

DEFAULT_MINIMUM_SHOWN = 5
DEFAULT_MINIMUM_PUBLISHED = 30
LONGEST_CODE = 60
WEIGHTING_KINDS = frozenset({ItemKind.SCALE, ItemKind.SINGLE_CHOICE})


class RoundError(HaiLongError):
    """A round cannot be opened this way; `problems` says everything that is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def open_round(
    session: Session,
    *,
    code: str,
    survey_code: str,
    survey_names: Mapping[str, str],
    names: Mapping[str, str],
    questionnaire_version: QuestionnaireVersion,
    selection: Selection,
    opens_on: date,
    closes_on: date | None,
    organiser: Organisation | None,
    aggregation_rule: str = DEFAULT_RULE,
    weighting_class_items: Sequence[str] = (),
    minimum_shown: int = DEFAULT_MINIMUM_SHOWN,
    minimum_published: int = DEFAULT_MINIMUM_PUBLISHED,
    is_demonstration: bool = False,
) -> SurveyRound:
    """A new round, and its survey when this is the first of it.

    The selection is fixed here for good: one round holds one kind of respondents, so that a probability
    sample and a self-selected stream are never pooled. `closes_on` is the last day. `weighting_class_items`
    are the items whose crossed answers post-stratify. Raises RoundError listing everything that is wrong.
    """
    problems = [
        *_code_problems(session, code=code, survey_code=survey_code),
        *_setting_problems(aggregation_rule, minimum_shown, minimum_published),
        *_weighting_problems(
            load_questionnaire(session, questionnaire_version.id), weighting_class_items, selection
        ),
    ]
    if closes_on is not None and closes_on < opens_on:
        problems.append(f"The round would close on {closes_on}, before it opens on {opens_on}.")
    if problems:
        raise RoundError(problems)
    round_ = SurveyRound(
        code=code,
        survey=session.get(Survey, survey_code) or Survey(code=survey_code, names=dict(survey_names)),
        names=dict(names),
        organiser=organiser,
        questionnaire_version=questionnaire_version,
        selection=selection,
        opens_on=opens_on,
        closes_on=closes_on,
        aggregation_rule=aggregation_rule,
        weighting_class_items=list(weighting_class_items),
        minimum_shown=minimum_shown,
        minimum_published=minimum_published,
        is_demonstration=is_demonstration,
    )
    session.add(round_)
    session.flush()
    return round_


def _code_problems(session: Session, *, code: str, survey_code: str) -> list[str]:
    problems = [
        f'The code "{value}" of the {thing} must have 1 to {LONGEST_CODE} characters without spaces.'
        for thing, value in (("round", code), ("survey", survey_code))
        if not value or len(value) > LONGEST_CODE or any(character.isspace() for character in value)
    ]
    if find_round(session, code) is not None:
        problems.append(f"A round with the code {code} exists already; choose another code.")
    return problems


def _setting_problems(aggregation_rule: str, minimum_shown: int, minimum_published: int) -> list[str]:
    problems = []
    if aggregation_rule not in AGGREGATION_RULES:
        known = ", ".join(sorted(AGGREGATION_RULES))
        problems.append(f"There is no aggregation rule {aggregation_rule}; the rules are {known}.")
    if not 1 <= minimum_shown <= minimum_published:
        problems.append(
            f"Figures shown from {minimum_shown} and published from {minimum_published} answers: "
            "the first must be at least 1 and not above the second."
        )
    return problems


def _weighting_problems(
    questionnaire: Questionnaire, item_codes: Sequence[str], selection: Selection
) -> list[str]:
    problems = []
    for item_code in item_codes:
        item = questionnaire.items_by_code.get(item_code)
        if item is None:
            problems.append(f"The questionnaire has no item {item_code} to weight by.")
        elif item.kind not in WEIGHTING_KINDS:
            problems.append(
                f"Item {item_code} has no closed answers to weight by; it is of kind {item.kind}."
            )
    if len(set(item_codes)) < len(item_codes):
        problems.append("An item to weight by is named twice.")
    if item_codes and selection is not Selection.PROBABILITY_SAMPLE:
        problems.append("Only a probability sample is weighted; leave out the items to weight by.")
    return problems
