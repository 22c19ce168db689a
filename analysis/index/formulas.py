"""How a leaf earns its points: one frozen type per formula, with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ZeroDenominator(StrEnum):
    """What a base of zero means for a ratio."""

    REFUSED = "REFUSED"
    NOT_APPLICABLE = "NA"
    MAXIMUM = "MAX"


@dataclass(frozen=True)
class Name:
    """A text in the two languages of the service."""

    vi: str
    en: str


@dataclass(frozen=True)
class PricedItem:
    """A choice, a deduction or a checklist item: its code in the data, its points, its label."""

    code: str
    points: Decimal
    label: Name


@dataclass(frozen=True)
class Step:
    """`points` for a ratio of at least `at_least`."""

    at_least: Decimal
    points: Decimal


@dataclass(frozen=True)
class Piece:
    """For a ratio x of at least `at_least`: the share `times` · x + `plus` of the maximum."""

    at_least: Decimal
    times: Decimal
    plus: Decimal


@dataclass(frozen=True)
class YesNo:
    """YESNO: done or not done."""


@dataclass(frozen=True)
class ChoiceTier:
    """TIER by a named choice."""

    choices: tuple[PricedItem, ...]


@dataclass(frozen=True)
class ThresholdTier:
    """TIER by the size of a ratio; steps from the highest bound down to 0."""

    steps: tuple[Step, ...]
    zero_denominator: ZeroDenominator = ZeroDenominator.REFUSED


@dataclass(frozen=True)
class Ratio:
    """RATIO: points in proportion to a ÷ b, which is at most 1."""

    zero_denominator: ZeroDenominator = ZeroDenominator.REFUSED


@dataclass(frozen=True)
class RatioFloor:
    """RATIO_FLOOR: as RATIO from `floor` on, nothing below."""

    floor: Decimal
    zero_denominator: ZeroDenominator = ZeroDenominator.REFUSED


@dataclass(frozen=True)
class Piecewise:
    """PIECEWISE: another line on each interval; pieces from the highest bound down to 0."""

    pieces: tuple[Piece, ...]
    zero_denominator: ZeroDenominator = ZeroDenominator.REFUSED


@dataclass(frozen=True)
class Target:
    """TARGET: full points once a ÷ b reaches `target`, in proportion below; a ÷ b may exceed 1."""

    target: Decimal
    zero_denominator: ZeroDenominator = ZeroDenominator.REFUSED


@dataclass(frozen=True)
class Count:
    """COUNT: so many points for each, up to the maximum."""

    points_each: Decimal


@dataclass(frozen=True)
class Deduct:
    """DEDUCT: the maximum less the points of every case, never below zero."""

    deductions: tuple[PricedItem, ...]


@dataclass(frozen=True)
class Checklist:
    """CHECKLIST: the points of the fulfilled items."""

    items: tuple[PricedItem, ...]


@dataclass(frozen=True)
class Survey:
    """SURVEY: the share estimated from the answers to the leaf's questions."""


@dataclass(frozen=True)
class Sipas:
    """SIPAS: the satisfaction rate of the unit."""


@dataclass(frozen=True)
class External:
    """EXTERNAL: points given by a higher authority or another body."""


RatioFormula = ThresholdTier | Ratio | RatioFloor | Piecewise | Target


@dataclass(frozen=True)
class Rollup:
    """ROLLUP: `formula` on the summed numerators and denominators of the units below, of kind `source`."""

    formula: RatioFormula
    source: str


Formula = YesNo | RatioFormula | ChoiceTier | Count | Deduct | Checklist | Survey | Sipas | External | Rollup

_CODES: Mapping[type[Formula], str] = {
    YesNo: "YESNO",
    ChoiceTier: "TIER",
    ThresholdTier: "TIER",
    Ratio: "RATIO",
    RatioFloor: "RATIO_FLOOR",
    Piecewise: "PIECEWISE",
    Target: "TARGET",
    Count: "COUNT",
    Deduct: "DEDUCT",
    Checklist: "CHECKLIST",
    Survey: "SURVEY",
    Sipas: "SIPAS",
    External: "EXTERNAL",
    Rollup: "ROLLUP",
}
FORMULA_CODES = tuple(dict.fromkeys(_CODES.values()))


def formula_code(formula: Formula) -> str:
    """The code a criteria set writes for this formula, e.g. `RATIO_FLOOR`."""
    return _CODES[type(formula)]
