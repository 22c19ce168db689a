"""Design weights from probabilities and from counts."""

from __future__ import annotations

import pytest

from analysis.errors import WeightingError
from analysis.weighting import design_weights, design_weights_from_counts


def test_weight_is_one_over_the_probability() -> None:
    assert list(design_weights([0.5, 0.25, 1])) == [2, 4, 1]


def test_impossible_probabilities_are_named() -> None:
    with pytest.raises(WeightingError, match="not above 0 and at most 1 in rows 2, 4"):
        design_weights([0.5, 0, 1, 1.5])


def test_weight_is_the_product_over_the_stages() -> None:
    weights = design_weights_from_counts(population=[[40, 40], [150, 80]], sampled=[[8, 8], [15, 20]])
    assert list(weights) == [50, 20]


@pytest.mark.parametrize(
    ("population", "sampled", "message"),
    [
        ([[4, 4]], [[5, 4]], "stage 1: has more units sampled than there are in the population in rows 1"),
        ([[4, 4]], [[4, 0]], "stage 1: has no count of 1 or more in rows 2"),
        ([[4, 4], [9, 9]], [[4, 4]], "2 stages of population for 1 stages sampled"),
    ],
)
def test_impossible_counts_are_named(
    population: list[list[int]], sampled: list[list[int]], message: str
) -> None:
    with pytest.raises(WeightingError, match=message):
        design_weights_from_counts(population=population, sampled=sampled)
