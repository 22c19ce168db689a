"""Replicate weights: the sample weighted again and again, as if it had been drawn again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis.stages import FloatArray, IntArray


class ReplicateCentre(StrEnum):
    """What the replicates' estimates are measured from: their own mean, or the estimate of the sample."""

    MEAN = "mean"
    ESTIMATE = "estimate"


@dataclass(frozen=True, eq=False)
class Replicates:
    """Replicate weights and how their spread becomes a variance: scale × Σ_r rscales_r (θ_r - centre)².

    The weight of row i in replicate r is `base[i]` × `factors[unit[i], r]`: factors by sampling unit keep a
    thousand replicates of a million rows small. `base` and `unit` have one entry a row, `factors` the shape
    (units, replicates), `rscales` one entry a replicate. Source: Wolter 2007; R survey 4.5, `svrVar`.
    """

    base: FloatArray
    unit: IntArray
    factors: FloatArray
    scale: float
    rscales: FloatArray
    centre: ReplicateCentre
    degrees_of_freedom: int

    @property
    def count(self) -> int:
        """How many replicates there are."""
        return int(self.factors.shape[1])

    def weights(self) -> Iterator[FloatArray]:
        """The weights of one replicate after the other, one a row."""
        for replicate in range(self.count):
            yield self.base * self.factors[self.unit, replicate]

    def covariance(self, replicated: FloatArray, *, estimate: FloatArray) -> FloatArray:
        """Covariance (k × k) of the statistics whose replicates are `replicated` (replicates × k)."""
        counting = self.rscales > 0
        centre = estimate if self.centre is ReplicateCentre.ESTIMATE else replicated[counting].mean(axis=0)
        apart = (replicated - centre) * np.sqrt(self.rscales)[:, None]
        return np.asarray(self.scale * (apart.T @ apart), dtype=np.float64)
