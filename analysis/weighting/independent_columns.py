"""Which columns of auxiliary variables add something to those before them, and an orthonormal basis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from analysis.stages import FloatArray, IntArray

_COLLINEAR = 1e-7  # of a column's length is left beside the columns before it
_BLOCK = 4096  # rows


@dataclass(frozen=True, eq=False)
class IndependentColumns:
    """The columns that add something (`kept`), those that do not, and what makes these up.

    `coefficients` (kept × dependent): each dependent column is their sum with these coefficients.
    """

    kept: IntArray
    dependent: IntArray
    coefficients: FloatArray


@dataclass(frozen=True, eq=False)
class Basis:
    """Independent columns turned into an orthonormal basis: `columns` = values[:, kept] @ `transform`."""

    columns: FloatArray
    kept: IntArray
    transform: FloatArray


def independent_columns(columns: FloatArray) -> IndependentColumns:
    """Which columns (rows × p) are no combination of those before them; a column of zeros is one."""
    lengths = _lengths(columns)
    scale = np.where(lengths > 0, lengths, 1.0)
    triangle = _triangle(columns / scale)
    kept = list(range(columns.shape[1]))
    while kept:
        left = np.zeros(len(kept))
        part = np.linalg.qr(triangle[:, kept])[1]
        left[: part.shape[0]] = np.abs(np.diag(part))
        dependent = np.flatnonzero(left < _COLLINEAR)
        if not dependent.size:
            break
        del kept[dependent[0]]  # one at a time: what follows has been measured against its noise
    others = [place for place in range(columns.shape[1]) if place not in kept]
    found = np.linalg.lstsq(triangle[:, kept], triangle[:, others], rcond=None)[0]
    coefficients = found * scale[others] / scale[kept][:, None]
    return IndependentColumns(np.array(kept, dtype=np.int64), np.array(others, dtype=np.int64), coefficients)


def orthonormal(values: FloatArray, weight: FloatArray) -> Basis:
    """A basis b of the columns of `values` (rows × p): Σ weight b b' = 1; rows of weight 0 are 0."""
    root = np.sqrt(weight)
    weighted = values * root[:, None]
    kept = independent_columns(weighted).kept
    weighted = weighted[:, kept]
    lengths = _lengths(weighted)
    transform = _inverse(_triangle(weighted / lengths)) / lengths[:, None]
    almost = weighted @ transform
    left = np.asarray(np.linalg.cholesky(almost.T @ almost).T, dtype=np.float64)  # 1 but for rounding
    transform = np.asarray(transform @ _inverse(left))
    return Basis(values[:, kept] @ transform * (weight > 0)[:, None], kept, transform)


def _triangle(columns: FloatArray) -> FloatArray:
    """The triangular factor of columns = orthonormal × triangle, by blocks of rows that fit fast memory."""
    if columns.shape[0] <= 2 * _BLOCK:
        return np.asarray(np.linalg.qr(columns)[1])
    starts = range(0, columns.shape[0], _BLOCK)
    return _triangle(np.vstack([np.linalg.qr(columns[start : start + _BLOCK])[1] for start in starts]))


def _inverse(triangle: FloatArray) -> FloatArray:
    return np.asarray(solve_triangular(triangle, np.eye(triangle.shape[0])))


def _lengths(columns: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", columns, columns)))
