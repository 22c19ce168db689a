"""Printed numbers: half-up at every border, whatever kind of number comes in."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from survey.views.numbers import Number, rounded


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (Fraction(1665, 2000) * 100, 1, "83.3"),  # 83.25
        (Fraction(16649, 20000) * 100, 1, "83.2"),  # 83.245
        (Decimal("81.325"), 2, "81.33"),
        (Decimal("0.005"), 2, "0.01"),
        (Decimal("-0.125"), 2, "-0.13"),
        (Decimal("-0.004"), 2, "0.00"),
        (1.005, 2, "1.01"),
        (0.2885 * 100, 1, "28.9"),  # 28.849999999999998 in binary
        (0.285 * 100, 0, "29"),
        (-0.04, 1, "0.0"),
        (7, 0, "7"),
    ],
)
def test_halves_are_rounded_away_from_zero(value: Number, decimals: int, printed: str) -> None:
    assert str(rounded(value, decimals)) == printed
