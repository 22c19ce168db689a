"""Designs that come as replicate weights are checked with every problem named, and know their scales."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import DesignError, DomainIsPsuError
from analysis.estimation import EstimationSettings, OnePsuDomains, mean
from analysis.replicate_design import ReplicateDesign, ReplicateMethod, ReplicateWeights
from analysis.sample import Sample

ESTIMATING = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
FOUR = ["r1", "r2", "r3", "r4"]


def rows(**columns: list[object]) -> pd.DataFrame:
    """Four units of two rows each, jackknifed: combined weights."""
    table = {
        f"r{unit + 1}": np.repeat([0.0 if unit == own else 8.0 for own in range(4)], 2) for unit in range(4)
    }
    answers = {"w": [6.0] * 8, "y": [1.0, 2, 3, 4, 5, 6, 7, 8], "unit": list("aabbccdd")}
    return pd.DataFrame(answers | table | columns)


def declared(**changes: Any) -> ReplicateDesign:
    return ReplicateDesign(**({"weight": "w", "replicates": FOUR, "method": ReplicateMethod.JK1} | changes))


def codes_of(refusal: pytest.ExceptionInfo[DesignError]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("changes", "scale"),
    [
        ({"method": "JK1"}, 3 / 4),
        ({"method": "JK2"}, 1.0),
        ({"method": "JKn", "rscales": 0.5}, 1.0),
        ({"method": "BRR"}, 1 / 4),
        ({"method": "Fay", "fay_coefficient": 0.3}, 1 / (4 * 0.7**2)),
        ({"method": "bootstrap"}, 1 / 3),
        ({"method": "subbootstrap"}, 1 / 3),
        ({"method": "successive-difference"}, 1.0),
        ({"method": "other", "scale": 0.2, "rscales": 1}, 0.2),
    ],
)
def test_a_method_brings_its_scale(changes: dict[str, Any], scale: float) -> None:
    assert declared(**changes).scale_used == pytest.approx(scale, rel=1e-15)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"replicates": "r1"}, ["too_few_replicates"]),
        ({"replicates": ["r1", "r2", "r1"]}, ["replicate_twice"]),
        ({"replicates": ["r1", "w"]}, ["weight_is_replicate"]),
        ({"method": "JKn"}, ["no_rscales"]),
        ({"method": "other", "scale": 1.0}, ["no_rscales"]),
        ({"method": "Fay"}, ["no_fay_coefficient"]),
        ({"method": "Fay", "fay_coefficient": 1.0}, ["not_a_fay_coefficient"]),
        ({"method": "BRR", "fay_coefficient": 0.3}, ["fay_coefficient_unused"]),
        (
            {"scale": -1.0, "rscales": [1, 1], "degrees_of_freedom": 0},
            ["not_a_scale", "rscales_count", "not_degrees_of_freedom"],
        ),
        ({"rscales": [1, 1, -1, 1]}, ["not_a_scale"]),
        ({"rscales": [0, 0, 0, 0]}, ["not_a_scale"]),
    ],
)
def test_contradictions_are_all_named(changes: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(DesignError) as refusal:
        declared(**changes)
    assert codes_of(refusal) == codes


def test_columns_at_fault_are_named_together_with_their_rows() -> None:
    data = rows(r2=[None, 8.0, 0, 0, 8, 8, 8, 8], r3=["eight"] * 8).drop(columns="r4")
    with pytest.raises(DesignError) as refusal:
        Sample(data, declared())
    assert [str(problem) for problem in refusal.value.problems] == [
        "column r2: is no number in rows 0",
        "column r3: is no number in rows 0, 1, 2, 3, 4 and 3 more",
        "column r4: the sample has no such column",
    ]


@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        ({"w": [6.0] * 7 + [-1]}, ["not_a_weight"]),
        ({"r1": [0.0] * 8}, ["empty_replicate"]),
        ({"w": [0.0] + [6.0] * 7}, ["weightless_row"]),
        ({"w": [0.0] * 8}, ["no_positive_weight"]),
    ],
)
def test_weights_that_cannot_be_are_refused(columns: dict[str, list[object]], codes: list[str]) -> None:
    with pytest.raises(DesignError) as refusal:
        Sample(rows(**columns), declared())
    assert codes_of(refusal)[: len(codes)] == codes


def test_factors_taken_for_combined_weights_are_refused_with_the_way_out() -> None:
    factors = rows(**{name: list(rows()[name] / 6) for name in FOUR}, w=[60.0] * 8)
    with pytest.raises(DesignError, match=r"look like factors, say holds=ReplicateWeights\.FACTORS"):
        Sample(factors, declared())
    with pytest.raises(DesignError, match=r"look like combined, say holds=ReplicateWeights\.COMBINED"):
        Sample(
            rows(**{name: list(rows()[name] * 10) for name in FOUR}), declared(holds=ReplicateWeights.FACTORS)
        )


def test_factors_and_combined_weights_are_the_same_design() -> None:
    combined = mean(Sample(rows(), declared()), "y")[0]
    factors = rows(**{name: list(rows()[name] / 6) for name in FOUR})
    other = mean(Sample(factors, declared(holds=ReplicateWeights.FACTORS)), "y")[0]
    assert (combined.value, combined.degrees_of_freedom) == (other.value, other.degrees_of_freedom)
    assert combined.standard_error == pytest.approx(other.standard_error, rel=1e-14)


def test_the_jackknife_from_outside_is_the_clustered_design_it_came_from() -> None:
    outside = mean(Sample(rows(), declared()), "y")[0]
    inside = mean(Sample(rows(), Design(psu="unit", weight="w")), "y")[0]
    assert outside.standard_error == pytest.approx(inside.standard_error, rel=1e-14)
    assert outside.degrees_of_freedom == inside.degrees_of_freedom == 3


def test_rows_with_factors_in_common_are_kept_as_one_group() -> None:
    replicates = Sample(rows(), declared()).replicates
    assert replicates is not None
    assert (replicates.factors.shape, replicates.unit.tolist()) == ((4, 4), [0, 0, 1, 1, 2, 2, 3, 3])
    assert np.array_equal(np.column_stack(list(replicates.weights())), rows()[FOUR].to_numpy())


def test_a_domain_whose_rows_have_all_factors_in_common_shows_no_error() -> None:
    """Trap 1: the replicates of such a mean are all the same."""
    with pytest.raises(DomainIsPsuError):
        mean(Sample(rows(), declared()), "y", by="unit")


def test_units_to_report_on_need_the_design_itself() -> None:
    with pytest.raises(DesignError, match="replicate weights do not tell which rows were drawn together"):
        Sample(rows(), declared()).within("unit")


def test_degrees_of_freedom_are_the_rank_of_the_weights_unless_given() -> None:
    sample = Sample(rows(), declared())
    in_two_units = (sample.frame["unit"] < "c").to_numpy()
    assert (sample.degrees_of_freedom, sample.where(in_two_units).degrees_of_freedom) == (3, 1)
    given = Sample(rows(), declared(degrees_of_freedom=7))
    assert (given.degrees_of_freedom, given.where(in_two_units).degrees_of_freedom) == (7, 7)
    assert [each.degrees_of_freedom for each in mean(given, "y", by=["unit"], settings=ESTIMATING)] == [7] * 4


def test_results_name_their_replicates() -> None:
    assert str(Sample(rows(), declared()).replicates) == "4 JK1 replicates"
