"""Figures over all units of a group: the mean index, its range, and how many rose or fell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from analysis.errors import RankingError
from analysis.exact import to_decimal
from analysis.index.ranking import RoundChange


@dataclass(frozen=True)
class IndexSummary:
    """Unrounded figures over `n` units; several units may share an end of the range."""

    n: int
    mean: Decimal
    lowest: Decimal
    highest: Decimal
    lowest_units: tuple[str, ...]
    highest_units: tuple[str, ...]


@dataclass(frozen=True)
class ChangeCounts:
    """How many units rose, fell or stayed, in published index and in rank; those in both rounds only."""

    index_up: int
    index_down: int
    index_same: int
    rank_up: int
    rank_down: int
    rank_same: int


def summarise(values: Mapping[str, Decimal]) -> IndexSummary:
    """The unweighted mean and the range over units, from unrounded values by unit code.

    Leave out units without a value: they are not zero. Raises `RankingError` when nothing is left.
    """
    if not values:
        raise RankingError("There is no unit to summarise.")
    total = sum((Fraction(value) for value in values.values()), Fraction(0))
    lowest, highest = min(values.values()), max(values.values())
    return IndexSummary(
        n=len(values),
        mean=to_decimal(total / len(values)),
        lowest=lowest,
        highest=highest,
        lowest_units=tuple(sorted(unit for unit, value in values.items() if value == lowest)),
        highest_units=tuple(sorted(unit for unit, value in values.items() if value == highest)),
    )


def change_counts(changes: Sequence[RoundChange]) -> ChangeCounts:
    """Count rises and falls; a unit without a change (new, gone, moved to another group) is not counted."""
    index_changes = [change.index_change for change in changes if change.index_change is not None]
    rank_changes = [change.rank_change for change in changes if change.rank_change is not None]
    return ChangeCounts(
        index_up=sum(change > 0 for change in index_changes),
        index_down=sum(change < 0 for change in index_changes),
        index_same=sum(change == 0 for change in index_changes),
        rank_up=sum(change > 0 for change in rank_changes),
        rank_down=sum(change < 0 for change in rank_changes),
        rank_same=sum(change == 0 for change in rank_changes),
    )
