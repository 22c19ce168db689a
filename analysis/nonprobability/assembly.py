"""From a value and the parts of its variance to a result with interval, overlap and what stands beside."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from analysis.design import Design
from analysis.estimation.estimators import mean, share
from analysis.estimation.intervals import mean_interval, share_interval
from analysis.estimation.result import Estimate
from analysis.estimation.settings import EstimationSettings, IntervalMethod
from analysis.nonprobability.assumptions import Adjustment
from analysis.nonprobability.result import AdjustedEstimate, Overlap
from analysis.nonprobability.sources import Sources, numbers_of
from analysis.sample import Sample
from analysis.stages import FloatArray

_ONE = "_weight_of_one"


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """A value, the two parts of its variance, and the weights (n,) behind it, if any."""

    value: float
    stream_variance: float
    sample_variance: float
    weights: FloatArray | None
    population_size: float


def naive_estimate(sources: Sources, *, confidence_level: float = 0.95) -> Estimate:
    """The stream alone, as if it had been drawn at random: what must never stand alone."""
    stream = Sample(sources.stream.assign(**{_ONE: 1.0}), Design(weight=_ONE))
    return _own_estimate(stream, sources, confidence_level)


def sample_estimate(sources: Sources, *, confidence_level: float = 0.95) -> Estimate | None:
    """The design-based estimate of the sample; None if the sample did not ask the question."""
    if sources.item not in sources.sample.frame.columns:
        return None
    return _own_estimate(sources.sample, sources, confidence_level)


def _own_estimate(sample: Sample, sources: Sources, level: float) -> Estimate:
    settings = EstimationSettings(confidence_level=level)
    if not sources.is_share:
        return mean(sample, of=sources.item, settings=settings)[0]
    categories = (1,) if sources.categories is None else sources.categories
    return share(sample, of=sources.item, categories=categories, settings=settings)[0]


def adjusted_result(
    sources: Sources, adjustment: Adjustment, parts: Parts, *, level: float
) -> AdjustedEstimate:
    """An adjusted estimate with its interval, its overlap, and the stream and the sample beside."""
    variance = parts.stream_variance + parts.sample_variance
    df = pooled_degrees_of_freedom(
        (parts.stream_variance, parts.sample_variance),
        (sources.stream_count - len(sources.columns), sources.sample.degrees_of_freedom),
    )
    lower, upper = _limits(sources, parts.value, variance=variance, df=df, level=level)
    return AdjustedEstimate(
        adjustment=adjustment,
        item=sources.item,
        categories=sources.categories,
        value=parts.value,
        standard_error=float(np.sqrt(variance)),
        stream_variance=parts.stream_variance,
        sample_variance=parts.sample_variance,
        degrees_of_freedom=df,
        lower=lower,
        upper=upper,
        confidence_level=level,
        covariates=sources.covariates,
        overlap=_overlap(sources, parts.weights),
        population_size=parts.population_size,
        stream_count=sources.stream_count,
        left_out_count=sources.left_out_count,
        naive=naive_estimate(sources, confidence_level=level),
        sampled=sample_estimate(sources, confidence_level=level),
        weights=parts.weights,
    )


def pooled_degrees_of_freedom(variances: tuple[float, float], df: tuple[int, int]) -> float:
    """Degrees of freedom of a sum of two independent variances (Satterthwaite 1946; Welch 1947).

    0 where one of the two has none: a variance of 0 then shows nothing.
    """
    if min(df) <= 0 or not sum(variances) > 0:
        return 0.0
    uncertain = sum(variance**2 / free for variance, free in zip(variances, df, strict=True))
    return float(sum(variances) ** 2 / uncertain)


def _limits(
    sources: Sources, value: float, *, variance: float, df: float, level: float
) -> tuple[float | None, float | None]:
    if df <= 0:
        return None, None
    at, free = np.array([value]), np.array([df])
    if sources.is_share and 0 < value < 1:
        low, high = share_interval(
            IntervalMethod.LOGIT,
            at,
            variance=np.array([variance]),
            df=free,
            row_count=np.array([float(sources.stream_count)]),
            level=level,
        )
    else:
        low, high = mean_interval(at, error=np.sqrt(np.array([variance])), df=free, level=level)
    return float(low[0]), float(high[0])


def _overlap(sources: Sources, weights: FloatArray | None) -> Overlap:
    members = sources.sample.members
    outside = {}
    for ours, theirs in numbers_of(sources).values():
        beyond = (theirs.values < ours.values.min()) | (theirs.values > ours.values.max())
        outside[ours.label] = float(sources.weights[members] @ beyond / sources.population_size)
    if weights is None:
        return Overlap(
            largest_weight_share=None,
            effective_sample_size=None,
            weighting_effect=None,
            outside_range=MappingProxyType(outside),
        )
    total, squares = float(weights.sum()), float(weights @ weights)
    effective = total**2 / squares
    return Overlap(
        largest_weight_share=float(weights.max()) / total,
        effective_sample_size=effective,
        weighting_effect=weights.size / effective,
        outside_range=MappingProxyType(outside),
    )
