"""Rounding for display is half-up, exact for fractions, and undisturbed by 34-digit arithmetic."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.display import half_up, percentage
from analysis.errors import ExactnessError
from analysis.exact import POINTS_CONTEXT, ceiling, to_decimal, to_fraction


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (Decimal("81.325"), "81.33"),
        (Decimal("81.335"), "81.34"),
        (Decimal("-0.125"), "-0.13"),
        (Fraction(1, 8), "0.13"),
        (Fraction(-1, 8), "-0.13"),
        (Decimal("2"), "2.00"),
        (0, "0.00"),
        (Decimal("-0.001"), "0.00"),
        (Fraction(-1, 1000), "0.00"),
    ],
)
def test_ties_are_rounded_away_from_zero(value, printed):
    assert str(half_up(value)) == printed


def test_the_number_of_decimals_is_a_choice_of_the_report():
    assert str(half_up(Decimal("91.651"), decimals=3)) == "91.651"
    assert str(half_up(Decimal("91.651"), decimals=1)) == "91.7"
    assert str(half_up(Fraction(5, 2), decimals=0)) == "3"


def test_a_tie_made_of_thirds_is_still_a_tie():
    third = to_decimal(Fraction("0.015") / 3)
    total = POINTS_CONTEXT.add(POINTS_CONTEXT.add(third, third), third)
    nearly = POINTS_CONTEXT.subtract(total, Decimal("1e-33"))
    assert str(half_up(nearly)) == "0.02"


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=10**6), st.integers(0, 6))
def test_the_rounded_value_is_never_further_than_half_a_unit(value, decimals):
    assert abs(Fraction(half_up(value, decimals=decimals)) - value) <= Fraction(1, 2 * 10**decimals)


@given(st.decimals(min_value=-1000, max_value=1000, places=10), st.integers(0, 6))
def test_a_decimal_and_the_same_fraction_are_printed_alike(value, decimals):
    assert half_up(value, decimals=decimals) == half_up(Fraction(value), decimals=decimals)


def test_no_rate_has_no_percentage():
    assert percentage(None) is None
    assert percentage(Fraction(35268, 36630)) == Decimal("96.28")


@pytest.mark.parametrize("value", [0.05, True, "0.05", Decimal("NaN"), Decimal("Infinity")])
def test_what_is_not_an_exact_number_is_refused(value):
    with pytest.raises(ExactnessError, match="The margin must be"):
        to_fraction(value, name="The margin")


@given(st.fractions(min_value=-50, max_value=50))
def test_the_ceiling_is_the_smallest_whole_number_not_below(value):
    assert ceiling(value) - 1 < value <= ceiling(value)
