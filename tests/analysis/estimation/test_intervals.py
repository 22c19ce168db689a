"""Limits by hand; agreement with R is in test_reference.py."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimation.intervals import clopper_pearson, share_interval, t_quantile
from analysis.estimation.settings import IntervalMethod


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
        (IntervalMethod.BETA, (0.3032948, 0.5027908)),  # binom.test(40, 100)
        (IntervalMethod.LOGIT, (0.3088415, 0.4986527)),
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
