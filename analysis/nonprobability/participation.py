"""The propensity model: the probability of being in the stream, from the stream and a reference sample."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import expit

from analysis.choices import chosen
from analysis.errors import ModelError, NonprobabilityError, Problem
from analysis.models.newton import maximize
from analysis.models.scaling import ScaledMatrix, scale_columns
from analysis.nonprobability.sources import Sources, categories_of
from analysis.stages import FloatArray

_FAR = 25.0  # log odds beyond it mean one in a hundred thousand million


class ParticipationEquation(StrEnum):
    """Which equation the propensities solve.

    PSEUDO_LIKELIHOOD: Σ_stream x = Σ_sample w π x, the maximum of the likelihood of the population as the
    sample estimates it. CALIBRATED: Σ_stream x / π = Σ_sample w x, so that the weighted stream has the
    sample's totals. Source of both: Chen, Li & Wu 2020, §3.1.
    """

    PSEUDO_LIKELIHOOD = "pseudo_likelihood"
    CALIBRATED = "calibrated"


@dataclass(frozen=True, eq=False, kw_only=True)
class Participation:
    """A fitted propensity model: log odds of being in the stream = x'θ.

    `in_stream` (n,) and `in_sample` (rows,; of no meaning where the sample's weight is 0) are the
    probabilities π. `sensitivity` (p × p) is minus the derivative of the equation in θ.
    """

    equation: ParticipationEquation
    columns: tuple[str, ...]
    coefficients: FloatArray
    in_stream: FloatArray
    in_sample: FloatArray
    sensitivity: FloatArray

    @property
    def weights(self) -> FloatArray:
        """1 / π of the people of the stream (n,)."""
        return np.asarray(1 / self.in_stream)

    @property
    def population_size(self) -> float:
        """The size of the population as the weighted stream estimates it."""
        return float(self.weights.sum())

    @property
    def stream_term(self) -> FloatArray:
        """What multiplies x of a person of the stream in the equation (n,)."""
        pseudo = self.equation is ParticipationEquation.PSEUDO_LIKELIHOOD
        return np.ones_like(self.in_stream) if pseudo else self.weights

    @property
    def sample_term(self) -> FloatArray:
        """What multiplies w x of a row of the sample in the equation (rows,)."""
        pseudo = self.equation is ParticipationEquation.PSEUDO_LIKELIHOOD
        return self.in_sample if pseudo else np.ones_like(self.in_sample)


def fit_participation(
    sources: Sources, *, equation: ParticipationEquation = ParticipationEquation.PSEUDO_LIKELIHOOD
) -> Participation:
    """Estimate the propensities by Newton's method, to the last digit.

    Raises `NonprobabilityError` naming categories of which the stream has as many people as the population
    is estimated to have, and when no propensities solve the equation; `ModelError` naming collinear columns.
    """
    _refuse_impossible(sources)
    scaled = scale_columns(
        np.vstack([sources.stream_matrix, sources.sample_matrix]),
        np.concatenate([np.ones(sources.stream_count), sources.weights]),
        columns=sources.columns,
    )
    equation = chosen(ParticipationEquation, equation, name="equation")
    likelihood = _LIKELIHOODS[equation](sources, scaled)
    try:
        found = maximize(likelihood, likelihood.start)
    except ModelError as lost:
        text = "no propensities between 0 and 1 make stream and sample agree; simplify the covariates"
        raise _unsolved(text) from lost
    coefficients = scaled.back @ found.parameters
    stream, sample = sources.stream_matrix @ coefficients, sources.sample_matrix @ coefficients
    inside = expit(stream)
    if equation is ParticipationEquation.PSEUDO_LIKELIHOOD:
        probability = expit(sample)
        rows, spread = sources.sample_matrix, sources.weights * probability * (1 - probability)
    else:
        rows, spread = sources.stream_matrix, (1 - inside) / inside
    return Participation(
        equation=equation,
        columns=sources.columns,
        coefficients=coefficients,
        in_stream=inside,
        in_sample=expit(sample),
        sensitivity=(rows * spread[:, None]).T @ rows,
    )


def _unsolved(text: str) -> NonprobabilityError:
    return NonprobabilityError(
        "The probabilities of being in the stream cannot be estimated.",
        problems=[Problem("no_propensities", "the covariates", text)],
    )


def _refuse_impossible(sources: Sources) -> None:
    """Name categories with more people in the stream than the population is estimated to have."""
    problems = []

    def check(place: str, count: float, size: float) -> None:
        if count >= size:
            text = f"has {count:g} people in the stream of a population estimated at {size:,.6g}"
            problems.append(Problem("stream_exceeds_population", place, text))

    check("everybody", sources.stream_count, sources.population_size)
    weights = sources.weights[sources.sample.members]
    for ours, theirs in categories_of(sources).values():
        levels = ours.levels or ()
        counts = np.bincount(ours.values.astype(np.int64), minlength=len(levels))
        sizes = np.bincount(theirs.values.astype(np.int64), weights=weights, minlength=len(levels))
        for level, count, size in zip(levels, counts.tolist(), sizes.tolist(), strict=True):
            check(f"{ours.label} {ours.level_label(level)}", count, size)
    if problems:
        raise NonprobabilityError(
            "The stream is not a part of the population that the sample stands for; "
            "are the weights numbers of people, and are people counted once?",
            problems=problems,
        )


class _Equation(ABC):
    """An equation for the propensities as the slope of a concave function, on scaled columns."""

    def __init__(self, sources: Sources, scaled: ScaledMatrix) -> None:
        count = sources.stream_count
        whole = (scaled.matrix - scaled.centre) / scaled.scale
        self._stream, self._sample = whole[:count], whole[count:]
        self._weights, self._sum = sources.weights, whole[:count].sum(axis=0)
        self._intercept = scaled.intercept
        self._odds = count / max(sources.population_size - count, 1.0)

    @property
    def start(self) -> FloatArray:
        """The same probability for everybody."""
        parameters = np.zeros(self._sum.size)
        if self._intercept is not None:
            parameters[self._intercept] = np.log(self._odds)
        return parameters

    @abstractmethod
    def deviance(self, parameters: FloatArray) -> float:
        """Minus twice the function; infinite where it overflows."""

    @abstractmethod
    def slope(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The equation, and minus its derivative."""

    def refuse_to_run_away(self, parameters: FloatArray, step: FloatArray) -> None:
        """Raise when the log odds of somebody leave all bounds: the equation has no solution."""
        del step
        if max(np.abs(rows @ parameters).max(initial=0) for rows in (self._stream, self._members)) > _FAR:
            raise _unsolved("somebody's probability of being in the stream runs to 0 or 1; join categories")

    @property
    def _members(self) -> FloatArray:
        return self._sample[self._weights > 0]


class _PseudoLikelihood(_Equation):
    """Σ_stream x'θ - Σ_sample w log(1 + exp x'θ)."""

    def deviance(self, parameters: FloatArray) -> float:
        outside = self._weights @ np.logaddexp(0.0, self._sample @ parameters)
        return float(2 * (outside - self._sum @ parameters))

    def slope(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        probability = expit(self._sample @ parameters)
        score = self._sum - (self._weights * probability) @ self._sample
        spread = self._weights * probability * (1 - probability)
        return score, (self._sample * spread[:, None]).T @ self._sample


class _Calibrated(_Equation):
    """-Σ_stream exp(-x'θ) - (Σ_sample w x - Σ_stream x)'θ."""

    def deviance(self, parameters: FloatArray) -> float:
        with np.errstate(over="ignore"):
            odds = np.exp(-self._stream @ parameters).sum()
        return float(2 * (odds + self._left @ parameters)) if np.isfinite(odds) else np.inf

    def slope(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        odds = np.exp(-self._stream @ parameters)
        return odds @ self._stream - self._left, (self._stream * odds[:, None]).T @ self._stream

    @property
    def _left(self) -> FloatArray:
        return np.asarray(self._weights @ self._sample - self._sum)


_LIKELIHOODS = {
    ParticipationEquation.PSEUDO_LIKELIHOOD: _PseudoLikelihood,
    ParticipationEquation.CALIBRATED: _Calibrated,
}
