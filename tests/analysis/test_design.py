"""A design that contradicts itself is refused with every contradiction."""

from __future__ import annotations

import pytest

from analysis.design import Design, PsuLabels, SinglePsu
from analysis.errors import DesignError


def test_names_may_be_one_or_several() -> None:
    assert Design(psu="ward", weight="w") == Design(psu=["ward"], weight="w")


def test_columns_are_listed_once() -> None:
    design = Design(strata="district", psu=["ward", "person"], population=["wards", "people"], weight="w")
    assert design.columns == ("district", "ward", "person", "wards", "people", "w")


@pytest.mark.parametrize(
    ("declaration", "codes"),
    [
        ({"weight": "w", "population": "N", "sampling_fraction": "f"}, ["two_populations"]),
        ({"weight": "w", "inclusion_probability": "p"}, ["two_weights"]),
        ({"weight": "w", "psu": "ward", "population": ["N1", "N2"]}, ["more_populations_than_stages"]),
        ({"weight": "w", "strata": ["district", "street"]}, ["more_strata_than_stages"]),
        ({"psu": ["ward", "person"], "population": "N1"}, ["no_weight"]),
        ({"weight": "w", "psu": "ward", "psu_labels": PsuLabels.WITHIN_STRATUM}, ["no_strata"]),
        ({"strata": ["a", "b"], "psu_labels": PsuLabels.UNIQUE}, ["more_strata_than_stages", "no_weight"]),
    ],
)
def test_contradictions_are_all_named(declaration: dict[str, object], codes: list[str]) -> None:
    with pytest.raises(DesignError) as refusal:
        Design(**declaration)  # type: ignore[arg-type]
    assert [problem.code for problem in refusal.value.problems] == codes


def test_choices_may_be_given_by_their_words() -> None:
    design = Design(weight="w", strata="s", psu_labels="within_stratum", single_psu="adjust")  # type: ignore[arg-type]
    assert design.single_psu is SinglePsu.ADJUST
    assert design.psu_labels is PsuLabels.WITHIN_STRATUM


def test_unknown_words_are_refused() -> None:
    with pytest.raises(DesignError, match="single_psu is 'centre', not one of fail, adjust, certainty"):
        Design(weight="w", single_psu="centre")  # type: ignore[arg-type]
