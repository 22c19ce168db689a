"""A sample is checked on the way in, keeps its design in every domain, and knows units that are PSUs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, PsuLabels, SinglePsu
from analysis.errors import DesignError, EstimationError, SinglePsuStratumError
from analysis.estimation import mean, share
from analysis.sample import Sample
from tests.golden.reference import read_reference_table

TWO_STAGES = Design(
    strata="stratum",
    psu=["psu", "id"],
    population=["N1", "N2"],
    weight="w",
    single_psu=SinglePsu.ADJUST,
)
WITHIN_UNIT = Design(strata="psu", population="N2", weight="w", single_psu=SinglePsu.ADJUST)


def frame(**columns: list[object]) -> pd.DataFrame:
    wards = {"district": ["A", "A", "A", "B", "B", "B"], "ward": [1, 1, 2, 3, 3, 4], "weight": [2.0] * 6}
    return pd.DataFrame(wards | {"answer": [1.0, 2, 3, 4, 5, 3]} | columns)


def problems_of(data: pd.DataFrame, design: Design) -> list[tuple[str, str]]:
    with pytest.raises(DesignError) as refusal:
        Sample(data, design)
    return [(problem.code, str(problem)) for problem in refusal.value.problems]


CLUSTERED = Design(strata="district", psu="ward", weight="weight")


def test_unknown_columns_and_empty_cells_are_told_together() -> None:
    data = frame(district=["A", None, "A", "B", "B", None]).drop(columns="weight")
    assert problems_of(data, CLUSTERED) == [
        ("missing_design_value", "column district: is empty in rows 1, 5"),
        ("unknown_column", "column weight: the sample has no such column"),
    ]


def test_sample_without_rows_is_refused() -> None:
    assert problems_of(frame().iloc[:0], CLUSTERED) == [("no_rows", "sample: there is not one row")]


def test_psu_in_two_strata_is_named_with_its_row_and_the_way_out() -> None:
    assert problems_of(frame(ward=[1, 1, 2, 2, 3, 4]), CLUSTERED) == [
        (
            "psu_in_two_strata",
            "column ward: 2 in more than one stratum (rows 3); correct the labels, "
            "or say psu_labels=PsuLabels.WITHIN_STRATUM if they start again in each",
        )
    ]


def test_labels_that_start_again_in_each_stratum_are_different_psus() -> None:
    again = frame(ward=[1, 1, 2, 1, 1, 2])
    nested = Design(strata="district", psu="ward", weight="weight", psu_labels=PsuLabels.WITHIN_STRATUM)
    assert mean(Sample(again, nested), "answer")[0] == mean(Sample(frame(), CLUSTERED), "answer")[0]


def test_weights_below_zero_and_populations_below_the_sample_are_told_together() -> None:
    data = frame(weight=[2.0, -1, 2, np.inf, 2, 2], wards=[1, 1, 1, 9, 9, 9])
    design = Design(strata="district", psu="ward", weight="weight", population="wards")
    assert problems_of(data, design) == [
        (
            "population_below_sample",
            "column wards: is smaller than the number of units sampled: district A (1 < 2)",
        ),
        ("not_a_weight", "column weight: is not a weight of 0 or more in rows 1, 3"),
    ]


@pytest.mark.parametrize(
    ("values", "design", "problem"),
    [
        (
            [9, 9, 8, 9, 9, 9],
            {"population": "n"},
            ("population_varies", "column n: differs within district A"),
        ),
        (
            [0, 0, 0, 9, 9, 9],
            {"population": "n"},
            ("not_a_population", "column n: is not a size above 0 in rows 0, 1, 2"),
        ),
        (
            [1.5, 1.5, 1.5, 1, 1, 1],
            {"sampling_fraction": "n"},
            ("not_a_population", "column n: is not a fraction above 0, at most 1 in rows 0, 1, 2"),
        ),
    ],
)
def test_impossible_populations_are_named(
    values: list[float], design: dict[str, str], problem: tuple[str, str]
) -> None:
    declared = Design(strata="district", psu="ward", weight="weight", **design)  # type: ignore[arg-type]
    assert problems_of(frame(n=values), declared) == [problem]


def test_inclusion_probability_is_checked() -> None:
    design = Design(strata="district", psu="ward", inclusion_probability="weight")
    assert problems_of(frame(weight=[0.5, 0, 1, 2, 0.5, 0.5]), design) == [
        ("not_a_weight", "column weight: is not a probability above 0, at most 1 in rows 1, 3")
    ]


def test_weight_is_one_over_the_inclusion_probability() -> None:
    design = Design(strata="district", psu="ward", inclusion_probability="weight")
    assert list(Sample(frame(weight=[0.5, 0.5, 0.25, 1, 1, 1]), design).weights) == [2, 2, 4, 1, 1, 1]


def test_weights_follow_from_the_populations_of_all_stages() -> None:
    data = frame(person=[1, 2, 1, 1, 2, 1], wards=[4, 4, 4, 6, 6, 6], people=[10, 10, 5, 8, 8, 3])
    design = Design(strata="district", psu=["ward", "person"], population=["wards", "people"])
    sample = Sample(data, Design(**vars(design) | {"single_psu": SinglePsu.ADJUST}))
    assert list(sample.weights) == [10, 10, 10, 12, 12, 9]


def test_sampling_fraction_is_the_same_as_the_population_size() -> None:
    data = frame(wards=[4, 4, 4, 8, 8, 8], fraction=[0.5, 0.5, 0.5, 0.25, 0.25, 0.25])
    by_size = Design(strata="district", psu="ward", weight="weight", population="wards")
    by_fraction = Design(strata="district", psu="ward", weight="weight", sampling_fraction="fraction")
    assert mean(Sample(data, by_size), "answer")[0] == mean(Sample(data, by_fraction), "answer")[0]


def test_every_stratum_of_one_psu_is_named_with_the_ways_out() -> None:
    with pytest.raises(SinglePsuStratumError) as refusal:
        Sample(frame(ward=[1, 1, 1, 2, 2, 2]), CLUSTERED)
    assert [str(problem) for problem in refusal.value.problems] == [
        "district A: has one sampling unit at stage 1",
        "district B: has one sampling unit at stage 1",
    ]
    assert "choose single_psu = adjust, certainty, remove or average" in refusal.value.message


def test_average_needs_a_stratum_of_several_psus() -> None:
    rules = {"strata": "district", "psu": "ward", "weight": "weight", "single_psu": SinglePsu.AVERAGE}
    design = Design(**rules)  # type: ignore[arg-type]
    with pytest.raises(SinglePsuStratumError):
        Sample(frame(ward=[1, 1, 1, 2, 2, 2]), design)
    assert Sample(frame(ward=[1, 1, 1, 2, 2, 3]), design).degrees_of_freedom == 1


def test_stratum_taken_with_certainty_needs_no_rule() -> None:
    data = frame(ward=[1, 1, 1, 2, 2, 3], wards=[1, 1, 1, 5, 5, 5])
    design = Design(strata="district", psu="ward", weight="weight", population="wards")
    assert Sample(data, design).degrees_of_freedom == 1


def test_domain_keeps_psus_without_members_in_the_design() -> None:
    sample = Sample(frame(sex=["F", "M", "M", "F", "F", "M"]), CLUSTERED)
    women = sample.where(sample.frame["sex"] == "F")
    assert len(women) == 6
    assert mean(women, "answer")[0].standard_error == mean(sample, "answer", by="sex")[0].standard_error


def test_deleting_rows_instead_gives_another_standard_error() -> None:
    """Trap 2: wards without women are zeros of the design, not holes in it."""
    data = read_reference_table("apiclus1.csv")
    design = Design(psu="dnum", population="fpc", weight="pw")
    high = (data["stype"] == "H").to_numpy()
    domain, cut = mean(Sample(data, design).where(high), "api00"), mean(Sample(data[high], design), "api00")
    assert domain[0].value == cut[0].value
    assert domain[0].standard_error != cut[0].standard_error


def test_conditions_add_up() -> None:
    sample = Sample(frame(), CLUSTERED)
    high, low = sample.frame["answer"] > 1, sample.frame["answer"] < 5
    assert mean(sample.where(high).where(low), "answer")[0] == mean(sample.where(high & low), "answer")[0]


@pytest.mark.parametrize("condition", [np.array([True, False]), np.array([1.0] * 6)])
def test_condition_is_one_truth_value_a_row(condition: np.ndarray) -> None:
    with pytest.raises(EstimationError, match="one truth value for each of the 6 rows"):
        Sample(frame(), CLUSTERED).where(condition)


def test_row_of_weight_zero_keeps_its_psu_and_leaves_the_estimate() -> None:
    silent = Sample(frame(weight=[2.0, 2, 0, 2, 2, 2], answer=[1.0, 2, 9, 4, 5, 3]), CLUSTERED)
    missing = Sample(frame(answer=[1.0, 2, np.nan, 4, 5, 3]), CLUSTERED)
    ours, theirs = mean(silent, "answer")[0], mean(missing, "answer")[0]
    assert (ours.value, ours.standard_error, ours.respondent_count) == (
        theirs.value,
        theirs.standard_error,
        5,
    )


def test_within_is_the_conditional_design_of_the_unit() -> None:
    sample = Sample(read_reference_table("synth_open.csv"), TWO_STAGES)
    conditional = mean(sample.within("unit"), ["q1", "wait"], by="unit")
    declared = mean(Sample(read_reference_table("synth_open.csv"), WITHIN_UNIT), ["q1", "wait"], by="unit")
    assert list(conditional) == list(declared)


def test_within_takes_populations_from_a_column_or_by_unit() -> None:
    data = read_reference_table("synth_open.csv")
    sizes = dict(zip(data["unit"], data["N2"], strict=True))
    rule = {"strata": "stratum", "psu": "psu", "population": "N1", "weight": "w"}
    sample = Sample(data, Design(**rule, single_psu=SinglePsu.ADJUST))  # type: ignore[arg-type]
    by_unit = mean(sample.within("unit", element_population=sizes), "q1", by="unit")
    by_column = mean(sample.within("unit", element_population="N2"), "q1", by="unit")
    assert list(by_unit) == list(by_column)
    assert list(by_unit) == list(mean(Sample(data, WITHIN_UNIT), "q1", by="unit"))


def test_within_keeps_the_domain() -> None:
    sample = Sample(read_reference_table("synth_open.csv"), TWO_STAGES)
    women = sample.frame["sex"] == "F"
    first = share(sample.where(women).within("unit"), "sat", categories=[1], by="unit")
    assert list(first) == list(share(sample.within("unit").where(women), "sat", categories=[1], by="unit"))


def test_within_names_units_without_population() -> None:
    sample = Sample(read_reference_table("synth_open.csv"), TWO_STAGES)
    with pytest.raises(DesignError, match="no population size for u02, u03, u04, u05, u06 and 19 more"):
        sample.within("unit", element_population={"u01": 9})


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        ("region", r"spread over several sampling units: S, N, W, C.*by=\['region'\] on the sample itself"),
        ("stratum", "spread over several sampling units: s1, s2, s3, s6"),
        ("id", "only part of one"),
        ("nowhere", "no such column"),
    ],
)
def test_within_refuses_units_that_are_not_psus(unit: str, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        Sample(read_reference_table("synth_open.csv"), TWO_STAGES).within(unit)


def test_standard_errors_within_units_are_those_between_their_respondents() -> None:
    """Trap 1, by hand: SE² = (1 - m/M) s²/m for a unit of M transactions with m interviews."""
    data = read_reference_table("synth_open.csv")
    sample = Sample(data, TWO_STAGES)
    estimate = mean(sample.within("unit"), "overall", by="unit").get("overall", unit="u03")
    answers = data.loc[data["unit"] == "u03", "overall"]
    by_hand = np.sqrt((1 - 35 / 70) * answers.var(ddof=1) / 35)
    assert estimate.standard_error == pytest.approx(by_hand, rel=1e-12)
    assert estimate.degrees_of_freedom == 34


def test_sample_prints_its_rows_design_and_weights() -> None:
    sample = Sample(frame(), CLUSTERED)
    assert str(sample) == ("rows 6; strata 2; sampling units 4; weights 2 to 2, sum 12; degrees of freedom 2")
    assert repr(sample.where(sample.frame["answer"] > 2)) == (
        "rows 4 of 6; strata 2; sampling units 4; weights 2 to 2, sum 8; degrees of freedom 1"
    )
    assert str(sample.where(sample.frame["answer"] > 9)) == (
        "rows 0 of 6; strata 2; sampling units 4; degrees of freedom 0"
    )
