"""Rounding for display: the only place where an official figure loses digits, and always half-up."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from analysis.exact import Exact, to_fraction

_WIDE = Context(prec=60)

# Points computed in 34 digits can stand one unit of the last digit beside a tie (three times 1/3 of 0.015
# is 0.01499…9). Digits beyond the twentieth decimal are such remains, never information.
_GUARD = Decimal("1e-20")


def half_up(value: Exact, *, decimals: int = 2) -> Decimal:
    """`value` rounded to `decimals` places, ties away from zero: 81.325 → 81.33, -0.125 → -0.13.

    Half-up is the habit of the published tables; no rounding clause is published.
    Fractions are rounded exactly; decimals are first cleared of what 34-digit arithmetic leaves behind.
    """
    unit = Decimal(1).scaleb(-decimals)
    if isinstance(value, Decimal):
        cleared = value.quantize(_GUARD, rounding=ROUND_HALF_EVEN, context=_WIDE)
        return _without_minus_zero(cleared.quantize(unit, rounding=ROUND_HALF_UP, context=_WIDE))
    number = to_fraction(value, name="The value to round")
    scaled = abs(number) * 10**decimals + Fraction(1, 2)
    magnitude = Decimal(scaled.numerator // scaled.denominator).scaleb(-decimals, context=_WIDE)
    return _without_minus_zero(magnitude if number >= 0 else -magnitude)


def percentage(rate: Exact | None, *, decimals: int = 2) -> Decimal | None:
    """A share 0–1 as a printed percentage (35268/36630 → 96.28); no rate stays no rate."""
    if rate is None:
        return None
    return half_up(to_fraction(rate, name="The rate") * 100, decimals=decimals)


def _without_minus_zero(value: Decimal) -> Decimal:
    return abs(value) if value.is_zero() else value
