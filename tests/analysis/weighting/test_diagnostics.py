"""What weights are like before and after a step, and which totals they meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import WeightingError
from analysis.sample import Sample
from analysis.weighting import calibrate, rake, weight_summary, weighting_report

SEX = {"F": 60, "M": 40}
AGE = {"old": 20, "young": 80}


def sample() -> Sample:
    people = {
        "sex": ["F", "F", "M", "M"],
        "age": ["young", "old", "young", "young"],
        "income": [3.0, 5, 4, 8],
        "weight": [1.0, 3, 1, 1],
    }
    return Sample(pd.DataFrame(people), Design(weight="weight"))


def test_design_effect_and_effective_size_are_kishs() -> None:
    summary = weight_summary([1.0, 3, 1, 1, 0])
    assert summary.count == 4
    assert summary.effective_sample_size == pytest.approx(36 / 12)
    assert summary.design_effect == pytest.approx(1 + np.var([1, 3, 1, 1]) / 1.5**2)
    assert summary.largest_share == pytest.approx(0.5)
    assert (summary.minimum, summary.quantiles[0.5], summary.maximum) == (1, 1, 3)


def test_summary_is_a_sentence() -> None:
    assert str(weight_summary([1.0, 3, 1, 1])) == (
        "4 weights from 1 to 3, median 1, sum 6; 1 + cv² = 1.333, effective n = 3.0, largest share 50.00%"
    )


def test_report_shows_totals_before_and_after_and_empty_crossings() -> None:
    before = sample()
    margins = {"sex": SEX, "age": AGE}
    report = weighting_report(before, rake(before, margins=margins), margins=margins)
    table = report.totals_frame()
    assert table["total"].tolist() == ["sex F", "sex M", "age old", "age young"]
    assert table["respondents"].tolist() == [2, 2, 1, 3]
    assert table["asked"].tolist() == [60, 40, 20, 80]
    assert table["before"].tolist() == [4, 2, 3, 3]
    assert table["after"].to_numpy() == pytest.approx([60, 40, 20, 80])
    assert report.empty_crossings == ("sex M × age old",)


def test_report_prints_before_after_factor_and_the_total_furthest_off() -> None:
    before = sample()
    report = weighting_report(before, before, margins={"sex": SEX}, auxiliaries={"income": 0})
    weights = (
        "4 weights from 1 to 3, median 1, sum 6; 1 + cv² = 1.333, effective n = 3.0, largest share 50.00%"
    )
    assert str(report).splitlines() == [
        f"Before: {weights}",
        f"After:  {weights}",
        "Factor: from 1 to 1, median 1",
        "Totals: 3 asked, furthest off income: 30 for 0 (+3.0e+01)",
    ]


def test_report_says_so_when_all_totals_are_met() -> None:
    before = sample()
    after = calibrate(before, auxiliaries={"income": 60})
    assert str(weighting_report(before, after, auxiliaries={"income": 60})).endswith(
        "Totals: 1 asked, all met"
    )


def test_table_has_a_row_a_measure() -> None:
    before = sample()
    after = calibrate(before, auxiliaries={"income": 60})
    table = weighting_report(before, after, auxiliaries={"income": 60}).to_frame().set_index("measure")
    assert list(table) == ["before", "after", "factor"]
    assert table.loc["sum", "before"] == 6
    assert table.loc["maximum", "factor"] == pytest.approx((after.weights / before.weights).max())


def test_samples_of_different_rows_are_refused() -> None:
    other = Sample(sample().frame.iloc[:3], Design(weight="weight"))
    with pytest.raises(WeightingError, match="4 rows before, 3 after"):
        weighting_report(sample(), other)


def test_no_weight_is_nothing_to_describe() -> None:
    with pytest.raises(WeightingError, match="hold no number other than 0"):
        weight_summary([0.0, 0.0])
