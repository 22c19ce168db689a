"""Newton's method for concave likelihoods, to the last digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from analysis.errors import ModelError, Problem
from analysis.stages import FloatArray

_LIMIT = 100  # iterations; a likelihood with a maximum needs ten or so
_HALVINGS = 40
_SMALL = 1e-8  # steps below it shrink quadratically until round-off
_TINY = 1e-13


class Likelihood(Protocol):
    """A log-likelihood that is concave in its parameters, on scales where 1 is neither large nor small."""

    def deviance(self, parameters: FloatArray) -> float:
        """Minus twice the log-likelihood, up to a constant; infinite where it is not defined."""
        ...

    def slope(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The score (k,) and the information (k × k): first derivative, and minus the second."""
        ...

    def refuse_to_run_away(self, parameters: FloatArray, step: FloatArray) -> None:
        """Raise `ModelError` when the likelihood grows for ever along the step: there is no maximum."""
        ...


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the likelihood is largest, with the inverse information (k × k) and the deviance there."""

    parameters: FloatArray
    inverse_information: FloatArray
    deviance: float
    iterations: int


def maximize(likelihood: Likelihood, start: FloatArray) -> Maximum:
    """The maximum of a likelihood.

    Steps are halved until they gain; they go on until they no longer shrink. Raises `ModelError` when there
    is no maximum, or none is found in a hundred steps.
    """
    parameters, deviance = start, likelihood.deviance(start)
    step, previous = np.zeros_like(start), np.inf
    for iteration in range(1, _LIMIT + 1):
        score, information = likelihood.slope(parameters)
        inverse = _inverse(information)
        if inverse is None:
            likelihood.refuse_to_run_away(parameters, step)
            raise _lost(f"its information became singular after {iteration - 1} iterations")
        step = inverse @ score
        size = float(np.max(np.abs(step), initial=0.0)) / max(
            1.0, float(np.max(np.abs(parameters), initial=0.0))
        )
        if size <= _TINY or (size <= _SMALL and size > previous / 4):
            return Maximum(parameters, inverse, deviance, iteration)
        parameters, deviance = _advance(
            likelihood, parameters, deviance=deviance, step=step, small=size <= _SMALL
        )
        likelihood.refuse_to_run_away(parameters, step)
        previous = size
    raise _lost(f"no maximum of the likelihood in {_LIMIT} iterations")


def _advance(
    likelihood: Likelihood, parameters: FloatArray, *, deviance: float, step: FloatArray, small: bool
) -> tuple[FloatArray, float]:
    for halving in range(_HALVINGS):
        trial = parameters + step / 2**halving
        reached = likelihood.deviance(trial)
        # a small step gains less than the round-off of the deviance
        if small or reached <= deviance + 1e-12 * abs(deviance):
            return trial, reached
    raise _lost("no step improves the likelihood")


def _inverse(information: FloatArray) -> FloatArray | None:
    """The inverse of a positive definite matrix; None when it is not."""
    scale = np.sqrt(np.diag(information))
    if not (np.isfinite(information).all() and (scale > 0).all()):
        return None
    try:
        factor = cho_factor(information / np.outer(scale, scale))
    except LinAlgError:
        return None
    return np.asarray(cho_solve(factor, np.eye(scale.size)) / np.outer(scale, scale))


def _lost(reason: str) -> ModelError:
    return ModelError(
        "The model did not converge; simplify it, or measure its numbers on a milder scale.",
        problems=[Problem("no_convergence", "model", reason)],
    )
