"""Hadamard matrices: the balanced signs of half samples."""

from __future__ import annotations

from itertools import count
from math import isqrt

import numpy as np
from numpy.typing import NDArray

Signs = NDArray[np.int64]


def hadamard_matrix(least_order: int) -> Signs:
    """A Hadamard matrix of the smallest order ≥ `least_order` that can be built; its first row is all 1.

    Built by Sylvester's doubling and Paley's two constructions over prime fields (Paley 1933; Wolter 2007,
    §3.2), which miss few multiples of 4 (the first are 52 and 92). Rows are orthogonal, and all but the first
    have as many 1 as -1.
    """
    for order in count(max(1, least_order)):
        matrix = _built(order)
        if matrix is not None:
            return np.asarray(matrix * matrix[0], dtype=np.int64)
    raise AssertionError("doubling reaches every order")


def _built(order: int) -> Signs | None:
    if order in (1, 2):
        return np.array([[1, 1], [1, -1]])[:order, :order]
    if order % 4:
        return None
    if _is_prime(order - 1):  # order - 1 is 3 modulo 4
        return _paley_first(order - 1)
    half = order // 2
    if half % 4 == 2 and _is_prime(half - 1):  # half - 1 is 1 modulo 4
        return _paley_second(half - 1)
    smaller = _built(half)
    return None if smaller is None else np.kron(np.array([[1, 1], [1, -1]]), smaller)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, isqrt(number) + 1))


def _jacobsthal(prime: int) -> Signs:
    """Entry (i, j): 1 where i - j is a square modulo the prime, -1 where not, 0 on the diagonal."""
    character = np.full(prime, -1, dtype=np.int64)
    character[np.arange(1, prime) ** 2 % prime] = 1
    character[0] = 0
    at = np.arange(prime)
    return np.asarray(character[(at[:, None] - at[None, :]) % prime], dtype=np.int64)


def _paley_first(prime: int) -> Signs:
    bordered = np.zeros((prime + 1, prime + 1), dtype=np.int64)
    bordered[0, 1:], bordered[1:, 0], bordered[1:, 1:] = 1, -1, _jacobsthal(prime)
    return bordered + np.eye(prime + 1, dtype=np.int64)


def _paley_second(prime: int) -> Signs:
    bordered = np.zeros((prime + 1, prime + 1), dtype=np.int64)
    bordered[0, 1:], bordered[1:, 0], bordered[1:, 1:] = 1, 1, _jacobsthal(prime)
    identity = np.eye(prime + 1, dtype=np.int64)
    return np.kron(bordered, [[1, 1], [1, -1]]) + np.kron(identity, [[1, -1], [-1, -1]])
