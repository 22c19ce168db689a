"""What the leaves of an index round are scored from: appraised points, and the figures of two surveys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from sqlalchemy.orm import Session

from analysis.index.definition import CriteriaSet as Definition
from analysis.index.definition import LeafKind, SubCriterion
from analysis.index.inputs import LeafInput, PointsInput, ShareInput
from analysis.index.scoring import points_from_estimate
from analysis.index.survey import mean_share
from analysis.suppression import Reason
from survey.domain.enums import FigureKind
from survey.models import AppraisedPoints, IndexRound, ScoreSheet
from survey.queries.index_rounds import current_points
from survey.services.scores import (
    OrganisationSatisfaction,
    QuestionPercentage,
    cross_assessment,
    satisfaction_by_organisation,
)


class MissingReason(StrEnum):
    """Why a leaf has no points yet."""

    NOT_APPRAISED = "not_appraised"
    NO_ANSWERS = "no_answers"
    TOO_FEW_ANSWERS = "too_few_answers"
    COMPLEMENTARY = "complementary"  # from its figure that of a neighbour with too few could be worked out
    NO_INTERVAL = "no_interval"  # a design-based rate whose standard error the sample cannot show


@dataclass(frozen=True)
class AppraisedBasis:
    """The appraiser's points: the note, the file they came in, and when."""

    note: str
    file_name: str
    recorded_at: datetime


@dataclass(frozen=True)
class QuestionFigure:
    """One question of the leaders' survey about the unit: mean answer weight (0–100), number of answers."""

    code: str
    percentage: Fraction | None
    answered_count: int


@dataclass(frozen=True)
class SurveyBasis:
    """The questions behind a leaf of the leaders' survey."""

    questions: tuple[QuestionFigure, ...]


@dataclass(frozen=True)
class SatisfactionBasis:
    """The satisfaction rate behind a leaf, a share 0–1: exact, or a float with limits when design-based."""

    figure: FigureKind
    rate: Fraction | float | None
    lower: float | None
    upper: float | None
    respondent_count: int


Basis = AppraisedBasis | SurveyBasis | SatisfactionBasis


@dataclass(frozen=True)
class LeafEntry:
    """What a leaf is scored from; without an entry, the reason why."""

    entry: LeafInput | None
    basis: Basis | None = None
    missing_reason: MissingReason | None = None


@dataclass(frozen=True)
class _Sources:
    """Everything the leaves of a round draw on, read once."""

    figure: FigureKind | None
    minimum_respondents: int
    minimum_answers: int
    points: Mapping[tuple[int, str], AppraisedPoints]
    satisfaction: Mapping[int, OrganisationSatisfaction]
    questions: Mapping[tuple[str, str], QuestionPercentage]


def leaf_entries(
    session: Session, index_round: IndexRound, *, definition: Definition, sheets: Sequence[ScoreSheet]
) -> dict[int, dict[str, LeafEntry]]:
    """The entries of every sheet by its id and leaf code; leaves that do not apply to the unit are left out.

    A survey leaf needs at least the round's smallest number of answers that may be shown to anyone: points
    made from fewer would reveal them. So would points of a unit whose figure is withheld for a neighbour.
    """
    sources = _read_sources(session, index_round)
    return {
        sheet.id: {
            leaf.code: _entry(leaf, sheet, sources)
            for leaf in definition.all_leaves
            if leaf.code not in sheet.not_applicable
        }
        for sheet in sheets
    }


def _read_sources(session: Session, index_round: IndexRound) -> _Sources:
    satisfaction_round, leaders_round = index_round.satisfaction_round, index_round.leaders_round
    return _Sources(
        figure=index_round.satisfaction_figure,
        minimum_respondents=1 if satisfaction_round is None else satisfaction_round.minimum_shown,
        minimum_answers=1 if leaders_round is None else leaders_round.minimum_shown,
        points=current_points(session, index_round),
        satisfaction={}
        if satisfaction_round is None
        else satisfaction_by_organisation(session, satisfaction_round),
        questions={} if leaders_round is None else cross_assessment(session, leaders_round),
    )


def _entry(leaf: SubCriterion, sheet: ScoreSheet, sources: _Sources) -> LeafEntry:
    if leaf.kind is LeafKind.SURVEY:
        return _survey_entry(leaf, sheet, sources)
    if leaf.kind is LeafKind.SIPAS:
        return _satisfaction_entry(leaf, sheet, sources)
    row = sources.points.get((sheet.id, leaf.code))
    if row is None:
        return LeafEntry(entry=None, missing_reason=MissingReason.NOT_APPRAISED)
    return LeafEntry(
        entry=PointsInput(points=row.points),
        basis=AppraisedBasis(note=row.note, file_name=row.file_name, recorded_at=row.recorded_at),
    )


def _survey_entry(leaf: SubCriterion, sheet: ScoreSheet, sources: _Sources) -> LeafEntry:
    figures = [sources.questions.get((code, sheet.organisation.code)) for code in leaf.questions]
    counts = [0 if figure is None else figure.answered_count for figure in figures]
    enough = min(counts) >= max(sources.minimum_answers, 1)
    basis = SurveyBasis(
        questions=tuple(
            QuestionFigure(
                code=code,
                percentage=figure.percentage if figure is not None and enough else None,
                answered_count=count,
            )
            for code, figure, count in zip(leaf.questions, figures, counts, strict=True)
        )
    )
    if not enough:
        reason = MissingReason.TOO_FEW_ANSWERS if min(counts) else MissingReason.NO_ANSWERS
        return LeafEntry(entry=None, basis=basis, missing_reason=reason)
    shares = [
        figure.percentage / 100 for figure in figures if figure is not None and figure.percentage is not None
    ]
    return LeafEntry(entry=ShareInput(share=mean_share(shares)), basis=basis)


def _satisfaction_entry(leaf: SubCriterion, sheet: ScoreSheet, sources: _Sources) -> LeafEntry:
    found = sources.satisfaction.get(sheet.organisation_id)
    if found is None or sources.figure is None or not found.respondent_count:
        return LeafEntry(entry=None, missing_reason=MissingReason.NO_ANSWERS)
    if found.respondent_count < sources.minimum_respondents:
        basis = SatisfactionBasis(sources.figure, None, None, None, found.respondent_count)
        return LeafEntry(entry=None, basis=basis, missing_reason=MissingReason.TOO_FEW_ANSWERS)
    if found.reason is Reason.COMPLEMENTARY:
        basis = SatisfactionBasis(sources.figure, None, None, None, found.respondent_count)
        return LeafEntry(entry=None, basis=basis, missing_reason=MissingReason.COMPLEMENTARY)
    if sources.figure is FigureKind.DESIGN_BASED:
        return _design_based_entry(leaf, found)
    basis = SatisfactionBasis(sources.figure, found.official, None, None, found.respondent_count)
    if found.official is None:
        return LeafEntry(entry=None, basis=basis, missing_reason=MissingReason.NO_ANSWERS)
    return LeafEntry(entry=ShareInput(share=found.official), basis=basis)


def _design_based_entry(leaf: SubCriterion, found: OrganisationSatisfaction) -> LeafEntry:
    estimate = found.design_based
    if estimate is None or estimate.value is None:
        return LeafEntry(entry=None, missing_reason=MissingReason.NO_ANSWERS)
    basis = SatisfactionBasis(
        FigureKind.DESIGN_BASED, estimate.value, estimate.lower, estimate.upper, found.respondent_count
    )
    if estimate.lower is None or estimate.upper is None:
        return LeafEntry(entry=None, basis=basis, missing_reason=MissingReason.NO_INTERVAL)
    points = points_from_estimate(leaf, value=estimate.value, low=estimate.lower, high=estimate.upper)
    return LeafEntry(entry=points, basis=basis)
