"""Variances of samples drawn with unequal probabilities without replacement (`analysis.pps`)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from analysis.estimation.domains import Domains
from analysis.estimation.items import Items
from analysis.estimation.linearization import Influence, residual_blocks
from analysis.estimation.uncertainty import Uncertainty
from analysis.estimation.variance import covariance_of_residuals
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray

_TOGETHER = 64  # estimates whose covariances are made at a time where only variances are asked for


def pps_uncertainty(
    sample: Sample,
    items: Items,
    *,
    domains: Domains,
    influence: Influence,
    degrees_of_freedom: IntArray,
) -> Uncertainty:
    """The uncertainty by linearization; every unit counts in every domain, with its own probability."""
    count, item_count = domains.count, items.item_count
    variance = np.zeros(count * item_count)
    for block, rows in residual_blocks(sample, items, domains=domains, influence=influence):
        for start in range(0, rows.shape[1], _TOGETHER):
            some = slice(start, start + _TOGETHER)
            variance[block][some] = np.diag(covariance_of_residuals(sample, rows[:, some]))

    def covariance() -> FloatArray:
        blocks = residual_blocks(sample, items, domains=domains, influence=influence)
        return covariance_of_residuals(sample, _in_order(blocks, len(sample), variance.size))

    return Uncertainty(
        variance.reshape(item_count, count).T, covariance, degrees_of_freedom, sample.degrees_of_freedom
    )


def _in_order(blocks: Iterable[tuple[slice, FloatArray]], row_count: int, width: int) -> FloatArray:
    result = np.zeros((row_count, width))
    for block, rows in blocks:
        result[:, block] = rows
    return result
