"""Variances from the residuals of rows, where they differ from row to row.

That is so under calibrations to continuous auxiliary variables, and where elements were drawn with unequal
probabilities without replacement (`analysis.pps`). Estimates are taken a few at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.estimation.domains import Domains
from analysis.estimation.items import Influence, Items
from analysis.estimation.linearization import residual_blocks
from analysis.estimation.sums import sum_matrix
from analysis.estimation.totals import varying
from analysis.estimation.variance import covariance_of_residuals, unit_variance
from analysis.sample import Sample
from analysis.stages import FloatArray


class RowResiduals:
    """The residuals of all rows on all estimates, made anew, in blocks, when they are asked for."""

    def __init__(self, sample: Sample, items: Items, *, domains: Domains, influence: Influence) -> None:
        self._sample = sample
        self._items = items
        self._domains = domains
        self._influence = influence

    def variances(self) -> FloatArray:
        """Variance of every estimate, shape (domains, items); NaN where single units leave none."""
        count, item_count = self._domains.count, self._items.item_count
        result = np.zeros(count * item_count)
        stages = [
            (stage, None if stage.rows_are_units else sum_matrix(stage.unit, stage.unit_count))
            for stage in varying(self._sample.stages)
        ]
        for block, rows in self._blocks():
            for stage, matrix in stages:
                units = rows if matrix is None else matrix @ rows
                result[block] += unit_variance(stage, self._sample.design, units)
        return result.reshape(item_count, count).T

    def covariance(self) -> FloatArray:
        """Covariances of all estimates (item-major); holds the residuals of all rows on them at once."""
        rows = np.zeros((len(self._sample), self._domains.count * self._items.item_count))
        for block, values in self._blocks():
            rows[:, block] = values
        return covariance_of_residuals(self._sample, rows)

    def _blocks(self) -> Iterator[tuple[slice, FloatArray]]:
        return residual_blocks(self._sample, self._items, domains=self._domains, influence=self._influence)
