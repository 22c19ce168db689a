"""Laws of weighting that hold for every sample."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.design import Design, SinglePsu
from analysis.estimation.variance import covariance_of_totals
from analysis.sample import Sample
from analysis.weighting import (
    Distance,
    HyperbolicSine,
    Linear,
    Logit,
    RakingRatio,
    calibrate,
    poststratify,
    rake,
    trim,
)

DESIGN = Design(strata="district", psu="ward", weight="weight", single_psu=SinglePsu.ADJUST)
LABELS = {"sex": ("F", "M"), "age": ("old", "young"), "mode": ("desk", "phone", "web")}
Totals = dict[str, dict[object, float]]


@st.composite
def surveys(draw: st.DrawFn) -> tuple[pd.DataFrame, Totals]:
    """15 to 40 people with every crossing of sex, age and mode among them, and totals that can be met."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.integers(15, 40))
    crossed = pd.DataFrame(list(product(*LABELS.values())), columns=list(LABELS))
    others = {name: random.choice(labels, size - len(crossed)) for name, labels in LABELS.items()}
    frame = pd.concat([crossed, pd.DataFrame(others)], ignore_index=True)
    frame["district"] = random.integers(1, 3, size)
    frame["ward"] = frame["district"] * 10 + random.integers(1, 5, size)
    frame["weight"] = random.uniform(0.5, 5, size)
    frame["y"] = random.normal(scale=10, size=size)
    moved = frame["weight"] * random.uniform(0.7, 1.4, size)  # a population near the sample
    return frame, {name: dict(moved.groupby(frame[name]).sum()) for name in LABELS}


def errors_of(sample: Sample) -> np.ndarray:
    influence = sample.weights[:, None] * np.column_stack([sample.frame["y"], sample.frame["sex"] == "F"])
    return np.sqrt(np.diag(covariance_of_totals(sample, influence)))


def assert_same(one: Sample, other: Sample, *, relative: float = 1e-9) -> None:
    size = np.abs(one.weights).max()
    assert one.weights == pytest.approx(other.weights, rel=relative, abs=relative * size)
    spread = np.sqrt(one.weights**2 @ one.frame["y"].to_numpy() ** 2) + size
    assert errors_of(one) == pytest.approx(errors_of(other), rel=1e-7, abs=1e-8 * spread)


def sums(sample: Sample, name: str) -> dict[object, float]:
    return dict(pd.Series(sample.weights).groupby(sample.frame[name]).sum())


METHODS: dict[str, Callable[[Sample, Totals], Sample]] = {
    "rake": lambda sample, totals: rake(sample, margins=totals),
    "linear": lambda sample, totals: calibrate(sample, margins=totals),
    "raking ratio": lambda sample, totals: calibrate(sample, margins=totals, distance=RakingRatio()),
    "hyperbolic sine": lambda sample, totals: calibrate(sample, margins=totals, distance=HyperbolicSine()),
}
by_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@by_method
@given(survey=surveys())
@settings(deadline=None, max_examples=12)
def test_margins_equal_the_totals(
    method: Callable[[Sample, Totals], Sample], survey: tuple[pd.DataFrame, Totals]
) -> None:
    frame, totals = survey
    calibrated = method(Sample(frame, DESIGN), totals)
    for name, asked in totals.items():
        assert sums(calibrated, name) == pytest.approx(asked, rel=1e-9)


@by_method
@given(survey=surveys(), order=st.permutations(list(LABELS)))
@settings(deadline=None, max_examples=12)
def test_order_of_the_margins_does_not_matter(
    method: Callable[[Sample, Totals], Sample], survey: tuple[pd.DataFrame, Totals], order: list[str]
) -> None:
    frame, totals = survey
    sample = Sample(frame, DESIGN)
    assert_same(method(sample, totals), method(sample, {name: totals[name] for name in order}))


@by_method
@given(survey=surveys(), scale=st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=12)
def test_scale_of_the_weights_before_does_not_matter(
    method: Callable[[Sample, Totals], Sample], survey: tuple[pd.DataFrame, Totals], scale: float
) -> None:
    frame, totals = survey
    if method is METHODS["hyperbolic sine"]:
        scale = 1.0  # the only one here whose g depends on how far the totals are
    scaled = frame.assign(weight=frame["weight"] * scale)
    assert_same(method(Sample(frame, DESIGN), totals), method(Sample(scaled, DESIGN), totals))


@by_method
@given(survey=surveys(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=12)
def test_order_of_the_rows_does_not_matter(
    method: Callable[[Sample, Totals], Sample], survey: tuple[pd.DataFrame, Totals], seed: int
) -> None:
    frame, totals = survey
    shuffled = frame.sample(frac=1, random_state=seed)
    one, other = (method(Sample(rows, DESIGN), totals) for rows in (frame, shuffled))
    assert one.weights[shuffled.index] == pytest.approx(other.weights, rel=1e-9, abs=1e-9)
    assert errors_of(one) == pytest.approx(errors_of(other), rel=1e-7, abs=1e-6)


@given(survey=surveys())
@settings(deadline=None, max_examples=25)
def test_one_margin_is_post_stratification_whatever_the_method(survey: tuple[pd.DataFrame, Totals]) -> None:
    frame, totals = survey
    sample = Sample(frame, DESIGN)
    known = poststratify(sample, by="mode", totals=totals["mode"])
    for method in METHODS.values():
        assert_same(known, method(sample, {"mode": totals["mode"]}))


@given(survey=surveys())
@settings(deadline=None, max_examples=25)
def test_full_crossing_is_post_stratification(survey: tuple[pd.DataFrame, Totals]) -> None:
    frame, totals = survey
    sample = Sample(frame, DESIGN)
    people = sum(totals["sex"].values())
    crossed: dict[object, float] = {
        (sex, age): totals["sex"][sex] * totals["age"][age] / people
        for sex in LABELS["sex"]
        for age in LABELS["age"]
    }
    known = poststratify(sample, by=["sex", "age"], totals=crossed)
    assert_same(known, calibrate(sample, margins={("sex", "age"): crossed}))
    assert_same(known, rake(sample, margins={("sex", "age"): crossed}))


@given(survey=surveys())
@settings(deadline=None, max_examples=25)
def test_raking_is_calibration_by_the_raking_ratio(survey: tuple[pd.DataFrame, Totals]) -> None:
    frame, totals = survey
    sample = Sample(frame, DESIGN)
    assert_same(METHODS["rake"](sample, totals), METHODS["raking ratio"](sample, totals))


@pytest.mark.parametrize("distance", [Logit(0.3, 3), Linear(0.3, 3), RakingRatio(0.3, 3)], ids=str)
@given(survey=surveys())
@settings(deadline=None, max_examples=12)
def test_bounds_hold(distance: Distance, survey: tuple[pd.DataFrame, Totals]) -> None:
    frame, totals = survey
    near = Sample(frame, DESIGN)
    calibrated = calibrate(near, margins=totals, distance=distance)
    factor = calibrated.weights / near.weights
    assert factor.min() >= 0.3 * (1 - 1e-12)
    assert factor.max() <= 3 * (1 + 1e-12)
    assert sums(calibrated, "mode") == pytest.approx(totals["mode"], rel=1e-9)


@given(survey=surveys())
@settings(deadline=None, max_examples=25)
def test_calibrating_again_to_the_same_totals_changes_no_weight(survey: tuple[pd.DataFrame, Totals]) -> None:
    frame, totals = survey
    once = rake(Sample(frame, DESIGN), margins=totals)
    for again in (rake(once, margins=totals), calibrate(once, margins=totals)):
        assert again.weights == pytest.approx(once.weights, rel=1e-9)


@given(survey=surveys(), upper=st.floats(1.05, 4))
@settings(deadline=None, max_examples=25)
def test_trimming_keeps_the_sum(survey: tuple[pd.DataFrame, Totals], upper: float) -> None:
    frame, _ = survey
    sample = Sample(frame, DESIGN)
    limit = upper * sample.weights.mean()
    assume(limit < sample.weights.max())
    trimmed = trim(sample, upper=limit).weights
    assert trimmed.sum() == pytest.approx(sample.weights.sum(), rel=1e-12)
    assert trimmed.max() <= limit * (1 + 1e-9)
    assert (trimmed > 0).all()
