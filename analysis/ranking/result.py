"""Ranks with the ranks that each unit may have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.printing import Printed
from analysis.ranking.units import RankOne
from analysis.stages import FloatArray, IntArray, some


@dataclass(frozen=True)
class UnitRank:
    """The rank of one unit, and the ranks it may have; `rank` 1 is first."""

    label: object
    value: float
    standard_error: float
    rank: int
    lower: int
    upper: int

    def __str__(self) -> str:
        return f"{self.label}: rank {self.rank} ({self.lower} to {self.upper}), {self.value:.6g}"


@dataclass(frozen=True, eq=False, repr=False)
class RankSets(Printed):
    """Confidence sets for the ranks of all units, in the order given; rank 1 is the `rank_one` value.

    `critical_values` are what studentized differences (or the intervals' half-widths) were measured by: one,
    or one a unit when marginal. `draws` and `seed` None: nothing was simulated.
    """

    units: tuple[UnitRank, ...]
    rank_one: RankOne
    method: str
    confidence_level: float
    critical_values: FloatArray
    left_out: tuple[object, ...]
    draws: int | None = None
    seed: int | None = None

    @property
    def lower(self) -> IntArray:
        """The best rank of every unit, shape (units,)."""
        return np.array([unit.lower for unit in self.units])

    @property
    def upper(self) -> IntArray:
        """The last rank of every unit, shape (units,)."""
        return np.array([unit.upper for unit in self.units])

    @property
    def ranks(self) -> IntArray:
        """The rank of every estimate, shape (units,)."""
        return np.array([unit.rank for unit in self.units])

    def __str__(self) -> str:
        simulated = "" if self.draws is None else f", {self.draws} draws, seed {self.seed}"
        title = f"{self.confidence_level:.0%} confidence sets for ranks, {self.method}{simulated}"
        missing = [f"without a rank: {some(self.left_out)}"] if self.left_out else []
        in_order = sorted(self.units, key=lambda unit: unit.rank)
        return "\n".join([f"{title} (1 = {self.rank_one})", *map(str, in_order), *missing])

    def to_frame(self) -> pd.DataFrame:
        """One row a unit: unit, estimate, standard_error, rank, rank_low, rank_high."""
        names = {"label": "unit", "value": "estimate", "lower": "rank_low", "upper": "rank_high"}
        return pd.DataFrame([vars(unit) for unit in self.units]).rename(columns=names)
