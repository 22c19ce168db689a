"""Designs of reference entries are read in general: filters, derived columns, replicates, probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.pps import JointProbabilities, PpsVariance
from analysis.replicate_design import ReplicateDesign, ReplicateMethod
from tests.golden.comparison.designs import drawn_sample
from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.expressions import evaluate
from tests.golden.comparison.unequal_probabilities import pps_method

ROWS = pd.DataFrame(
    {
        "school.type": list("EEHHMM"),
        "strata": ["s1", "s1", "s2", "s2", "s3", "s3"],
        "score": [1.0, 2, 3, 4, 5, 6],
        "w": [2.0] * 6,
    }
)


def entry(extra: dict[str, Any] | None = None, **design: Any) -> dict[str, Any]:
    given = {"ids": None, "strata": ["strata"], "fpc": None, "fpc_kind": "population_size", "weights": "w"}
    rules = {"probs": None, "nest": False, "lonely_psu": "remove", "adjust_domain_lonely": False}
    return {"data": "rows.csv", "design": given | rules | {"extra": extra} | design}


def scores(extra: dict[str, Any]) -> list[float]:
    return list(drawn_sample(entry(extra), lambda file: ROWS).frame["score"])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("drop strata s2, s3", [1, 2]),
        ("keep school.type E, H", [1, 2, 3, 4]),
        ("drop school.type == 'H' | score > 5", [1, 2, 5]),
        ('keep rows where score >= 3 & school.type != "H"', [5, 6]),
        ("!(score %in% c(1, 2, 3, 4))", [5, 6]),
        (
            [{"col": "score", "op": ">", "value": 4}, {"col": "strata", "op": "in", "value": ["s3"]}],
            [5, 6],
        ),
    ],
)
def test_rows_are_filtered_before_the_design(text: Any, kept: list[float]) -> None:
    assert scores({"filter_rows_before_design": text}) == kept


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1 / w", [0.5] * 6),
        ("score^2 - 1", [0, 3, 8, 15, 24, 35]),
        ("as.numeric(school.type == 'E')", [1, 1, 0, 0, 0, 0]),
        ("ifelse(score > 2 & score < 5, 1, 0)", [0, 0, 1, 1, 0, 0]),
        ("score - mean(score)", [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]),
        ("-score", [-1, -2, -3, -4, -5, -6]),
    ],
)
def test_columns_are_derived_from_expressions(text: str, values: list[float]) -> None:
    assert [float(value) for value in evaluate(text, ROWS)] == values


@pytest.mark.parametrize("text", ["__import__('os')", "score.__class__", "open('x')", "unknown + 1", "w +"])
def test_an_expression_can_do_nothing_but_compute(text: str) -> None:
    with pytest.raises(UnsupportedError):
        evaluate(text, ROWS)


def test_derived_columns_may_be_the_weights() -> None:
    sample = drawn_sample(entry({"derived": {"w2": "w * 3"}}, weights="w2"), lambda file: ROWS)
    assert sample.weights.tolist() == [6.0] * 6


def test_what_an_entry_does_not_say_is_as_in_the_reference() -> None:
    equal = drawn_sample(entry(weights=None), lambda file: ROWS)
    assert equal.weights.tolist() == [1.0] * 6
    fractions = drawn_sample(
        entry({"derived": {"f": "0.25 + 0 * score"}}, weights=None, fpc=["f"], fpc_kind="sampling_fraction"),
        lambda file: ROWS,
    )
    assert fractions.weights.tolist() == [4.0] * 6
    with pytest.raises(UnsupportedError, match="a design with phases"):
        drawn_sample(entry({"phases": 2}), lambda file: ROWS)


FACTORS = pd.DataFrame(
    {"strata": ["s1", "s2", "s3"], "a": [0, 1.5, 1.5], "b": [1.5, 0, 1.5], "c": [1.5, 1.5, 0]}
)


def replicate(**changes: Any) -> dict[str, Any]:
    rule = {"type": "JK1", "file": "r.csv", "combined_weights": False, "scale": 2 / 3, "rscales": [1, 1, 1]}
    return {"replicate": rule | {"mse": True} | changes}


def with_file(file: pd.DataFrame) -> Any:
    return lambda name: ROWS if name == "rows.csv" else file


def test_factors_come_by_unit_or_row_by_row() -> None:
    by_unit = drawn_sample(entry(replicate(factors_by=["strata"], degf=2)), with_file(FACTORS))
    each = FACTORS[["a", "b", "c"]].loc[np.repeat(range(3), 2)].reset_index(drop=True)
    combined = drawn_sample(entry(replicate(combined_weights=True)), with_file(each * 2))
    for sample in (by_unit, combined):
        assert sample.replicates is not None
        np.testing.assert_allclose(np.column_stack(list(sample.replicates.weights())), each * 2)
        assert sample.degrees_of_freedom == 2
    assert isinstance(by_unit.design, ReplicateDesign)
    assert (by_unit.design.method, by_unit.design.scale_used) == (ReplicateMethod.JK1, 2 / 3)


def test_degrees_of_freedom_set_by_hand_are_taken() -> None:
    sample = drawn_sample(entry(replicate(factors_by=["strata"], degf=1)), with_file(FACTORS))
    assert sample.degrees_of_freedom == 1


def test_a_file_of_fewer_rows_is_that_of_whole_strata_left_out() -> None:
    """Entries of one directory say which strata only in their name; the weights of a unit tell it too."""
    rows = ROWS.assign(w=[2.0, 2, 3, 4, 5, 6])
    weights = pd.DataFrame({"a": [0, 0, 7.5, 9.0], "b": [4.0, 4, 0, 0]})  # of s1 and s3, by stratum as unit
    design = entry(replicate(combined_weights=True, rscales=[1, 1]), ids=["strata"])
    sample = drawn_sample(design, lambda name: rows if name == "rows.csv" else weights)
    assert list(sample.frame["strata"]) == ["s1", "s1", "s3", "s3"]
    five = pd.concat([weights, weights.tail(1)])
    with pytest.raises(UnsupportedError, match="5 rows of replicate weights for 6 rows of data"):
        drawn_sample(design, lambda name: rows if name == "rows.csv" else five)


def test_unequal_probabilities_are_named_or_described() -> None:
    assert pps_method("brewer", with_file(FACTORS)).joint is JointProbabilities.BREWER
    told = pps_method({"method": "HR", "psum": 0.1, "variance": "YG"}, with_file(FACTORS))
    assert (told.joint, told.variance, told.sum_of_squares) == (
        JointProbabilities.HARTLEY_RAO,
        PpsVariance.YATES_GRUNDY,
        0.1,
    )
    with pytest.raises(UnsupportedError):
        pps_method("sampford", with_file(FACTORS))
