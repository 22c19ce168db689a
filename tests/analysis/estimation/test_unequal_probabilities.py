"""Variances without replacement with unequal probabilities: simple random sampling is a special case."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, SinglePsu
from analysis.errors import WeightingError
from analysis.estimation import EstimationSettings, OnePsuDomains, mean, total
from analysis.pps import JointProbabilities, PpsMethod, PpsVariance
from analysis.sample import Sample
from analysis.weighting import poststratify
from analysis.weighting.bootstrap import BootstrapMethod, bootstrap
from analysis.weighting.replicate_weights import FinitePopulation, jackknife

ESTIMATING = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
SIMPLE = [
    PpsMethod(),
    PpsMethod(joint=JointProbabilities.OVERTON),
    PpsMethod(joint=JointProbabilities.HARTLEY_RAO),
    PpsMethod(joint=JointProbabilities.HARTLEY_RAO, variance=PpsVariance.YATES_GRUNDY),
]


def units(count: int = 12, *, seed: int = 1) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "y": generator.normal(5, 2, count),
            "p": generator.uniform(0.1, 0.9, count),
            "f": 0.3,
            "N": 40,
            "stratum": np.arange(count) % 3,
            "g": np.where(np.arange(count) % 2, "a", "b"),
        }
    )


@pytest.mark.parametrize("pps", SIMPLE)
def test_equal_probabilities_are_stratified_random_sampling(pps: PpsMethod) -> None:
    plain = Sample(units(), Design(strata="stratum", sampling_fraction="f"))
    unequal = Sample(units(), Design(strata="stratum", sampling_fraction="f", pps=pps))
    for estimator in (total, mean):
        ours, known = estimator(unequal, "y", by="g"), estimator(plain, "y", by="g")
        np.testing.assert_allclose(ours.values, known.values, rtol=1e-14)
        np.testing.assert_allclose(ours.standard_errors, known.standard_errors, rtol=1e-12)
        apart = ours.covariance() - known.covariance()
        assert np.abs(apart).max() < 1e-12 * known.covariance().max()


@pytest.mark.parametrize("variance", list(PpsVariance))
def test_joint_probabilities_of_a_random_sample_are_that_of_random_sampling(variance: PpsVariance) -> None:
    n, population = 12, 40
    matrix = np.full((n, n), n * (n - 1) / (population * (population - 1)))
    np.fill_diagonal(matrix, n / population)
    pps = PpsMethod(joint=JointProbabilities.GIVEN, matrix=matrix, variance=variance)
    ours = total(Sample(units(), Design(inclusion_probability="f", pps=pps)), "y")[0]
    known = total(Sample(units(), Design(population="N")), "y")[0]
    assert ours.standard_error == pytest.approx(known.standard_error, rel=1e-12)


def test_poisson_units_stand_by_themselves() -> None:
    frame = units()
    pps = PpsMethod(joint=JointProbabilities.POISSON)
    answer = total(Sample(frame, Design(inclusion_probability="p", pps=pps)), "y")[0]
    expected = np.sqrt(((1 - frame["p"]) * (frame["y"] / frame["p"]) ** 2).sum())
    assert answer.standard_error == pytest.approx(expected, rel=1e-13)


def two_stages(**columns: object) -> pd.DataFrame:
    generator = np.random.default_rng(4)
    ward, person = np.repeat([5, 2, 9, 4], 4), np.tile(np.arange(4), 4)
    frame = {"ward": ward, "person": person, "y": generator.normal(3, 1, 16), "g": np.tile(list("aabb"), 4)}
    probabilities = {"p1": np.repeat([0.5, 0.2, 0.9, 0.4], 4), "p2": generator.uniform(0.1, 0.9, 16)}
    return pd.DataFrame(frame | probabilities | columns)


BREWER = Design(psu=["ward", "person"], sampling_fraction=["p1", "p2"], pps=PpsMethod())


def test_brewer_of_two_stages_is_the_sum_of_its_parts() -> None:
    frame = two_stages()
    z = (frame["y"] / frame["p1"] / frame["p2"]).to_numpy().reshape(4, 4)
    p1, p2 = (frame[name].to_numpy().reshape(4, 4) for name in ("p1", "p2"))
    wards = z.sum(axis=1)
    first = 4 / 3 * ((1 - p1[:, 0]) * (wards - wards.mean()) ** 2).sum()
    second = p1[:, 0] * 4 / 3 * ((1 - p2) * (z - z.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    answer = total(Sample(frame, BREWER), "y")[0]
    assert answer.value == pytest.approx(z.sum(), rel=1e-13)
    assert answer.standard_error == pytest.approx(np.sqrt(first + second.sum()), rel=1e-12)


def test_rows_may_stand_in_any_order() -> None:
    """The reference pairs other units' probabilities with the totals of rows that are not sorted."""
    frame = two_stages()
    first, second = (
        mean(Sample(frame.sample(frac=1, random_state=seed), BREWER), "y", by="g") for seed in (1, 2)
    )
    np.testing.assert_allclose(first.standard_errors, second.standard_errors, rtol=1e-12)


def test_certain_wards_add_nothing_at_stage_one_but_their_second_stage_stays() -> None:
    frame = two_stages(p1=1.0)
    z = (frame["y"] / frame["p2"]).to_numpy().reshape(4, 4)
    p2 = frame["p2"].to_numpy().reshape(4, 4)
    second = 4 / 3 * ((1 - p2) * (z - z.mean(axis=1, keepdims=True)) ** 2).sum()
    answer = total(Sample(frame, BREWER), "y")[0]
    assert answer.standard_error == pytest.approx(np.sqrt(second), rel=1e-12)
    everybody = total(Sample(two_stages(p1=1.0, p2=1.0), BREWER), "y")[0]
    assert everybody.standard_error == 0.0


def test_domains_of_a_partition_add_up() -> None:
    for design in (
        Design(inclusion_probability="p", pps=PpsMethod(joint=JointProbabilities.OVERTON)),
        Design(inclusion_probability="p", pps=PpsMethod()),
    ):
        sample = Sample(units(), design)
        parts, whole = total(sample, "y", by="g"), total(sample, "y")
        assert parts.values.sum() == pytest.approx(whole.values[0], rel=1e-13)
        assert np.sqrt(parts.covariance().sum()) == pytest.approx(whole.standard_errors[0], rel=1e-12)


def test_known_totals_leave_residuals() -> None:
    overton = PpsMethod(joint=JointProbabilities.OVERTON)
    sample = Sample(units(), Design(inclusion_probability="p", pps=overton))
    calibrated = poststratify(sample, by="g", totals={"a": 20, "b": 20})
    members = calibrated.with_columns({"a": (calibrated.frame["g"] == "a").to_numpy(dtype=float)})
    assert total(members, "a")[0].standard_error == pytest.approx(0, abs=1e-12)
    assert (total(calibrated, "y")[0].standard_error or 0) < (total(sample, "y")[0].standard_error or 0)


def test_reports_within_a_ward_keep_the_probabilities_of_its_people() -> None:
    sample = Sample(two_stages(), BREWER)
    within = sample.within("ward")
    frame = sample.frame[sample.frame["ward"] == 5]
    z = (frame["y"] / frame["p1"] / frame["p2"]).to_numpy()
    expected = np.sqrt(4 / 3 * ((1 - frame["p2"]) * (z - z.mean()) ** 2).sum())
    assert total(within, "y", by="ward").get("y", ward=5).standard_error == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("rule", [SinglePsu.CERTAINTY, SinglePsu.REMOVE])
def test_a_single_unit_of_a_stratum_adds_nothing_under_certainty_and_remove(rule: SinglePsu) -> None:
    frame = pd.concat([units(4), units(5).tail(1).assign(stratum=9)])
    frame["stratum"] = np.where(frame["stratum"] == 9, 9, 1)
    design = Design(strata="stratum", inclusion_probability="p", pps=PpsMethod(), single_psu=rule)
    alone = total(Sample(frame.query("stratum == 1"), design), "y")[0]
    both = total(Sample(frame, design), "y")[0]
    assert both.standard_error == pytest.approx(alone.standard_error, rel=1e-12)


def test_replicates_do_not_know_unequal_probabilities() -> None:
    sample = Sample(units(), Design(inclusion_probability="p", pps=PpsMethod()))
    for make in (
        lambda: jackknife(sample),
        lambda: bootstrap(sample, replicates=10, seed=1),
        lambda: bootstrap(sample, replicates=10, seed=1, method=BootstrapMethod.MULTISTAGE),
    ):
        with pytest.raises(WeightingError) as refusal:
            make()
        assert [problem.code for problem in refusal.value.problems] == ["pps"]
    ignoring = jackknife(sample, finite_population=FinitePopulation.IGNORED)
    with_replacement = Sample(units(), Design(inclusion_probability="p"))
    expected = total(with_replacement, "y").standard_errors[0]
    assert total(ignoring, "y").standard_errors[0] == pytest.approx(expected, rel=1e-12)
