"""Units to rank come with their covariances, and only where their errors are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import RankingError
from analysis.estimation import mean
from analysis.ranking import UnitEstimates
from analysis.sample import Sample


def wards() -> Sample:
    frame = pd.DataFrame(
        {
            "weight": 1.0,
            "psu": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
            "unit": ["a", "b", "a", "b", "a", "c", "b", "c", "d", "c"],
            "q1": [5.0, 3, 4, 2, 4, 1, 3, 2, 5, 3],
            "q2": [1.0, 2, 3, 4, 5, 4, 3, 2, 1, 2],
        }
    )
    return Sample(frame, Design(psu="psu", weight="weight"))


def test_estimates_bring_their_covariance_and_tell_who_has_none() -> None:
    estimates = mean(wards(), "q1", by="unit")
    units = UnitEstimates.of(estimates)
    assert (units.labels, units.left_out) == (("a", "b", "c"), ("d",))  # one answer in d
    assert units.values.tolist() == pytest.approx([13 / 3, 8 / 3, 2.0])
    assert units.covariance == pytest.approx(estimates.covariance()[:3, :3])
    assert units.covariance[0, 1] != 0  # the units share sampling units
    assert units.standard_errors == pytest.approx(estimates.standard_errors[:3])


def test_several_items_are_refused() -> None:
    with pytest.raises(RankingError, match="There are 2 items; a ranking is of one"):
        UnitEstimates.of(mean(wards(), ["q1", "q2"], by="unit"))


def test_draws_have_the_covariance_and_follow_the_seed() -> None:
    covariance = np.array([[4.0, 1.0, 0.0], [1.0, 1.0, -0.5], [0.0, -0.5, 2.0]])
    units = UnitEstimates(("a", "b", "c"), np.zeros(3), covariance)
    drawn = units.draws(200_000, seed=3)
    assert np.cov(drawn) == pytest.approx(covariance, abs=0.05)
    assert np.array_equal(drawn, units.draws(200_000, seed=3))
    with pytest.raises(RankingError, match="0 draws are none"):
        units.draws(0, seed=3)


@pytest.mark.parametrize(
    ("labels", "values", "errors", "message"),
    [
        (["a"], [1.0], [0.1], "1 units with an estimate; a ranking needs two or more"),
        (["a", "a", "b"], [1.0, 2, 3], [0.1, 0.1, 0.1], "Units appear more than once: a"),
        (["a", "b"], [1.0, np.nan], [0.1, 0.1], "must be finite"),
        (["a", "b"], [1.0, 1.0], [0.1, 0.0], "The standard error is zero in b"),
        (["a", "b"], [1.0, 2.0, 3.0], [0.1, 0.1, 0.2], "2 units need 2 values"),
    ],
)
def test_what_cannot_be_ranked_is_refused(
    labels: list[str], values: list[float], errors: list[float], message: str
) -> None:
    with pytest.raises(RankingError, match=message):
        UnitEstimates.independent(labels, np.array(values), standard_errors=np.array(errors))


def test_a_covariance_that_is_not_symmetric_is_refused() -> None:
    with pytest.raises(RankingError, match="not symmetric"):
        UnitEstimates(("a", "b"), np.zeros(2), np.array([[1.0, 0.5], [0.4, 1.0]]))
