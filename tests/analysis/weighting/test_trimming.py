"""Trimmed weights are within limits with the same sum; margins come back by calibrating again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import EstimationError, WeightingError
from analysis.sample import Sample
from analysis.weighting import Redistribution, TrimmingPasses, rake, trim, trim_and_calibrate

WEIGHTS = [1.0, 2, 3, 4, 40]


def sample(weights: list[float] | None = None) -> Sample:
    return Sample(pd.DataFrame({"w": weights or WEIGHTS}), Design(weight="w"))


def many() -> tuple[Sample, dict[str, dict[str, float]]]:
    random = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "sex": random.choice(["F", "M"], 400),
            "age": random.choice(["a", "b", "c"], 400),
            "w": random.lognormal(sigma=0.6, size=400),
        }
    )
    margins = {"sex": {"F": 260.0, "M": 240.0}, "age": {"a": 150.0, "b": 250.0, "c": 100.0}}
    return Sample(frame, Design(weight="w")), margins


def test_equal_amounts_go_to_those_not_trimmed() -> None:
    """Trap 14: what R's trimWeights does, which changes small weights most."""
    trimmed = trim(sample(), upper=20, redistribution=Redistribution.EQUAL, passes=TrimmingPasses.ONE)
    assert list(trimmed.weights) == [6, 7, 8, 9, 20]


def test_one_factor_goes_to_those_not_trimmed() -> None:
    assert trim(sample(), upper=20).weights == pytest.approx([3, 6, 9, 12, 20])


def test_those_pushed_over_a_limit_are_trimmed_again_and_take_over_no_more() -> None:
    trimmed = trim(sample([1.0, 1, 1, 8.9, 40]), upper=12, redistribution=Redistribution.EQUAL)
    assert list(trimmed.weights) == pytest.approx([9.3, 9.3, 9.3, 12, 12])  # 35.9 pushes the fourth over


def test_one_pass_leaves_them_over_the_limit() -> None:
    trimmed = trim(
        sample([1.0, 1, 1, 8.9, 40]), upper=12, redistribution=Redistribution.EQUAL, passes=TrimmingPasses.ONE
    )
    assert list(trimmed.weights) == pytest.approx([8, 8, 8, 15.9, 12])


def test_lower_limit_takes_from_the_others() -> None:
    assert trim(sample([1.0, 9, 10]), lower=2, redistribution=Redistribution.EQUAL).weights == pytest.approx(
        [2, 8.5, 9.5]
    )


def test_row_of_weight_zero_takes_over_nothing() -> None:
    assert trim(sample([0.0, 2, 3, 4, 40]), lower=1, upper=20).weights[0] == 0


def test_rounding_is_no_reason_to_trim() -> None:
    near = [1.0, 2.0, 3 * (1 + 1e-14)]
    assert list(trim(sample(near), upper=3).weights) == near


def test_rows_at_the_other_limit_take_over_when_nobody_else_can() -> None:
    trimmed = trim(sample([1.0, 2, 6]), lower=1.5, upper=3.5)  # the second alone would rise above 3.5
    assert trimmed.weights == pytest.approx([2, 3.5, 3.5])


def test_limits_that_cannot_hold_the_sum_are_refused_with_the_mean() -> None:
    with pytest.raises(WeightingError, match="between 0 and 9 cannot hold the sum: the mean weight is 10"):
        trim(sample(), upper=9)


def test_choices_may_be_words_and_no_other_words() -> None:
    assert list(trim(sample(), upper=20, redistribution="equal").weights) == [6, 7, 8, 9, 20]  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="Choose one of proportional, equal"):
        trim(sample(), upper=20, redistribution="even")  # type: ignore[arg-type]


def test_limits_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(WeightingError, match="3 is not below 2"):
        trim(sample(), lower=3, upper=2)


def test_trimming_alone_loses_the_margins_and_calibrating_again_keeps_them() -> None:
    """Trap 14: trimmed weights no longer meet the totals."""
    drawn, margins = many()
    raked = rake(drawn, margins=margins)

    def sex_of(weighted: Sample) -> dict[str, float]:
        return pd.Series(weighted.weights).groupby(weighted.frame["sex"]).sum().to_dict()

    assert abs(sex_of(trim(raked, upper=3))["F"] - 260) > 1
    kept = trim_and_calibrate(drawn, lambda before: rake(before, margins=margins), lower=0.3, upper=3)
    assert sex_of(kept) == pytest.approx(margins["sex"], rel=1e-12)
    assert kept.weights.max() <= 3 * (1 + 1e-6)
    assert kept.weights.min() >= 0.3 * (1 - 1e-6)
    assert len(kept.calibrations) == 1


def test_margins_and_limits_that_exclude_each_other_are_told_after_the_last_cycle() -> None:
    drawn, _ = many()
    margins = {"sex": {"F": 499, "M": 1}}
    with pytest.raises(WeightingError, match=r"between 0\.9 and 3: the weights still go from 0\.00"):
        trim_and_calibrate(drawn, lambda before: rake(before, margins=margins), lower=0.9, upper=3)
