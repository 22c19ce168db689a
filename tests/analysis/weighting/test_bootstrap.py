"""Bootstraps: the laws of their draws, and the error of linearization within simulation error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, SinglePsu
from analysis.errors import WeightingError
from analysis.estimation import total
from analysis.replicate_design import ReplicateMethod
from analysis.replicates import Replicates
from analysis.sample import Sample
from analysis.weighting.bootstrap import BootstrapMethod, bootstrap
from analysis.weighting.replicate_weights import FinitePopulation
from tests.golden.reference import read_reference_table

STRATA = Design(strata="stype", weight="pw", population="fpc")
CLUSTERS = Design(psu="dnum", weight="pw", population="fpc")
TWO_STAGES = Design(psu=["dnum", "snum"], population=["fpc1", "fpc2"])


def schools(data: str, design: Design) -> Sample:
    return Sample(read_reference_table(f"{data}.csv"), design)


def made(sample: Sample) -> Replicates:
    assert sample.replicates is not None
    return sample.replicates


def test_rao_wu_draws_one_psu_less_than_there_are() -> None:
    """Trap 12: n - 1 draws, each with the factor n / (n - 1)."""
    sample = schools("apiclus1", Design(psu="dnum", weight="pw"))
    replicates = made(bootstrap(sample, replicates=200, seed=1))
    draws = replicates.factors * 14 / 15
    assert np.array_equal(np.rint(draws).sum(axis=0), np.full(200, 14))
    np.testing.assert_allclose(draws, np.rint(draws), atol=1e-12)
    assert (replicates.method, replicates.scale) == (ReplicateMethod.SUBBOOTSTRAP, 1 / 199)


def test_rao_wu_shrinks_the_draws_by_the_root_of_what_was_not_sampled() -> None:
    sample = schools("apiclus1", CLUSTERS)
    reach = np.sqrt(1 - 15 / 757)
    times = (made(bootstrap(sample, replicates=50, seed=1)).factors - 1 + reach) / reach * 14 / 15
    np.testing.assert_allclose(times, np.rint(times), atol=1e-9)


@pytest.mark.parametrize(
    ("data", "design", "method"),
    [
        ("apistrat", STRATA, BootstrapMethod.RAO_WU),
        ("apiclus1", CLUSTERS, BootstrapMethod.RAO_WU),
        ("apistrat", STRATA, BootstrapMethod.CANTY_DAVISON),
        ("apiclus1", CLUSTERS, BootstrapMethod.CANTY_DAVISON),
        ("apistrat", STRATA, BootstrapMethod.MULTISTAGE),
        ("apiclus2", TWO_STAGES, BootstrapMethod.MULTISTAGE),
    ],
)
def test_totals_have_the_error_of_linearization_within_simulation_error(
    data: str, design: Design, method: BootstrapMethod
) -> None:
    sample = schools(data, design)
    drawn = bootstrap(sample, replicates=3000, seed=20, method=method)
    ratio = total(drawn, "api00").standard_errors[0] / total(sample, "api00").standard_errors[0]
    assert abs(ratio - 1) < 4 / np.sqrt(2 * 3000)  # four standard errors of a standard deviation
    factors = made(drawn).factors
    spread = factors.std(axis=1, ddof=1) / np.sqrt(3000)
    assert (np.abs(factors.mean(axis=1) - 1) < 5 * spread + 1e-12).all()


def test_canty_davison_without_finite_population_draws_as_many_as_there_are() -> None:
    sample = schools("apistrat", Design(strata="stype", weight="pw"))
    replicates = made(bootstrap(sample, replicates=60, seed=1, method=BootstrapMethod.CANTY_DAVISON))
    by_stratum = pd.DataFrame(replicates.factors).groupby(sample.stages[0].unit_group).sum()
    assert (by_stratum.to_numpy() == sample.stages[0].group_size[:, None]).all()
    assert replicates.scale == pytest.approx(0.017236426314277506, rel=1e-14)  # that of the reference


def test_the_same_seed_draws_the_same_psus_however_rows_are_sorted() -> None:
    frame = read_reference_table("apiclus2.csv")
    shuffled = frame.sample(frac=1, random_state=3)
    for method, design in (
        (BootstrapMethod.RAO_WU, Design(psu="dnum", weight="pw")),
        (BootstrapMethod.MULTISTAGE, TWO_STAGES),
    ):
        errors = [
            total(
                bootstrap(Sample(rows, design), replicates=40, seed=7, method=method), "api00"
            ).standard_errors[0]
            for rows in (frame, shuffled)
        ]
        assert errors[0] == pytest.approx(errors[1], rel=1e-12)


def test_the_seed_is_remembered_and_another_draws_otherwise() -> None:
    sample = schools("apiclus1", CLUSTERS)
    first, second = (bootstrap(sample, replicates=10, seed=seed) for seed in (1, 2))
    assert (made(first).seed, str(made(first))) == (1, "10 subbootstrap replicates, seed 1")
    assert not np.array_equal(made(first).factors, made(second).factors)


def test_degrees_of_freedom_are_at_most_the_replicates_less_one() -> None:
    sample = schools("apistrat", STRATA)
    assert bootstrap(sample, replicates=60, seed=1).degrees_of_freedom == 59
    assert bootstrap(sample, replicates=400, seed=1).degrees_of_freedom == 197


def test_certainty_psus_add_nothing_at_stage_one_but_their_second_stage_stays() -> None:
    frame = pd.DataFrame(
        {
            "ward": np.repeat([1, 2], 6),
            "person": range(12),
            "y": np.arange(12.0) ** 2,
            "wards": 2,
            "people": 60,
        }
    )
    sample = Sample(frame, Design(psu=["ward", "person"], population=["wards", "people"]))
    drawn = bootstrap(sample, replicates=4000, seed=2, method=BootstrapMethod.MULTISTAGE)
    ratio = total(drawn, "y").standard_errors[0] / total(sample, "y").standard_errors[0]
    assert abs(ratio - 1) < 0.05
    alone = frame.assign(district=np.repeat([1, 2], 6), wards=1)
    one_each = Sample(
        alone, Design(strata="district", psu=["ward", "person"], population=["wards", "people"])
    )
    drawn = bootstrap(one_each, replicates=4000, seed=2, method=BootstrapMethod.MULTISTAGE)
    ratio = total(drawn, "y").standard_errors[0] / total(one_each, "y").standard_errors[0]
    assert abs(ratio - 1) < 0.05


def refusal_of(sample: Sample, **choices: object) -> list[tuple[str, str]]:
    with pytest.raises(WeightingError) as refusal:
        bootstrap(sample, **({"replicates": 20, "seed": 1} | choices))  # type: ignore[arg-type]
    return [(problem.code, problem.place) for problem in refusal.value.problems]


def test_refusals_name_what_is_in_the_way() -> None:
    assert refusal_of(schools("apiclus1", CLUSTERS), replicates=1) == [("too_few_replicates", "replicates")]
    assert refusal_of(schools("apiclus2", TWO_STAGES)) == [("later_stages", "replicates")]
    frame = pd.DataFrame({"stratum": list("aabbc"), "w": 1.0, "y": range(5)})
    for rule in (SinglePsu.ADJUST, SinglePsu.AVERAGE):
        sample = Sample(frame, Design(strata="stratum", weight="w", single_psu=rule))
        assert refusal_of(sample) == [("single_psu", "stratum c")]
    certain = Sample(frame, Design(strata="stratum", weight="w", single_psu=SinglePsu.CERTAINTY))
    assert made(bootstrap(certain, replicates=20, seed=1)).factors[4].tolist() == [1.0] * 20


def test_everybody_taken_leaves_nothing_to_draw() -> None:
    frame = pd.DataFrame({"w": 1.0, "y": range(5), "N": 5})
    census = Sample(frame, Design(weight="w", population="N"))
    assert refusal_of(census) == [("no_replicates", "replicates")]
    ignoring = bootstrap(census, replicates=20, seed=1, finite_population=FinitePopulation.IGNORED)
    assert made(ignoring).count == 20
