"""Estimates from a stream: identities, two-part variances, trap 11, and what stands beside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, SinglePsu
from analysis.nonprobability import (
    AdjustedEstimate,
    Adjustment,
    Assumption,
    ParticipationEquation,
    compare,
    doubly_robust,
    fit_outcome,
    fit_participation,
    inverse_propensity,
    mass_imputation,
    raked,
    read_sources,
)
from analysis.sample import Sample
from analysis.weighting import poststratify
from analysis.weighting.replicate_weights import jackknife
from tests.golden.reference import read_reference_table

POPULATION = 6000
DESIGN = Design(strata="stratum", psu="psu", weight="weight", single_psu=SinglePsu.ADJUST)


def people(size: int, seed: int) -> pd.DataFrame:
    """People whose satisfaction depends on age and sex, on whom the stream depends too."""
    random = np.random.default_rng(seed)
    old, man = random.random(size) < 0.4, random.random(size) < 0.5
    score = 3 + old - 0.4 * man + random.normal(0, 0.8, size)
    return pd.DataFrame(
        {
            "sex": np.where(man, "M", "F"),
            "age": np.where(old, "45+", "18-44"),
            "wait": random.gamma(2, 10, size),
            "score": score,
            "satisfied": (score > 3.2).astype(float),
        }
    )


def a_stream() -> pd.DataFrame:
    everybody = people(POPULATION, 1)
    odds = np.exp(-1.6 - 1.2 * (everybody["age"] == "45+") + 0.5 * (everybody["sex"] == "M"))
    return everybody[np.random.default_rng(2).random(POPULATION) < odds / (1 + odds)]


def a_sample() -> Sample:
    drawn = people(400, 3)
    drawn["psu"] = np.repeat(np.arange(40), 10)
    drawn["stratum"] = drawn["psu"] // 10
    drawn["weight"] = POPULATION / 400
    return Sample(drawn, DESIGN)


STREAM, SAMPLE = a_stream(), a_sample()


def every(
    *, of: str = "satisfied", covariates: str | list[str], sample: Sample = SAMPLE
) -> list[AdjustedEstimate]:
    sources = read_sources(STREAM, sample, of=of, covariates=covariates)
    participation, outcome = fit_participation(sources), fit_outcome(sources)
    return [
        inverse_propensity(sources, participation),
        mass_imputation(sources, outcome),
        doubly_robust(sources, participation, outcome),
        raked(sources),
    ]


@pytest.mark.parametrize("of", ["satisfied", "score"])
def test_with_one_category_all_four_are_the_post_stratified_mean(of: str) -> None:
    sizes = SAMPLE.frame.groupby("age")["weight"].sum()
    expected = (STREAM.groupby("age")[of].mean() * sizes).sum() / sizes.sum()
    estimates = every(of=of, covariates="age")
    assert [each.value for each in estimates] == pytest.approx([expected] * 4, rel=1e-12)
    assert estimates[0].weights == pytest.approx(estimates[3].weights, rel=1e-10)
    # one estimator, so one part of variance that comes from the sample
    assert [each.sample_variance for each in estimates] == pytest.approx([estimates[1].sample_variance] * 4)


def test_the_calibrated_stream_has_the_totals_of_the_sample() -> None:
    sources = read_sources(STREAM, SAMPLE, of="score", covariates=["sex", "age", "wait"])
    participation = fit_participation(sources, equation=ParticipationEquation.CALIBRATED)
    np.testing.assert_allclose(
        participation.weights @ sources.stream_matrix, sources.sampled_totals, rtol=1e-10
    )
    # so a linear model, whose residuals it weighs, adds nothing
    weighted = inverse_propensity(sources, participation)
    robust = doubly_robust(sources, participation, fit_outcome(sources))
    assert robust.value == pytest.approx(weighted.value, rel=1e-10)


def test_pseudo_likelihood_solves_its_equation() -> None:
    sources = read_sources(STREAM, SAMPLE, of="score", covariates="~ sex * age + wait")
    participation = fit_participation(sources)
    expected = (sources.weights * participation.in_sample) @ sources.sample_matrix
    np.testing.assert_allclose(sources.stream_matrix.sum(axis=0), expected, rtol=1e-10)
    assert participation.columns == ("(Intercept)", "sexM", "age45+", "wait", "sexM:age45+")


@pytest.mark.parametrize("place", range(4))
def test_moving_the_scale_moves_the_estimate_and_not_its_error(place: int) -> None:
    """Trap 11: a variance from answers that are not centred grows with the distance of the scale from 0."""
    before = every(of="score", covariates=["sex", "age"])[place]
    moved = STREAM.assign(score=STREAM["score"] + 100)
    sources = read_sources(moved, SAMPLE, of="score", covariates=["sex", "age"])
    participation, outcome = fit_participation(sources), fit_outcome(sources)
    after = (
        inverse_propensity(sources, participation),
        mass_imputation(sources, outcome),
        doubly_robust(sources, participation, outcome),
        raked(sources),
    )[place]
    assert after.value == pytest.approx(before.value + 100, rel=1e-12)
    assert after.standard_error == pytest.approx(before.standard_error, rel=1e-8)


def test_the_weighted_mean_is_divided_by_its_own_weights() -> None:
    """Trap 11: not by the sample's population size, which makes a share of everybody differ from 1."""
    sources = read_sources(STREAM, SAMPLE, of="score", covariates=["sex", "age", "wait"])
    participation = fit_participation(sources)
    assert participation.population_size != pytest.approx(sources.population_size, rel=1e-4)
    constant = replace(sources, answer=np.full(sources.stream_count, 7.0))
    estimate = inverse_propensity(constant, participation)
    assert estimate.value == pytest.approx(7, rel=1e-14)
    assert estimate.standard_error == pytest.approx(0, abs=1e-12)


def test_a_larger_sample_shrinks_only_its_own_part_of_the_variance() -> None:
    tenfold = Sample(SAMPLE.frame.assign(weight=SAMPLE.frame["weight"]), DESIGN)
    frames = [SAMPLE.frame.assign(psu=SAMPLE.frame["psu"] + 40 * copy, weight=1.5) for copy in range(10)]
    repeated = Sample(
        pd.concat(frames, ignore_index=True).assign(stratum=lambda f: f["psu"] % 40 // 10), DESIGN
    )
    for small, large in zip(
        every(covariates=["sex", "age"], sample=tenfold),
        every(covariates=["sex", "age"], sample=repeated),
        strict=True,
    ):
        assert large.value == pytest.approx(small.value, rel=1e-10)
        assert large.stream_variance == pytest.approx(small.stream_variance, rel=1e-9)
        assert large.sample_variance == pytest.approx(small.sample_variance / 10, rel=0.12)


def test_margins_that_are_known_leave_no_variance_of_the_sample() -> None:
    known = poststratify(SAMPLE, by="age", totals={"18-44": 3700, "45+": 2300})
    for each in every(covariates="age", sample=known):
        assert each.sample_variance == pytest.approx(0, abs=1e-20)
        assert each.population_size == pytest.approx(6000)


def test_a_sample_with_replicates_answers_from_them() -> None:
    """The sample's part is the error of a total, for which the stratified jackknife is linearization."""
    for linear, replicated in zip(
        every(covariates=["sex", "age"]),
        every(covariates=["sex", "age"], sample=jackknife(SAMPLE)),
        strict=True,
    ):
        assert replicated.value == pytest.approx(linear.value, rel=1e-12)
        assert replicated.sample_variance == pytest.approx(linear.sample_variance, rel=1e-9)


def test_a_sample_of_clusters_counts_as_such() -> None:
    alone = Sample(SAMPLE.frame, Design(weight="weight"))
    clustered = SAMPLE.frame.sort_values("age").assign(psu=SAMPLE.frame["psu"].to_numpy(), stratum=1)
    in_clusters = Sample(clustered, DESIGN)
    for simple, cluster in zip(
        every(covariates="age", sample=alone), every(covariates="age", sample=in_clusters), strict=True
    ):
        assert cluster.value == pytest.approx(simple.value, rel=1e-10)
        assert cluster.sample_variance > 5 * simple.sample_variance
        assert cluster.degrees_of_freedom < simple.degrees_of_freedom


def test_a_domain_of_the_sample_is_the_population_of_its_stream() -> None:
    women = SAMPLE.where(SAMPLE.frame["sex"] == "F")
    sources = read_sources(STREAM[STREAM["sex"] == "F"], women, of="score", covariates="age")
    estimate = inverse_propensity(sources, fit_participation(sources))
    sizes = women.frame[women.members].groupby("age")["weight"].sum()
    expected = (STREAM[STREAM["sex"] == "F"].groupby("age")["score"].mean() * sizes).sum() / sizes.sum()
    assert estimate.value == pytest.approx(expected, rel=1e-12)
    assert estimate.sampled is not None
    assert estimate.sampled.respondent_count == int(women.members.sum())


@pytest.mark.golden
def test_linear_imputation_agrees_with_r() -> None:
    """R 4.2.2, survey 4.5: lm on the stream, svymean of its predictions, sandwich for the stream's part."""
    stream, drawn = (read_reference_table(name) for name in ("synth_open_kiosk.csv", "synth_open.csv"))
    sample = Sample(drawn, Design(strata="stratum", psu="psu", weight="w", single_psu=SinglePsu.ADJUST))
    sources = read_sources(stream, sample, of="overall", covariates=["sex", "ageg", "region"])
    imputed = mass_imputation(sources, fit_outcome(sources))
    assert imputed.value == pytest.approx(3.95022369901, rel=1e-11)
    assert imputed.standard_error == pytest.approx(0.0437904569845, rel=1e-11)
    assert np.sqrt(imputed.sample_variance) == pytest.approx(0.00326593332938, rel=1e-11)


@pytest.mark.golden
def test_two_stages_and_known_totals_agree_with_r() -> None:
    """R 4.2.2, survey 4.5: Chen, Li & Wu's formulas written out, sample part by svytotal on postStratify."""
    stream, drawn = (read_reference_table(name) for name in ("synth_open_kiosk.csv", "synth_open.csv"))
    design = Design(
        strata="stratum",
        psu=["psu", "id"],
        population=["N1", "N2"],
        weight="w",
        single_psu=SinglePsu.ADJUST,
    )
    sample = poststratify(Sample(drawn, design), by="sex", totals={"F": 5600, "M": 5200})
    sources = read_sources(stream, sample, of="overall", covariates="~ sex * region + age")
    participation, outcome = fit_participation(sources), fit_outcome(sources)
    for estimate, expected in (
        (
            inverse_propensity(sources, participation),
            (3.95857049888, 0.0405223547617, 0.00157239574261, 6.96654928254e-05),
        ),
        (
            doubly_robust(sources, participation, outcome),
            (3.96198342183, 0.0400413084826, 0.00156158678022, 4.17196047739e-05),
        ),
    ):
        found = (estimate.value, estimate.standard_error, estimate.stream_variance, estimate.sample_variance)
        assert found == pytest.approx(expected, rel=1e-10)
    imputed = mass_imputation(sources, outcome)
    assert imputed.value == pytest.approx(3.96601294228, rel=1e-11)
    assert np.sqrt(imputed.sample_variance) == pytest.approx(0.00468679771369, rel=1e-11)


def test_every_result_has_its_assumptions_and_the_two_sources_beside() -> None:
    own = {
        Adjustment.INVERSE_PROPENSITY: Assumption.PROPENSITY_MODEL,
        Adjustment.MASS_IMPUTATION: Assumption.OUTCOME_MODEL,
        Adjustment.DOUBLY_ROBUST: Assumption.EITHER_MODEL,
        Adjustment.RAKING: Assumption.MARGINS_SUFFICE,
    }
    for each in every(covariates=["sex", "age"]):
        assert own[each.adjustment] in each.assumptions
        assert Assumption.SELECTION_AT_RANDOM in each.assumptions
        assert all(assumption.sentence in str(each) for assumption in each.assumptions)
        assert each.covariates == ("sex", "age")
        assert each.naive.value == STREAM["satisfied"].mean()
        assert each.sampled is not None
        assert each.sampled.value == pytest.approx(SAMPLE.frame["satisfied"].mean())
        frame = each.to_frame()
        assert frame["source"].tolist() == ["stream", "sample", str(each.adjustment)]
        assert frame["estimate"].tolist() == [each.naive.value, each.sampled.value, each.value]


def test_overlap_tells_the_weight_of_one_person_and_the_range_of_the_stream() -> None:
    short = STREAM[STREAM["wait"] < 20]
    sources = read_sources(short, SAMPLE, of="score", covariates=["age", "wait"])
    estimate = inverse_propensity(sources, fit_participation(sources))
    weights = estimate.weights
    assert weights is not None
    assert estimate.overlap.largest_weight_share == weights.max() / weights.sum()
    assert estimate.overlap.effective_sample_size == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    outside = ~SAMPLE.frame["wait"].between(short["wait"].min(), short["wait"].max())
    assert estimate.overlap.outside_range == {"wait": pytest.approx(outside.mean())}
    assert outside.mean() > 0.3


def test_limits_of_shares_stay_between_0_and_1_and_means_are_symmetrical() -> None:
    for each in every(covariates=["sex", "age"]):
        assert each.lower is not None
        assert each.upper is not None
        assert 0 < each.lower < each.value < each.upper < 1
    score = every(of="score", covariates=["sex", "age"])[0]
    assert score.lower is not None
    assert score.upper is not None
    assert score.value - score.lower == pytest.approx(score.upper - score.value)


def test_a_comparison_keeps_what_can_be_made_and_says_why_the_rest_cannot() -> None:
    comparison = compare(STREAM, SAMPLE, of="satisfied", covariates=["age", "wait"])
    assert list(comparison.adjusted) == [
        Adjustment.INVERSE_PROPENSITY,
        Adjustment.MASS_IMPUTATION,
        Adjustment.DOUBLY_ROBUST,
    ]
    assert list(comparison.not_available) == ["raking"]
    assert "wait: is numbers; cut it into categories" in comparison.not_available["raking"]
    assert comparison.to_frame()["source"].tolist() == ["stream", "sample", *map(str, comparison.adjusted)]
    assert "raking: not available." in str(comparison)


def test_a_comparison_prints_common_assumptions_once() -> None:
    lines = str(compare(STREAM, SAMPLE, of="satisfied", covariates=["sex", "age"])).splitlines()
    assert lines[0].startswith("stream alone: share of satisfied = 1: ")
    assert lines[1].startswith("sample: share of satisfied = 1: ")
    assert [line.split(":")[0] for line in lines[2:6]] == [
        f"satisfied by {adjustment} on sex, age" for adjustment in Adjustment
    ]
    start = lines.index("all adjustments assume:")
    sentences = [line.removeprefix("- ") for line in lines[start:] if line.startswith("- ")]
    assert sorted(sentences) == sorted(assumption.sentence for assumption in Assumption)


def test_a_sample_that_did_not_ask_leaves_the_adjustments_standing() -> None:
    silent = Sample(SAMPLE.frame.drop(columns="satisfied"), DESIGN)
    comparison = compare(STREAM, silent, of="satisfied", covariates=["sex", "age"])
    assert len(comparison.adjusted) == 4
    assert comparison.sampled is None
    assert comparison.selection_bias is None
    assert "sample: did not ask" in str(comparison)


def test_a_category_that_all_answer_alike_has_no_outcome_model_but_the_others() -> None:
    unanimous = STREAM.assign(satisfied=np.where(STREAM["age"] == "45+", 1.0, STREAM["satisfied"]))
    comparison = compare(unanimous, SAMPLE, of="satisfied", covariates=["sex", "age"])
    assert list(comparison.adjusted) == [Adjustment.INVERSE_PROPENSITY, Adjustment.RAKING]
    assert "age45+" in comparison.not_available["mass_imputation"]


def test_rows_in_another_order_give_the_same_estimates() -> None:
    order = np.random.default_rng(5).permutation(len(SAMPLE))
    turned = Sample(SAMPLE.frame.iloc[order], DESIGN)
    for before, after in zip(
        every(covariates=["sex", "age"]), every(covariates=["sex", "age"], sample=turned), strict=True
    ):
        assert after.value == pytest.approx(before.value, rel=1e-12)
        assert after.standard_error == pytest.approx(before.standard_error, rel=1e-10)
