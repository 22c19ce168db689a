"""Scores: every figure of a round, saying what it is, what it rests on and why it may be withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

import numpy as np
from sqlalchemy.orm import Session

from analysis.errors import AnalysisError
from analysis.suppression import Audience, Reason
from forms.questionnaire import Questionnaire
from survey.domain.enums import FigureKind, Selection
from survey.domain.figures import Figure, FigureLevel, Measure
from survey.domain.withholding import is_shown, rules_of
from survey.domain.wording import N_, Sentence
from survey.errors import HaiLongError
from survey.models import SurveyRound
from survey.queries.scores import UnitNode
from survey.services.counted_scores import counted_figures
from survey.services.design_scores import DesignScores, design_figures
from survey.services.leader_scores import QuestionPercentage, leader_figures, question_percentages
from survey.services.score_comparison import Comparison, compare
from survey.services.score_data import LeftOut, ScoreData, load_score_data
from survey.services.score_domains import ORGANISATION, Division, by_organisation, divide, ways_to_divide
from survey.services.score_scope import Scope, scope_of
from survey.services.score_withholding import decide_over_units
from survey.services.weighted_sample import WeightedSample, weighted_sample, why_not

__all__ = [
    "MixedSelectionsError",
    "OrganisationEstimate",
    "OrganisationSatisfaction",
    "QuestionPercentage",
    "Reach",
    "RoundScores",
    "ScoreRequest",
    "cross_assessment",
    "refuse_mixing",
    "satisfaction_by_organisation",
    "score_round",
]

KINDS_BY_SELECTION: Mapping[Selection, tuple[FigureKind, ...]] = {
    Selection.PROBABILITY_SAMPLE: (FigureKind.OFFICIAL, FigureKind.DESIGN_BASED),
    Selection.SELF_SELECTED: (FigureKind.MONITORING,),
    Selection.INVITED: (FigureKind.OFFICIAL,),
}
NO_DESIGN = Sentence(
    N_("No drawn units are recorded for this round, so nothing is known about chances of selection.")
)
_MEASURES = list(Measure)


class MixedSelectionsError(HaiLongError):
    """A figure was asked for that would treat one kind of respondents as another."""


class Reach(StrEnum):
    """Which units a division by unit tells of: those directly below the unit asked for, or all below it."""

    CHILDREN = "children"
    ALL_BELOW = "all_below"


@dataclass(frozen=True, kw_only=True)
class ScoreRequest:
    """What is asked of a round. `visible` are the units the reader may see (None: all), `unit` is the code of
    the one the figures speak of, `by` what they are divided by and how far down units `reach`, `kind` the
    only kind wanted, `levels` what the figures are about."""

    unit: str | None = None
    by: str | None = None
    reach: Reach = Reach.ALL_BELOW
    levels: frozenset[FigureLevel] = frozenset(FigureLevel)
    visible: frozenset[int] | None = None
    audience: Audience = Audience.PUBLIC
    kind: FigureKind | None = None


@dataclass(frozen=True, kw_only=True)
class RoundScores:
    """The figures of one round in a stable order, undivided ones first.

    `design_problems` say why a sampled round has no design-based figures; `without_cell` counts respondents
    that weighting could not place.
    """

    round: SurveyRound
    scope: Scope
    by: str | None
    figures: tuple[Figure, ...]
    comparison: Comparison | None
    ways: tuple[str, ...]
    without_cell: int
    design_problems: tuple[Sentence, ...]

    @property
    def unit(self) -> UnitNode | None:
        """The unit the figures speak of; None: the whole round, or several units."""
        return self.scope.unit

    @property
    def questionnaire(self) -> Questionnaire:
        """What was asked."""
        return self.scope.data.questionnaire

    @property
    def response_count(self) -> int:
        """Responses that count, in the scope."""
        return int(self.scope.members.sum())

    @property
    def told_response_count(self) -> int | None:
        """The same, but None where so few may not be told of."""
        count = self.response_count
        return None if 0 < count < self.round.minimum_shown else count

    @property
    def left_out(self) -> LeftOut:
        """Responses of the round that no figure counts."""
        return self.scope.data.left_out

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and last day of the responses; None without any."""
        days = self.scope.data.columns.row("day")[self.scope.members]
        return (date.fromordinal(int(days.min())), date.fromordinal(int(days.max()))) if len(days) else None


@dataclass(frozen=True)
class OrganisationEstimate:
    """A design-based overall share (0–1) of one unit; what the sample cannot show is None."""

    value: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None
    degrees_of_freedom: int | None
    method: str


@dataclass(frozen=True)
class OrganisationSatisfaction:
    """The overall figures of one unit and all below it, nothing withheld: what the index computes from.

    `official` is the exact unweighted share by the round's aggregation rule (of a self-selected round: the
    same arithmetic, to be labelled monitoring). `respondent_count` counts people. `reason` says why tables of
    the round withhold the figure even from internal readers, if they do.
    """

    official: Fraction | None
    design_based: OrganisationEstimate | None
    respondent_count: int
    reason: Reason = Reason.ENOUGH_ANSWERS


def score_round(session: Session, round_: SurveyRound, request: ScoreRequest) -> RoundScores:
    """Compute every figure that was asked for, in a fixed number of queries.

    Raises NotFoundError for a unit that does not exist or may not be seen, UnknownDomainError for a division
    the round does not have, MixedSelectionsError for a kind of figure that its respondents cannot give.
    """
    refuse_mixing(round_, request.kind)
    data = load_score_data(session, round_)
    scope = scope_of(data, unit_code=request.unit, visible=request.visible, audience=request.audience)
    divisions = divide(session, data, request.by) if request.by else []
    for division in divisions:
        scope = scope.counting(division)
    divisions = [scope.narrowed(division) for division in divisions]
    if request.reach is Reach.CHILDREN:
        divisions = [scope.children(division) for division in divisions]
    weighted, problems = _weighted(data)
    divisions = [division for division in divisions if division.domains]
    figures, comparison = _figures(scope, divisions, weighted, levels=request.levels)
    if round_.selection is Selection.INVITED and request.by in (None, ORGANISATION):
        figures += leader_figures(data, visible=scope.unit_ids, rules=scope.rules, audience=scope.audience)
    return RoundScores(
        round=round_,
        scope=scope,
        by=request.by,
        figures=tuple(figure for figure in figures if request.kind in (None, figure.kind)),
        comparison=comparison,
        ways=ways_to_divide(data),
        without_cell=0 if weighted is None else weighted.without_cell,
        design_problems=problems,
    )


def refuse_mixing(round_: SurveyRound, kind: FigureKind | None) -> None:
    """Raise MixedSelectionsError when the respondents of the round cannot give this kind of figure."""
    possible = KINDS_BY_SELECTION[round_.selection]
    if kind is not None and kind not in possible:
        raise MixedSelectionsError(
            N_(
                "Round %(code)s (selection: %(selection)s) has no %(kind)s figures; it has: %(possible)s. "
                "Figures of differently selected respondents are never pooled."
            ),
            code=round_.code,
            selection=round_.selection,
            kind=kind,
            possible=", ".join(possible),
        )


def satisfaction_by_organisation(
    session: Session, round_: SurveyRound
) -> dict[int, OrganisationSatisfaction]:
    """Unit id → its overall figures, for every unit that has responses itself or below it."""
    data = load_score_data(session, round_)
    weighted, _ = _weighted(data)
    everybody = np.ones(len(data), dtype=np.bool_)
    overall = frozenset({FigureLevel.OVERALL})
    rules = rules_of(minimum_shown=round_.minimum_shown, minimum_published=round_.minimum_published)
    decisions = decide_over_units(data, rules=rules, audience=Audience.INTERNAL)
    found: dict[int, OrganisationSatisfaction] = {}
    for division in by_organisation(data):
        counted = _overall_by_code(counted_figures(data, division, levels=overall))
        estimated: dict[str, Figure] = {}
        if weighted is not None:
            made = design_figures(data, weighted, division, members=everybody, levels=overall)
            estimated = _overall_by_code(made.figures)
        for code, figure in counted.items():
            found[data.tree.by_code[code].id] = OrganisationSatisfaction(
                official=figure.value if isinstance(figure.value, Fraction) else None,
                design_based=_organisation_estimate(estimated[code]) if code in estimated else None,
                respondent_count=figure.respondent_count or 0,
                reason=decisions.reason((ORGANISATION, code), figure.topic.key),
            )
    return found


def cross_assessment(session: Session, round_: SurveyRound) -> dict[tuple[str, str], QuestionPercentage]:
    """(item code, unit code) → what the levels are worth on average (0–100, exact), and how many answered.

    Raises MixedSelectionsError for a round whose respondents were not invited.
    """
    if round_.selection is not Selection.INVITED:
        raise MixedSelectionsError(
            N_("Round %(code)s (selection: %(selection)s) is no assessment by invited respondents."),
            code=round_.code,
            selection=round_.selection,
        )
    return question_percentages(load_score_data(session, round_))


def _weighted(data: ScoreData) -> tuple[WeightedSample | None, tuple[Sentence, ...]]:
    if data.round.selection is not Selection.PROBABILITY_SAMPLE or not len(data):
        return None, ()
    if data.drawn.empty:
        return None, (NO_DESIGN,)
    try:
        return weighted_sample(data), ()
    except AnalysisError as error:
        return None, why_not(error)


def _figures(
    scope: Scope,
    divisions: list[Division],
    weighted: WeightedSample | None,
    *,
    levels: frozenset[FigureLevel],
) -> tuple[list[Figure], Comparison | None]:
    comparison = None
    made: list[Figure] = []
    for division in (scope.whole, *divisions):
        is_whole = division.domains[0].by == ""
        decisions = scope.whole_decisions if is_whole else scope.decisions_on(division)
        figures = counted_figures(scope.data, division, levels=levels)
        if weighted is not None:
            estimated = design_figures(scope.data, weighted, division, members=scope.members, levels=levels)
            figures += _in_order(scope.data, division, estimated.figures)
        told = decisions.applied(figures, whole=scope.place)
        made += told
        if weighted is not None and not is_whole and comparison is None:
            comparison = _comparison(estimated, division, told)
    return made, comparison


def _in_order(data: ScoreData, division: Division, figures: list[Figure]) -> list[Figure]:
    domains = {domain.code: place for place, domain in enumerate(division.domains)}
    topics = {topic.key: place for place, topic in enumerate(data.topics)}
    return sorted(
        figures,
        key=lambda figure: (
            domains[figure.domain.code],
            _MEASURES.index(figure.measure),
            topics[figure.topic.key],
        ),
    )


def _comparison(estimated: DesignScores, division: Division, told: list[Figure]) -> Comparison | None:
    if estimated.overall is None:
        return None
    shown = {
        figure.domain.code
        for figure in told
        if figure.topic.level is FigureLevel.OVERALL
        and figure.kind is FigureKind.DESIGN_BASED
        and figure.standard_error is not None
        and is_shown(figure.reason)
    }
    codes = [domain.code for domain in division.domains]
    return compare(estimated.overall, codes, shown=[code in shown for code in codes])


def _overall_by_code(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.domain.code: figure for figure in figures if figure.topic.level is FigureLevel.OVERALL}


def _organisation_estimate(figure: Figure) -> OrganisationEstimate:
    return OrganisationEstimate(
        value=None if figure.value is None else float(figure.value),
        standard_error=figure.standard_error,
        lower=figure.lower,
        upper=figure.upper,
        degrees_of_freedom=figure.degrees_of_freedom,
        method=figure.method,
    )
