"""Two-way tables and their tests from a compact table are those of its rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design, SinglePsu
from analysis.errors import DomainIsPsuError, EstimationError
from analysis.estimation import CompactTable, EstimationSettings, MissingRule, OnePsuDomains, tabulate
from analysis.sample import Sample
from analysis.testing import CrossTable, IndependenceMethod, IndependenceTest, cross_table, independence

ANY_DOMAIN = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
DESIGNS: Mapping[str, tuple[Design, str | None]] = {
    "one stage": (Design(psu="ward", weight="weight"), None),
    "stratified": (Design(strata="district", psu="ward", weight="weight", single_psu=SinglePsu.REMOVE), None),
    "finite population": (
        Design(
            strata="district", psu="ward", weight="weight", population="wards", single_psu=SinglePsu.ADJUST
        ),
        None,
    ),
    "two stages": (
        Design(
            strata="district",
            psu=["ward", "person"],
            population=["wards", "people"],
            weight="weight",
            single_psu=SinglePsu.ADJUST,
        ),
        "person",
    ),
    "weights from the populations": (
        Design(
            strata="district",
            psu=["ward", "person"],
            population=["wards", "people"],
            single_psu=SinglePsu.ADJUST,
        ),
        "person",
    ),
    "elements": (
        Design(strata="district", weight="weight", population="people", single_psu=SinglePsu.ADJUST),
        None,
    ),
}
VARIABLES = [("sex", "score"), ("score", "age"), ("word", "sex"), ("age", "sex")]


def people(random: np.random.Generator, size: int) -> pd.DataFrame:
    district, ward = random.integers(0, 3, size), random.integers(0, 4, size)
    return pd.DataFrame(
        {
            "district": district,
            "ward": district * 10 + ward,
            "person": np.arange(size),
            "wards": 9,
            "people": 80,
            "weight": random.choice([0.0, 1.5, 2.0, 7.25, 11.0], size, p=[0.05, 0.3, 0.3, 0.2, 0.15]),
            "sex": np.where(random.random(size) < 0.5, "F", "M"),
            "age": random.choice([0.0, 1.0, np.nan], size, p=[0.45, 0.45, 0.1]),
            "score": random.choice([1.0, 2.0, 3.0, np.nan], size),
            "word": random.choice(["good", "poor", None], size),
            "income": random.lognormal(8, 1, size),
        }
    )


def tabulated(name: str, frame: pd.DataFrame, cut: int) -> CompactTable:
    design, row_id = DESIGNS[name]
    parts = [frame[:cut], frame[cut:]]
    return tabulate(parts, design, of=["score", "word"], by=["sex", "age"], row_id=row_id)


def agree(ours: CrossTable, theirs: CrossTable) -> None:
    assert (ours.rows.labels, ours.columns.labels) == (theirs.rows.labels, theirs.columns.labels)
    assert ours.respondents.tolist() == theirs.respondents.tolist()
    assert ours.counts == pytest.approx(theirs.counts, rel=1e-12)
    pd.testing.assert_frame_equal(ours.to_frame(), theirs.to_frame(), rtol=1e-11, atol=1e-12)


def judge_alike(ours: IndependenceTest, theirs: IndependenceTest, method: IndependenceMethod) -> None:
    searched = method in (IndependenceMethod.SADDLEPOINT, IndependenceMethod.LINEAR_COMBINATION)
    precision = 1e-9 if searched else 1e-12  # p-values found by search or integration are rounded by it
    assert (ours.question, ours.method, ours.status) == (theirs.question, theirs.method, theirs.status)
    assert ours.respondent_count == theirs.respondent_count
    for name in ("statistic", "p_value", "degrees_of_freedom", "denominator_degrees_of_freedom", "cramers_v"):
        one, two = getattr(ours, name), getattr(theirs, name)
        assert (one is None) == (two is None)
        if two is not None:
            assert one == pytest.approx(two, rel=precision, abs=1e-12), name
    scale = max(theirs.design_effects, default=1.0)
    assert ours.design_effects == pytest.approx(theirs.design_effects, rel=1e-12, abs=1e-12 * scale)


@pytest.mark.parametrize("name", DESIGNS)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(80, 160), cut=st.integers(1, 79))
@settings(deadline=None, max_examples=4)
def test_tests_of_added_parts_are_those_of_all_rows(name: str, seed: int, size: int, cut: int) -> None:
    frame = people(np.random.default_rng(seed), size)
    table, sample = tabulated(name, frame, cut), Sample(frame, DESIGNS[name][0])
    for rows, columns in VARIABLES:
        for method in IndependenceMethod:
            asked = {"rows": rows, "columns": columns, "method": method, "settings": ANY_DOMAIN}
            judge_alike(independence(table, **asked), independence(sample, **asked), method)


@pytest.mark.parametrize("name", DESIGNS)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(20, 80), cut=st.integers(1, 19))
@settings(deadline=None, max_examples=4)
def test_two_way_tables_of_added_parts_are_those_of_all_rows(
    name: str, seed: int, size: int, cut: int
) -> None:
    frame = people(np.random.default_rng(seed), size)
    table, sample = tabulated(name, frame, cut), Sample(frame, DESIGNS[name][0])
    for rows, columns in VARIABLES:
        asked = {"rows": rows, "columns": columns, "settings": ANY_DOMAIN}
        agree(cross_table(table, **asked), cross_table(sample, **asked))


def test_groups_that_are_single_sampling_units_are_refused_as_from_the_rows() -> None:
    frame = pd.DataFrame({"ward": [1, 1, 1, 2, 2, 2], "weight": 1.0, "q": [1, 1, 2, 1, 2, 2]})
    design = Design(psu="ward", weight="weight")
    for of in (Sample(frame, design), tabulate(frame, design, of="q", by="ward")):
        with pytest.raises(DomainIsPsuError):
            independence(of, rows="ward", columns="q")


def test_what_a_table_cannot_answer_is_refused_with_a_way_out() -> None:
    frame = people(np.random.default_rng(2), 80)
    design = DESIGNS["one stage"][0]
    table = tabulate(frame, design, of=["score", "word", "income"], by=["sex", "age"])
    with pytest.raises(EstimationError, match=r"who answered both score and word.*by=…"):
        cross_table(table, rows="score", columns="word")
    with pytest.raises(EstimationError, match=r"income has too many different numbers.*classes"):
        independence(table, rows="sex", columns="income")
    with pytest.raises(EstimationError, match="no item town"):
        independence(table, rows="sex", columns="town")
    with pytest.raises(EstimationError, match="crossed with itself"):
        cross_table(table, rows="sex", columns="sex")
    refusing = EstimationSettings(missing=MissingRule.REFUSE)
    with pytest.raises(EstimationError, match="Answers to sex or score are missing"):
        cross_table(table, rows="sex", columns="score", settings=refusing)
    silent = tabulate(frame.assign(word=None, score="x"), design, of=["word", "score"], by="sex")
    with pytest.raises(EstimationError, match="Nobody answered both sex and word"):
        independence(silent, rows="sex", columns="word")
