"""Integrity of a criteria set: everything that does not hold together, found in one pass.

For a published set children add up to their parent exactly and the areas to the declared total; formulas
can reach the maximum of their leaf and never pass it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from analysis.errors import Problem
from analysis.index.definition import (
    EXTRA_KINDS,
    Area,
    CriteriaSet,
    Criterion,
    LeafKind,
    SubCriterion,
)
from analysis.index.formulas import (
    Checklist,
    ChoiceTier,
    Count,
    Deduct,
    External,
    Formula,
    Piecewise,
    PricedItem,
    Rollup,
    Sipas,
    Survey,
    ThresholdTier,
    formula_code,
)

# Formulas an event outside the scale can earn points by: something happened, so often, of this kind.
_NOT_FOR_EXTRAS = (Survey, Sipas, Deduct, Rollup)
_NOT_FOR_SELF = (Survey, Sipas, External)


def check_criteria_set(criteria_set: CriteriaSet) -> tuple[Problem, ...]:
    """All problems of the set, located by code; empty when it can be used."""
    return tuple(
        [
            *_check_codes(criteria_set),
            *_check_sums(criteria_set),
            *_check_caps(criteria_set),
            *(problem for leaf in criteria_set.all_leaves for problem in _check_leaf(leaf)),
        ]
    )


def _check_codes(criteria_set: CriteriaSet) -> Iterator[Problem]:
    nodes: tuple[Area | Criterion | SubCriterion, ...] = (
        *criteria_set.areas,
        *criteria_set.criteria,
        *criteria_set.all_leaves,
    )
    for code, uses in Counter(node.code for node in nodes).items():
        if uses > 1:
            yield Problem("duplicate-code", code, f"the code is used {uses} times.", {"uses": str(uses)})
    for area in criteria_set.areas:
        for criterion in area.criteria:
            yield from _check_parent(criterion.code, area.code)
            for leaf in criterion.sub_criteria:
                yield from _check_parent(leaf.code, criterion.code)


def _check_parent(code: str, parent: str) -> Iterator[Problem]:
    if code.rpartition(".")[0] != parent:
        yield Problem(
            "code-outside-parent",
            code,
            f"the code does not continue that of its parent {parent}.",
            {"parent": parent},
        )


def _check_sums(criteria_set: CriteriaSet) -> Iterator[Problem]:
    yield from _check_sum(
        "the set", criteria_set.total_points, criteria_set.areas, problem="total-differs", parts="areas"
    )
    for area in criteria_set.areas:
        yield from _check_sum(
            area.code, area.max_points, area.criteria, problem="child-sum-differs", parts="criteria"
        )
        for criterion in area.criteria:
            yield from _check_sum(
                criterion.code,
                criterion.max_points,
                criterion.sub_criteria,
                problem="child-sum-differs",
                parts="sub-criteria",
            )


def _check_sum(
    place: str,
    expected: Decimal,
    children: Sequence[Area] | Sequence[Criterion] | Sequence[SubCriterion],
    *,
    problem: str,
    parts: str,
) -> Iterator[Problem]:
    if not children:
        yield Problem("no-children", place, f"it has no {parts}.", {"parts": parts})
        return
    found = sum((child.max_points for child in children), Decimal(0))
    if found != expected:
        yield Problem(
            problem,
            place,
            f"its {parts} add up to {found} points, not {expected}.",
            {"found": str(found), "expected": str(expected)},
        )


def _check_caps(criteria_set: CriteriaSet) -> Iterator[Problem]:
    for name, cap in (("bonus_cap", criteria_set.bonus_cap), ("penalty_cap", criteria_set.penalty_cap)):
        if cap is not None and cap < 0:
            yield Problem("negative-cap", "the set", f"{name} is below zero.", {"cap": str(cap)})


def _check_leaf(leaf: SubCriterion) -> Iterator[Problem]:
    if leaf.max_points <= 0:
        yield Problem("no-points", leaf.code, f"its maximum is {leaf.max_points}; it must be above zero.")
        return
    if not _fits(leaf.kind, leaf.formula):
        yield Problem(
            "formula-does-not-fit",
            leaf.code,
            f"a {leaf.kind} leaf cannot be scored by {formula_code(leaf.formula)}.",
            {"kind": leaf.kind, "formula": formula_code(leaf.formula)},
        )
    yield from _check_questions(leaf)
    yield from _check_formula(leaf.formula, leaf)


def _fits(kind: LeafKind, formula: Formula) -> bool:
    if kind is LeafKind.SURVEY:
        return isinstance(formula, Survey)
    if kind is LeafKind.SIPAS:
        return isinstance(formula, Sipas)
    if kind is LeafKind.SELF:
        return not isinstance(formula, _NOT_FOR_SELF)
    if kind in EXTRA_KINDS:
        return not isinstance(formula, _NOT_FOR_EXTRAS)
    return not isinstance(formula, Survey | Sipas)


def _check_questions(leaf: SubCriterion) -> Iterator[Problem]:
    if leaf.kind is LeafKind.SURVEY and not leaf.questions:
        yield Problem("no-questions", leaf.code, "a SURVEY leaf needs at least one question.")
    if leaf.kind is not LeafKind.SURVEY and leaf.questions:
        yield Problem("spare-questions", leaf.code, "only a SURVEY leaf has questions.")
    twice = [question for question, uses in Counter(leaf.questions).items() if uses > 1]
    if twice:
        yield Problem("question-twice", leaf.code, f"question {', '.join(twice)} is listed more than once.")


def _check_formula(formula: Formula, leaf: SubCriterion) -> Iterator[Problem]:
    match formula:
        case Rollup():
            yield from _check_formula(formula.formula, leaf)
        case ChoiceTier():
            yield from _check_best(leaf, max(choice.points for choice in formula.choices))
        case ThresholdTier():
            yield from _check_bounds(leaf, [step.at_least for step in formula.steps])
            yield from _check_best(leaf, max(step.points for step in formula.steps))
        case Piecewise():
            yield from _check_bounds(leaf, [piece.at_least for piece in formula.pieces])
            yield from _check_pieces(leaf, formula)
        case Checklist():
            yield from _check_best(leaf, sum((item.points for item in formula.items), Decimal(0)))
        case Count() if formula.points_each > leaf.max_points:
            yield Problem("points-above-maximum", leaf.code, "one count earns more than the maximum.")
        case Deduct():
            yield from _check_deductions(leaf, formula.deductions)


def _check_best(leaf: SubCriterion, best: Decimal) -> Iterator[Problem]:
    if best != leaf.max_points:
        yield Problem(
            "best-is-not-maximum",
            leaf.code,
            f"{formula_code(leaf.formula)} gives {best} at best, not the maximum {leaf.max_points}.",
            {"best": str(best), "maximum": str(leaf.max_points)},
        )


def _check_bounds(leaf: SubCriterion, bounds: Sequence[Decimal]) -> Iterator[Problem]:
    if list(bounds) != sorted(set(bounds), reverse=True) or bounds[-1] != 0:
        yield Problem(
            "bounds-out-of-order", leaf.code, "the bounds must fall from entry to entry and end with 0."
        )


def _check_pieces(leaf: SubCriterion, formula: Piecewise) -> Iterator[Problem]:
    upper = Decimal(1)
    for piece in formula.pieces:
        # A line is highest at one end of its interval, so both ends suffice.
        if max(piece.times * end + piece.plus for end in (piece.at_least, upper)) > 1:
            yield Problem(
                "points-above-maximum", leaf.code, f"the piece from {piece.at_least} passes the maximum."
            )
        upper = piece.at_least


def _check_deductions(leaf: SubCriterion, deductions: Sequence[PricedItem]) -> Iterator[Problem]:
    for deduction in deductions:
        if deduction.points == 0:
            yield Problem("no-points", leaf.code, f"the deduction {deduction.code} takes nothing away.")
