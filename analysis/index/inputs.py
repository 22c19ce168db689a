"""What is entered for a leaf: the figures a formula works on, kept per stage and never only the points.

Appraisers correct the figures (a of b), not just their result; the points are computed again from them.
`input_from_plain` reads the JSON document of one entry:

| Formula                                            | Document                                           |
| -------------------------------------------------- | -------------------------------------------------- |
| YESNO                                              | `{"yes": true}`                                    |
| TIER by choice                                     | `{"choice": "late"}`                               |
| TIER by bound, RATIO, RATIO_FLOOR, PIECEWISE, TARGET | `{"numerator": "18", "denominator": "20"}`       |
| COUNT                                              | `{"count": 2}`                                     |
| DEDUCT                                             | `{"deductions": {"late_report": 2}}`               |
| CHECKLIST                                          | `{"fulfilled": ["plan", "report"]}`                |
| SURVEY, SIPAS                                      | `{"share": "3283/3500"}` or `{"share": "0.938"}`   |
| ROLLUP                                             | `{"children": {"31813": {"numerator": …}, …: null}}` |
| EXTERNAL, and confirmed points of any other leaf   | `{"points": "1.5"}`                                |
| any                                                | `{"not_applicable": true}`                         |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from analysis.errors import Problem, ScoringError
from analysis.exact import Exact


@dataclass(frozen=True)
class YesNoInput:
    """Done or not done."""

    fulfilled: bool


@dataclass(frozen=True)
class ChoiceInput:
    """The code of the choice that applies."""

    choice: str


@dataclass(frozen=True)
class RatioInput:
    """a of b: 18 of 20 dossiers in time."""

    numerator: Exact
    denominator: Exact


@dataclass(frozen=True)
class CountInput:
    """How many."""

    count: int


@dataclass(frozen=True)
class DeductionInput:
    """How often each deduction applies, by its code; one that is absent does not."""

    counts: Mapping[str, int]


@dataclass(frozen=True)
class ChecklistInput:
    """The codes of the fulfilled items."""

    fulfilled: frozenset[str]


@dataclass(frozen=True)
class PointsInput:
    """Points given as such: by a higher authority, or by the appraiser who confirms or lowers a claim."""

    points: Decimal


@dataclass(frozen=True)
class ShareInput:
    """An exact share 0–1 of the maximum: a survey share or a satisfaction rate."""

    share: Exact


@dataclass(frozen=True)
class PointsInterval:
    """The confidence interval of estimated points, kept inside 0 and the maximum."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class EstimateInput:
    """Points made from a design-based estimate by `analysis.index.scoring.points_from_estimate`."""

    points: Decimal
    interval: PointsInterval


@dataclass(frozen=True)
class RollupInput:
    """The figures of the units below, by unit code; None for a unit that has not entered its own."""

    children: Mapping[str, RatioInput | None]


@dataclass(frozen=True)
class NotApplicableInput:
    """The leaf does not apply to the unit. Never the same as zero."""


LeafInput = (
    YesNoInput
    | ChoiceInput
    | RatioInput
    | CountInput
    | DeductionInput
    | ChecklistInput
    | PointsInput
    | ShareInput
    | EstimateInput
    | RollupInput
    | NotApplicableInput
)


def input_from_plain(code: str, document: Mapping[str, object]) -> LeafInput:
    """The input in a JSON document, for the leaf of that code.

    Raises `ScoringError` when the document is none of the forms above; whether the form suits the leaf's
    formula is decided when the sheet is scored.
    """
    keys = frozenset(document)
    try:
        if keys in _READERS:
            return _READERS[keys](document)
        reason = f"an entry with {', '.join(sorted(keys)) or 'nothing'} is not known."
    except (TypeError, ValueError, InvalidOperation) as error:
        reason = str(error) if isinstance(error, TypeError) else f"{dict(document)} holds no proper number."
    raise ScoringError("The entry cannot be read.", problems=[Problem("unreadable-input", code, reason, {})])


def _yes(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false.")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number.")
    return value


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a code.")
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise TypeError(f"{value!r} is not an exact number; write it in quotes.")
    number = Decimal(value)
    if not number.is_finite():
        raise TypeError(f"{value!r} is not a finite number.")
    return number


def _share(value: object) -> Fraction:
    if isinstance(value, str) and "/" in value:
        numerator, _, denominator = value.partition("/")
        if not int(denominator):
            raise TypeError(f"{value!r} divides by zero.")
        return Fraction(int(numerator), int(denominator))
    return Fraction(_number(value))


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is not an object.")
    return value


def _words(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list of codes.")
    return frozenset(_word(entry) for entry in value)


def _ratio(document: Mapping[str, object]) -> RatioInput:
    if set(document) != {"numerator", "denominator"}:
        raise TypeError("a ratio needs a numerator and a denominator.")
    return RatioInput(numerator=_number(document["numerator"]), denominator=_number(document["denominator"]))


def _rollup(document: Mapping[str, object]) -> RollupInput:
    children = _object(document["children"])
    return RollupInput(
        children={unit: None if child is None else _ratio(_object(child)) for unit, child in children.items()}
    )


def _not_applicable(document: Mapping[str, object]) -> NotApplicableInput:
    if document["not_applicable"] is not True:
        raise TypeError("not_applicable can only be true; leave it out otherwise.")
    return NotApplicableInput()


_READERS: Mapping[frozenset[str], Callable[[Mapping[str, object]], LeafInput]] = {
    frozenset({"yes"}): lambda d: YesNoInput(fulfilled=_yes(d["yes"])),
    frozenset({"choice"}): lambda d: ChoiceInput(choice=_word(d["choice"])),
    frozenset({"numerator", "denominator"}): _ratio,
    frozenset({"count"}): lambda d: CountInput(count=_whole(d["count"])),
    frozenset({"deductions"}): lambda d: DeductionInput(
        counts={code: _whole(count) for code, count in _object(d["deductions"]).items()}
    ),
    frozenset({"fulfilled"}): lambda d: ChecklistInput(fulfilled=_words(d["fulfilled"])),
    frozenset({"points"}): lambda d: PointsInput(points=_number(d["points"])),
    frozenset({"share"}): lambda d: ShareInput(share=_share(d["share"])),
    frozenset({"children"}): _rollup,
    frozenset({"not_applicable"}): _not_applicable,
}
