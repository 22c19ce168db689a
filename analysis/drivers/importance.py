"""The importance of predictors: standardized coefficients, Shapley shares of R², relative weights."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np

from analysis.moments import correlations
from analysis.stages import FloatArray


def standardized_coefficients(covariances: FloatArray) -> FloatArray:
    """β = R⁻¹ r of covariance matrices (batch × m × m), the outcome last; shape (batch, m - 1)."""
    among, with_outcome = _split(covariances)
    return np.asarray(np.linalg.solve(among, with_outcome[:, :, None])[:, :, 0])


def explained_variance(covariances: FloatArray) -> FloatArray:
    """R² of all predictors together, shape (batch, 1)."""
    _, with_outcome = _split(covariances)
    coefficients = standardized_coefficients(covariances)
    return np.asarray((coefficients * with_outcome).sum(axis=1, keepdims=True))


def shapley_shares(covariances: FloatArray) -> FloatArray:
    """What each predictor adds to R², averaged over all orders of entry; shape (batch, m - 1).

    Σ_S |S|! (p - |S| - 1)!/p! (R²(S ∪ j) - R²(S)) over the subsets S without j (Lindeman, Merenda & Gold
    1980, p. 120; Shapley 1953). The shares add up to R². Work and memory grow with 2^p.
    """
    among, with_outcome = _split(covariances)
    count = among.shape[1]
    by_subset = _subset_r_squared(among, with_outcome)
    subsets = np.arange(2**count)
    sizes = np.array([int(subset).bit_count() for subset in subsets])
    weight = np.array([factorial(size) * factorial(count - size - 1) for size in range(count)]) / factorial(
        count
    )
    shares = []
    for predictor in range(count):
        without = subsets[(subsets >> predictor) & 1 == 0]
        gain = by_subset[:, without | (1 << predictor)] - by_subset[:, without]
        shares.append(gain @ weight[sizes[without]])
    return np.column_stack(shares)


def relative_weights(covariances: FloatArray) -> FloatArray:
    """Johnson's relative weights: shares of R² by way of the closest uncorrelated predictors (batch × m - 1).

    With R = V D V', Λ = V √D V' and β = Λ⁻¹ r, the weight of predictor j is Σ_k Λ_jk² β_k² (Johnson 2000).
    """
    among, with_outcome = _split(covariances)
    values, vectors = np.linalg.eigh(among)
    root = np.sqrt(np.maximum(values, 0.0))
    link = np.einsum("bij,bj,bkj->bik", vectors, root, vectors)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.einsum("bij,bj,bkj->bik", vectors, 1 / root, vectors)
    coefficients = np.einsum("bij,bj->bi", inverse, with_outcome)
    return np.asarray(np.einsum("bjk,bk->bj", link**2, coefficients**2))


def _split(covariances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlations among the predictors, and of each with the outcome (the last variable)."""
    matrix = correlations(covariances)
    return matrix[:, :-1, :-1], matrix[:, :-1, -1]


def _subset_r_squared(among: FloatArray, with_outcome: FloatArray) -> FloatArray:
    """R² of every subset of the predictors (bit j of the column: predictor j is in), shape (batch, 2^p)."""
    batch, count = with_outcome.shape
    result = np.zeros((batch, 2**count))
    for size in range(1, count + 1):
        chosen = np.array(list(combinations(range(count), size)))
        columns = (1 << chosen).sum(axis=1)
        inside = among[:, chosen[:, :, None], chosen[:, None, :]]
        outcome = with_outcome[:, chosen]
        solved = np.linalg.solve(inside, outcome[..., None])[..., 0]
        result[:, columns] = np.einsum("bsi,bsi->bs", solved, outcome)
    return result
