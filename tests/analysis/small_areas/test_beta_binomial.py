"""Beta-binomial shares agree with an independent maximization and stand beside the direct shares."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import SmallAreaError
from analysis.small_areas import BetaBinomial, DirectEstimates, beta_binomial

SHARE = np.array([0.72, 0.50, 0.69, 0.52, 0.82, 0.66, 0.59, 0.47, 0.46, 0.65, 0.67, 0.85])
COUNT = np.array([18, 20, 23, 27, 33, 24, 32, 40, 15, 38, 18, 27])


def fit(share: np.ndarray = SHARE, count: np.ndarray = COUNT, effect: float = 1.2) -> BetaBinomial:
    areas = [f"a{place}" for place in range(len(share))]
    direct = DirectEstimates(areas=areas, value=share, variance=np.ones(len(share)), respondent_count=count)
    return beta_binomial(direct, design_effect=effect)


@pytest.mark.golden
def test_the_fit_agrees_with_r() -> None:
    """R 4.2.2: nlm on -sum(lbeta(a + n p, b + n (1 - p)) - lbeta(a, b)), n = COUNT / 1.2; qbeta."""
    model = fit()
    assert (model.a, model.b) == pytest.approx((24.0456687102, 13.7755782336), rel=1e-4)
    assert model.log_likelihood == pytest.approx(-171.444716423, rel=1e-11)
    expected = [
        0.659690384577,
        0.594241913446,
        0.654010058431,
        0.592588358519,
        0.713330974075,
        0.644151945502,
    ]
    assert [area.value for area in model.areas[:6]] == pytest.approx(expected, rel=1e-5)
    lower = [0.527995989858, 0.462311983, 0.527001152245, 0.46716812828, 0.598802552536, 0.517604324799]
    assert [area.lower for area in model.areas[:6]] == pytest.approx(lower, rel=1e-5)


def test_estimate_lies_between_the_direct_one_and_the_mean_as_the_weight_says() -> None:
    model = fit()
    for area in model.areas:
        assert area.direct is not None
        blend = area.shrinkage * area.direct + (1 - area.shrinkage) * model.mean
        assert area.value == pytest.approx(blend)
        assert area.lower < area.value < area.upper
    assert model.areas_differ


def test_an_area_without_respondents_gets_the_mean_of_the_others() -> None:
    model = fit(np.append(SHARE, np.nan), np.append(COUNT, 0))
    empty = model.get("a12")
    assert (empty.direct, empty.shrinkage, empty.effective_sample_size) == (None, 0, 0)
    assert empty.value == pytest.approx(model.mean)
    assert [area.value for area in model.areas[:12]] == [area.value for area in fit().areas]


def test_unanimous_areas_are_drawn_inside() -> None:
    model = fit(np.array([1.0, 0.0, 0.6, 0.7, 0.4]), np.array([8, 6, 30, 30, 30]))
    assert 0 < model.get("a1").value < model.get("a0").value < 1


def test_areas_that_do_not_differ_all_get_the_mean() -> None:
    model = fit(np.array([0.60, 0.61, 0.59, 0.60]), np.array([40, 40, 40, 40]))
    assert not model.areas_differ
    assert [area.value for area in model.areas] == pytest.approx([0.6] * 4, rel=1e-3)
    assert "no more than their sampling errors" in str(model)


def test_what_has_no_answer_is_refused_with_every_reason() -> None:
    with pytest.raises(SmallAreaError) as refusal:
        fit(np.array([1.5, 0.5]), np.array([10, 0]), effect=-1)
    assert [problem.code for problem in refusal.value.problems] == [
        "not_a_share",
        "no_respondents",
        "too_few_areas",
        "not_a_design_effect",
    ]
    with pytest.raises(SmallAreaError, match="all areas: have the same share of 0 or 1"):
        fit(np.ones(4), np.full(4, 10))


def test_results_print_and_become_a_frame() -> None:
    model = fit()
    assert str(model).splitlines()[0] == "Beta-binomial model: mean 0.635771, prior worth 37.82 answers"
    assert str(model).splitlines()[1].startswith("a0: 0.65969")
    frame = model.to_frame()
    assert frame["estimate"].tolist() == [area.value for area in model.areas]
    assert frame["direct"].tolist() == SHARE.tolist()
