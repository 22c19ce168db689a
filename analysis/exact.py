"""Exact numbers: what official arithmetic accepts as a number, and the precision points are kept in."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from analysis.errors import ExactnessError

Exact = int | Decimal | Fraction

# IEEE 754 decimal128: 34 significant digits. Points stay far below 1000, so at least 31 decimals are kept;
# a hundred leaves added up lose less than 1e-29, far from any printed digit.
POINTS_CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN)


def to_fraction(number: Exact, *, name: str) -> Fraction:
    """The same number as a fraction. A float is refused: 0.05 is not 1/20 in binary.

    Raises `ExactnessError` for floats, booleans, infinities and anything that is not a number.
    """
    if isinstance(number, bool) or not isinstance(number, int | Decimal | Fraction):
        raise ExactnessError(
            f"{name} must be exact, not {type(number).__name__} {number!r}.",
            hint='Write it as Decimal("0.05") or Fraction(1, 20).',
        )
    if isinstance(number, Decimal) and not number.is_finite():
        raise ExactnessError(f"{name} must be a finite number, not {number}.")
    return Fraction(number)


def to_decimal(number: Fraction) -> Decimal:
    """The fraction in 34 significant digits (`POINTS_CONTEXT`); exact whenever 34 digits can hold it."""
    return POINTS_CONTEXT.divide(Decimal(number.numerator), Decimal(number.denominator))


def ceiling(number: Fraction) -> int:
    """The smallest whole number not below `number`, in whole-number arithmetic throughout."""
    return -(-number.numerator // number.denominator)
