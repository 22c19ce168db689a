"""Means and ranges over units, and how many rose or fell."""

from decimal import Decimal

import pytest

from analysis.errors import RankingError
from analysis.index.ranking import RoundChange
from analysis.index.summary import ChangeCounts, change_counts, summarise


def test_the_mean_is_taken_of_unrounded_values_and_shared_ends_name_every_unit():
    summary = summarise({"a": Decimal("80.004"), "b": Decimal("80.004"), "c": Decimal("70.001")})
    assert (summary.n, summary.mean) == (3, Decimal("76.66966666666666666666666666666667"))
    assert (summary.highest, summary.highest_units) == (Decimal("80.004"), ("a", "b"))
    assert (summary.lowest, summary.lowest_units) == (Decimal("70.001"), ("c",))


def test_no_units_have_no_mean():
    with pytest.raises(RankingError):
        summarise({})


def change(code, index_change, rank_change):
    return RoundChange(
        unit_code=code,
        group="province",
        previous_index=None,
        index=None,
        index_change=index_change,
        previous_rank=None,
        rank=None,
        rank_change=rank_change,
    )


@pytest.mark.golden
def test_o8_changes_of_2023_count_all_63_provinces():
    ups = [change(f"u{n}", Decimal("1.5"), 1 if n < 36 else -1) for n in range(57)]
    downs = [change(f"d{n}", Decimal("-0.5"), -1 if n < 3 else 0) for n in range(6)]
    counts = change_counts([*ups, *downs])
    assert counts == ChangeCounts(
        index_up=57, index_down=6, index_same=0, rank_up=36, rank_down=24, rank_same=3
    )


def test_units_without_a_change_are_not_counted_as_unchanged():
    assert change_counts([change("new", None, None)]) == ChangeCounts(0, 0, 0, 0, 0, 0)
