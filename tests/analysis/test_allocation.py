"""Sample sizes without a stray rounding error, and parts that always add up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.allocation import (
    AllocationBasis,
    allocate_proportionally,
    cochran_sample_size,
    forms_needed,
    yamane_limit,
    yamane_sample_size,
)
from analysis.errors import AllocationError, ExactnessError


@pytest.mark.golden
@pytest.mark.parametrize(
    ("population", "size"),
    [
        (100, 80),
        (200, 134),
        (300, 172),
        (500, 223),
        (1_000, 286),
        (2_000, 334),
        (5_000, 371),
        (10_000, 385),
        (100_000, 399),
    ],
)
def test_yamane_gives_the_sizes_of_the_2014_guidance(population, size):
    assert yamane_sample_size(population, margin_of_error=Decimal("0.05")).completed == size


def test_yamane_keeps_the_unrounded_value_and_adds_nothing_to_a_whole_one():
    whole = yamane_sample_size(100)
    assert (whole.unrounded, whole.completed, whole.issued) == (80, 80, 80)
    assert yamane_sample_size(200).unrounded == Fraction(400, 3)


@pytest.mark.golden
def test_yamane_tends_to_four_hundred_and_never_passes_it():
    assert yamane_limit(margin_of_error=Decimal("0.05")) == 400
    assert yamane_sample_size(10**9).completed == 400


def test_a_binary_margin_of_error_is_refused():
    with pytest.raises(ExactnessError, match="margin_of_error must be exact"):
        yamane_sample_size(100, margin_of_error=0.05)


@pytest.mark.parametrize("margin", [0, 1, Decimal("-0.05"), 5])
def test_a_margin_that_is_no_share_is_refused(margin):
    with pytest.raises(AllocationError, match="between 0 and 1"):
        yamane_sample_size(100, margin_of_error=margin)


def test_an_empty_population_is_refused():
    with pytest.raises(AllocationError, match="population is 0"):
        yamane_sample_size(0)


def test_cochran_without_a_population_is_the_textbook_385():
    size = cochran_sample_size(None)
    assert (size.unrounded, size.completed, size.issued) == (Fraction("384.16"), 385, 385)


def test_cochran_corrects_for_a_finite_population():
    size = cochran_sample_size(1000)
    assert size.unrounded == Fraction("384.16") / (1 + Fraction("383.16") / 1000)
    assert size.completed == 278


def test_cochran_inflates_by_design_effect_then_by_non_response():
    size = cochran_sample_size(None, design_effect=Decimal("1.5"), expected_response_rate=Decimal("0.8"))
    assert size.unrounded == Fraction("576.24")
    assert (size.completed, size.issued) == (577, 722)


def test_the_design_effect_never_asks_for_more_than_the_population():
    assert cochran_sample_size(200, design_effect=50).completed == 198


def test_drawing_more_than_exist_is_refused_with_a_way_out():
    with pytest.raises(AllocationError, match="there are only 200") as refused:
        cochran_sample_size(200, design_effect=2, expected_response_rate=Decimal("0.5"))
    assert refused.value.hint == "Accept a wider margin of error, or take everybody."


@pytest.mark.parametrize(
    "setting",
    [
        {"expected_share": 0},
        {"expected_share": 1},
        {"expected_response_rate": 0},
        {"expected_response_rate": Decimal("1.1")},
        {"design_effect": 0},
        {"critical_value": 0},
    ],
)
def test_settings_outside_their_range_are_refused(setting):
    with pytest.raises(AllocationError):
        cochran_sample_size(None, **setting)


@pytest.mark.golden
def test_survey_forms_of_nghe_an_2021():
    per_unit = {"civil servants": 15, "heads of division": 5, "organisations": 10}
    assert forms_needed(per_unit, unit_count=25) == 750


def test_proportional_allocation_gives_leftovers_to_the_largest_remainders():
    parts = allocate_proportionally(10, {"a": 50, "b": 30, "c": 21})
    assert {part.stratum: part.sample_size for part in parts} == {"a": 5, "b": 3, "c": 2}
    assert parts[0].quota == Fraction(500, 101)


def test_equal_remainders_go_to_the_larger_stratum():
    parts = allocate_proportionally(2, {"a small": 1, "the large": 3})
    assert {part.stratum: part.sample_size for part in parts} == {"a small": 0, "the large": 2}


def test_equal_remainders_of_equal_strata_go_by_code():
    parts = allocate_proportionally(3, {"b": 10, "a": 10, "big": 30})
    assert {part.stratum: part.sample_size for part in parts} == {"b": 0, "a": 1, "big": 2}


def test_small_strata_get_the_minimum_and_the_rest_shares_what_is_left():
    parts = allocate_proportionally(
        100, {"city": 9000, "town": 900, "island": 90, "hamlet": 6, "empty": 0}, minimum=8
    )
    assert {part.stratum: (part.sample_size, part.basis) for part in parts} == {
        "city": (78, AllocationBasis.PROPORTIONAL),
        "town": (8, AllocationBasis.MINIMUM),
        "island": (8, AllocationBasis.MINIMUM),
        "hamlet": (6, AllocationBasis.CENSUS),
        "empty": (0, AllocationBasis.EMPTY),
    }


def test_a_stratum_whose_quota_is_just_the_minimum_is_proportional():
    parts = allocate_proportionally(10, {"a": 50, "b": 50}, minimum=5)
    assert [(part.sample_size, part.basis) for part in parts] == [(5, AllocationBasis.PROPORTIONAL)] * 2


def test_a_sample_larger_than_the_population_is_refused():
    with pytest.raises(AllocationError, match="cannot be drawn from 5"):
        allocate_proportionally(6, {"a": 2, "b": 3})


def test_minimums_that_do_not_fit_are_refused_with_the_size_they_need():
    with pytest.raises(AllocationError) as refused:
        allocate_proportionally(10, {"a": 100, "b": 100, "c": 3}, minimum=5)
    assert refused.value.hint == "Ask for at least 13, or lower the minimum."


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 5000), min_size=1), st.data())
def test_parts_add_up_stay_within_their_strata_and_keep_the_minimum(populations, data):
    minimum = data.draw(st.integers(0, 40))
    floor = sum(min(minimum, size) for size in populations.values())
    sample_size = data.draw(st.integers(floor, sum(populations.values())))
    parts = allocate_proportionally(sample_size, populations, minimum=minimum)
    assert sum(part.sample_size for part in parts) == sample_size
    for part in parts:
        assert min(minimum, part.population) <= part.sample_size <= part.population


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 5000), min_size=1), st.data())
def test_without_a_minimum_no_part_is_a_whole_interview_away_from_its_quota(populations, data):
    sample_size = data.draw(st.integers(0, sum(populations.values())))
    for part in allocate_proportionally(sample_size, populations):
        assert abs(part.sample_size - part.quota) < 1
