"""The kernel adds up what the rows say, for answers of every kind and tables of every size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.estimation import (
    Estimates,
    EstimationSettings,
    MissingRule,
    OnePsuDomains,
    count,
    mean,
    share,
    total,
)
from analysis.estimation.cells import DomainRows, cells_of
from analysis.estimation.tally import Tally
from analysis.sample import Sample

ANY_DOMAIN = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
SIZE = 400
RANDOM = np.random.default_rng(11)
ANSWERS = RANDOM.integers(1, 6, SIZE).astype(float)
ANSWERS[RANDOM.random(SIZE) < 0.1] = np.nan
FRAME = pd.DataFrame(
    {
        "stratum": np.arange(SIZE) % 4,
        "psu": np.arange(SIZE) % 40,
        "unit": RANDOM.integers(0, 7, SIZE),
        "weight": RANDOM.uniform(1, 9, SIZE),
    }
)
DESIGN = Design(strata="stratum", psu="psu", weight="weight")


def sample(answers: object) -> Sample:
    return Sample(FRAME.assign(q=answers), DESIGN)


def everything(of: Sample, categories: list[object]) -> np.ndarray:
    found = [
        share(of, "q", categories=categories, by="unit", settings=ANY_DOMAIN),
        count(of, "q", by="unit", settings=ANY_DOMAIN),
    ]
    return np.concatenate([np.concatenate([each.values, each.standard_errors]) for each in found])


EXPECTED = everything(sample(ANSWERS), [4, 5])


@pytest.mark.parametrize(
    ("answers", "categories"),
    [
        (pd.array(ANSWERS, dtype="Int8"), [4, 5]),
        (pd.array(ANSWERS, dtype="Int64"), [4.0, 5.0]),
        (pd.array(ANSWERS, dtype="UInt8"), [np.int64(4), 5]),
        (pd.array(ANSWERS, dtype="Float32"), [4, 5, "five"]),
        (ANSWERS.astype(np.float32), [4, 5]),
        (pd.Categorical(ANSWERS), [4, 5]),
        (pd.Series(ANSWERS).map("level {:.0f}".format).where(~np.isnan(ANSWERS)), ["level 4", "level 5"]),
        (pd.Series(ANSWERS, dtype=object), [4, 5]),
    ],
    ids=lambda each: str(getattr(each, "dtype", "")),
)
def test_answers_of_any_kind_give_the_same(answers: object, categories: list[object]) -> None:
    assert everything(sample(answers), categories) == pytest.approx(EXPECTED, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int64])
def test_whole_numbers_without_missing_answers_give_the_same(dtype: type) -> None:
    whole = np.nan_to_num(ANSWERS, nan=3.0)
    ours, theirs = (
        mean(sample(values), "q", by="unit", settings=ANY_DOMAIN) for values in (whole.astype(dtype), whole)
    )
    assert ours.values == pytest.approx(theirs.values, rel=1e-14)
    assert ours.standard_errors == pytest.approx(theirs.standard_errors, rel=1e-12)


def test_scales_at_the_ends_of_a_byte_are_read() -> None:
    ends = np.where(np.nan_to_num(ANSWERS) > 3, -128, -125).astype(np.int8)
    assert mean(sample(ends), "q")[0].value == pytest.approx(mean(sample(ends.astype(float)), "q")[0].value)
    assert share(sample(ends), "q", categories=[-128])[0].value == pytest.approx(
        share(sample(np.nan_to_num(ANSWERS)), "q", categories=[4, 5])[0].value
    )


def test_truth_values_are_numbers_and_categories() -> None:
    truth = np.nan_to_num(ANSWERS) > 3
    assert mean(sample(truth), "q")[0].value == pytest.approx(
        share(sample(truth), "q", categories=[True])[0].value
    )
    assert [each.category for each in share(sample(truth), "q")] == [False, True]


def test_more_labels_than_fit_into_a_byte_are_kept_apart() -> None:
    labels = [f"street {place % 300:03d}" for place in range(SIZE)]
    found = count(sample(labels), "q", settings=ANY_DOMAIN)
    assert len(found) == 300
    weight = FRAME["weight"][[place for place in range(SIZE) if place % 300 == 7]].sum()
    assert found.get("q", category="street 007").value == pytest.approx(weight, rel=1e-13)


def test_long_scales_and_short_ones_have_one_mean() -> None:
    """A scale of few levels is tallied, a long one summed: a constant added makes no other difference."""
    short = mean(sample(ANSWERS), "q", by="unit", settings=ANY_DOMAIN)
    long = ANSWERS + np.where(np.arange(SIZE) == 0, 1e-3, 0.0)
    summed = mean(sample(long), "q", by="unit", settings=ANY_DOMAIN)
    assert summed.values == pytest.approx(short.values, abs=1e-4)
    assert summed.standard_errors == pytest.approx(short.standard_errors, abs=1e-4)


def test_complete_rows_count_for_all_items_or_none() -> None:
    frame = FRAME.assign(one=ANSWERS, two=np.where(np.arange(SIZE) % 5 == 0, np.nan, 4.0))
    listwise = EstimationSettings(missing=MissingRule.LISTWISE)
    found = share(Sample(frame, DESIGN), ["one", "two"], categories=[4], settings=listwise)
    complete = frame["one"].notna() & frame["two"].notna()
    alone = share(Sample(frame, DESIGN).where(complete), "one", categories=[4])
    assert [each.respondent_count for each in found] == [complete.sum()] * 2
    assert found.standard_errors[0] == pytest.approx(alone.standard_errors[0], rel=1e-13)


def test_rows_outside_all_domains_are_left_out() -> None:
    unit = FRAME["unit"].where(FRAME["unit"] < 3)
    some = share(Sample(FRAME.assign(q=ANSWERS, unit=unit), DESIGN), "q", categories=[4, 5], by="unit")
    assert some.values == pytest.approx(EXPECTED[:3], rel=1e-13)


def test_items_without_an_answer_are_not_available() -> None:
    frame = FRAME.assign(q=np.nan, again=ANSWERS)
    found = mean(Sample(frame, DESIGN), ["q", "again"])
    assert [each.is_available for each in found] == [False, True]
    assert found[0].respondent_count == 0


def test_cells_of_a_wide_design_are_those_of_a_narrow_one() -> None:
    """Crossings too many to look up are sorted instead."""
    place, domain = RANDOM.integers(-1, 30, SIZE), RANDOM.integers(-1, 9, SIZE)
    narrow = cells_of(place, domain, place_count=30, domain_count=9)
    wide = cells_of(place * 10**6, domain, place_count=30 * 10**6, domain_count=9)
    rows = slice(0, SIZE)
    inside = (place >= 0) & (domain >= 0)
    assert narrow.codes(rows).tolist() == wide.codes(rows).tolist()
    assert (narrow.place * 10**6).tolist() == wide.place.tolist()
    assert narrow.place[narrow.codes(rows)[inside]].tolist() == place[inside].tolist()
    assert narrow.domain[narrow.codes(rows)[inside]].tolist() == domain[inside].tolist()
    assert set(narrow.codes(rows)[~inside].tolist()) == {narrow.count}


def test_domains_as_cells_put_rows_outside_last() -> None:
    assert DomainRows(np.array([1, -1, 0]), 2).codes(slice(0, 3)).tolist() == [1, 2, 0]


@pytest.mark.parametrize("counts", [[2], [2] * 7, [1] * 20, [5, 2, 300, 2], [31, 31]])
@pytest.mark.parametrize("block", [SIZE, 90])
def test_tally_adds_each_value_at_its_cell_and_level(counts: list[int], block: int) -> None:
    random = np.random.default_rng(len(counts))
    cell = random.integers(0, 6, SIZE)  # 5 stands for no cell
    codes = [random.integers(0, each + 1, SIZE).astype(np.min_scalar_type(each)) for each in counts]
    values = random.uniform(1, 2, SIZE)
    tally = Tally(counts, 5, capacity=200 if block < SIZE else SIZE)
    for start in range(0, SIZE, block):
        rows = slice(start, start + block)
        adding = tally.block(cell[rows], values[rows])
        next(adding)
        for each in codes:
            adding.send(each[rows].copy())
    sums = tally.sums()
    for each, found in zip(codes, sums.levels(), strict=True):
        expected = np.zeros((int(each.max()) + 1, 6))
        np.add.at(expected, (each, cell), values)
        assert found[: len(expected) - 1] == pytest.approx(expected[1:, :5], rel=1e-13)
    assert sums.whole() == pytest.approx(np.bincount(cell, values, minlength=6)[:5], rel=1e-13)


def long_survey(cells_per_psu: int) -> tuple[Estimates, pd.DataFrame, pd.DataFrame]:
    """300,000 rows: read in blocks by two threads; and the sums by pandas."""
    random = np.random.default_rng(2)
    size = 300_000
    psu = random.integers(0, 1000, size)
    frame = pd.DataFrame(
        {
            "psu": psu,
            "unit": (psu + 13 * random.integers(0, cells_per_psu, size)) % 100,
            "weight": random.uniform(1, 9, size),
        }
    )
    for item in ("one", "two", "three"):
        answers = random.integers(1, 6, size).astype(float)
        answers[random.random(size) < 0.1] = np.nan
        frame[item] = answers
    items = ["one", "two", "three"]
    found = share(Sample(frame, Design(psu="psu", weight="weight")), items, categories=[4, 5], by="unit")
    weight = frame[items].notna().mul(frame["weight"], axis=0).groupby(frame["unit"]).sum()
    satisfied = frame[items].isin([4, 5]).mul(frame["weight"], axis=0).groupby(frame["unit"]).sum()
    return found, weight, satisfied


@pytest.mark.parametrize("cells_per_psu", [4, 90])
def test_long_columns_are_added_by_two_threads_as_by_one(cells_per_psu: int) -> None:
    found, weight, satisfied = long_survey(cells_per_psu)
    assert found.values == pytest.approx((satisfied / weight).to_numpy().T.reshape(-1), rel=1e-12)
    again, _, _ = long_survey(cells_per_psu)
    assert again.values.tolist() == found.values.tolist()
    assert again.standard_errors.tolist() == found.standard_errors.tolist()


def test_constant_answers_have_no_error_where_rows_are_the_units() -> None:
    """Sums of squares about the origin would leave round-off of the size 1e-8."""
    frame = FRAME.assign(
        q=np.where(FRAME["unit"] == 1, 5.0, ANSWERS), person=np.arange(SIZE), people=90, wards=60
    )
    two_stages = Design(
        strata="stratum", psu=["psu", "person"], population=["wards", "people"], weight="weight"
    )
    for design in (two_stages, Design(weight="weight")):
        for constant in (frame, frame.assign(q=frame["q"] * 1e6 + 0.25)):
            found = mean(Sample(constant, design), "q", by="unit", settings=ANY_DOMAIN)
            assert found.standard_errors[1] / found.values[1] == pytest.approx(0, abs=1e-15)


def test_numbers_far_from_zero_keep_their_digits_where_rows_are_the_units() -> None:
    spread = RANDOM.normal(0, 1, SIZE)
    frame = FRAME.assign(near=spread, far=spread + 1e8)
    for design in (Design(weight="weight"), DESIGN):
        of = Sample(frame, design)
        near, far = (mean(of, item, by="unit", settings=ANY_DOMAIN) for item in ("near", "far"))
        assert far.standard_errors == pytest.approx(near.standard_errors, rel=1e-6)
    alike = Sample(frame.assign(weight=2.0), Design(weight="weight"))
    near, far = (total(alike, item) for item in ("near", "far"))
    assert far[0].standard_error == pytest.approx(near[0].standard_error, rel=1e-6)
