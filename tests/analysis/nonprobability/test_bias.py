"""Gauges of selection bias: exact in a census, with their error in a sample, bounded without any answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, SinglePsu
from analysis.errors import NonprobabilityError
from analysis.nonprobability import (
    Sources,
    combine_by_mean_squared_error,
    fit_outcome,
    mass_imputation,
    read_sources,
    selection_bias,
    unadjusted_bias,
)
from analysis.sample import Sample
from tests.golden.reference import read_reference_table


def census(*, share: bool = False, slope: float = 0.8, noise: float = 1.0) -> tuple[Sources, np.ndarray]:
    """A whole population as the sample, and who of it is in the stream."""
    random = np.random.default_rng(7)
    wait = random.normal(0, 1, 5000)
    score = slope * wait + noise * random.normal(0, 1, 5000)
    frame = pd.DataFrame(
        {"wait": wait, "score": (score > 0).astype(float) if share else score, "weight": 1.0}
    )
    inside = random.random(5000) < 1 / (1 + np.exp(2 + wait + 0.5 * score))
    sample = Sample(frame, Design(weight="weight"))
    return read_sources(frame[inside], sample, of="score", covariates="wait"), inside


def synthetic(of: str) -> Sources:
    stream, drawn = (read_reference_table(name) for name in ("synth_open_kiosk.csv", "synth_open.csv"))
    sample = Sample(drawn, Design(strata="stratum", psu="psu", weight="w", single_psu=SinglePsu.ADJUST))
    return read_sources(stream, sample, of=of, covariates=["sex", "ageg", "region"])


@pytest.mark.parametrize("share", [False, True])
def test_in_a_census_the_defect_correlation_is_that_of_answer_and_being_there(share: bool) -> None:
    sources, inside = census(share=share)
    bias = selection_bias(sources)
    everybody = sources.sample.frame["score"]
    assert bias.difference == pytest.approx(everybody[inside].mean() - everybody.mean())
    assert bias.defect_correlation == pytest.approx(np.corrcoef(inside, everybody)[0, 1], rel=1e-10)
    fraction = inside.mean()
    worth = fraction / (1 - fraction) / bias.defect_correlation**2
    assert bias.effective_sample_size == pytest.approx(worth, rel=1e-10)
    assert bias.is_detected


@pytest.mark.golden
def test_the_difference_agrees_with_r() -> None:
    """R 4.2.2, survey 4.5: mean of the stream less svymean, variances added; defect by Meng's identity."""
    bias = selection_bias(synthetic("sat"))
    assert bias.difference == pytest.approx(0.0544087141586, rel=1e-11)
    assert bias.standard_error == pytest.approx(0.0310205271066, rel=1e-11)
    assert bias.defect_correlation == pytest.approx(0.0475445121334, rel=1e-11)
    assert not bias.is_detected
    assert "1,500 people of the stream are worth 75 drawn at random" in str(bias)


def test_standardized_difference_and_interval_carry_over_to_the_defect() -> None:
    bias = selection_bias(synthetic("overall"))
    assert bias.standardized == pytest.approx(bias.difference / bias.standard_deviation)
    assert bias.lower is not None
    assert bias.defect_lower is not None
    assert bias.defect_lower / bias.lower == pytest.approx(bias.defect_correlation / bias.difference)
    assert bias.lower < bias.difference < bias.upper  # type: ignore[operator]  # both limits are there


def test_a_sample_that_did_not_ask_gives_no_difference() -> None:
    sources, _ = census()
    silent = Sample(sources.sample.frame.drop(columns="score"), Design(weight="weight"))
    unasked = read_sources(sources.stream, silent, of="score", covariates="wait")
    with pytest.raises(NonprobabilityError, match="column score: the sample did not ask this"):
        selection_bias(unasked)
    assert unadjusted_bias(unasked).bias == unadjusted_bias(sources).bias


@pytest.mark.golden
@pytest.mark.parametrize(
    ("of", "correlation", "expected"),
    [
        ("overall", 0.0642329789725, (-0.0335570323428, -0.522426841781, -8.13331173703)),
        ("sat", 0.0912956680987, (-0.00677262744905, -0.0287488141464, 0.0455295269773)),
    ],
)
def test_bounds_agree_with_r(of: str, correlation: float, expected: tuple[float, ...]) -> None:
    """R 4.2.2: lm or glm(probit) in the stream; formulas of Little et al. 2020, Andridge et al. 2019."""
    bounds = unadjusted_bias(synthetic(of))
    assert bounds.proxy_correlation == pytest.approx(correlation, rel=1e-6)
    assert list(bounds.bias) == [0, 0.5, 1]
    assert list(bounds.bias.values()) == pytest.approx(expected, rel=1e-6)


def test_a_perfect_proxy_shows_the_bias_whatever_the_selection() -> None:
    sources, inside = census(noise=0.0)
    bounds = unadjusted_bias(sources)
    everybody = sources.sample.frame["score"]
    true = everybody[inside].mean() - everybody.mean()
    assert list(bounds.bias.values()) == pytest.approx([true] * 3)


def test_a_strong_proxy_bounds_a_bias_that_goes_by_the_answer_too() -> None:
    for share in (False, True):
        sources, inside = census(share=share)
        bounds = unadjusted_bias(sources)
        everybody = sources.sample.frame["score"]
        true = everybody[inside].mean() - everybody.mean()
        low, _, high = sorted(value for value in bounds.bias.values() if value is not None)
        assert low < true < high
        assert 0.5 < bounds.proxy_correlation < 0.9


def test_covariates_that_tell_nothing_are_refused() -> None:
    sources, _ = census(slope=0.0)
    frame = sources.stream.assign(even=np.where(np.arange(len(sources.stream)) % 2, "a", "b"))
    frame["score"] = np.tile([0.0, 0.0, 1.0, 1.0], len(frame))[: len(frame)]
    frame = frame.iloc[: len(frame) // 4 * 4]
    drawn = sources.sample.frame.assign(even=np.where(np.arange(5000) % 2, "a", "b"))
    unrelated = read_sources(frame, Sample(drawn, Design(weight="weight")), of="score", covariates="even")
    with pytest.raises(NonprobabilityError, match="tell nothing of the answer"):
        unadjusted_bias(unrelated)


def test_combining_weighs_the_stream_by_its_squared_error_not_its_variance() -> None:
    sources = synthetic("sat")
    adjusted = mass_imputation(sources, fit_outcome(sources))
    combined = combine_by_mean_squared_error(adjusted)
    assert adjusted.sampled is not None
    own, bias = adjusted.sampled.standard_error**2, adjusted.value - adjusted.sampled.value  # type: ignore[operator]
    weight = own / (own + adjusted.standard_error**2 + bias**2)
    assert combined.stream_weight == pytest.approx(weight)
    assert combined.stream_weight < own / (own + adjusted.standard_error**2)
    assert combined.value == pytest.approx(adjusted.sampled.value + weight * bias)
    assert combined.root_mean_squared_error < combined.sample_standard_error
    assert "combined by inverse mean squared error" in str(combined)


def test_nothing_is_combined_with_a_sample_that_did_not_ask() -> None:
    sources, _ = census()
    silent = Sample(sources.sample.frame.drop(columns="score"), Design(weight="weight"))
    unasked = read_sources(sources.stream, silent, of="score", covariates="wait")
    with pytest.raises(NonprobabilityError, match="nothing to combine the stream with"):
        combine_by_mean_squared_error(mass_imputation(unasked, fit_outcome(unasked)))


def test_a_sample_without_degrees_of_freedom_gives_no_interval() -> None:
    """One PSU a stratum, left out of the variance: that error is not known, which is not none."""
    sources = synthetic("sat")
    frame = sources.sample.frame.assign(alone=sources.sample.frame["psu"])
    sample = Sample(frame, Design(strata="alone", psu="psu", weight="w", single_psu=SinglePsu.REMOVE))
    silent = read_sources(sources.stream, sample, of="sat", covariates=["sex", "ageg", "region"])
    bias = selection_bias(silent)
    assert (bias.lower, bias.upper, bias.is_detected) == (None, None, False)
    adjusted = mass_imputation(silent, fit_outcome(silent))
    assert (adjusted.lower, adjusted.upper) == (None, None)


def test_what_has_no_meaning_is_not_available() -> None:
    """A stream as large as the population has no defect; answers all alike have no standard deviation."""
    sources, _ = census()
    same = read_sources(sources.sample.frame, sources.sample, of="score", covariates="wait")
    bias = selection_bias(same)
    assert (bias.defect_correlation, bias.defect_lower) == (None, None)
    alike = Sample(sources.sample.frame.assign(score=1.0), sources.sample.design)
    bias = selection_bias(read_sources(sources.stream, alike, of="score", covariates="wait"))
    assert (bias.standardized, bias.defect_correlation) == (None, None)
    assert "nan" not in str(bias)


def test_a_sample_that_agrees_throughout_is_not_taken_for_certain() -> None:
    """Its share of 1 has a standard error of 0, beside which any stream would weigh nothing."""
    sources, _ = census(share=True)
    drawn = sources.sample.frame.iloc[:40].assign(score=1.0, weight=125.0)
    agreed = read_sources(
        sources.stream, Sample(drawn, Design(weight="weight")), of="score", covariates="wait"
    )
    bias = selection_bias(agreed)
    assert (bias.lower, bias.upper) == (None, None)
    with pytest.raises(NonprobabilityError, match="shows no error of its own"):
        combine_by_mean_squared_error(mass_imputation(agreed, fit_outcome(agreed)))
