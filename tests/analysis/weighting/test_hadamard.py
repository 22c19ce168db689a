"""Hadamard matrices: orthogonal rows of signs, the first all 1."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.weighting.hadamard import hadamard_matrix


@pytest.mark.parametrize("least", [1, 2, 3, 5, 12, 13, 20, 28, 36, 44, 65, 100])
def test_rows_are_orthogonal_signs_below_a_row_of_ones(least: int) -> None:
    matrix = hadamard_matrix(least)
    order = len(matrix)
    assert np.array_equal(matrix @ matrix.T, order * np.eye(order))
    assert np.array_equal(np.abs(matrix), np.ones((order, order)))
    assert matrix[0].tolist() == [1] * order
    assert (matrix[1:].sum(axis=1) == 0).all()


def test_orders_are_the_next_multiple_of_four_where_one_can_be_built() -> None:
    assert [len(hadamard_matrix(least)) for least in (3, 9, 13, 25, 33, 49, 57)] == [
        4,
        12,
        16,
        28,
        36,
        56,
        60,
    ]
