"""Limits by hand; agreement with R is in test_reference.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.estimation import EstimationSettings, share
from analysis.estimation.intervals import clopper_pearson, share_interval, t_quantile
from analysis.estimation.settings import IntervalMethod
from analysis.sample import Sample

BINOMIAL_40_OF_100 = (0.3032948, 0.5027908)  # binom.test(40, 100)
BINOMIAL_80_OF_200 = (0.3315463, 0.4714643)


def limits(method: IntervalMethod, *, df: float = 1e9) -> tuple[float, float]:
    """Limits for 40 of 100 in a simple random sample."""
    low, high = share_interval(
        method,
        np.array([0.4]),
        variance=np.array([0.4 * 0.6 / 100]),
        df=np.array([df]),
        row_count=np.array([1e9]),
        level=0.95,
    )
    return float(low[0]), float(high[0])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (IntervalMethod.WILSON, (0.3094013, 0.4979974)),  # prop.test(40, 100, correct = FALSE)
        (IntervalMethod.BETA, BINOMIAL_40_OF_100),
        (IntervalMethod.LOGIT, (0.3088415, 0.4986527)),
        (IntervalMethod.XLOGIT, (0.3088415, 0.4986527)),
        (IntervalMethod.ARCSINE, (0.3065099, 0.4973193)),  # sin(asin(sqrt(0.4)) ± 1.959964 / 20)²
        (IntervalMethod.BETA_CAPPED, BINOMIAL_40_OF_100),
        (IntervalMethod.MEAN, (0.3039818, 0.4960182)),
    ],
)
def test_simple_random_sample_has_the_textbook_interval(
    method: IntervalMethod, expected: tuple[float, float]
) -> None:
    assert limits(method) == pytest.approx(expected, abs=2e-7)


@pytest.mark.parametrize("method", list(IntervalMethod))
def test_fewer_degrees_of_freedom_widen_the_interval(method: IntervalMethod) -> None:
    few, many = limits(method, df=3), limits(method)
    assert few[0] < many[0] < many[1] < few[1]


@pytest.mark.parametrize("method", list(IntervalMethod))
def test_no_degrees_of_freedom_no_interval(method: IntervalMethod) -> None:
    assert np.isnan(limits(method, df=0)).all()


def test_t_quantile_is_the_textbook_one() -> None:
    assert t_quantile(np.array([1.0, 10.0]), level=0.95) == pytest.approx([12.7062047362, 2.2281388520])


def test_open_side_at_the_ends_follows_the_effective_sample_size() -> None:
    low, high = clopper_pearson(np.array([0.0, 1.0]), effective=np.array([20.0, 20.0]), level=0.95)
    assert [low[0], high[1]] == [0, 1]
    assert [high[0], low[1]] == pytest.approx([1 - 0.025 ** (1 / 20), 0.025 ** (1 / 20)])


def test_likelihood_limits_solve_the_likelihood_equation() -> None:
    """Twice the log likelihood ratio of an answer is t² v / (p (1 - p)) × n / (n - 1) (R: confint.svyglm)."""
    p, variance, df, n = 0.4, 0.003, 12.0, 60.0
    low, high = share_interval(
        IntervalMethod.LIKELIHOOD,
        np.array([p]),
        variance=np.array([variance]),
        df=np.array([df]),
        row_count=np.array([n]),
        level=0.9,
    )
    t = t_quantile(np.array([df]), level=0.9)[0]
    for q in (low[0], high[0]):
        twice = 2 * (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))
        assert twice == pytest.approx(t**2 * variance / (p * (1 - p)) * n / (n - 1), rel=1e-12)
    assert low[0] < p < high[0]


@pytest.mark.parametrize("p", [1e-9, 0.001, 0.5, 0.999])
def test_likelihood_limits_hold_out_to_the_ends(p: float) -> None:
    low, high = share_interval(
        IntervalMethod.LIKELIHOOD,
        np.array([p]),
        variance=np.array([p * (1 - p) / 4]),
        df=np.array([3.0]),
        row_count=np.array([4.0]),
        level=0.99,
    )
    assert 0 <= low[0] < p < high[0] <= 1


def test_arcsine_limits_do_not_turn_back_beyond_the_ends() -> None:
    """Beyond a right angle the sine falls again; a share of 0.99 of 4 answers has 1 as its upper limit."""
    low, high = share_interval(
        IntervalMethod.ARCSINE,
        np.array([0.99, 0.01]),
        variance=np.array([0.99 * 0.01 / 4] * 2),
        df=np.array([3.0, 3.0]),
        row_count=np.array([4.0, 4.0]),
        level=0.95,
    )
    assert (high[0], low[1]) == (1, 0)


def test_capped_interval_does_not_believe_in_more_answers_than_there_are() -> None:
    """NCHS 2017: a design effect below 1 does not make the effective sample size larger than the answers."""
    capped, uncapped = (
        share_interval(
            method,
            np.array([0.4]),
            variance=np.array([0.4 * 0.6 / 200]),
            df=np.array([1e9]),
            row_count=np.array([1e9]),
            level=0.95,
            answer_count=np.array([100.0]),
        )
        for method in (IntervalMethod.BETA_CAPPED, IntervalMethod.BETA)
    )
    assert (capped[0][0], capped[1][0]) == pytest.approx(BINOMIAL_40_OF_100, abs=2e-7)
    assert (uncapped[0][0], uncapped[1][0]) == pytest.approx(BINOMIAL_80_OF_200, abs=2e-7)


@pytest.mark.parametrize("method", list(IntervalMethod))
@pytest.mark.parametrize(("answer", "expected"), [(1, (0.6915028921, 1)), (0, (0, 0.3084971079))])
def test_shares_of_exactly_0_and_1_have_a_one_sided_interval_in_every_method(
    method: IntervalMethod, answer: int, expected: tuple[float, float]
) -> None:
    """Trap 4: where R answers NaN, a point, or refuses; 0.025 ** (1 / 10) of ten answers."""
    frame = pd.DataFrame({"q": [answer] * 10, "weight": [1.0] * 10})
    settings = EstimationSettings(share_interval=method)
    estimate = share(Sample(frame, Design(weight="weight")), "q", categories=[1], settings=settings)[0]
    assert (estimate.lower, estimate.upper) == pytest.approx(expected)


@pytest.mark.parametrize("method", list(IntervalMethod))
def test_round_off_of_a_variance_is_no_variance(method: IntervalMethod) -> None:
    low, high = share_interval(
        method,
        np.array([0.3]),
        variance=np.array([1e-33]),
        df=np.array([9.0]),
        row_count=np.array([10.0]),
        level=0.95,
    )
    assert (low[0], high[0]) == (0.3, 0.3)
