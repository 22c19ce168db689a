"""The one-factor model by maximum likelihood: loadings, uniquenesses, and their sensitivity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.optimize import minimize

from analysis.choices import chosen
from analysis.errors import EstimationError
from analysis.stages import BoolArray, FloatArray

LEAST_UNIQUENESS = 0.005  # the bound of R's `factanal`: below it a loading would pass the item itself
_SCALE = 0.01  # uniquenesses are searched in hundredths
_NEWTON_STEPS = 50
_ENOUGH = 1e-13  # of the gradient, in the scale of correlations


class Stop(StrEnum):
    """When the search for the minimum ends.

    LAST_DIGITS: where Newton steps change nothing. FACTANAL: where `factanal` of R ends, when a step
    lowers the discrepancy by less than 1e7 × the precision of a float; about five digits are then right.
    """

    LAST_DIGITS = "last_digits"
    FACTANAL = "factanal"


@dataclass(frozen=True, eq=False)
class OneFactorModel:
    """Standardized loadings and uniquenesses of K items on one factor, shape (K,) each.

    `at_bound` says which uniquenesses stand at `LEAST_UNIQUENESS` (a Heywood case: too few items or
    respondents for the model). The signs are those with a positive sum of loadings.
    """

    loadings: FloatArray
    uniquenesses: FloatArray
    at_bound: BoolArray

    @property
    def omega(self) -> float:
        """(Σ loadings)² / ((Σ loadings)² + Σ uniquenesses), McDonald 1999."""
        common = float(self.loadings.sum()) ** 2
        return common / (common + float(self.uniquenesses.sum()))


def fit_one_factor(correlation: FloatArray, *, stop: Stop = Stop.LAST_DIGITS) -> OneFactorModel:
    """Fit to a correlation matrix (K × K): minimize log|Σ| + tr(R Σ⁻¹), Σ = λ λ' + Ψ (Jöreskog 1967).

    The minimum is that of R's `factanal` with one factor. Raises `EstimationError` for fewer than three
    items, for a matrix that is singular, or when nothing is found.
    """
    stop = chosen(Stop, stop, name="stop")
    if len(correlation) < 3:
        raise EstimationError(
            f"One factor cannot be told from {len(correlation)} items.", hint="Give three items or more."
        )
    if not np.linalg.eigvalsh(correlation)[0] > 1e-10:
        raise EstimationError(
            "The correlations of the items are singular: one of them follows from the others.",
            hint="Leave out sums and duplicates of other items.",
        )
    uniquenesses = _search(correlation, stop)
    at_bound = uniquenesses <= LEAST_UNIQUENESS * (1 + 1e-6)
    loadings = _profile_loadings(correlation, uniquenesses)
    if stop is Stop.FACTANAL:
        return OneFactorModel(loadings, uniquenesses, at_bound)
    return _polish(correlation, loadings, uniquenesses, at_bound)


def omega_gradient(model: OneFactorModel, correlation: FloatArray) -> FloatArray:
    """Derivative (K × K, symmetric) of omega by the correlations, by the implicit function theorem.

    The model solves G(θ, R) = 0 with dG_j = -tr(A_j dR), so dθ = H⁻¹ tr(A dR).
    """
    _, hessian, slopes = _derivatives(model.loadings, model.uniquenesses, correlation)
    free = np.flatnonzero(np.concatenate([np.ones_like(model.at_bound), ~model.at_bound]))
    total = float(model.loadings.sum())
    rest = float(model.uniquenesses.sum())
    by_loading = 2 * total * rest / (total**2 + rest) ** 2
    by_uniqueness = -(total**2) / (total**2 + rest) ** 2
    count = len(correlation)
    by_parameter = np.repeat([by_loading, by_uniqueness], count)[free]
    coefficients = np.linalg.solve(hessian[np.ix_(free, free)], by_parameter)
    return np.asarray(np.einsum("j,jab->ab", coefficients, slopes[free]))


def _search(correlation: FloatArray, stop: Stop) -> FloatArray:
    """Uniquenesses that minimize the discrepancy, from the start of Jöreskog 1963, p. 39."""
    count = len(correlation)
    start = (1 - 0.5 / count) / np.diag(np.linalg.inv(correlation))
    precision = float(np.finfo(np.float64).eps)
    found = minimize(
        _profile,
        start / _SCALE,
        args=(correlation,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(LEAST_UNIQUENESS / _SCALE, 1 / _SCALE)] * count,
        options={
            "ftol": precision * (1e7 if stop is Stop.FACTANAL else 10),
            "gtol": 0.0,
            "maxcor": 5,
            "maxiter": 100 if stop is Stop.FACTANAL else 2000,
        },
    )
    return np.asarray(found.x * _SCALE, dtype=np.float64)


def _profile(scaled: FloatArray, correlation: FloatArray) -> tuple[float, FloatArray]:
    """The discrepancy at the best loadings for given uniquenesses, and its gradient.

    Σ_{j>1} (θ_j - log θ_j) - (K - 1), θ the eigenvalues of Ψ^-½ R Ψ^-½ from the largest; by ψ_k
    (Σ_kk - R_kk)/ψ_k² (Lawley & Maxwell 1971, §4.3).
    """
    uniquenesses = scaled * _SCALE
    deviation = np.sqrt(uniquenesses)
    small = np.linalg.eigvalsh(correlation / np.outer(deviation, deviation))[:-1]
    loadings = _profile_loadings(correlation, uniquenesses)
    slope = (loadings**2 + uniquenesses - np.diag(correlation)) / uniquenesses**2
    return float(np.sum(small - np.log(small) - 1)), np.asarray(slope * _SCALE)


def _profile_loadings(correlation: FloatArray, uniquenesses: FloatArray) -> FloatArray:
    deviation = np.sqrt(uniquenesses)
    values, vectors = np.linalg.eigh(correlation / np.outer(deviation, deviation))
    loadings = deviation * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0.0))
    return np.asarray(-loadings if loadings.sum() < 0 else loadings)


def _polish(
    correlation: FloatArray, loadings: FloatArray, uniquenesses: FloatArray, at_bound: BoolArray
) -> OneFactorModel:
    """Newton steps on the likelihood equations from near their solution; bounded uniquenesses stay."""
    free = np.flatnonzero(np.concatenate([np.ones_like(at_bound), ~at_bound]))
    count = len(correlation)
    parameters = np.concatenate([loadings, np.where(at_bound, LEAST_UNIQUENESS, uniquenesses)])
    for _ in range(_NEWTON_STEPS):
        gradient, hessian, _ = _derivatives(parameters[:count], parameters[count:], correlation)
        if np.abs(gradient[free]).max() <= _ENOUGH:
            break
        step = np.linalg.solve(hessian[np.ix_(free, free)], gradient[free])
        if not np.abs(step).max() > 1e-15:
            break
        parameters[free] -= step
    if not np.isfinite(parameters).all() or (parameters[count:] < LEAST_UNIQUENESS * (1 - 1e-6)).any():
        raise EstimationError(
            "No one-factor model fits these correlations.",
            hint="Items that hardly correlate have no factor in common; leave them out.",
        )
    return OneFactorModel(parameters[:count], parameters[count:], at_bound)


def _derivatives(
    loadings: FloatArray, uniquenesses: FloatArray, correlation: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gradient and Hessian of log|Σ| + tr(R Σ⁻¹) by (λ, ψ), and A_j = Σ⁻¹ Σ_j Σ⁻¹ (2K × K × K)."""
    count = len(loadings)
    inverse = np.linalg.inv(np.outer(loadings, loadings) + np.diag(uniquenesses))
    unit = np.eye(count)
    by_loading = unit[:, :, None] * loadings + loadings[:, None] * unit[:, None, :]
    by_uniqueness = unit[:, :, None] * unit[:, None, :]
    moved = np.concatenate([by_loading, by_uniqueness])
    slopes = inverse @ moved @ inverse
    apart = inverse - inverse @ correlation @ inverse
    gradient = np.einsum("jab,ab->j", moved, apart)
    twice = correlation @ inverse
    hessian = -np.einsum("jab,kba->jk", slopes, moved) + 2 * np.einsum(
        "jab,kbc,ca->jk", slopes, moved, (twice).T, optimize=True
    )
    hessian = (hessian + hessian.T) / 2
    # the model is of second degree in the loadings: ∂²Σ/∂λ_j ∂λ_k = e_j e_k' + e_k e_j'
    hessian[:count, :count] += 2 * apart
    return gradient, hessian, slopes
