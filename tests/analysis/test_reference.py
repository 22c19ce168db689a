"""Estimates agree with R survey 4.5, entry by entry; origin, tolerance: tests/golden/reference/ORIGIN.md."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from analysis.errors import EstimationError, SinglePsuStratumError
from analysis.estimation import Estimates
from tests.golden.reference import entries
from tests.golden.reference.entries import Entry

pytestmark = pytest.mark.golden

DATA = ("apistrat", "apiclus1", "apiclus2", "synth_open")
ESTIMATORS = ("mean", "total", "prop", "count", "ratio")
INTERVALS = ("logit", "beta", "wilson", "mean")
RELATIVE, FIXED = 1e-9, 1e-8


def is_ours(entry: Entry) -> bool:
    replicates = "replicate" in (entry["design"]["extra"] or {})
    return not replicates and all(step["op"] == "poststratify" for step in entry["steps"] or ())


ALL = [entry for data in DATA for entry in entries.read_entries(data) if is_ours(entry)]
ESTIMATES = [entry for entry in ALL if entry["estimator"] in ESTIMATORS]
SHARES = [entry for entry in ALL if entry["estimator"] == "ciprop" and entry["args"]["method"] in INTERVALS]
WEIGHTS = [entry for entry in ALL if entry["estimator"] == "weights"]
DEGREES = [entry for entry in ALL if entry["estimator"] == "degf"]


def by_id(chosen: list[Entry]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", chosen, ids=[entry["id"] for entry in chosen])


def assert_agrees(ours: object, reference: object, *, beside: object = 0.0) -> None:
    """Equal to 1e-9, or both round-off; numbers near zero are measured against `beside`."""
    mine, theirs = np.asarray(ours, dtype=float).reshape(-1), entries.numbers(reference)
    assert mine.shape == theirs.shape
    scale = np.maximum(np.abs(theirs), np.abs(np.asarray(beside, dtype=float).reshape(-1)))
    equal = np.abs(mine - theirs) <= RELATIVE * scale
    round_off = (np.abs(mine) <= FIXED) & (np.abs(theirs) <= FIXED)
    neither = np.isnan(mine) & np.isnan(theirs)
    wrong = np.flatnonzero(~(equal | round_off | neither))
    assert [(place, mine[place], theirs[place]) for place in wrong] == []


def attribute(estimates: Estimates, order: list[int], name: str) -> list[float]:
    found = [getattr(estimates[place], name) for place in order]
    return [np.nan if value is None else value for value in found]


def test_no_entry_is_lost() -> None:
    counted = Counter((entry["data"].removesuffix(".csv"), entry["estimator"]) for entry in ESTIMATES)
    assert counted == {
        ("apistrat", "mean"): 32,
        ("apistrat", "total"): 17,
        ("apistrat", "prop"): 15,
        ("apistrat", "count"): 6,
        ("apistrat", "ratio"): 15,
        ("apiclus1", "mean"): 28,
        ("apiclus1", "total"): 15,
        ("apiclus1", "prop"): 14,
        ("apiclus1", "count"): 5,
        ("apiclus1", "ratio"): 13,
        ("apiclus2", "mean"): 32,
        ("apiclus2", "total"): 17,
        ("apiclus2", "prop"): 15,
        ("apiclus2", "count"): 6,
        ("apiclus2", "ratio"): 15,
        ("synth_open", "mean"): 224,
        ("synth_open", "total"): 72,
        ("synth_open", "prop"): 28,
        ("synth_open", "count"): 8,
        ("synth_open", "ratio"): 28,
    }
    assert Counter(entry["args"]["method"] for entry in SHARES) == dict.fromkeys(INTERVALS, 51)
    assert (len(WEIGHTS), len(DEGREES)) == (7, 3)


@by_id([entry for entry in ESTIMATES if entry["expected"].get("estimate", "NA") != "NA"])
def test_estimate_agrees_with_r(entry: Entry) -> None:
    expected, estimates = entry["expected"], entries.estimate(entry)
    order = entries.order_of(entry, estimates)
    assert_agrees(estimates.values[order], expected["estimate"])
    assert_agrees(estimates.standard_errors[order], expected["se"])
    if "deff" in expected:
        assert_agrees(attribute(estimates, order, "design_effect"), expected["deff"])
    if "df" in expected:
        assert {estimate.degrees_of_freedom for estimate in estimates} == {expected["df"]}
        for name, limit in (("lower", "ci_t95_lower"), ("upper", "ci_t95_upper")):
            assert_agrees(
                attribute(estimates, order, name),
                expected[limit],
                beside=entries.numbers(expected["estimate"]),
            )
    domain_df = expected.get("domain_df", [])
    assert attribute(estimates, order, "degrees_of_freedom")[: len(domain_df)] == domain_df
    if "design_df" in expected:
        assert estimates.degrees_of_freedom == expected["design_df"]
    if "vcov" in expected:
        errors = entries.numbers(expected["se"])
        covariance = estimates.covariance()[np.ix_(order, order)]
        assert_agrees(covariance, expected["vcov"], beside=np.outer(errors, errors))


@by_id([entry for entry in ESTIMATES if "error" in entry["expected"]])
def test_where_r_refuses_we_name_the_stratum(entry: Entry) -> None:
    with pytest.raises(SinglePsuStratumError) as refusal:
        entries.estimate(entry)
    assert "stratum s5" in [problem.place for problem in refusal.value.problems]


@by_id([entry for entry in ESTIMATES if entry["expected"].get("estimate") == "NA"])
def test_where_r_answers_na_we_name_the_rows(entry: Entry) -> None:
    with pytest.raises(EstimationError, match=r"Answers are missing in rows \d+"):
        entries.estimate(entry)


@by_id(SHARES)
def test_interval_agrees_with_r(entry: Entry) -> None:
    expected, estimates = entry["expected"], entries.estimate(entry)
    assert_agrees(estimates.values[0], expected["estimate"])
    assert_agrees(estimates.standard_errors[0], expected["se"])
    assert estimates[0].degrees_of_freedom == expected["df"]
    assert_agrees(attribute(estimates, [0], "lower"), expected["ci_lower"])
    assert_agrees(attribute(estimates, [0], "upper"), expected["ci_upper"])


@by_id(WEIGHTS)
def test_calibrated_weights_agree_with_r(entry: Entry) -> None:
    expected, weights = entry["expected"], entries.sample_of(entry).weights
    column = entries.read_frame(entry["data"].replace(".csv", "_calweights.csv"))[expected["column"]]
    assert_agrees(weights, column.to_numpy())
    assert_agrees([weights.sum(), (weights**2).sum()], [expected["sum"], expected["sum_sq"]])


@by_id(DEGREES)
def test_degrees_of_freedom_agree_with_r(entry: Entry) -> None:
    sample = entries.sample_of(entry)
    in_domain = (sample.frame["stype"] == "E") & (sample.frame["meals"] > 50)
    found = {"degf": sample.degrees_of_freedom, "degf_domain": sample.where(in_domain).degrees_of_freedom}
    assert found == entry["expected"]
