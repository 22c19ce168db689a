"""The variance between areas of a Fay–Herriot model, by three methods, and what each does to the error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis.errors import Problem, SmallAreaError
from analysis.stages import FloatArray

_PRECISION = 1e-13  # relative change of the model variance at which the fit has converged


class FitMethod(StrEnum):
    """How the variance between areas is estimated.

    REML: restricted likelihood, the default, unbiased to first order. ML: likelihood. MOMENT: Fay & Herriot's
    own equation Σ (y - x'β)² / (A + ψ) = m - p, which assumes no normal distribution.
    """

    REML = "reml"
    ML = "ml"
    MOMENT = "moment"


@dataclass(frozen=True, eq=False)
class Regression:
    """The weighted regression at one model variance A: weights 1 / (A + ψ), β, (X'V⁻¹X)⁻¹, y - Xβ."""

    weight: FloatArray
    coefficients: FloatArray
    covariance: FloatArray
    residual: FloatArray


def regress(y: FloatArray, x: FloatArray, *, variance: FloatArray) -> Regression:
    """Generalized least squares of y (areas) on x (areas × p) with total variances A + ψ."""
    weight = 1 / variance
    covariance = np.asarray(np.linalg.inv((x * weight[:, None]).T @ x), dtype=np.float64)
    coefficients = covariance @ (x.T @ (weight * y))
    return Regression(weight, coefficients, covariance, y - x @ coefficients)


def fit_model_variance(
    y: FloatArray, x: FloatArray, *, psi: FloatArray, method: FitMethod, maximum_iterations: int
) -> tuple[float, int]:
    """The variance A ≥ 0 between areas, and the iterations it took; scoring from the median ψ.

    Raises `SmallAreaError` when it does not converge. Source: Rao & Molina 2015, §6.1.2.
    """
    model = float(np.median(psi))
    for iteration in range(1, maximum_iterations + 1):
        score, information = _score(y, x, variance=model + psi, method=method)
        before = model
        model = max(before + score / information, 0.0)  # at 0 with a negative score: the maximum is there
        if abs(model - before) <= _PRECISION * before or model == before == 0:
            return model, iteration
    text = f"still changes after {maximum_iterations} iterations (last {before:.6g}, then {model:.6g})"
    raise SmallAreaError(
        "The variance between areas did not converge; use another method, or smooth the sampling variances.",
        problems=[Problem("not_converged", f"model variance by {method}", text)],
    )


def _score(y: FloatArray, x: FloatArray, *, variance: FloatArray, method: FitMethod) -> tuple[float, float]:
    """Derivative of what the method maximizes (or solves), and its expected or exact curvature."""
    fit = regress(y, x, variance=variance)
    weight, scaled = fit.weight, (fit.weight * fit.residual) ** 2
    if method is FitMethod.MOMENT:
        excess = float(weight @ fit.residual**2) - (y.size - x.shape[1])
        return excess, float(scaled @ np.ones_like(y))
    if method is FitMethod.ML:
        return float(scaled.sum() - weight.sum()) / 2, float(weight @ weight) / 2
    # traces of P = V⁻¹ - V⁻¹X (X'V⁻¹X)⁻¹ X'V⁻¹ and of PP, without making the areas × areas matrix
    second = fit.covariance @ ((x * (weight**2)[:, None]).T @ x)
    third = fit.covariance @ ((x * (weight**3)[:, None]).T @ x)
    trace = weight.sum() - np.trace(second)
    square = weight @ weight - 2 * np.trace(third) + np.trace(second @ second)
    return float(scaled.sum() - trace) / 2, float(square) / 2


def uncertainty_of_model_variance(
    x: FloatArray, fit: Regression, *, method: FitMethod
) -> tuple[float, float]:
    """Asymptotic variance and bias of the estimated model variance.

    Source: Datta & Lahiri 2000 (REML, ML); Datta, Rao & Smith 2005 (moment method).
    """
    weight, count = fit.weight, fit.weight.size
    total, squares = float(weight.sum()), float(weight @ weight)
    if method is FitMethod.MOMENT:
        return 2 * count / total**2, 2 * (count * squares - total**2) / total**3
    if method is FitMethod.REML:
        return 2 / squares, 0.0
    second = (x * (weight**2)[:, None]).T @ x
    return 2 / squares, -float(np.trace(fit.covariance @ second)) / squares
