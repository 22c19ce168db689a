"""A unit's score sheet: leaf points, sums by criterion and area, totals and the index.

    A = Σ appraised leaves          X = Σ survey leaves + SIPAS
    B = min(bonus cap, Σ bonuses)   P = min(penalty cap, Σ penalties)
    T = min(A + X + B - P, Mx)      Mx = total points - Σ maxima that do not apply
    index = T ÷ Mx × 100

All sums are decimals of 34 digits and unrounded; only `analysis.display` rounds.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from analysis.errors import Problem, ScoringError
from analysis.exact import POINTS_CONTEXT, to_decimal
from analysis.index.definition import (
    APPRAISED_KINDS,
    SURVEYED_KINDS,
    CriteriaSet,
    LeafKind,
    SubCriterion,
)
from analysis.index.inputs import EstimateInput, LeafInput, NotApplicableInput, PointsInterval
from analysis.index.leaf_points import LeafScore, LeafState, score_leaf

ZERO = Decimal(0)


class SheetStatus(StrEnum):
    """Only a complete sheet has totals and an index."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    NOTHING_APPLICABLE = "nothing_applicable"


@dataclass(frozen=True)
class GroupScore:
    """A criterion or an area: points out of the points that apply to the unit.

    `points` is None while a leaf is missing; `share` (0–1) also when nothing of the group applies.
    """

    code: str
    points: Decimal | None
    applicable_points: Decimal
    share: Decimal | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class SheetScore:
    """Everything computed for one unit, unrounded.

    `appraised_points` (A), `survey_points` (X), `total_points` (T) and `index` (0–100) are None while one
    of their leaves is missing: an incomplete sheet has no total, and `missing` says what it waits for.
    `scored_points` is the sum so far, for showing progress only. A bonus or penalty without an entry is an
    event that did not happen; those entered are in `extras`.
    """

    criteria_set: str
    leaves: tuple[LeafScore, ...]
    extras: tuple[LeafScore, ...]
    criteria: tuple[GroupScore, ...]
    areas: tuple[GroupScore, ...]
    appraised_points: Decimal | None
    survey_points: Decimal | None
    bonus_points: Decimal
    penalty_points: Decimal
    total_points: Decimal | None
    applicable_points: Decimal
    index: Decimal | None
    scored_points: Decimal
    missing: tuple[str, ...]
    not_applicable: tuple[str, ...]
    status: SheetStatus

    def leaf(self, code: str) -> LeafScore:
        """The score of that leaf or extra. Raises `KeyError` when the sheet has none."""
        return {score.code: score for score in (*self.leaves, *self.extras)}[code]

    def area(self, code: str) -> GroupScore:
        """The score of that area. Raises `KeyError` when the set has none."""
        return {score.code: score for score in self.areas}[code]


def score_sheet(
    criteria_set: CriteriaSet,
    inputs: Mapping[str, LeafInput],
    *,
    not_applicable: Collection[str] = (),
) -> SheetScore:
    """Score one unit from its inputs by leaf code.

    `not_applicable` is the organiser's profile for the unit: codes of leaves, criteria or areas it is
    excused from. Raises `ScoringError` naming every problem: unknown codes, entries that do not suit their
    formula, points above the maximum, leaves that may not be left out.
    """
    excused, problems = _profile(criteria_set, not_applicable)
    problems += _unknown_inputs(criteria_set, inputs)
    scores: dict[str, LeafScore] = {}
    for leaf in criteria_set.all_leaves:
        try:
            scores[leaf.code] = _score(leaf, inputs.get(leaf.code), is_excused=leaf.code in excused)
        except ScoringError as error:
            problems += error.problems
    if problems:
        raise ScoringError("The score sheet cannot be computed.", problems=problems)
    return _sheet(criteria_set, scores)


def points_from_estimate(leaf: SubCriterion, *, value: float, low: float, high: float) -> EstimateInput:
    """Points of a survey or satisfaction leaf from a design-based estimate of its share (0–1).

    The one place where a float becomes points: by its shortest decimal form, so that 0.8 is 0.8. `low` and
    `high` are its confidence limits; they may pass 0 or 1 and are cut there. Raises `ScoringError` for a
    leaf of another kind, numbers that are not finite, a value outside 0–1 or outside its limits.
    """
    reason = None
    if leaf.kind not in SURVEYED_KINDS:
        reason = f"{leaf.kind} leaves are not estimated."
    elif not all(math.isfinite(number) for number in (value, low, high)):
        reason = "the estimate or one of its limits is not a finite number."
    elif not (0 <= value <= 1 and low <= value <= high):
        reason = f"the estimate {value} with limits {low} and {high} is not a share."
    if reason is not None:
        problem = Problem("estimate-unusable", leaf.code, reason, {})
        raise ScoringError("An estimate cannot become points.", problems=[problem])

    def points(share: float) -> Decimal:
        exact_share = Decimal(str(float(min(max(share, 0.0), 1.0))))
        return POINTS_CONTEXT.multiply(exact_share, leaf.max_points)

    return EstimateInput(points=points(value), interval=PointsInterval(low=points(low), high=points(high)))


def _profile(criteria_set: CriteriaSet, codes: Collection[str]) -> tuple[set[str], list[Problem]]:
    """The leaves named by codes of leaves, criteria or areas, and the codes that name nothing."""
    branches = {leaf.code: [leaf.code] for leaf in criteria_set.leaves}
    branches |= {c.code: [leaf.code for leaf in c.sub_criteria] for c in criteria_set.criteria}
    branches |= {area.code: [leaf.code for leaf in area.leaves] for area in criteria_set.areas}
    problems = [
        Problem("unknown-code", code, "the set has no such area, criterion or leaf.", {})
        for code in sorted(codes)
        if code not in branches
    ]
    return {leaf for code in codes for leaf in branches.get(code, [])}, problems


def _unknown_inputs(criteria_set: CriteriaSet, inputs: Mapping[str, LeafInput]) -> list[Problem]:
    known = {leaf.code for leaf in criteria_set.all_leaves}
    return [
        Problem("unknown-code", code, "the set has no such leaf.", {})
        for code in sorted(inputs)
        if code not in known
    ]


def _score(leaf: SubCriterion, entry: LeafInput | None, *, is_excused: bool) -> LeafScore:
    if not is_excused:
        return score_leaf(leaf, entry)
    if entry is not None and not isinstance(entry, NotApplicableInput):
        problem = Problem(
            "entry-for-excused", leaf.code, "the unit is excused from it, yet it has an entry.", {}
        )
        raise ScoringError(f"{leaf.code} cannot be scored.", problems=[problem])
    return score_leaf(leaf, NotApplicableInput())


def _sheet(criteria_set: CriteriaSet, scores: Mapping[str, LeafScore]) -> SheetScore:
    leaves = [scores[leaf.code] for leaf in criteria_set.leaves]
    extras = [scores[leaf.code] for leaf in (*criteria_set.bonuses, *criteria_set.penalties)]
    bonus = _capped(_of_kinds(extras, (LeafKind.BONUS,)), criteria_set.bonus_cap)
    penalty = _capped(_of_kinds(extras, (LeafKind.PENALTY,)), criteria_set.penalty_cap)
    applicable = _applicable(leaves)
    status = _status(leaves, applicable)
    total = None
    if status is SheetStatus.COMPLETE:
        # copy_negate, because a unary minus would round to the 28 digits of the default context.
        total = min(_sum([_points(leaves), bonus, penalty.copy_negate()]), applicable)
    return SheetScore(
        criteria_set=criteria_set.code,
        leaves=tuple(leaves),
        extras=tuple(score for score in extras if score.state is LeafState.SCORED),
        criteria=tuple(
            _group(c.code, [scores[leaf.code] for leaf in c.sub_criteria]) for c in criteria_set.criteria
        ),
        areas=tuple(_group(a.code, [scores[leaf.code] for leaf in a.leaves]) for a in criteria_set.areas),
        appraised_points=_complete_points(_of_kinds(leaves, APPRAISED_KINDS)),
        survey_points=_complete_points(_of_kinds(leaves, SURVEYED_KINDS)),
        bonus_points=bonus,
        penalty_points=penalty,
        total_points=total,
        applicable_points=applicable,
        index=None if total is None else to_decimal(Fraction(total) / Fraction(applicable) * 100),
        scored_points=_points(leaves),
        missing=tuple(_codes(leaves, LeafState.MISSING)),
        not_applicable=tuple(_codes(leaves, LeafState.NOT_APPLICABLE)),
        status=status,
    )


def _status(leaves: Sequence[LeafScore], applicable: Decimal) -> SheetStatus:
    if not applicable:
        return SheetStatus.NOTHING_APPLICABLE
    return SheetStatus.INCOMPLETE if any(_codes(leaves, LeafState.MISSING)) else SheetStatus.COMPLETE


def _of_kinds(leaves: Sequence[LeafScore], kinds: Collection[LeafKind]) -> list[LeafScore]:
    return [score for score in leaves if score.kind in kinds]


def _group(code: str, leaves: Sequence[LeafScore]) -> GroupScore:
    points, applicable = _complete_points(leaves), _applicable(leaves)
    share = None if points is None or not applicable else to_decimal(Fraction(points) / Fraction(applicable))
    return GroupScore(
        code=code,
        points=points,
        applicable_points=applicable,
        share=share,
        missing=tuple(_codes(leaves, LeafState.MISSING)),
    )


def _codes(leaves: Sequence[LeafScore], state: LeafState) -> Iterator[str]:
    return (score.code for score in leaves if score.state is state)


def _applicable(leaves: Sequence[LeafScore]) -> Decimal:
    return _sum([score.max_points for score in leaves if score.state is not LeafState.NOT_APPLICABLE])


def _points(leaves: Sequence[LeafScore]) -> Decimal:
    return _sum([score.points for score in leaves if score.points is not None])


def _complete_points(leaves: Sequence[LeafScore]) -> Decimal | None:
    return None if any(_codes(leaves, LeafState.MISSING)) else _points(leaves)


def _capped(extras: Sequence[LeafScore], cap: Decimal | None) -> Decimal:
    points = _points(extras)
    return points if cap is None else min(points, cap)


def _sum(numbers: Sequence[Decimal]) -> Decimal:
    total = ZERO
    for number in numbers:
        total = POINTS_CONTEXT.add(total, number)
    return total
