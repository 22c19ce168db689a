"""Directly standardized means and shares; agreement with R's svystandardize is in test_reference.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import EstimationError, WeightingError
from analysis.estimation import mean, share
from analysis.sample import Sample
from analysis.standardization import (
    EmptyCells,
    standardize,
    standardized_mean,
    standardized_share,
)
from tests.golden.reference import read_reference_table

POPULATION = {"E": 4421, "H": 755, "M": 1018}


def schools() -> Sample:
    return Sample(read_reference_table("apiclus1.csv"), Design(psu="dnum", population="fpc", weight="pw"))


def test_standardized_mean_is_the_mean_of_the_classes_under_the_standard_population() -> None:
    sample = schools()
    told = standardized_mean(sample, "api00", by="stype", population=POPULATION, over="awards")
    classes = mean(sample, "api00", by=["stype", "awards"])
    for awards in ("No", "Yes"):
        expected = sum(
            classes.get("api00", stype=label, awards=awards).value * number  # type: ignore[operator]
            for label, number in POPULATION.items()
        ) / sum(POPULATION.values())
        assert told.get("api00", awards=awards).value == pytest.approx(expected)


def test_standard_population_may_be_counts_or_shares() -> None:
    shares = {label: number / 6194 for label, number in POPULATION.items()}
    one = standardized_mean(schools(), "api00", by="stype", population=POPULATION)[0]
    other = standardized_mean(schools(), "api00", by="stype", population=shares)[0]
    assert (one.value, one.standard_error) == pytest.approx((other.value, other.standard_error))


def test_standardizing_to_what_is_there_already_changes_no_mean() -> None:
    own = {each.category: each.value for each in share(schools(), "stype")}
    told = standardized_mean(schools(), "api00", by="stype", population=own)[0]  # type: ignore[arg-type]
    assert told.value == pytest.approx(mean(schools(), "api00")[0].value)


def test_domains_keep_their_weight() -> None:
    sample = schools()
    told = standardize(sample, by="stype", population=POPULATION, over="awards")
    for awards in ("No", "Yes"):
        inside = (sample.frame["awards"] == awards).to_numpy()
        assert told.weights[inside].sum() == pytest.approx(sample.weights[inside].sum())
    large = told.weights[(sample.frame["stype"] == "E").to_numpy()].sum()
    assert large / told.weights.sum() == pytest.approx(4421 / 6194)


def test_only_members_are_standardized() -> None:
    sample = schools()
    inside = sample.frame["awards"] == "Yes"
    told = standardize(sample.where(inside), by="stype", population=POPULATION)
    assert told.weights[~inside.to_numpy()].tolist() == [0] * int((~inside).sum())
    whole = standardized_mean(sample, "api00", by="stype", population=POPULATION, over="awards")
    alone = mean(told, "api00")[0]
    assert alone.value == pytest.approx(whole.get("api00", awards="Yes").value)


def test_missing_answers_do_not_disturb_the_distribution() -> None:
    frame = pd.DataFrame({"q": [1.0, 1, 0, np.nan], "class": ["a", "a", "b", "b"], "weight": [1.0] * 4})
    sample = Sample(frame, Design(weight="weight"))
    half = {"a": 1, "b": 1}
    assert standardized_mean(sample, "q", by="class", population=half)[0].value == pytest.approx(0.5)
    told = standardized_share(sample, "q", categories=[1], by="class", population=half)[0]
    assert (told.value, told.respondent_count) == (pytest.approx(0.5), 3)


def test_class_without_member_is_refused_and_named() -> None:
    frame = pd.DataFrame(
        {"q": [1.0, 0, 1, 0], "class": ["a", "b", "a", "a"], "unit": ["u", "u", "v", "v"], "weight": 1.0}
    )
    sample = Sample(frame, Design(weight="weight"))
    with pytest.raises(WeightingError, match="class b, unit v: has no member here"):
        standardized_mean(sample, "q", by="class", population={"a": 1, "b": 1}, over="unit")
    ignoring = standardize(
        sample, by="class", population={"a": 1, "b": 1}, over="unit", empty_cells=EmptyCells.IGNORE
    )
    assert mean(ignoring, "q", by="unit").values == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("population", "message"),
    [
        ({"E": 1, "H": 1}, "stype M: has no number"),
        ({"E": 1, "H": 1, "M": -1}, "stype M: has -1"),
        ({"E": 1, "H": 1, "M": 1, "K": 1}, "stype K: does not occur"),
        ({"E": 0, "H": 0, "M": 0}, "is empty"),
    ],
)
def test_population_that_does_not_fit_is_refused(population: dict[object, float], message: str) -> None:
    with pytest.raises(WeightingError, match=message):
        standardize(schools(), by="stype", population=population)


def test_unknown_item_is_refused() -> None:
    with pytest.raises(EstimationError, match="no column nothing"):
        standardized_share(schools(), "nothing", categories=[1], by="stype", population=POPULATION)
