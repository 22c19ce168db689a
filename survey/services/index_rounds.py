"""Opening rounds of the reform index: everything checked at once, then frozen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.errors import ClassificationError, ScoringError
from analysis.index.classification import ClassBand, ClassScheme
from analysis.index.definition import CriteriaSet as Definition
from analysis.index.definition import LeafKind, SubCriterion
from analysis.index.ranking import TieBreaker
from analysis.index.scoring import score_sheet
from survey.domain.enums import FigureKind, Selection
from survey.errors import ImportRefusedError, Problem
from survey.models import CriteriaSet, IndexRound, Organisation, ScoreSheet, SurveyRound
from survey.queries.criteria import definition_of, find_criteria_set
from survey.queries.index_rounds import find_index_round
from survey.queries.questionnaires import load_questionnaire
from survey.queries.rounds import find_round

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
MOST_DECIMALS = 6
# The kind of respondents each figure is computed from: a stream of ratings is monitoring and nothing else.
SELECTION_OF_FIGURE: Mapping[FigureKind, Selection] = {
    FigureKind.OFFICIAL: Selection.PROBABILITY_SAMPLE,
    FigureKind.DESIGN_BASED: Selection.PROBABILITY_SAMPLE,
    FigureKind.MONITORING: Selection.SELF_SELECTED,
}


@dataclass(frozen=True)
class UnitClass:
    """A class of a group: every index (0–100) of at least `at_least` that no higher class takes."""

    code: str
    at_least: Decimal
    names: Mapping[str, str]


@dataclass(frozen=True)
class UnitGroup:
    """Units that are ranked together, for example the districts, with their classes, best first."""

    code: str
    names: Mapping[str, str]
    classes: tuple[UnitClass, ...]


@dataclass(frozen=True)
class AssessedUnit:
    """A unit of the round, with the codes of areas, criteria or sub-criteria that do not apply to it."""

    code: str
    group: str
    is_ranked: bool = True
    not_applicable: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexRoundPlan:
    """What a round is to be. The caps of the criteria set hold where none is given here."""

    code: str
    names: Mapping[str, str]
    index_year: int
    criteria_set_code: str
    criteria_set_version: int
    organiser_code: str
    groups: tuple[UnitGroup, ...]
    units: tuple[AssessedUnit, ...]
    satisfaction_round_code: str | None = None
    satisfaction_figure: str | None = None
    leaders_round_code: str | None = None
    previous_round_code: str | None = None
    decimals: int = 2
    bonus_cap: Decimal | None = None
    penalty_cap: Decimal | None = None
    tie_breakers: tuple[str, ...] = ()
    is_demonstration: bool = False


@dataclass(frozen=True)
class _Found:
    """What the codes of a plan stand for; None where there is no such thing."""

    criteria_set: CriteriaSet | None
    definition: Definition | None
    organisations: Mapping[str, Organisation]
    satisfaction_round: SurveyRound | None
    leaders_round: SurveyRound | None
    previous_round: IndexRound | None
    needed_leaves: tuple[SubCriterion, ...]  # those that apply to at least one unit


def plan_problems(session: Session, plan: IndexRoundPlan) -> list[Problem]:
    """Everything that keeps the round from opening; `column` is the place in the plan, `units[3].group`."""
    return _plan_problems(session, plan, _find(session, plan))


def open_index_round(session: Session, plan: IndexRoundPlan, *, now: datetime) -> IndexRound:
    """Open the round and a sheet for every unit. Raises ImportRefusedError with every problem of the plan."""
    found = _find(session, plan)
    problems = _plan_problems(session, plan, found)
    if problems or found.criteria_set is None or found.definition is None:
        raise ImportRefusedError(problems)
    definition = found.definition
    index_round = IndexRound(
        code=plan.code,
        names=dict(plan.names),
        index_year=plan.index_year,
        criteria_set=found.criteria_set,
        organiser=found.organisations[plan.organiser_code],
        satisfaction_round=found.satisfaction_round,
        satisfaction_figure=None
        if plan.satisfaction_figure is None
        else FigureKind(plan.satisfaction_figure),
        leaders_round=found.leaders_round,
        previous_round=found.previous_round,
        decimals=plan.decimals,
        bonus_cap=definition.bonus_cap if plan.bonus_cap is None else plan.bonus_cap,
        penalty_cap=definition.penalty_cap if plan.penalty_cap is None else plan.penalty_cap,
        tie_breakers=list(plan.tie_breakers),
        unit_groups={group.code: _stored_group(group) for group in plan.groups},
        is_demonstration=plan.is_demonstration,
        opened_at=now,
    )
    session.add(index_round)
    for unit in plan.units:
        sheet = score_sheet(definition, {}, not_applicable=unit.not_applicable)
        session.add(
            ScoreSheet(
                index_round=index_round,
                organisation=found.organisations[unit.code],
                unit_group=unit.group,
                is_ranked=unit.is_ranked,
                not_applicable=list(sheet.not_applicable),
            )
        )
    session.flush()
    return index_round


def unit_groups_of(index_round: IndexRound) -> dict[str, UnitGroup]:
    """The groups of a stored round by code, in the order of its file."""
    return {
        code: UnitGroup(
            code=code,
            names=stored["names"],
            classes=tuple(
                UnitClass(code=band["code"], at_least=Decimal(band["at_least"]), names=band["names"])
                for band in stored["classes"]
            ),
        )
        for code, stored in index_round.unit_groups.items()
    }


def class_scheme(groups: Sequence[UnitGroup], *, decimals: int) -> ClassScheme:
    """The thresholds of all groups; raises ClassificationError when they do not fall to 0."""
    return ClassScheme(
        bands_by_group={
            group.code: tuple(ClassBand(code=band.code, at_least=band.at_least) for band in group.classes)
            for group in groups
        },
        decimals=decimals,
    )


def _stored_group(group: UnitGroup) -> dict[str, object]:
    return {
        "names": dict(group.names),
        "classes": [
            {"code": band.code, "at_least": format(band.at_least, "f"), "names": dict(band.names)}
            for band in group.classes
        ],
    }


def _find(session: Session, plan: IndexRoundPlan) -> _Found:
    criteria_set = find_criteria_set(session, plan.criteria_set_code, version=plan.criteria_set_version)
    codes = {plan.organiser_code, *(unit.code for unit in plan.units)}
    organisations = session.scalars(select(Organisation).where(Organisation.code.in_(codes)))
    definition = None if criteria_set is None else definition_of(criteria_set)
    return _Found(
        criteria_set=criteria_set,
        definition=definition,
        organisations={organisation.code: organisation for organisation in organisations},
        satisfaction_round=_survey_round(session, plan.satisfaction_round_code),
        leaders_round=_survey_round(session, plan.leaders_round_code),
        previous_round=None
        if plan.previous_round_code is None
        else find_index_round(session, plan.previous_round_code),
        needed_leaves=() if definition is None else _needed_leaves(definition, plan.units),
    )


def _needed_leaves(definition: Definition, units: Sequence[AssessedUnit]) -> tuple[SubCriterion, ...]:
    profiles = {unit.not_applicable for unit in units}
    excused = [_excused(definition, profile) for profile in profiles]
    return tuple(leaf for leaf in definition.leaves if not all(leaf.code in codes for codes in excused))


def _excused(definition: Definition, profile: tuple[str, ...]) -> Collection[str]:
    """Codes of the leaves a profile takes out; none when it cannot be read, which is said at the unit."""
    try:
        return score_sheet(definition, {}, not_applicable=profile).not_applicable
    except ScoringError:
        return ()


def _survey_round(session: Session, code: str | None) -> SurveyRound | None:
    return None if code is None else find_round(session, code)


def _plan_problems(session: Session, plan: IndexRoundPlan, found: _Found) -> list[Problem]:
    return [
        *_head_problems(session, plan, found),
        *_satisfaction_problems(plan, found),
        *_leaders_problems(session, plan, found),
        *_setting_problems(plan),
        *_group_problems(plan),
        *_unit_problems(plan, found),
    ]


def _head_problems(session: Session, plan: IndexRoundPlan, found: _Found) -> Iterator[Problem]:
    if not CODE.fullmatch(plan.code):
        message = f"“{plan.code}” is not a code: small letters, digits and hyphens, at most 60."
        yield Problem(message, column="code")
    elif find_index_round(session, plan.code) is not None:
        yield Problem(
            f"There is an index round {plan.code} already. Give this one another code.", column="code"
        )
    set_name = f"{plan.criteria_set_code} version {plan.criteria_set_version}"
    if found.criteria_set is None:
        message = f"No criteria set {set_name} was loaded. Load it first (flask criteria load)."
        yield Problem(message, column="criteria_set")
    elif found.criteria_set.index_year != plan.index_year:
        message = f"{set_name} is for the index of {found.criteria_set.index_year}, not {plan.index_year}."
        yield Problem(message, column="criteria_set")
    if plan.organiser_code not in found.organisations:
        yield Problem(f"No organisation has the code {plan.organiser_code}.", column="organiser")
    if plan.previous_round_code is not None:
        yield from _previous_problems(plan, found.previous_round)


def _previous_problems(plan: IndexRoundPlan, previous: IndexRound | None) -> Iterator[Problem]:
    if previous is None:
        message = f"No index round has the code {plan.previous_round_code}."
        yield Problem(message, column="previous_round")
    elif previous.index_year >= plan.index_year:
        message = f"{previous.code} is of {previous.index_year}, which is not before {plan.index_year}."
        yield Problem(message, column="previous_round")


def _satisfaction_problems(plan: IndexRoundPlan, found: _Found) -> Iterator[Problem]:
    if plan.satisfaction_round_code is None:
        leaves = [leaf.code for leaf in found.needed_leaves if leaf.kind is LeafKind.SIPAS]
        if leaves:
            message = f"Name the round whose satisfaction rate becomes the points of {', '.join(leaves)}."
            yield Problem(message, column="satisfaction")
        elif plan.satisfaction_figure is not None:
            yield Problem("A figure without a round: name the round.", column="satisfaction.round")
        return
    round_ = found.satisfaction_round
    if round_ is None:
        message = f"No survey round has the code {plan.satisfaction_round_code}."
        yield Problem(message, column="satisfaction.round")
    if plan.satisfaction_figure not in {figure.value for figure in FigureKind}:
        message = f"Say which rate is taken: {', '.join(FigureKind)}."
        yield Problem(message, column="satisfaction.figure")
    elif round_ is not None:
        needed = SELECTION_OF_FIGURE[FigureKind(plan.satisfaction_figure)]
        if round_.selection is not needed:
            message = (
                f"The figure {plan.satisfaction_figure} comes from a round of kind {needed.value}; "
                f"{round_.code} is {round_.selection.value}."
            )
            yield Problem(message, column="satisfaction.figure")


def _leaders_problems(session: Session, plan: IndexRoundPlan, found: _Found) -> Iterator[Problem]:
    leaves = [leaf for leaf in found.needed_leaves if leaf.kind is LeafKind.SURVEY]
    if plan.leaders_round_code is None:
        if leaves:
            codes = ", ".join(leaf.code for leaf in leaves)
            message = f"Name the leaders' survey that gives the points of {codes}."
            yield Problem(message, column="leaders_round")
        return
    round_ = found.leaders_round
    if round_ is None:
        message = f"No survey round has the code {plan.leaders_round_code}."
        yield Problem(message, column="leaders_round")
        return
    if round_.selection is not Selection.INVITED:
        message = (
            f"The leaders' survey comes from a round of kind {Selection.INVITED.value}; "
            f"{round_.code} is {round_.selection.value}."
        )
        yield Problem(message, column="leaders_round")
    items = load_questionnaire(session, round_.questionnaire_version_id).items_by_code
    for leaf in leaves:
        unknown = [question for question in leaf.questions if question not in items]
        if unknown:
            message = f"{leaf.code} asks {', '.join(unknown)}; the questionnaire of {round_.code} does not."
            yield Problem(message, column="leaders_round")


def _setting_problems(plan: IndexRoundPlan) -> Iterator[Problem]:
    if not 0 <= plan.decimals <= MOST_DECIMALS:
        yield Problem(f"Decimals run from 0 to {MOST_DECIMALS}.", column="decimals")
    for column, cap in (("bonus_cap", plan.bonus_cap), ("penalty_cap", plan.penalty_cap)):
        if cap is not None and cap < 0:
            yield Problem("A cap is zero or more; leave it out for none.", column=column)
    for number, breaker in enumerate(plan.tie_breakers, start=1):
        if breaker not in {known.value for known in TieBreaker} or breaker in plan.tie_breakers[: number - 1]:
            message = f"“{breaker}” must be one of {', '.join(TieBreaker)}, each once."
            yield Problem(message, column=f"tie_breakers[{number}]")


def _group_problems(plan: IndexRoundPlan) -> Iterator[Problem]:
    if not plan.groups:
        yield Problem("Name at least one group of units that are ranked together.", column="groups")
    for group in plan.groups:
        try:
            class_scheme([group], decimals=max(plan.decimals, 0))
        except ClassificationError as error:
            yield Problem(str(error), column=f"groups.{group.code}.classes")


def _unit_problems(plan: IndexRoundPlan, found: _Found) -> Iterator[Problem]:
    if not plan.units:
        yield Problem("Name at least one unit.", column="units")
    groups = {group.code for group in plan.groups}
    uses = Counter(unit.code for unit in plan.units)
    for number, unit in enumerate(plan.units, start=1):
        place = f"units[{number}]"
        organisation = found.organisations.get(unit.code)
        if organisation is None:
            yield Problem(f"No organisation has the code {unit.code}.", column=f"{place}.code")
        elif not _existed(organisation, plan.index_year):
            message = f"{unit.code} did not exist in {plan.index_year}."
            yield Problem(message, column=f"{place}.code")
        if uses[unit.code] > 1:
            yield Problem(f"{unit.code} is listed {uses[unit.code]} times.", column=f"{place}.code")
        if unit.group not in groups:
            message = (
                f"There is no group “{unit.group}” in this round; known are {', '.join(sorted(groups))}."
            )
            yield Problem(message, column=f"{place}.group")
        yield from _profile_problems(unit, found.definition, place)


def _profile_problems(unit: AssessedUnit, definition: Definition | None, place: str) -> Iterator[Problem]:
    if definition is None:
        return
    try:
        score_sheet(definition, {}, not_applicable=unit.not_applicable)
    except ScoringError as error:
        for problem in error.problems:
            yield Problem(str(problem), column=f"{place}.not_applicable")


def _existed(organisation: Organisation, year: int) -> bool:
    ended = organisation.valid_to is not None and organisation.valid_to < date(year, 1, 1)
    return organisation.valid_from <= date(year, 12, 31) and not ended
