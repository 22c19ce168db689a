"""Benchmarked areas add up to the figure of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import SmallAreaError
from analysis.small_areas import BenchmarkMethod, DirectEstimates, FayHerriot, benchmark, fay_herriot

WEIGHTS = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}


@pytest.fixture
def model() -> FayHerriot:
    return fay_herriot(
        DirectEstimates(areas=list("abcd"), value=[0.9, 0.5, 0.7, 0.6], variance=[0.01, 0.02, 0.01, 0.03])
    )


@pytest.mark.parametrize("method", list(BenchmarkMethod))
def test_weighted_areas_equal_the_total(model: FayHerriot, method: BenchmarkMethod) -> None:
    adjusted = benchmark(model, weights=WEIGHTS, total=0.75, method=method)
    assert sum(WEIGHTS[area] * adjusted.values[area] for area in WEIGHTS) == pytest.approx(0.75)


def test_without_a_total_the_direct_estimates_add_up_to_it(model: FayHerriot) -> None:
    adjusted = benchmark(model, weights=WEIGHTS)
    assert adjusted.total == pytest.approx(0.4 * 0.9 + 0.3 * 0.5 + 0.2 * 0.7 + 0.1 * 0.6)


def test_a_ratio_keeps_proportions_and_a_difference_keeps_distances(model: FayHerriot) -> None:
    before = np.array([area.value for area in model.areas])
    ratio = benchmark(model, weights=WEIGHTS, total=0.75)
    np.testing.assert_allclose(np.array(list(ratio.values.values())) / before, ratio.adjustment)
    difference = benchmark(model, weights=WEIGHTS, total=0.75, method=BenchmarkMethod.DIFFERENCE)
    np.testing.assert_allclose(np.array(list(difference.values.values())) - before, difference.adjustment)


def test_weights_for_numbers_of_people_work_the_same_way(model: FayHerriot) -> None:
    people = {area: 1000 * weight for area, weight in WEIGHTS.items()}
    shares = benchmark(model, weights=WEIGHTS, total=0.75, method=BenchmarkMethod.DIFFERENCE)
    counts = benchmark(model, weights=people, total=750, method=BenchmarkMethod.DIFFERENCE)
    np.testing.assert_allclose(list(counts.values.values()), list(shares.values.values()))


def test_a_total_that_agrees_already_changes_nothing(model: FayHerriot) -> None:
    before = benchmark(model, weights=WEIGHTS).before
    again = benchmark(model, weights=WEIGHTS, total=before)
    assert again.adjustment == 1
    assert list(again.values.values()) == [area.value for area in model.areas]


def test_what_cannot_be_benchmarked_is_refused_with_every_area() -> None:
    empty = fay_herriot(
        DirectEstimates(
            areas=list("abcd"), value=[0.9, 0.5, 0.7, np.nan], variance=[0.01, 0.02, 0.01, np.nan]
        )
    )
    with pytest.raises(SmallAreaError) as refusal:
        benchmark(empty, weights={"a": -1, "b": 1, "d": 1})
    assert [str(problem) for problem in refusal.value.problems] == [
        "areas c: have no weight",
        "areas a: have a weight below 0",
        "areas d: have no direct estimate to add up; give the total",
    ]
    with pytest.raises(SmallAreaError, match="the weighted estimates: add up to 0"):
        benchmark(empty, weights=dict.fromkeys("abcd", 0.0), total=1)


def test_a_benchmark_prints_and_stands_beside_the_model(model: FayHerriot) -> None:
    adjusted = benchmark(model, weights=WEIGHTS, total=0.75, method=BenchmarkMethod.DIFFERENCE)
    assert str(adjusted).startswith("Benchmarked to 0.75 (0.7")
    frame = adjusted.to_frame()
    assert frame["benchmarked"].tolist() == list(adjusted.values.values())
    assert frame["direct"].tolist() == [0.9, 0.5, 0.7, 0.6]
