"""Inverse propensity, mass imputation and the doubly robust estimate, each with its two-part variance."""

from __future__ import annotations

import numpy as np

from analysis.nonprobability.assembly import Parts, adjusted_result
from analysis.nonprobability.assumptions import Adjustment
from analysis.nonprobability.outcome import OutcomeModel
from analysis.nonprobability.participation import Participation
from analysis.nonprobability.result import AdjustedEstimate
from analysis.nonprobability.sources import Sources
from analysis.stages import FloatArray


def inverse_propensity(
    sources: Sources, participation: Participation, *, confidence_level: float = 0.95
) -> AdjustedEstimate:
    """The stream weighted by 1 / probability of being in it, divided by the sum of those weights (Hájek).

    The variance counts that the probabilities are estimated, by the stream and by the sample through its
    design. Source: Chen, Li & Wu 2020, theorem 1 (IPW2).
    """
    weights = participation.weights
    size = participation.population_size
    value = float(weights @ sources.answer) / size
    stream, sample_values = _linearize(sources, participation, sources.answer - value)
    return adjusted_result(
        sources,
        Adjustment.INVERSE_PROPENSITY,
        Parts(
            value=value,
            stream_variance=stream / size**2,
            sample_variance=sources.sample_variance(sample_values / size),
            weights=weights,
            population_size=size,
        ),
        level=confidence_level,
    )


def mass_imputation(
    sources: Sources, outcome: OutcomeModel, *, confidence_level: float = 0.95
) -> AdjustedEstimate:
    """The weighted mean over the sample of what the outcome model predicts for its members.

    The variance counts that the model is estimated (sandwich) and that the sample was drawn. Source: Kim,
    Park, Chen & Wu 2021.
    """
    size = sources.population_size
    value = outcome.imputed_mean(sources.weights)
    # what each person of the stream adds to the coefficients, and they to the mean (Binder 1983)
    reach = sources.stream_matrix @ (outcome.bread @ outcome.slope)
    return adjusted_result(
        sources,
        Adjustment.MASS_IMPUTATION,
        Parts(
            value=value,
            stream_variance=float(((reach * (sources.answer - outcome.in_stream)) ** 2).sum()),
            sample_variance=sources.sample_variance((outcome.in_sample - value) / size),
            weights=None,
            population_size=size,
        ),
        level=confidence_level,
    )


def doubly_robust(
    sources: Sources, participation: Participation, outcome: OutcomeModel, *, confidence_level: float = 0.95
) -> AdjustedEstimate:
    """The imputed mean plus the weighted mean of what the outcome model misses in the stream.

    Right if either model is. The variance is that of Chen, Li & Wu 2020, theorem 2 (DR2), which holds when
    the propensity model does; where only the outcome model holds, it is an approximation.
    """
    weights, size = participation.weights, participation.population_size
    residual = sources.answer - outcome.in_stream
    missed = float(weights @ residual) / size
    imputed = outcome.imputed_mean(sources.weights)
    stream, sample_values = _linearize(sources, participation, residual - missed)
    values = sample_values / size + (outcome.in_sample - imputed) / sources.population_size
    return adjusted_result(
        sources,
        Adjustment.DOUBLY_ROBUST,
        Parts(
            value=missed + imputed,
            stream_variance=stream / size**2,
            sample_variance=sources.sample_variance(values),
            weights=weights,
            population_size=size,
        ),
        level=confidence_level,
    )


def _linearize(
    sources: Sources, participation: Participation, deviation: FloatArray
) -> tuple[float, FloatArray]:
    """Variance of Σ deviation / π over the stream, and what its estimation makes of the sample's rows.

    Σ u / π(θ) is, near the true θ, Σ u / π - b'(Σ_stream c x - Σ_sample w s x), with c and s the terms of the
    equation that θ solves; people enter the stream independently with probability π.
    """
    probability = participation.in_stream
    slope = ((1 / probability - 1) * deviation) @ sources.stream_matrix
    b = np.linalg.solve(participation.sensitivity, slope)
    own = deviation / probability - participation.stream_term * (sources.stream_matrix @ b)
    stream = float(((1 - probability) * own**2).sum())
    return stream, participation.sample_term * (sources.sample_matrix @ b)
