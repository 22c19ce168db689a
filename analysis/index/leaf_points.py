"""The points of one leaf from what was entered for it, by its formula.

Formulas work in fractions; the result is turned into a decimal once, at the end, so that points never pass
the maximum through rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from analysis.errors import ExactnessError, Problem, ScoringError
from analysis.exact import to_decimal, to_fraction
from analysis.index.definition import SURVEYED_KINDS, LeafKind, NotApplicable, SubCriterion
from analysis.index.formulas import (
    Checklist,
    ChoiceTier,
    Count,
    Deduct,
    Formula,
    Piecewise,
    PricedItem,
    RatioFloor,
    RatioFormula,
    Rollup,
    Sipas,
    Survey,
    Target,
    ThresholdTier,
    YesNo,
    ZeroDenominator,
    formula_code,
)
from analysis.index.inputs import (
    ChecklistInput,
    ChoiceInput,
    CountInput,
    DeductionInput,
    EstimateInput,
    LeafInput,
    NotApplicableInput,
    PointsInput,
    PointsInterval,
    RatioInput,
    RollupInput,
    ShareInput,
    YesNoInput,
)


class LeafState(StrEnum):
    """Whether a leaf has points, still waits for them, or does not apply to the unit."""

    SCORED = "scored"
    MISSING = "missing"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class LeafScore:
    """The points of one leaf, 0 to `max_points`; None unless `state` is SCORED.

    `interval` is there for points made from a design-based estimate. `missing_children` names the units
    below whose figures a rolled-up leaf still waits for.
    """

    code: str
    kind: LeafKind
    max_points: Decimal
    state: LeafState
    points: Decimal | None = None
    interval: PointsInterval | None = None
    missing_children: tuple[str, ...] = ()


class _InputError(Exception):
    """One thing wrong with an input; `score_leaf` adds the leaf it belongs to."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class _DoesNotApply(Exception):  # noqa: N818 -- not an error: a ratio without a base leaves the scale
    pass


def score_leaf(leaf: SubCriterion, entry: LeafInput | None) -> LeafScore:
    """The score of `leaf` for what was entered; no entry is MISSING, never zero.

    Raises `ScoringError` when the entry does not suit the formula or is impossible.
    """
    if entry is None:
        return _without_points(leaf, LeafState.MISSING)
    try:
        if isinstance(entry, NotApplicableInput):
            return _excused(leaf)
        if isinstance(entry, RollupInput) and (missing := _missing_children(entry)) is not None:
            return _without_points(leaf, LeafState.MISSING, missing_children=missing)
        points = _points(leaf, entry)
    except _DoesNotApply:
        return _without_points(leaf, LeafState.NOT_APPLICABLE)
    except _InputError as error:
        problem = Problem(error.code, leaf.code, error.message, {"formula": formula_code(leaf.formula)})
        raise ScoringError(f"{leaf.code} cannot be scored.", problems=[problem]) from None
    except ExactnessError as error:
        problem = Problem("not-exact", leaf.code, error.message, {})
        raise ScoringError(f"{leaf.code} cannot be scored.", problems=[problem]) from None
    return LeafScore(
        code=leaf.code,
        kind=leaf.kind,
        max_points=leaf.max_points,
        state=LeafState.SCORED,
        points=points,
        interval=entry.interval if isinstance(entry, EstimateInput) else None,
    )


def _without_points(
    leaf: SubCriterion, state: LeafState, *, missing_children: tuple[str, ...] = ()
) -> LeafScore:
    return LeafScore(
        code=leaf.code,
        kind=leaf.kind,
        max_points=leaf.max_points,
        state=state,
        missing_children=missing_children,
    )


def _excused(leaf: SubCriterion) -> LeafScore:
    if leaf.not_applicable is NotApplicable.NEVER:
        raise _InputError("not-applicable-refused", "the set does not let this leaf be left out.")
    return _without_points(leaf, LeafState.NOT_APPLICABLE)


def _missing_children(entry: RollupInput) -> tuple[str, ...] | None:
    """Units without figures, or None when all of at least one unit are there."""
    missing = tuple(sorted(unit for unit, figures in entry.children.items() if figures is None))
    return missing if missing or not entry.children else None


def _points(leaf: SubCriterion, entry: LeafInput) -> Decimal:
    if isinstance(entry, PointsInput):
        if leaf.kind in SURVEYED_KINDS:
            raise _InputError("points-typed", "its points are computed from answers and cannot be given.")
        return _within(leaf, entry.points)
    if isinstance(entry, EstimateInput):
        if leaf.kind not in SURVEYED_KINDS:
            raise _InputError("input-does-not-fit", "an estimate only suits survey and satisfaction leaves.")
        return _within(leaf, entry.points)
    maximum = Fraction(leaf.max_points)
    if isinstance(leaf.formula, RatioFormula | Rollup):
        return to_decimal(_ratio_points(leaf.formula, entry, maximum))
    return to_decimal(_counted_points(leaf.formula, entry, maximum))


def _within(leaf: SubCriterion, points: Decimal) -> Decimal:
    if isinstance(points, Decimal) and points.is_finite() and 0 <= points <= leaf.max_points:
        return points
    raise _InputError("points-out-of-range", f"{points} is not between 0 and {leaf.max_points}.")


def _counted_points(formula: Formula, entry: LeafInput, maximum: Fraction) -> Fraction:
    match formula, entry:
        case YesNo(), YesNoInput(fulfilled=fulfilled):
            return maximum if fulfilled else Fraction(0)
        case ChoiceTier(choices=choices), ChoiceInput(choice=choice):
            return _price(choices, choice)
        case Count(points_each=each), CountInput(count=count):
            return min(maximum, _at_least_zero(count) * Fraction(each))
        case Deduct(deductions=deductions), DeductionInput(counts=counts):
            taken = [_price(deductions, code) * _at_least_zero(count) for code, count in counts.items()]
            return max(Fraction(0), maximum - sum(taken, Fraction(0)))
        case Checklist(items=items), ChecklistInput(fulfilled=fulfilled_codes):
            return sum((_price(items, code) for code in fulfilled_codes), Fraction(0))
        case ((Survey() | Sipas()), ShareInput(share=share)):
            return maximum * _share(to_fraction(share, name="The share"))
    raise _does_not_fit(formula)


def _ratio_points(formula: RatioFormula | Rollup, entry: LeafInput, maximum: Fraction) -> Fraction:
    if isinstance(formula, Rollup) and isinstance(entry, RollupInput):
        return _ratio_points(formula.formula, _summed(entry), maximum)
    if isinstance(formula, Rollup) or not isinstance(entry, RatioInput):
        raise _does_not_fit(formula)
    a = _at_least_zero(to_fraction(entry.numerator, name="The numerator"))
    b = _at_least_zero(to_fraction(entry.denominator, name="The denominator"))
    if b == 0:
        return _points_without_base(formula, a, maximum)
    return _points_for(formula, a / b, maximum)


def _summed(entry: RollupInput) -> RatioInput:
    figures = [child for child in entry.children.values() if child is not None]
    return RatioInput(
        numerator=sum((to_fraction(f.numerator, name="A numerator") for f in figures), Fraction(0)),
        denominator=sum((to_fraction(f.denominator, name="A denominator") for f in figures), Fraction(0)),
    )


def _points_without_base(formula: RatioFormula, numerator: Fraction, maximum: Fraction) -> Fraction:
    if numerator:
        raise _InputError("ratio-above-one", f"{numerator} of 0 cannot be.")
    if formula.zero_denominator is ZeroDenominator.MAXIMUM:
        return maximum
    if formula.zero_denominator is ZeroDenominator.NOT_APPLICABLE:
        raise _DoesNotApply
    raise _InputError("zero-denominator", "the base is zero and the set has no rule for that.")


def _points_for(formula: RatioFormula, ratio: Fraction, maximum: Fraction) -> Fraction:
    if isinstance(formula, Target):
        return min(Fraction(1), ratio / Fraction(formula.target)) * maximum
    if isinstance(formula, ThresholdTier):
        return Fraction(next(step.points for step in formula.steps if ratio >= step.at_least))
    if ratio > 1:
        raise _InputError("ratio-above-one", "the part is larger than its base.")
    if isinstance(formula, RatioFloor):
        return ratio * maximum if ratio >= formula.floor else Fraction(0)
    if isinstance(formula, Piecewise):
        piece = next(piece for piece in formula.pieces if ratio >= piece.at_least)
        return (Fraction(piece.times) * ratio + Fraction(piece.plus)) * maximum
    return ratio * maximum


def _price(items: tuple[PricedItem, ...], code: str) -> Fraction:
    for item in items:
        if item.code == code:
            return Fraction(item.points)
    raise _InputError("unknown-choice", f"{code!r} is not one of {', '.join(i.code for i in items)}.")


def _share(share: Fraction) -> Fraction:
    if not 0 <= share <= 1:
        raise _InputError("share-out-of-range", f"the share {share} is not between 0 and 1.")
    return share


def _at_least_zero(number: Fraction | int) -> Fraction:
    if number < 0:
        raise _InputError("below-zero", f"{number} is below zero.")
    return Fraction(number)


def _does_not_fit(formula: Formula) -> _InputError:
    return _InputError("input-does-not-fit", f"the entry does not suit the formula {formula_code(formula)}.")
