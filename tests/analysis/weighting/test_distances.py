"""Distances: F(0) = 1 with slope 1, slopes that are derivatives, bounds that hold."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import WeightingError
from analysis.weighting import Distance, HyperbolicSine, Linear, Logit, RakingRatio

DISTANCES = [Linear(), RakingRatio(), Logit(0.3, 3), HyperbolicSine()]
BOUNDED = [Linear(0.5, 2), RakingRatio(0.5, 2), Logit(0.5, 2), HyperbolicSine(0.5, 2)]


@pytest.mark.parametrize("distance", DISTANCES + BOUNDED, ids=str)
def test_no_change_is_where_every_distance_begins(distance: Distance) -> None:
    zero = np.zeros(1)
    assert distance.factor(zero) == pytest.approx([1], rel=1e-15)
    assert distance.slope(zero) == pytest.approx([1], rel=1e-15)


@pytest.mark.parametrize("distance", DISTANCES, ids=str)
def test_slope_is_the_derivative_of_the_factor(distance: Distance) -> None:
    u, step = np.linspace(-2, 2, 41), 1e-6
    slope = (distance.factor(u + step) - distance.factor(u - step)) / (2 * step)
    assert distance.slope(u) == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("distance", BOUNDED, ids=str)
def test_bounds_hold_however_far_one_pulls(distance: Distance) -> None:
    factor = distance.factor(np.array([-1e3, -5, 5, 1e3]))
    assert factor.min() >= 0.5
    assert factor.max() <= 2


def test_hyperbolic_sine_inverts_its_distance() -> None:
    g = np.array([0.01, 0.5, 1, 2, 30])
    assert HyperbolicSine().factor(np.sinh(g - 1 / g) / 2) == pytest.approx(g, rel=1e-12)


def test_logit_is_the_formula_of_deville_and_sarndal() -> None:
    lower, upper, u = 0.3, 3.0, np.array([-2.0, 0.1, 2.0])
    a = (upper - lower) / ((1 - lower) * (upper - 1))
    e = np.exp(a * u)
    formula = (lower * (upper - 1) + upper * (1 - lower) * e) / ((upper - 1) + (1 - lower) * e)
    assert Logit(lower, upper).factor(u) == pytest.approx(formula, rel=1e-14)


@pytest.mark.parametrize("bounds", [(1.0, 2.0), (0.5, 1.0), (2.0, 3.0), (2.0, 0.5)])
@pytest.mark.parametrize("kind", [Linear, RakingRatio, Logit, HyperbolicSine])
def test_bounds_that_forbid_no_change_are_refused(kind: type, bounds: tuple[float, float]) -> None:
    with pytest.raises(WeightingError, match="1, no change at all, must lie between the bounds"):
        kind(*bounds)


def test_logit_needs_finite_bounds() -> None:
    with pytest.raises(WeightingError, match="needs two finite bounds"):
        Logit(0.5, np.inf)
