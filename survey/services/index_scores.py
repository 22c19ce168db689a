"""Results of an index round: points, totals, the index, ranks and classes, from what is in force now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from analysis.exact import POINTS_CONTEXT
from analysis.index.classification import ClassScheme, class_counts, classify
from analysis.index.definition import CriteriaSet as Definition
from analysis.index.definition import LeafKind, SubCriterion
from analysis.index.inputs import EstimateInput, LeafInput, PointsInterval
from analysis.index.leaf_points import LeafScore
from analysis.index.ranking import (
    RankedUnit,
    Ranking,
    RoundChange,
    TieBreaker,
    compare_rounds,
    rank_units,
    unit_index,
)
from analysis.index.scoring import SheetScore, SheetStatus, score_sheet
from analysis.index.summary import IndexSummary, summarise
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.models import IndexRound, ScoreSheet
from survey.queries.criteria import definition_of
from survey.queries.index_rounds import list_sheets
from survey.services.index_inputs import LeafEntry, leaf_entries
from survey.services.index_rounds import UnitClass, UnitGroup, class_scheme, unit_groups_of


@dataclass(frozen=True)
class LeafResult:
    """One leaf of a sheet: its definition, its points, and what they came from (None: does not apply)."""

    leaf: SubCriterion
    score: LeafScore
    entry: LeafEntry | None


@dataclass(frozen=True)
class SheetResult:
    """One unit: everything unrounded except `change`, which compares the published figures.

    `leaders_points` and `satisfaction_points` are the two parts of the surveyed points; None while one of
    their leaves is missing, and when the set has none. `index_interval` is the index with every estimated
    leaf at the low and the high end of its interval; None without estimates. Rank, class and change are None
    without an index; a unit outside the ranking has a class and no rank.
    """

    organisation_id: int
    unit_code: str
    unit_names: Mapping[str, str]
    group: str
    is_ranked: bool
    score: SheetScore
    leaves: tuple[LeafResult, ...]
    leaders_points: Decimal | None
    satisfaction_points: Decimal | None
    satisfaction_interval: PointsInterval | None
    index_interval: PointsInterval | None
    rank: int | None
    is_tied: bool
    unit_class: UnitClass | None
    change: RoundChange | None

    def missing_leaves(self) -> tuple[LeafResult, ...]:
        """The leaves the sheet waits for."""
        return tuple(leaf for leaf in self.leaves if leaf.leaf.code in self.score.missing)


@dataclass(frozen=True)
class GroupResult:
    """Units ranked together.

    `summary` and `class_counts` are of the ranked units; None without any, and for who may not see all.
    """

    group: UnitGroup
    ranked: tuple[SheetResult, ...]
    not_ranked: tuple[SheetResult, ...]
    incomplete: tuple[SheetResult, ...]
    summary: IndexSummary | None
    class_counts: Mapping[str, int] | None

    @property
    def sheets(self) -> tuple[SheetResult, ...]:
        """All units of the group: in their order, then those outside it, then those without a total."""
        return (*self.ranked, *self.not_ranked, *self.incomplete)


@dataclass(frozen=True)
class IndexResults:
    """All groups of a round as of `computed_at`; `is_whole` is false when units are kept from the reader."""

    round_code: str
    decimals: int
    definition: Definition
    groups: tuple[GroupResult, ...]
    previous_round_code: str | None
    computed_at: datetime
    is_whole: bool

    @property
    def sheets(self) -> tuple[SheetResult, ...]:
        """The sheets of all groups."""
        return tuple(sheet for group in self.groups for sheet in group.sheets)

    def sheet(self, unit_code: str) -> SheetResult:
        """The sheet of a unit; raises NotFoundError."""
        for sheet in self.sheets:
            if sheet.unit_code == unit_code:
                return sheet
        raise NotFoundError(
            N_("%(unit)s has no score sheet in the round %(round)s."), unit=unit_code, round=self.round_code
        )

    def limited_to(self, organisation_ids: Collection[int]) -> IndexResults:
        """What a reader of these units sees before publication: their sheets, nothing of the others."""
        groups = [_limited_group(group, organisation_ids) for group in self.groups]
        return replace(self, groups=tuple(group for group in groups if group.sheets), is_whole=False)


@dataclass(frozen=True)
class _Scored:
    """A round scored and ranked, before anything is compared."""

    definition: Definition
    sheets: Sequence[ScoreSheet]
    entries: Mapping[int, Mapping[str, LeafEntry]]
    scores: Mapping[int, SheetScore]
    intervals: Mapping[int, PointsInterval | None]  # of the index
    ranking: Ranking


def compute(session: Session, index_round: IndexRound, *, now: datetime) -> IndexResults:
    """The results of a round as the points and survey figures stand now.

    Points of survey and satisfaction leaves are computed from the rounds named at opening. An incomplete
    sheet has no total, index, rank or class. What is not there is missing, with its reason, and never zero.
    """
    scored = _score(session, index_round)
    changes: Mapping[str, RoundChange] = {}
    if index_round.previous_round is not None:
        previous = _score(session, index_round.previous_round).ranking
        changes = {change.unit_code: change for change in compare_rounds(previous, scored.ranking)}
    groups = unit_groups_of(index_round)
    scheme = class_scheme(list(groups.values()), decimals=index_round.decimals)
    results = [
        _sheet_result(sheet, scored, groups=groups, scheme=scheme, changes=changes) for sheet in scored.sheets
    ]
    return IndexResults(
        round_code=index_round.code,
        decimals=index_round.decimals,
        definition=scored.definition,
        groups=tuple(
            _group_result(group, results, scored=scored, scheme=scheme) for group in groups.values()
        ),
        previous_round_code=None if index_round.previous_round is None else index_round.previous_round.code,
        computed_at=now,
        is_whole=True,
    )


def _score(session: Session, index_round: IndexRound) -> _Scored:
    # The caps that hold in the round are its own; it took them over from the set where its file gave none.
    definition = replace(
        definition_of(index_round.criteria_set),
        bonus_cap=index_round.bonus_cap,
        penalty_cap=index_round.penalty_cap,
    )
    sheets = list_sheets(session, index_round)
    entries = leaf_entries(session, index_round, definition=definition, sheets=sheets)
    inputs = {sheet.id: _inputs(entries[sheet.id]) for sheet in sheets}
    scores = {
        sheet.id: score_sheet(definition, inputs[sheet.id], not_applicable=sheet.not_applicable)
        for sheet in sheets
    }
    units = [
        unit_index(
            scores[sheet.id],
            unit_code=sheet.organisation.code,
            group=sheet.unit_group,
            is_ranked=sheet.is_ranked,
        )
        for sheet in sheets
    ]
    return _Scored(
        definition=definition,
        sheets=sheets,
        entries=entries,
        scores=scores,
        intervals={sheet.id: _index_interval(definition, inputs[sheet.id], sheet) for sheet in sheets},
        ranking=rank_units(
            units,
            decimals=index_round.decimals,
            tie_breakers=[TieBreaker(breaker) for breaker in index_round.tie_breakers],
        ),
    )


def _inputs(entries: Mapping[str, LeafEntry]) -> dict[str, LeafInput]:
    return {code: found.entry for code, found in entries.items() if found.entry is not None}


def _index_interval(
    definition: Definition, inputs: Mapping[str, LeafInput], sheet: ScoreSheet
) -> PointsInterval | None:
    """The index at both ends of the estimates: exact for one estimated leaf, on the safe side for more."""
    estimates = {code: entry for code, entry in inputs.items() if isinstance(entry, EstimateInput)}
    ends = [
        {code: replace(entry, points=entry.interval.low) for code, entry in estimates.items()},
        {code: replace(entry, points=entry.interval.high) for code, entry in estimates.items()},
    ]
    low, high = (
        score_sheet(definition, {**inputs, **end}, not_applicable=sheet.not_applicable).index for end in ends
    )
    return PointsInterval(low=low, high=high) if estimates and low is not None and high is not None else None


def _sheet_result(
    sheet: ScoreSheet,
    scored: _Scored,
    *,
    groups: Mapping[str, UnitGroup],
    scheme: ClassScheme,
    changes: Mapping[str, RoundChange],
) -> SheetResult:
    score, entries = scored.scores[sheet.id], scored.entries[sheet.id]
    code = sheet.organisation.code
    ranked = _ranked_unit(scored.ranking, code)
    leaf_scores = {leaf.code: leaf for leaf in (*score.leaves, *score.extras)}
    return SheetResult(
        organisation_id=sheet.organisation_id,
        unit_code=code,
        unit_names=sheet.organisation.names,
        group=sheet.unit_group,
        is_ranked=sheet.is_ranked,
        score=score,
        leaves=tuple(
            LeafResult(leaf=leaf, score=leaf_scores[leaf.code], entry=entries.get(leaf.code))
            for leaf in scored.definition.all_leaves
            if leaf.code in leaf_scores
        ),
        leaders_points=_points_of(score, LeafKind.SURVEY),
        satisfaction_points=_points_of(score, LeafKind.SIPAS),
        satisfaction_interval=_satisfaction_interval(score),
        index_interval=scored.intervals[sheet.id],
        rank=None if ranked is None else ranked.rank,
        is_tied=ranked is not None and _is_tied(ranked, scored.ranking),
        unit_class=_unit_class(score, groups[sheet.unit_group], scheme),
        change=changes.get(code),
    )


def _ranked_unit(ranking: Ranking, unit_code: str) -> RankedUnit | None:
    return next((unit for unit in ranking.ranked if unit.unit_code == unit_code), None)


def _is_tied(unit: RankedUnit, ranking: Ranking) -> bool:
    return sum(other.rank == unit.rank for other in ranking.group(unit.group).ranked) > 1


def _unit_class(score: SheetScore, group: UnitGroup, scheme: ClassScheme) -> UnitClass | None:
    if score.index is None:
        return None
    code = classify(score.index, group=group.code, scheme=scheme)
    return next(band for band in group.classes if band.code == code)


def _points_of(score: SheetScore, kind: LeafKind) -> Decimal | None:
    """The sum of the leaves of a kind; None when one is missing or none applies."""
    points = [
        leaf.points for leaf in score.leaves if leaf.kind is kind and leaf.code not in score.not_applicable
    ]
    if not points or any(value is None for value in points):
        return None
    return _sum(value for value in points if value is not None)


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = POINTS_CONTEXT.add(total, number)
    return total


def _satisfaction_interval(score: SheetScore) -> PointsInterval | None:
    """The interval of the satisfaction points, when one leaf makes them: intervals do not add up."""
    leaves = [leaf for leaf in score.leaves if leaf.kind is LeafKind.SIPAS]
    return leaves[0].interval if len(leaves) == 1 else None


def _group_result(
    group: UnitGroup, results: Sequence[SheetResult], *, scored: _Scored, scheme: ClassScheme
) -> GroupResult:
    sheets = {sheet.unit_code: sheet for sheet in results if sheet.group == group.code}
    ranked: Sequence[RankedUnit] = ()
    if sheets:
        ranked = scored.ranking.group(group.code).ranked
    outside = [sheet for sheet in sheets.values() if sheet.rank is None]
    complete = [sheet for sheet in outside if sheet.score.status is SheetStatus.COMPLETE]
    return GroupResult(
        group=group,
        ranked=tuple(sheets[unit.unit_code] for unit in ranked),
        not_ranked=tuple(complete),
        incomplete=tuple(sheet for sheet in outside if sheet not in complete),
        summary=summarise({unit.unit_code: unit.index for unit in ranked}) if ranked else None,
        class_counts=class_counts(ranked, group=group.code, scheme=scheme) if ranked else None,
    )


def _limited_group(group: GroupResult, organisation_ids: Collection[int]) -> GroupResult:
    def seen(sheets: tuple[SheetResult, ...]) -> tuple[SheetResult, ...]:
        return tuple(sheet for sheet in sheets if sheet.organisation_id in organisation_ids)

    return replace(
        group,
        ranked=seen(group.ranked),
        not_ranked=seen(group.not_ranked),
        incomplete=seen(group.incomplete),
        summary=None,
        class_counts=None,
    )
