"""How biased the stream may be if selection also goes by the answer: bounds from a proxy of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_ndtr, ndtr, ndtri

from analysis.errors import ModelError, NonprobabilityError, Problem
from analysis.models.scaling import scale_columns
from analysis.nonprobability.sources import Sources
from analysis.stages import FloatArray

PHI = (0.0, 0.5, 1.0)
_NO_PROXY = 1e-8  # a correlation below says that the covariates tell nothing of the answer
_STEPS = 200


@dataclass(frozen=True, kw_only=True)
class UnadjustedBias:
    """The bias of the stream's unadjusted mean under each φ: 0 selection depends on the covariates only, 1 on
    the answer only, 0.5 on both alike. `bias` maps φ to stream minus population in the outcome's units, None
    where the model gives none; `standardized` the same in the stream's standard deviations.

    `proxy_correlation` is that of the answer with its best prediction from the covariates (biserial for
    shares): the weaker, the wider the bounds, and below 0.3 the covariates say too little to trust them.
    """

    bias: Mapping[float, float | None]
    standardized: Mapping[float, float | None]
    proxy_correlation: float
    stream_mean: float
    is_share: bool

    def __str__(self) -> str:
        told = (
            f"φ = {phi:g}: " + ("not available" if value is None else f"{value:+.4g}")
            for phi, value in self.bias.items()
        )
        return (
            f"possible bias of the stream ({', '.join(told)}); proxy correlation {self.proxy_correlation:.2f}"
        )


def unadjusted_bias(sources: Sources) -> UnadjustedBias:
    """The measure of unadjusted bias at φ = 0, 0.5 and 1; the sample need not have asked the question.

    Means: normal pattern-mixture model (Little, West, Boonstra & Hu 2020, MUB). Shares: the same model for
    the propensity behind the answer, by modified maximum likelihood (Andridge, West, Little et al. 2019,
    MUBP). Raises `NonprobabilityError` when the covariates tell nothing of the answer, `ModelError` naming
    collinear columns.
    """
    answer = sources.answer
    mean, deviation = float(answer.mean()), float(answer.std())
    proxy = _probit_proxy if sources.is_share else _linear_proxy
    stream, sample = proxy(sources)
    correlation = _biserial(stream, answer) if sources.is_share else float(np.corrcoef(stream, answer)[0, 1])
    if not (stream.std() > 0 and correlation > _NO_PROXY):
        text = "tell nothing of the answer in the stream, so they cannot show its selection"
        problems = [Problem("no_proxy", ", ".join(sources.covariates), text)]
        raise NonprobabilityError("The stream's bias cannot be bounded.", problems=problems)
    measure = _share_bias if sources.is_share else _mean_bias
    bias = {phi: measure(sources, stream, sample, gain=_gain(phi, correlation)) for phi in PHI}
    scaled = {phi: None if value is None else value / deviation for phi, value in bias.items()}
    return UnadjustedBias(
        bias=MappingProxyType(bias),
        standardized=MappingProxyType(scaled),
        proxy_correlation=correlation,
        stream_mean=mean,
        is_share=sources.is_share,
    )


def _gain(phi: float, correlation: float) -> float:
    """What a standardized shift of the proxy makes of the answer: (φ + (1 - φ) ρ) / (φ ρ + 1 - φ)."""
    return (phi + (1 - phi) * correlation) / (phi * correlation + 1 - phi)


def _mean_bias(sources: Sources, stream: FloatArray, sample: FloatArray, *, gain: float) -> float:
    population = float(sources.weights @ sample / sources.population_size)
    return float(gain * sources.answer.std() / stream.std() * (stream.mean() - population))


def _share_bias(sources: Sources, stream: FloatArray, sample: FloatArray, *, gain: float) -> float | None:
    """Share in the stream minus that in the population, whose other part is known by moments of the proxy."""
    mean, spread = float(stream.mean()), float(stream.var())
    other_mean, other_spread = _moments_outside(sources, stream, sample)
    inside = float(sources.answer.mean())
    variance = 1 + gain**2 * (other_spread - spread) / spread
    if variance <= 0:
        return None
    shift = ndtri(inside) + gain * (other_mean - mean) / np.sqrt(spread)
    outside = float(ndtr(shift / np.sqrt(variance)))
    return (1 - sources.stream_count / sources.population_size) * (inside - outside)


def _moments_outside(sources: Sources, stream: FloatArray, sample: FloatArray) -> tuple[float, float]:
    """Mean and variance of the proxy among people who are not in the stream."""
    count, size = sources.stream_count, sources.population_size
    if count >= size:
        text = f"has {count} people of a population estimated at {size:,.6g}"
        problem = Problem("stream_exceeds_population", "the stream", text)
        raise NonprobabilityError("Nobody is left outside the stream.", problems=[problem])
    first = (sources.weights @ sample - stream.sum()) / (size - count)
    # around the stream's mean, so that no digits are lost
    squares = sources.weights @ (sample - first) ** 2 - ((stream - first) ** 2).sum()
    return float(first), float(max(squares / (size - count), 0.0))


def _linear_proxy(sources: Sources) -> tuple[FloatArray, FloatArray]:
    """Predictions of the answer by least squares, in the stream (n,) and on the sample's rows (rows,)."""
    scaled = scale_columns(sources.stream_matrix, np.ones(sources.stream_count), columns=sources.columns)
    design = (scaled.matrix - scaled.centre) / scaled.scale
    coefficients = scaled.back @ np.linalg.lstsq(design, sources.answer, rcond=None)[0]
    return sources.stream_matrix @ coefficients, sources.sample_matrix @ coefficients


def _probit_proxy(sources: Sources) -> tuple[FloatArray, FloatArray]:
    """Linear predictors of a probit regression of the answer, in the stream and on the sample's rows."""
    scaled = scale_columns(sources.stream_matrix, np.ones(sources.stream_count), columns=sources.columns)
    design = (scaled.matrix - scaled.centre) / scaled.scale
    sign = 2 * sources.answer - 1
    parameters = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        predictor = design @ parameters
        ratio = sign * _mills(sign * predictor)
        weight = ratio * (ratio + predictor)  # minus the second derivative: log-concave, so above 0
        step = np.linalg.solve((design * weight[:, None]).T @ design, design.T @ ratio)
        parameters = parameters + step
        if np.abs(step).max() <= 1e-10 * max(1.0, np.abs(parameters).max()):
            coefficients = scaled.back @ parameters
            return sources.stream_matrix @ coefficients, sources.sample_matrix @ coefficients
        if np.abs(design @ parameters).max() > 30:
            break
    problem = Problem(
        "separation", ", ".join(sources.covariates), "tell yes from no in the stream without error"
    )
    raise ModelError("The probit regression has no finite fit; join categories.", problems=[problem])


def _mills(predictor: FloatArray) -> FloatArray:
    """Standard normal density over distribution function."""
    density = -(predictor**2) / 2 - np.log(2 * np.pi) / 2
    return np.asarray(np.exp(density - log_ndtr(predictor)))


def _biserial(proxy: FloatArray, answer: FloatArray) -> float:
    """Correlation of a proxy with the normal variable behind a yes or no, by two steps (Olsson et al. 1982).

    The threshold is that of the share of yes; the correlation maximizes the likelihood given it.
    """
    if proxy.std() == 0:
        return 0.0
    standard, sign = (proxy - proxy.mean()) / proxy.std(), 2 * answer - 1
    threshold = ndtri(answer.mean())

    def loss(correlation: float) -> float:
        inside = (threshold + correlation * standard) / np.sqrt(1 - correlation**2)
        return float(-log_ndtr(sign * inside).sum())

    found = minimize_scalar(loss, bounds=(0.0, 1 - 1e-9), method="bounded", options={"xatol": 1e-10})
    return float(found.x)
