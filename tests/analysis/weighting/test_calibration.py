"""Post-stratified weights agree with known totals, or every misfit is named; R: test_reference.py."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import WeightingError
from analysis.estimation import mean, share
from analysis.sample import Sample
from analysis.weighting import poststratify


def sample(**columns: object) -> Sample:
    people = {"sex": ["F", "F", "M", "M"], "age": [1, 2, 1, 2], "weight": [1.0, 3, 1, 1], "q": [1, 2, 3, 4]}
    return Sample(pd.DataFrame(people | columns), Design(weight="weight"))


def test_weights_of_a_post_stratum_add_up_to_its_total() -> None:
    assert list(poststratify(sample(), by="sex", totals={"F": 40, "M": 60}).weights) == [10, 30, 30, 30]


def test_crossed_variables_take_tuples() -> None:
    totals = {("F", 1): 5, ("F", 2): 6, ("M", 1): 7, ("M", 2): 8}
    assert list(poststratify(sample(), by=["sex", "age"], totals=totals).weights) == [5, 6, 7, 8]


def test_sample_itself_stays_as_it_was() -> None:
    before = sample()
    after = poststratify(before, by="sex", totals={"F": 40, "M": 60})
    assert list(before.weights) == [1, 3, 1, 1]
    assert list(after.design_weights) == [1, 3, 1, 1]


def test_share_of_the_post_strata_has_no_error_left() -> None:
    known = poststratify(sample(), by="sex", totals={"F": 40, "M": 60})
    women = share(known, "sex").get("sex", category="F")
    assert women.value == pytest.approx(0.4)
    assert women.standard_error == pytest.approx(0, abs=1e-15)


def test_standard_error_comes_from_residuals_within_post_strata() -> None:
    known = poststratify(sample(weight=[1.0] * 4), by="sex", totals={"F": 50, "M": 50})
    estimate = mean(known, "q")[0]
    by_hand = ((0.5**2 * 4) * (25 / 100) ** 2 * 4 / 3) ** 0.5  # residuals ±0.5, weights 25 of 100
    assert estimate.standard_error == pytest.approx(by_hand)
    assert estimate.standard_error < mean(sample(weight=[1.0] * 4), "q")[0].standard_error


def test_row_of_weight_zero_needs_no_post_stratum() -> None:
    silent = sample(sex=["F", "F", "M", None], weight=[1.0, 1, 1, 0])
    assert list(poststratify(silent, by="sex", totals={"F": 40, "M": 60}).weights) == [20, 20, 60, 0]


def test_every_misfit_is_named_at_once() -> None:
    with pytest.raises(WeightingError) as refusal:
        poststratify(sample(sex=["F", None, "M", "X"]), by="sex", totals={"F": 40, "M": 0, "child": 9})
    assert [str(problem) for problem in refusal.value.problems] == [
        "rows 1: sex is missing; give it a label or weight 0",
        "sex X: has respondents but no known total; add the total",
        "sex M: has a known total of 0, which is not above 0",
        "sex child: has a known total of 9 but no respondent; join it with a neighbouring class",
    ]
