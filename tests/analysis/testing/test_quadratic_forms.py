"""Tail probabilities of sums of chi-squares are exact, however small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some_
from scipy import stats
from scipy.integrate import quad

from analysis.errors import EstimationError
from analysis.testing import QuadraticForm


@pytest.mark.parametrize("value", [1e-3, 0.5, 3.0, 8.0, 30.0, 200.0, 1000.0])
def test_two_exponentials_have_their_closed_form(value: float) -> None:
    """2χ²_2 and χ²_2 are exponential with means 4 and 2; their sum is hypoexponential."""
    exact = 2 * np.exp(-value / 4) - np.exp(-value / 2)
    assert QuadraticForm(np.array([2.0, 2.0, 1.0, 1.0])).tail(value) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("value", [0.1, 1.0, 4.0, 25.0])
@pytest.mark.parametrize("free", [0.7, 3.0, 20.9, 500.0])
def test_a_denominator_is_integrated_out(value: float, free: float) -> None:
    """P(Q > x W) with W = χ²_ν / ν, integrated over the density of W."""

    def given_denominator(scale: float) -> float:
        above = value * scale
        exact = 2 * np.exp(-above / 4) - np.exp(-above / 2)
        return float(exact * stats.chi2.pdf(scale * free, free) * free)

    exact = sum(
        quad(given_denominator, start, end, epsabs=1e-13, epsrel=1e-12, limit=400)[0]
        for start, end in ((0, 0.05), (0.05, 1), (1, 4), (4, np.inf))
    )
    form = QuadraticForm(np.array([2.0, 2.0, 1.0, 1.0]), free)
    assert form.tail(value) == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("value", [0.01, 1.0, 7.5, 90.0])
def test_equal_coefficients_are_chi_square_and_f(value: float) -> None:
    assert QuadraticForm(np.full(3, 2.0)).tail(value) == stats.chi2.sf(value / 2, 3)
    assert QuadraticForm(np.full(3, 2.0), 11.5).tail(value) == stats.f.sf(value / 6, 3, 11.5)


@settings(deadline=None, max_examples=40)  # the machine may be busy
@given(
    coefficients=some_.lists(some_.floats(0.01, 100), min_size=2, max_size=12),
    quantile=some_.floats(0.01, 5),
    factor=some_.floats(1e-6, 1e6),
)
def test_the_unit_of_measurement_does_not_matter(
    coefficients: list[float], quantile: float, factor: float
) -> None:
    scales = np.array(coefficients)
    value = quantile * scales.sum()
    tail = QuadraticForm(scales, 17.3).tail(value)
    assert QuadraticForm(scales * factor, 17.3).tail(value * factor) == pytest.approx(tail, rel=1e-8)
    assert 0 < tail < 1


@settings(deadline=None, max_examples=30)
@given(coefficients=some_.lists(some_.floats(0.05, 20), min_size=2, max_size=8))
def test_larger_values_are_less_likely(coefficients: list[float]) -> None:
    scales = np.array(coefficients)
    tails = [QuadraticForm(scales).tail(value) for value in scales.sum() * np.linspace(0.05, 6, 12)]
    assert all(np.diff(tails) < 0)


def test_many_degrees_of_freedom_of_the_denominator_come_to_none() -> None:
    scales = np.array([3.0, 1.0, 0.2])
    assert QuadraticForm(scales, 1e9).tail(9.0) == pytest.approx(QuadraticForm(scales).tail(9.0), rel=1e-6)


def test_the_saddlepoint_approximation_is_near_in_both_tails() -> None:
    form = QuadraticForm(np.array([2.0, 1.0, 0.5]), 20.0)
    assert form.saddlepoint_tail(12.0) == pytest.approx(form.tail(12.0), rel=0.03)
    assert form.saddlepoint_tail(0.5) == pytest.approx(form.tail(0.5), rel=0.03)


def test_next_to_the_mean_the_saddlepoint_gives_way_to_satterthwaite() -> None:
    """Where the saddlepoint is 0 the formula is 0 / 0."""
    scales = np.array([2.0, 1.0])
    expected = stats.chi2.sf(3.0 * 3 / 5, 9 / 5)
    assert QuadraticForm(scales).saddlepoint_tail(3.0) == pytest.approx(expected, rel=1e-12)


def test_negligible_coefficients_are_left_out() -> None:
    assert QuadraticForm(np.array([-1e-17, 1.0])).tail(3.0) == stats.chi2.sf(3.0, 1)


def test_nothing_lies_below_zero() -> None:
    form = QuadraticForm(np.array([2.0, 1.0]))
    assert (form.tail(0.0), form.tail(-1.0), form.saddlepoint_tail(0.0)) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("coefficients", [[], [0.0, 0.0], [-1.0], [np.nan], [np.inf]])
def test_a_sum_without_a_positive_coefficient_is_refused(coefficients: list[float]) -> None:
    with pytest.raises(EstimationError, match="needs a coefficient above 0"):
        QuadraticForm(np.array(coefficients))


def test_a_denominator_without_degrees_of_freedom_is_refused() -> None:
    with pytest.raises(EstimationError, match="degrees of freedom above 0, not 0"):
        QuadraticForm(np.array([1.0]), 0.0)
