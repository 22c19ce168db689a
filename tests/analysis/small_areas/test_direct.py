"""Direct estimates for small-area models: taken from estimates, with smooth variances."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import EstimationError, SmallAreaError
from analysis.estimation import mean, share
from analysis.sample import Sample
from analysis.small_areas import DirectEstimates, direct_estimates, fay_herriot, smooth_variances


@pytest.fixture
def sample() -> Sample:
    """Six wards of 12 people; everybody in ward 3 is satisfied, nobody in ward 6 answered."""
    random = np.random.default_rng(20261124)
    ward = np.repeat(np.arange(1, 7), 12)
    answer = (random.random(72) < 0.4 + 0.08 * ward).astype(float)
    answer[ward == 3] = 1
    answer[ward == 6] = np.nan
    frame = pd.DataFrame({"ward": ward, "satisfied": answer, "other": answer, "weight": 5.0, "people": 60})
    return Sample(frame, Design(strata="ward", population="people", weight="weight"))


def test_direct_estimates_of_a_share_keep_what_was_estimated(sample: Sample) -> None:
    shares = share(sample, of="satisfied", categories=[1], by="ward")
    direct = direct_estimates(shares)
    assert direct.areas == (1, 2, 3, 4, 5, 6)
    assert direct.value[:5].tolist() == [shares.get("satisfied", ward=ward).value for ward in range(1, 6)]
    assert direct.counts().tolist() == [12, 12, 12, 12, 12, 0]
    assert np.isnan(direct.value[5])
    assert direct.variance[2] == 0


def test_direct_estimates_print_and_have_a_frame() -> None:
    direct = DirectEstimates(
        areas=["a", "b", "c"],
        value=[0.5, 1, np.nan],
        variance=[0.01, np.nan, np.nan],
        respondent_count=[9, 5, 0],
    )
    assert str(direct).splitlines() == ["a: 0.5, SE 0.1", "b: 1, no standard error", "c: no respondents"]
    frame = direct.to_frame()
    assert list(frame.columns) == ["area", "estimate", "standard_error", "respondents", "design_effect"]
    assert frame["respondents"].tolist() == [9, 5, 0]
    assert frame["standard_error"].isna().tolist() == [False, True, True]


def test_an_item_must_be_chosen_where_there_are_several(sample: Sample) -> None:
    several = mean(sample, of=["satisfied", "other"], by="ward")
    assert direct_estimates(several, item="other").value[2] == 1
    with pytest.raises(EstimationError, match="Name one item"):
        direct_estimates(several)
    with pytest.raises(EstimationError, match="estimate by area"):
        direct_estimates(mean(sample, of="satisfied"))
    with pytest.raises(EstimationError, match="categories that count together"):
        direct_estimates(share(sample, of="satisfied", by="ward"))


def test_smooth_variances_are_positive_where_everybody_agrees(sample: Sample) -> None:
    direct = direct_estimates(share(sample, of="satisfied", categories=[1], by="ward"))
    with pytest.raises(SmallAreaError, match="areas 3: have no sampling variance"):
        fay_herriot(direct)
    smooth = smooth_variances(direct, design_effect=1.5)
    overall = direct.value[:5].mean()
    np.testing.assert_allclose(smooth.variance[:5], 1.5 * overall * (1 - overall) / 12)
    assert np.isnan(smooth.variance[5])
    assert fay_herriot(smooth).get(3).value < 1


def test_the_design_effect_is_averaged_over_areas_by_respondents() -> None:
    direct = DirectEstimates(
        areas=["a", "b", "c"],
        value=[0.5, 0.5, 1.0],
        variance=[0.01, 0.02, 0.0],
        respondent_count=[30, 10, 20],
        design_effect=[1.0, 2.0, np.nan],
    )
    assert direct.mean_design_effect() == (30 * 1 + 10 * 2) / 40
    smooth = smooth_variances(direct)
    overall = (0.5 * 40 + 1 * 20) / 60
    np.testing.assert_allclose(smooth.variance, 1.25 * overall * (1 - overall) / np.array([30, 10, 20]))


def test_what_cannot_be_smoothed_is_refused_with_every_reason() -> None:
    wrong = DirectEstimates(areas=["a", "b"], value=[1.2, 0.5], variance=[1, 1], respondent_count=[5, 0])
    with pytest.raises(SmallAreaError) as refusal:
        smooth_variances(wrong, design_effect=0)
    assert [problem.code for problem in refusal.value.problems] == [
        "not_a_share",
        "no_respondents",
        "not_a_design_effect",
    ]
    everybody = DirectEstimates(areas=["a", "b"], value=[1, 1], variance=[0, 0], respondent_count=[5, 9])
    with pytest.raises(SmallAreaError, match="have the share 1, which has no variance"):
        smooth_variances(everybody, design_effect=1)
    with pytest.raises(SmallAreaError, match="is not known for any area"):
        smooth_variances(everybody)
    with pytest.raises(SmallAreaError, match="number of respondents"):
        smooth_variances(DirectEstimates(areas=["a"], value=[0.5], variance=[1]))


def test_lengths_names_and_counts_must_fit() -> None:
    with pytest.raises(SmallAreaError) as refusal:
        DirectEstimates(areas=["a", "a"], value=[0.5], variance=[1, 1], respondent_count=[-1, 2])
    assert [problem.code for problem in refusal.value.problems] == [
        "lengths_differ",
        "area_twice",
        "count_below_zero",
    ]
