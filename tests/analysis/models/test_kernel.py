"""The fitting kernel reaches the maximum to the last digit, and says why where there is none."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import ModelError
from analysis.models.families import Family
from analysis.models.kernel import fit_logistic, fitter
from analysis.stages import FloatArray


def _data(seed: int, rows: int = 80) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(rows), rng.normal(size=rows), rng.integers(0, 2, rows)])
    y = (rng.random(rows) < 1 / (1 + np.exp(-x @ [0.3, 0.8, -0.6]))).astype(float)
    return x, y, rng.uniform(0.5, 3, rows)


def _exact_line(x: list[int], y: list[int]) -> tuple[Fraction, Fraction]:
    n, sx, sy = len(x), sum(x), sum(y)
    slope = Fraction(
        n * sum(a * b for a, b in zip(x, y, strict=True)) - sx * sy, n * sum(a * a for a in x) - sx**2
    )
    return Fraction(sy) / n - slope * Fraction(sx, n), slope


def test_logistic_score_is_zero_at_the_maximum() -> None:
    x, y, w = _data(1)
    fit = fit_logistic(x, y, w)
    score = x.T @ (w * (y - 1 / (1 + np.exp(-x @ fit.coefficients))))
    np.testing.assert_allclose(score, 0, atol=1e-12)


def test_poisson_without_intercept_reaches_the_maximum_from_far_away() -> None:
    rng = np.random.default_rng(2)
    x = rng.uniform(1, 2, (50, 2))
    y = rng.poisson(np.exp(x @ [2.0, 1.5])).astype(float)
    prepared = fitter(x, y, np.ones(50), family=Family.POISSON)
    fit = prepared.fit(np.ones(50))
    np.testing.assert_allclose(x.T @ (y - np.exp(x @ fit.coefficients)), 0, atol=1e-8)


def test_large_means_beside_small_deviations_cost_no_digits() -> None:
    x = [1_700_000_000 + second for second in (0, 3, 4, 9, 15, 16, 22)]
    y = [3, 1, 4, 1, 5, 9, 2]
    matrix = np.column_stack([np.ones(7), np.array(x, dtype=float)])
    fit = fitter(matrix, np.array(y, dtype=float), np.ones(7), family=Family.GAUSSIAN).fit(np.ones(7))
    intercept, slope = _exact_line(x, y)
    np.testing.assert_allclose(fit.coefficients, [float(intercept), float(slope)], rtol=1e-9)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), family=st.sampled_from(Family))
def test_a_weight_of_two_is_the_row_twice(seed: int, family: Family) -> None:
    x, y, _ = _data(seed)
    weights = np.random.default_rng(seed).integers(0, 3, y.size).astype(float)
    times = weights.astype(int)
    long, answers = np.repeat(x, times, axis=0), np.repeat(y, times)
    weighted = fitter(x, y, weights, family=family).fit(weights)
    repeated = fitter(long, answers, np.ones(answers.size), family=family).fit(np.ones(answers.size))
    np.testing.assert_allclose(weighted.coefficients, repeated.coefficients, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(weighted.bread, repeated.bread, rtol=1e-8, atol=1e-10)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), factor=st.sampled_from([1e-6, 0.5, 3.0, 1e6]))
def test_units_of_columns_and_weights_change_nothing_but_units(seed: int, factor: float) -> None:
    x, y, w = _data(seed)
    fit = fit_logistic(x, y, w)
    other = fit_logistic(x * [1, factor, 1], y, factor * w)
    np.testing.assert_allclose(other.coefficients * [1, factor, 1], fit.coefficients, rtol=1e-9, atol=1e-11)


def test_start_near_the_answer_gives_the_same_answer_sooner() -> None:
    x, y, w = _data(3)
    prepared = fitter(x, y, w, family=Family.BINOMIAL)
    cold = prepared.fit(w)
    warm = prepared.fit(w, start=cold.coefficients)
    np.testing.assert_allclose(warm.coefficients, cold.coefficients, rtol=1e-12)
    assert warm.iterations < cold.iterations


def test_scores_add_up_to_zero_and_give_the_influences() -> None:
    x, y, w = _data(4)
    prepared = fitter(x, y, w, family=Family.BINOMIAL)
    fit = prepared.fit(w)
    influence = prepared.scores(fit, w) @ prepared.from_scores(fit)
    np.testing.assert_allclose(influence.sum(axis=0), 0, atol=1e-12)
    residual = w * (y - 1 / (1 + np.exp(-x @ fit.coefficients)))
    np.testing.assert_allclose(influence, (x * residual[:, None]) @ fit.bread, rtol=1e-8, atol=1e-14)


def test_collinear_columns_are_named_with_what_they_follow_from() -> None:
    x, y, w = _data(5)
    wide = np.column_stack([x, 2 * x[:, 1] - 3, 1 - x[:, 2], np.zeros(y.size)])
    names = ["(Intercept)", "wait", "sexM", "minutes", "sexF", "nobody"]
    with pytest.raises(ModelError) as refusal:
        fit_logistic(wide, y, w, columns=names)
    assert [str(problem) for problem in refusal.value.problems] == [
        "column minutes: follows from wait",
        "column sexF: follows from sexM",
        "column nobody: is zero in every row",
    ]


def test_second_constant_is_collinear_with_the_intercept() -> None:
    x, y, w = _data(6)
    with pytest.raises(ModelError, match="column year: follows from \\(Intercept\\)"):
        fit_logistic(
            np.column_stack([x, np.full(y.size, 2026.0)]),
            y,
            w,
            columns=["(Intercept)", "wait", "sexM", "year"],
        )


def test_column_that_separates_zeros_from_ones_is_named() -> None:
    x, y, w = _data(7)
    separated = np.column_stack([x, (y == 1) & (x[:, 1] > 1)])
    with pytest.raises(ModelError) as refusal:
        fit_logistic(separated, y, w, columns=["(Intercept)", "wait", "sexM", "officeW"])
    assert [(problem.code, problem.place) for problem in refusal.value.problems] == [
        ("separation", "column officeW")
    ]


def test_rare_level_that_separates_is_found_among_many_rows() -> None:
    rng = np.random.default_rng(8)
    rows = 200_000
    rare = np.zeros(rows)
    rare[:3] = 1
    y = (rng.random(rows) < 0.4).astype(float)
    y[:3] = 1
    with pytest.raises(ModelError, match="column rare: tells the response apart"):
        fit_logistic(
            np.column_stack([np.ones(rows), rare]), y, np.ones(rows), columns=["(Intercept)", "rare"]
        )


def test_perfect_line_between_zeros_and_ones_is_separation() -> None:
    x = np.column_stack([np.ones(8), np.arange(8.0)])
    with pytest.raises(ModelError, match="column wait: tells the response apart"):
        fit_logistic(x, (x[:, 1] > 3).astype(float), np.ones(8), columns=["(Intercept)", "wait"])


def test_level_without_any_count_has_no_poisson_coefficient() -> None:
    x = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1.0]])
    prepared = fitter(
        x,
        np.array([2.0, 3, 1, 0, 0, 0]),
        np.ones(6),
        family=Family.POISSON,
        columns=["(Intercept)", "officeW"],
    )
    with pytest.raises(ModelError, match="column officeW: tells the response apart"):
        prepared.fit(np.ones(6))


def test_nearly_separated_rows_have_an_answer() -> None:
    x = np.column_stack([np.ones(20_001), np.r_[np.ones(20_000), 0]])
    y = np.r_[np.ones(19_999), 0, 0]
    x = np.vstack([x, [1, 0]])
    fit = fit_logistic(x, np.r_[y, 1], np.ones(20_002))
    np.testing.assert_allclose(fit.coefficients, [0, np.log(19_999)], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("response", "family", "problem"),
    [
        ([0, 1, 2, 1], Family.BINOMIAL, "response: 1 rows have 2; a binomial regression needs 0 and 1"),
        (
            [0, 1, -1, 1],
            Family.POISSON,
            "response: 1 rows have -1; a poisson regression needs counts of 0 or more",
        ),
        ([1, 1, 1, 1], Family.BINOMIAL, "response: is 1 in every row"),
        ([0, 0, 0, 0], Family.POISSON, "response: is 0 in every row"),
    ],
)
def test_response_that_does_not_suit_is_told(response: list[float], family: Family, problem: str) -> None:
    with pytest.raises(ModelError) as refusal:
        fitter(np.ones((4, 1)), np.array(response, dtype=float), np.ones(4), family=family)
    assert [str(each) for each in refusal.value.problems] == [problem]


def test_rows_of_weight_zero_do_not_count() -> None:
    x, y, w = _data(9)
    w[:20] = 0
    y[:20] = 7  # no response at all
    np.testing.assert_allclose(
        fit_logistic(x, y, w).coefficients, fit_logistic(x[20:], y[20:], w[20:]).coefficients, rtol=1e-10
    )
