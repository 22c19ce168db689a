"""Jackknife and half samples: the reference's weights, and linearization where theory says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design, SinglePsu
from analysis.errors import WeightingError
from analysis.estimation import mean, total
from analysis.replicate_design import ReplicateCentre, ReplicateDesign, ReplicateMethod
from analysis.sample import Sample
from analysis.weighting import poststratify
from analysis.weighting.replicate_weights import (
    FinitePopulation,
    balanced_repeated_replication,
    jackknife,
)
from tests.golden.reference import read_reference_table

SCHOOLS = {"apistrat": Design(strata="stype", weight="pw", population="fpc")}
TWO_STAGES = Design(psu=["dnum", "snum"], population=["fpc1", "fpc2"])


def replicate_weights(sample: Sample) -> np.ndarray:
    assert sample.replicates is not None
    return np.column_stack(list(sample.replicates.weights()))


def codes_of(refusal: pytest.ExceptionInfo[WeightingError]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def paired(strata: int = 5, *, seed: int = 1, **columns: list[object]) -> pd.DataFrame:
    """Two PSUs of three rows in every stratum."""
    generator = np.random.default_rng(seed)
    stratum, psu = np.repeat(np.arange(strata), 6), np.repeat(np.arange(2 * strata), 3)
    values = {"y": generator.normal(size=6 * strata), "w": generator.uniform(1, 3, size=6 * strata)}
    return pd.DataFrame({"stratum": stratum, "psu": psu} | values | columns)


PAIRED = Design(strata="stratum", psu="psu", weight="w")


@pytest.mark.parametrize(
    ("data", "design", "file"),
    [
        ("apistrat", Design(strata="stype", weight="pw", population="fpc"), "apistrat_JKn"),
        ("apiclus1", Design(psu="dnum", weight="pw", population="fpc"), "apiclus1_JK1"),
        ("apiclus2", Design(psu=["dnum", "snum"], weight="pw"), "apiclus2_JK1"),
        ("synth_open", Design(strata="stratum", psu="psu", weight="w"), "synth_open_JKn"),
    ],
)
def test_jackknife_weights_are_those_of_the_reference(data: str, design: Design, file: str) -> None:
    frame = read_reference_table(f"{data}.csv")
    if data == "synth_open":  # as the reference file was made
        frame = frame[~frame["stratum"].isin(["s4", "s5"])]
    made = replicate_weights(jackknife(Sample(frame, design)))
    np.testing.assert_allclose(made, read_reference_table(f"{file}.csv"), rtol=1e-14)


def test_jackknife_scales_are_those_of_the_reference() -> None:
    """Trap 12: every replicate of JKn counts (1 - f) (n - 1) / n, the one of JK1 as the scale."""
    stratified = jackknife(Sample(read_reference_table("apistrat.csv"), SCHOOLS["apistrat"])).replicates
    assert stratified is not None
    assert (stratified.method, stratified.scale, stratified.count) == (ReplicateMethod.JKN, 1.0, 200)
    assert stratified.rscales[0] == pytest.approx(0.9676068762723365, rel=1e-15)
    clusters = Sample(read_reference_table("apiclus1.csv"), Design(psu="dnum", weight="pw", population="fpc"))
    unstratified = jackknife(clusters).replicates
    assert unstratified is not None
    assert (unstratified.method, unstratified.rscales.tolist()) == (ReplicateMethod.JK1, [1.0] * 15)
    assert unstratified.scale == pytest.approx(0.9148392778511668, rel=1e-15)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), strata=st.integers(1, 6))
def test_totals_have_the_error_of_linearization(seed: int, strata: int) -> None:
    """JKn and fully balanced half samples are linearization for totals drawn with replacement."""
    sample = Sample(paired(strata, seed=seed), PAIRED)
    linear = total(sample, "y")[0].standard_error
    assert total(jackknife(sample), "y")[0].standard_error == pytest.approx(linear, rel=1e-11)
    for coefficient in (0.0, 0.3):
        halves = balanced_repeated_replication(sample, fay_coefficient=coefficient)
        assert total(halves, "y")[0].standard_error == pytest.approx(linear, rel=1e-11)


def test_jackknife_totals_know_the_finite_population() -> None:
    sample = Sample(read_reference_table("apistrat.csv"), SCHOOLS["apistrat"])
    items = ["api00", "ell"]
    np.testing.assert_allclose(
        total(jackknife(sample), items).standard_errors, total(sample, items).standard_errors, rtol=1e-12
    )


def test_half_samples_leave_out_one_psu_of_every_stratum() -> None:
    replicates = balanced_repeated_replication(Sample(paired(), PAIRED)).replicates
    assert replicates is not None
    assert set(np.unique(replicates.factors)) == {0.0, 2.0}
    by_stratum = replicates.factors.reshape(5, 2, replicates.count)
    assert (by_stratum.sum(axis=1) == 2).all()
    assert (replicates.count, replicates.scale) == (8, 1 / 8)


def test_fay_keeps_every_psu_in_every_replicate() -> None:
    replicates = balanced_repeated_replication(Sample(paired(), PAIRED), fay_coefficient=0.3).replicates
    assert replicates is not None
    assert set(np.round(np.unique(replicates.factors), 12)) == {0.3, 1.7}
    assert (replicates.method, replicates.scale) == (ReplicateMethod.FAY, pytest.approx(1 / (8 * 0.49)))


def test_strata_that_have_not_two_psus_are_named() -> None:
    frame = pd.concat(
        [paired(3), paired(3).query("psu == 4").assign(psu=9), paired(3).query("psu == 0").assign(psu=8)]
    )
    with pytest.raises(
        WeightingError, match="Pair or collapse strata, or use jackknife or bootstrap"
    ) as refusal:
        balanced_repeated_replication(Sample(frame, PAIRED))
    assert [str(problem) for problem in refusal.value.problems] == [
        "stratum 0: has 3 PSUs",
        "stratum 2: has 3 PSUs",
    ]


def test_half_samples_do_not_know_finite_populations() -> None:
    sample = Sample(paired(N=[8] * 30), Design(strata="stratum", psu="psu", weight="w", population="N"))
    with pytest.raises(WeightingError) as refusal:
        balanced_repeated_replication(sample)
    assert codes_of(refusal) == ["finite_population"]
    ignoring = balanced_repeated_replication(sample, finite_population=FinitePopulation.IGNORED)
    with_replacement = total(Sample(sample.frame, PAIRED), "y")[0].standard_error
    assert total(ignoring, "y")[0].standard_error == pytest.approx(with_replacement, rel=1e-12)


def test_later_stages_are_not_forgotten_in_silence() -> None:
    sample = Sample(read_reference_table("apiclus2.csv"), TWO_STAGES)
    with pytest.raises(WeightingError, match=r"BootstrapMethod\.MULTISTAGE") as refusal:
        jackknife(sample)
    assert codes_of(refusal) == ["later_stages"]
    error = total(sample, "api00")[0].standard_error or 0.0
    low = total(jackknife(sample, finite_population=FinitePopulation.FIRST_STAGE), "api00")[0].standard_error
    high = total(jackknife(sample, finite_population=FinitePopulation.IGNORED), "api00")[0].standard_error
    assert (low or 0.0) < error < (high or 0.0)


def single(rule: SinglePsu, **columns: list[object]) -> Sample:
    """Stratum 4 has one PSU."""
    frame = paired(**columns).query("psu != 9")
    return Sample(frame, Design(strata="stratum", psu="psu", weight="w", single_psu=rule))


def test_a_single_psu_adds_nothing_under_certainty_and_remove() -> None:
    for rule in (SinglePsu.CERTAINTY, SinglePsu.REMOVE):
        made = jackknife(single(rule)).replicates
        assert made is not None
        assert (made.count, made.scale) == (8, 1.0)
        assert made.factors[8].tolist() == [1.0] * 8


def test_a_single_psu_is_left_out_once_under_adjust_and_averaged_under_average() -> None:
    """As R survey 4.5, jknweights(lonely.psu = "adjust", "average")."""
    adjusted = jackknife(single(SinglePsu.ADJUST)).replicates
    assert adjusted is not None
    assert adjusted.factors[:, 8].tolist() == [1.25] * 8 + [0.0]
    assert (adjusted.rscales[8], adjusted.scale) == (0.8, 1.0)
    averaged = jackknife(single(SinglePsu.AVERAGE)).replicates
    assert averaged is not None
    assert (averaged.count, averaged.scale) == (8, 9 / 8)


def test_strata_taken_whole_have_no_replicate() -> None:
    sample = Sample(
        paired(N=[2.0] * 6 + [8.0] * 24), Design(strata="stratum", psu="psu", weight="w", population="N")
    )
    made = jackknife(sample).replicates
    assert made is not None
    assert (made.count, made.factors[:2].tolist()) == (8, [[1.0] * 8] * 2)
    with pytest.raises(WeightingError) as refusal:
        jackknife(Sample(paired(N=[2] * 30), sample.design))  # type: ignore[arg-type]
    assert codes_of(refusal) == ["no_replicates"]


def test_what_has_no_psus_or_is_calibrated_gets_no_replicates() -> None:
    frame = read_reference_table("apiclus1.csv")
    calibrated = poststratify(
        Sample(frame, Design(psu="dnum", weight="pw")), by="stype", totals={"E": 4421, "H": 755, "M": 1018}
    )
    with pytest.raises(WeightingError, match="make the replicates first, then each is calibrated too"):
        jackknife(calibrated)
    weights = read_reference_table("apiclus1_JK1.csv")
    outside = ReplicateDesign(weight="pw", replicates=list(weights), method=ReplicateMethod.JK1)
    with pytest.raises(WeightingError) as refusal:
        jackknife(Sample(pd.concat([frame, weights], axis=1), outside))
    assert codes_of(refusal) == ["unknown_psus"]


def test_more_replicates_than_can_be_held_are_refused_before_they_are_made() -> None:
    frame = pd.DataFrame({"w": np.ones(20_000), "y": np.ones(20_000)})
    with pytest.raises(WeightingError, match="use bootstrap with fewer replicates, or linearization"):
        jackknife(Sample(frame, Design(weight="w")))


def test_calibration_after_the_jackknife_calibrates_every_replicate() -> None:
    """The entries rep_JK1_then_ps_stype of the reference, from the design itself."""
    frame = read_reference_table("apiclus1.csv")
    sample = jackknife(Sample(frame, Design(psu="dnum", weight="pw", population="fpc")))
    totals = {"E": 4421, "H": 755, "M": 1018}
    calibrated = poststratify(sample, by="stype", totals=totals)
    answer = mean(calibrated, "api00")[0]
    assert answer.standard_error == pytest.approx(26.93453536742598, rel=1e-12)
    sums = pd.DataFrame(replicate_weights(calibrated)).groupby(frame["stype"]).sum()
    np.testing.assert_allclose(sums, np.tile([[4421.0], [755.0], [1018.0]], 15), rtol=1e-12)


def test_the_centre_is_a_choice() -> None:
    sample = Sample(paired(), PAIRED)
    around_mean = mean(jackknife(sample), "y")[0].standard_error or 0.0
    around_estimate = mean(jackknife(sample, centre=ReplicateCentre.ESTIMATE), "y")[0].standard_error or 0.0
    assert around_mean < around_estimate


def test_degrees_of_freedom_stay_those_of_the_design() -> None:
    sample = jackknife(Sample(paired(), PAIRED))
    in_three_strata = (sample.frame["stratum"] < 3).to_numpy()
    assert (sample.degrees_of_freedom, sample.where(in_three_strata).degrees_of_freedom) == (5, 3)


def test_a_word_that_is_no_choice_is_refused() -> None:
    with pytest.raises(Exception, match="finite_population is 'none'"):
        jackknife(Sample(paired(), PAIRED), finite_population="none")  # type: ignore[arg-type]
