"""The covariance of coefficients: scores of the rows between inverse informations, or replicates refitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.errors import ModelError
from analysis.estimation.variance import covariance_of_statistics
from analysis.models.data import ModelData
from analysis.stages import FloatArray


@dataclass(eq=False)
class Refits:
    """A statistic of `count` numbers under the weights of replicates; NaN, and counted, where it has none."""

    statistic: Callable[[FloatArray], FloatArray]
    count: int
    failed: int = 0

    def __call__(self, weights: FloatArray) -> FloatArray:
        """The statistic under weights (one a row)."""
        try:
            return self.statistic(weights)
        except ModelError:  # this replicate has no such model; the others tell of the variance
            self.failed += 1
            return np.full(self.count, np.nan)


def covariance_of_coefficients(
    data: ModelData,
    *,
    estimate: FloatArray,
    scores: Callable[[], FloatArray],
    from_scores: FloatArray,
    refits: Refits,
) -> FloatArray:
    """Covariance (k × k) of coefficients whose influences are `scores` (rows × k) @ `from_scores` (k × k).

    The covariance of the scores is taken first and the map applied to it, which is the same and spares a
    product for every row.
    """
    middle = covariance_of_statistics(
        data.sample, estimate=estimate, influence=lambda: data.on_all_rows(scores()), statistic=refits
    )
    if data.sample.replicates is not None:
        return middle
    return np.asarray(from_scores.T @ middle @ from_scores)
