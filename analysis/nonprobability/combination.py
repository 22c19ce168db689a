"""One figure from sample and stream, weighed by their mean squared errors: only where it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.errors import NonprobabilityError, Problem
from analysis.nonprobability.assumptions import Adjustment
from analysis.nonprobability.result import AdjustedEstimate


@dataclass(frozen=True, kw_only=True)
class Combined:
    """`value` = (1 - `stream_weight`) × sample + `stream_weight` × adjusted stream.

    `bias` is adjusted stream minus sample, which counts as the stream's bias in full: chance makes its square
    too large on average, so the stream gets too little weight rather than too much.
    `root_mean_squared_error` takes the weight as known.
    """

    value: float
    root_mean_squared_error: float
    stream_weight: float
    bias: float
    sample_value: float
    sample_standard_error: float
    adjusted: AdjustedEstimate

    @property
    def adjustment(self) -> Adjustment:
        """How the stream was adjusted."""
        return self.adjusted.adjustment

    def __str__(self) -> str:
        return (
            f"{self.adjusted.item} combined by inverse mean squared error: {self.value:.6g}, root MSE "
            f"{self.root_mean_squared_error:.4g}; sample {self.sample_value:.6g} (weight "
            f"{1 - self.stream_weight:.1%}), stream by {self.adjustment} {self.adjusted.value:.6g} (weight "
            f"{self.stream_weight:.1%})"
        )


def combine_by_mean_squared_error(adjusted: AdjustedEstimate) -> Combined:
    """Combine the sample's own estimate with an adjusted estimate of the stream.

    The weight of the stream is v_P / (v_P + v_K + bias²), never the ratio of variances, which would hand the
    figure over to the stream as it grows. Errors of the two count as independent. Never done unasked: publish
    it under its name, beside both. Raises `NonprobabilityError` when the sample has no estimate with standard
    error, or none but zero. Source: Elliott & Haviland 2007.
    """
    sampled = adjusted.sampled
    if sampled is None or sampled.value is None or sampled.standard_error is None:
        text = "did not ask this" if sampled is None else f"has no standard error. {sampled.reason}"
        problem = Problem("no_sample_estimate", f"column {adjusted.item}", f"the sample {text}")
        raise NonprobabilityError("There is nothing to combine the stream with.", problems=[problem])
    if sampled.standard_error == 0 or sampled.degrees_of_freedom <= 0:
        text = "the sample shows no error of its own, beside which the stream would weigh nothing"
        problem = Problem("no_sample_error", f"column {adjusted.item}", text)
        raise NonprobabilityError("There is nothing to combine the stream with.", problems=[problem])
    own, other = sampled.standard_error**2, adjusted.standard_error**2
    bias = adjusted.value - sampled.value
    error = other + bias**2
    weight = own / (own + error)
    squared = (1 - weight) ** 2 * own + weight**2 * error
    return Combined(
        value=(1 - weight) * sampled.value + weight * adjusted.value,
        root_mean_squared_error=float(np.sqrt(squared)),
        stream_weight=weight,
        bias=bias,
        sample_value=sampled.value,
        sample_standard_error=sampled.standard_error,
        adjusted=adjusted,
    )
