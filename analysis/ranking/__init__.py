"""How sure a ranking of units is.

    from analysis.estimation import share
    from analysis.ranking import RankOne, UnitEstimates, best_units, chances_among_first, rank_sets

    units = UnitEstimates.of(share(sample, "q1", categories=[4, 5], by="unit"))
    print(rank_sets(units, seed=20260401))  # u03: rank 1 (1 to 4), …
    best_units(units)  # every unit that may be the best
    chances_among_first(units, count=10, rank_one=RankOne.SMALLEST)  # of being among the last ten

Rank 1 is the largest value unless said otherwise; equal values share the better rank. (The official ranks of
the index, with their own ties, are in `analysis.index.ranking`.)
"""

from analysis.ranking.pairwise import Procedure, Sides
from analysis.ranking.result import RankSets, UnitRank
from analysis.ranking.sets import (
    Correction,
    Scope,
    best_units,
    chances_among_first,
    rank_sets,
    rank_sets_of_intervals,
)
from analysis.ranking.units import RankOne, UnitEstimates

__all__ = [
    "Correction",
    "Procedure",
    "RankOne",
    "RankSets",
    "Scope",
    "Sides",
    "UnitEstimates",
    "UnitRank",
    "best_units",
    "chances_among_first",
    "rank_sets",
    "rank_sets_of_intervals",
]
