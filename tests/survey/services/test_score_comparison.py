"""Comparison: only what the sample can tell apart is called different."""

from __future__ import annotations

import numpy as np
from scipy.stats import t

from survey.services.design_scores import OverallEstimates
from survey.services.score_comparison import Comparison, compare

CODES = ["a", "b", "c"]


def compared(
    values: list[float], covariance: np.ndarray, shown: list[bool] | None = None
) -> Comparison | None:
    return compare(OverallEstimates(np.array(values), covariance, 20), CODES, shown=shown or [True] * 3)


def test_the_threshold_is_bonferronis_over_all_pairs() -> None:
    error = 0.02
    critical = t.ppf(1 - 0.05 / 6, 20) * error * np.sqrt(2)
    covariance = np.eye(3) * error**2
    just = compared([0.8, 0.8 - critical * 1.001, 0.8 - critical * 0.5], covariance)
    assert just is not None
    assert (just.pair_count, just.different, just.top) == (3, frozenset({("a", "b")}), ("a", "c"))
    almost = compared([0.8, 0.8 - critical * 0.999, 0.8 - critical * 0.5], covariance)
    assert almost is not None
    assert (almost.different, almost.top) == (frozenset(), ("a", "c", "b"))


def test_covariance_between_domains_counts() -> None:
    covariance = np.full((3, 3), 0.02**2 * 0.99) + np.eye(3) * 0.02**2 * 0.01
    found = compared([0.80, 0.79, 0.78], covariance)
    assert found is not None
    assert found.different == frozenset({("a", "b"), ("b", "c"), ("a", "c")})


def test_withheld_domains_are_not_compared() -> None:
    covariance = np.eye(3) * 0.0001
    found = compared([0.9, 0.5, 0.1], covariance, [True, False, True])
    assert found is not None
    assert (found.compared, found.pair_count) == (("a", "c"), 1)
    assert compared([0.9, 0.5, 0.1], covariance, [True, False, False]) is None


def test_domains_without_variance_are_not_compared() -> None:
    assert compared([0.9, 0.5, np.nan], np.diag([0.0, 0.0001, 0.0001])) is None
