"""The satisfaction group of the 2022 set: the published conversion, and its edges."""

from decimal import Decimal
from fractions import Fraction

import pytest

from analysis.display import half_up
from analysis.on_site.definition import OnSiteError
from analysis.on_site.proxy import SettledCounts, converted_points, settling_rate, share_of

FULL_FROM = Decimal("0.90")


@pytest.mark.parametrize(
    ("rate", "max_points", "expected"),
    [
        ("0.81", 6, "5.40"),  # the oracle of the domain file, §9.5
        ("0.90", 6, "6.00"),
        ("0.8999", 6, "6.00"),  # 5.9993 printed with two decimals
        ("1", 2, "2.00"),
        ("0.45", 5, "2.50"),
        ("0", 5, "0.00"),
    ],
)
def test_points_by_rate(rate: str, max_points: int, expected: str) -> None:
    points = converted_points(Fraction(rate), max_points=max_points, full_from=FULL_FROM)
    assert points is not None
    assert str(half_up(points, decimals=2)) == expected


def test_the_settling_rate_subtracts_both_shares() -> None:
    # 200 settled, 10 late, 28 complained about or disliked: 1 − 0.05 − 0.14
    assert settling_rate(SettledCounts(200, 10, 28)) == Fraction(81, 100)


def test_the_settling_rate_ends_at_zero_and_needs_dossiers() -> None:
    assert settling_rate(SettledCounts(4, 3, 3)) == 0
    assert settling_rate(SettledCounts(0, 0, 0)) is None


def test_no_rate_no_points() -> None:
    assert converted_points(None, max_points=6, full_from=FULL_FROM) is None
    assert (share_of(None, 5), share_of(3, None), share_of(0, 0)) == (None, None, None)


def test_parts_larger_than_the_whole_are_refused() -> None:
    with pytest.raises(OnSiteError):
        SettledCounts(4, 5, 0)
    with pytest.raises(OnSiteError):
        share_of(6, 5)
