"""The selection-bias gauge: how far the stream alone stands from the sample, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.errors import NonprobabilityError, Problem
from analysis.estimation.intervals import mean_interval
from analysis.nonprobability.assembly import naive_estimate, pooled_degrees_of_freedom, sample_estimate
from analysis.nonprobability.sources import Sources
from analysis.stages import FloatArray


@dataclass(frozen=True, kw_only=True)
class SelectionBias:
    """Stream minus sample, unadjusted, with the error of both as independent samples.

    `standardized` is the difference in standard deviations of the answer in the population (None: it has
    none). `defect_correlation` is Meng's data defect correlation: that of being in the stream with the
    answer, over the whole population (None: the stream is as large, or the answer does not vary);
    `defect_lower` and `defect_upper` carry over the interval of the difference, with the standard deviation
    taken as known. `effective_sample_size` is the simple random sample whose mean squared error is the square
    of the difference (None where it would be more than the stream): what the stream's n people are worth.
    """

    difference: float
    standard_error: float
    degrees_of_freedom: float
    lower: float | None
    upper: float | None
    confidence_level: float
    standard_deviation: float
    standardized: float | None
    stream_share: float
    defect_correlation: float | None
    defect_lower: float | None
    defect_upper: float | None
    effective_sample_size: float | None
    stream_count: int

    @property
    def is_detected(self) -> bool:
        """Whether the interval of the difference leaves out zero."""
        return self.lower is not None and self.upper is not None and self.lower * self.upper > 0

    def __str__(self) -> str:
        text = f"stream - sample = {self.difference:+.6g}, SE {self.standard_error:.4g}"
        if self.lower is not None:
            text += f", {self.confidence_level:.0%} {self.lower:+.6g} to {self.upper:+.6g}"
        if self.standardized is not None:
            text += f"; {self.standardized:+.3g} standard deviations"
        if self.defect_correlation is not None:
            text += f", defect correlation {self.defect_correlation:+.3g}"
        if self.effective_sample_size is not None:
            worth = f"{self.effective_sample_size:,.0f} drawn at random"
            text += f"; {self.stream_count:,} people of the stream are worth {worth}"
        return text


def selection_bias(sources: Sources, *, confidence_level: float = 0.95) -> SelectionBias:
    """Compare the unadjusted stream with the design-based estimate of the sample.

    The population's size is the sum of the sample's weights. Raises `NonprobabilityError` when the sample did
    not ask the question or has no standard error. Source: Meng 2018; Bradley et al. 2021.
    """
    naive = naive_estimate(sources, confidence_level=confidence_level)
    sampled = sample_estimate(sources, confidence_level=confidence_level)
    if sampled is None or sampled.value is None or sampled.standard_error is None:
        reason = "did not ask this" if sampled is None else f"has no standard error. {sampled.reason}"
        problem = Problem("no_sample_estimate", f"column {sources.item}", f"the sample {reason}")
        raise NonprobabilityError("There is nothing to hold the stream against.", problems=[problem])
    if naive.value is None or naive.standard_error is None:
        problem = Problem("no_stream_estimate", f"column {sources.item}", f"{naive.reason}")
        raise NonprobabilityError("The stream gives no estimate.", problems=[problem])
    difference = naive.value - sampled.value
    variances = (naive.standard_error**2, sampled.standard_error**2)
    error = float(np.sqrt(sum(variances)))
    df = pooled_degrees_of_freedom(variances, (sources.stream_count - 1, sampled.degrees_of_freedom))
    deviation = _standard_deviation(sources)
    known = df if deviation else 0.0  # a sample that agrees throughout shows no error, which is not none
    lower, upper = _limits(difference, error=error, df=known, level=confidence_level)
    fraction = sources.stream_count / sources.population_size
    scale = _defect_scale(fraction, deviation)
    worth = deviation**2 / difference**2 if difference else np.inf
    return SelectionBias(
        difference=difference,
        standard_error=error,
        degrees_of_freedom=df,
        lower=lower,
        upper=upper,
        confidence_level=confidence_level,
        standard_deviation=deviation,
        standardized=difference / deviation if deviation else None,
        stream_share=fraction,
        defect_correlation=None if scale is None else difference * scale,
        defect_lower=None if lower is None or scale is None else lower * scale,
        defect_upper=None if upper is None or scale is None else upper * scale,
        effective_sample_size=worth if worth <= sources.stream_count else None,
        stream_count=sources.stream_count,
    )


def _defect_scale(fraction: float, deviation: float) -> float | None:
    """What makes a difference a defect correlation: √(f / (1 - f)) / σ; None where it has no meaning."""
    if not (0 < fraction < 1 and deviation > 0):
        return None
    return float(np.sqrt(fraction / (1 - fraction))) / deviation


def _limits(value: float, *, error: float, df: float, level: float) -> tuple[float | None, float | None]:
    if df <= 0:
        return None, None
    low, high = mean_interval(np.array([value]), error=np.array([error]), df=np.array([df]), level=level)
    return float(low[0]), float(high[0])


def _standard_deviation(sources: Sources) -> float:
    """The standard deviation of the answer in the population, as the sample estimates it."""
    column = sources.sample.frame[sources.item]
    if sources.categories is None:
        values: FloatArray = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values = np.where(column.notna(), column.isin(list(sources.categories)), np.nan)
    told = ~np.isnan(values) & (sources.weights > 0)
    centre = np.average(values[told], weights=sources.weights[told])
    return float(np.sqrt(np.average((values[told] - centre) ** 2, weights=sources.weights[told])))
