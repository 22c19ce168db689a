"""A compact table gives what its rows give, however they were divided into parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design, SinglePsu
from analysis.errors import DesignError, EstimationError, SinglePsuStratumError
from analysis.estimation import (
    CompactTable,
    Estimates,
    EstimationSettings,
    MissingRule,
    OnePsuDomains,
    count,
    mean,
    ratio,
    share,
    tabulate,
    total,
)
from analysis.pps import PpsMethod
from analysis.sample import Sample

ANY_DOMAIN = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
ITEMS = ["score", "word", "income", ("spent", "income")]
BY = ["sex", "age"]


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
            "age": random.choice([0.0, 1.0, 2.0, np.nan], size, p=[0.3, 0.3, 0.3, 0.1]),
            "score": random.choice([1.0, 2.0, 3.0, 4.0, 5.0, np.nan], size),
            "word": random.choice(["good", "poor", None], size),
            "income": random.lognormal(8, 1, size),
            "spent": np.where(random.random(size) < 0.1, np.nan, random.lognormal(7, 1, size)),
        }
    )


DESIGNS: dict[str, tuple[Design, str | None]] = {
    "one stage": (Design(strata="district", psu="ward", weight="weight", single_psu=SinglePsu.REMOVE), None),
    "adjusted": (
        Design(strata="district", psu="ward", weight="weight", population="wards", single_psu="adjust"),
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
            strata="district", psu=["ward", "person"], population=["wards", "people"], single_psu="adjust"
        ),
        "person",
    ),
    "elements": (
        Design(strata="district", weight="weight", population="people", single_psu="adjust"),
        None,
    ),
    "numbered elements": (
        Design(strata="district", psu="person", weight="weight", single_psu="certainty"),
        "person",
    ),
}


def estimates(of: Sample | CompactTable) -> list[Estimates]:
    return [
        mean(of, "score", by="sex", settings=ANY_DOMAIN),
        mean(of, "income", by=BY, settings=ANY_DOMAIN),
        total(of, ["score", "income"], by="age", settings=ANY_DOMAIN),
        share(of, "score", categories=[4, 5], by=BY, settings=ANY_DOMAIN),
        share(of, "word", settings=ANY_DOMAIN),
        count(of, "score", by="sex", settings=ANY_DOMAIN),
        ratio(of, "spent", to="income", by="sex", settings=ANY_DOMAIN),
    ]


def agree(ours: Estimates, theirs: Estimates) -> None:
    assert list(ours.columns.items) == list(theirs.columns.items)
    assert ours.columns.domain_labels == theirs.columns.domain_labels
    assert ours.degrees_of_freedom == theirs.degrees_of_freedom
    scale = 1 + np.nanmax(np.abs(theirs.values), initial=0)
    assert ours.values == pytest.approx(theirs.values, rel=1e-10, nan_ok=True)
    assert ours.standard_errors == pytest.approx(
        theirs.standard_errors, rel=1e-9, abs=1e-9 * scale, nan_ok=True
    )
    for name in ("respondent_count", "degrees_of_freedom", "status", "interval_method"):
        assert getattr(ours.columns, name).tolist() == getattr(theirs.columns, name).tolist()
    for name in ("design_effect", "lower", "upper"):
        assert getattr(ours.columns, name) == pytest.approx(
            getattr(theirs.columns, name), rel=1e-8, abs=1e-9 * scale, nan_ok=True
        )


@st.composite
def divided_frames(draw: st.DrawFn) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """People in a random order, and the same people in up to four parts, some of them small."""
    size = draw(st.integers(20, 60))
    frame = people(np.random.default_rng(draw(st.integers(0, 2**32 - 1))), size)
    cuts = sorted(draw(st.lists(st.integers(1, size - 1), max_size=3, unique=True)))
    return frame, [frame.iloc[a:b] for a, b in zip([0, *cuts], [*cuts, size], strict=True)]


@pytest.mark.parametrize("name", DESIGNS)
@given(divided=divided_frames())
@settings(deadline=None, max_examples=15)
def test_parts_add_up_to_what_all_rows_give(
    name: str, divided: tuple[pd.DataFrame, list[pd.DataFrame]]
) -> None:
    design, row_id = DESIGNS[name]
    frame, parts = divided
    table = tabulate(parts, design, of=ITEMS, by=BY, row_id=row_id)
    for ours, theirs in zip(estimates(table), estimates(Sample(frame, design)), strict=True):
        agree(ours, theirs)


@given(divided=divided_frames())
@settings(deadline=None, max_examples=15)
def test_halves_add_in_any_order(divided: tuple[pd.DataFrame, list[pd.DataFrame]]) -> None:
    design, row_id = DESIGNS["two stages"]
    frame, parts = divided
    tables = [tabulate(part, design, of=ITEMS, by=BY, row_id=row_id) for part in parts]
    there, back = tables[0], tables[-1]
    for table in tables[1:]:
        there = there + table
    for table in tables[-2::-1]:
        back = table + back
    whole = tabulate(frame, design, of=ITEMS, by=BY, row_id=row_id)
    for one, two, all_rows in zip(estimates(there), estimates(back), estimates(whole), strict=True):
        agree(one, all_rows)
        agree(two, all_rows)


def test_covariances_between_items_and_domains_come_from_the_units() -> None:
    design, _ = DESIGNS["one stage"]
    frame = people(np.random.default_rng(4), 200)
    table = tabulate([frame[:90], frame[90:]], design, of=["score", "income"], by="sex")
    for of in (table, Sample(frame, design)):
        found = mean(of, ["score", "income"], by="sex", settings=ANY_DOMAIN).covariance()
        if of is table:
            ours = found
    assert ours == pytest.approx(found, rel=1e-9, abs=1e-12)


def test_covariances_of_rows_need_the_rows() -> None:
    design, row_id = DESIGNS["two stages"]
    table = tabulate(people(np.random.default_rng(4), 200), design, of=["score", "income"], row_id=row_id)
    with pytest.raises(EstimationError, match="need the rows"):
        mean(table, ["score", "income"]).covariance()


def test_number_of_blocks_does_not_change_a_digit_beyond_rounding() -> None:
    """A long column is read in blocks by two threads; the short ones it is made of are read in one."""
    random = np.random.default_rng(8)
    size = 300_000
    frame = pd.DataFrame(
        {"ward": random.integers(0, 200, size), "weight": random.uniform(1, 9, size), "unit": 0}
    )
    for item in range(5):
        answers = pd.array(random.integers(1, 6, size), dtype="Int8")
        answers[random.random(size) < 0.1] = pd.NA
        frame[f"q{item}"] = answers
    frame["unit"] = frame["ward"] % 20
    items = [f"q{item}" for item in range(5)]
    design = Design(psu="ward", weight="weight")
    parts = (frame[start : start + 50_000] for start in range(0, size, 50_000))
    table = tabulate(parts, design, of=items, by="unit")
    whole = share(Sample(frame, design), items, categories=[4, 5], by="unit")
    agree(share(table, items, categories=[4, 5], by="unit"), whole)


def test_large_numbers_with_a_small_spread_lose_no_digits() -> None:
    random = np.random.default_rng(3)
    frame = people(random, 400).assign(score=1e9 + random.normal(0, 1, 400))
    design, row_id = DESIGNS["two stages"]
    table = tabulate([frame[:100], frame[100:]], design, of="score", by="sex", row_id=row_id)
    ours = mean(table, "score", by="sex", settings=ANY_DOMAIN)
    shifted = mean(Sample(frame.assign(score=frame["score"] - 1e9), design), "score", by="sex")
    assert ours.values - 1e9 == pytest.approx(shifted.values, abs=1e-6)
    assert ours.standard_errors == pytest.approx(shifted.standard_errors, rel=1e-6)


def test_domain_variables_not_asked_for_are_added_over() -> None:
    design, _ = DESIGNS["one stage"]
    frame = people(np.random.default_rng(6), 150)
    fine = tabulate(frame, design, of="score", by=["sex", "age", "word"])
    agree(mean(fine, "score", settings=ANY_DOMAIN), mean(Sample(frame, design), "score", settings=ANY_DOMAIN))


def test_scale_that_grows_in_a_later_part_is_kept_as_numbers() -> None:
    design, _ = DESIGNS["one stage"]
    frame = people(np.random.default_rng(7), 150)
    frame.loc[100:, "score"] = np.arange(50) * 1.5
    table = tabulate([frame[:100], frame[100:]], design, of="score", by="sex")
    agree(mean(table, "score", by="sex"), mean(Sample(frame, design), "score", by="sex"))
    with pytest.raises(EstimationError, match="too many different numbers"):
        share(table, "score")


def test_table_shows_its_sums() -> None:
    frame = pd.DataFrame(
        {"ward": [1, 1, 2], "weight": [2.0, 3.0, 4.0], "q": [4, 4, 5], "sex": ["F", "F", "M"]}
    )
    table = tabulate(frame, Design(psu="ward", weight="weight"), of="q", by="sex")
    assert str(table) == "compact table of 3 rows in 2 cells: q by sex"
    assert table.to_frame().to_dict("records") == [
        {
            "ward": ward,
            "sex": sex,
            "item": "q",
            "value": value,
            "n": n,
            "weight": weight,
            "squared_weight": square,
            "weighted_sum": weight * value,
            "weighted_squares": weight * value**2,
        }
        for ward, sex, value, n, weight, square in [(1, "F", 4, 2.0, 5.0, 13.0), (2, "M", 5, 1.0, 4.0, 16.0)]
    ]


@pytest.mark.parametrize(
    ("of", "by", "message"),
    [
        ("nothing", (), "There is no column nothing"),
        (["score", ("word", "income")], (), "Column word is"),
    ],
)
def test_items_that_cannot_be_tabulated_are_named(of: Sequence[str], by: Sequence[str], message: str) -> None:
    with pytest.raises(EstimationError, match=message):
        tabulate(people(np.random.default_rng(1), 30), DESIGNS["one stage"][0], of=of, by=by)


def test_design_is_checked_over_all_parts() -> None:
    design = Design(strata="district", psu="ward", weight="weight")
    frame = pd.DataFrame({"district": [1, 1, 2], "ward": [1, 2, 3], "weight": 1.0, "q": [1, 2, 3]})
    table = tabulate([frame[:1], frame[1:]], design, of="q")
    with pytest.raises(SinglePsuStratumError, match="district 2"):
        mean(table, "q")
    astray = frame.assign(ward=[1, 2, 1])
    with pytest.raises(DesignError, match="more than one stratum"):
        mean(tabulate([astray[:2], astray[2:]], design, of="q"), "q")


def test_parts_that_do_not_fit_are_refused() -> None:
    frame = people(np.random.default_rng(2), 40)
    design, row_id = DESIGNS["two stages"]
    with pytest.raises(DesignError, match="is the same in several rows"):
        tabulate(frame.assign(person=1), design, of="score", row_id=row_id)
    with pytest.raises(DesignError, match="is not the last stage of psu"):
        tabulate(frame, design, of="score", row_id="ward")
    with pytest.raises(DesignError, match="is not a weight of 0 or more in rows 3"):
        tabulate(frame.assign(weight=frame["weight"].where(frame.index != 3, -1)), design, of="score")
    with pytest.raises(DesignError, match="column town: the sample has no such column"):
        tabulate(frame, design, of="score", by="town")
    with pytest.raises(DesignError, match="not one part"):
        tabulate([], design, of="score")
    with pytest.raises(DesignError, match="use a Sample"):
        tabulate(frame, Design(inclusion_probability="weight", pps=PpsMethod()), of="score")
    with pytest.raises(EstimationError, match="do not add up"):
        tabulate(frame, design, of="score") + tabulate(frame, design, of="income")


def test_questions_the_table_cannot_answer_are_refused() -> None:
    table = tabulate(
        people(np.random.default_rng(2), 60), DESIGNS["one stage"][0], of=["score", "word"], by="sex"
    )
    with pytest.raises(EstimationError, match="no domain variable age"):
        mean(table, "score", by="age")
    with pytest.raises(EstimationError, match="no item income"):
        mean(table, "income")
    with pytest.raises(EstimationError, match="need the pair"):
        ratio(table, "score", to="income")
    with pytest.raises(EstimationError, match="words, not numbers"):
        mean(table, "word")
    with pytest.raises(EstimationError, match="answered all items"):
        share(table, ["score", "word"], settings=EstimationSettings(missing=MissingRule.LISTWISE))
    with pytest.raises(EstimationError, match="Answers are missing"):
        mean(table, "score", settings=EstimationSettings(missing=MissingRule.REFUSE))
