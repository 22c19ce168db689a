"""Differences of domains from all domains together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import DomainIsPsuError, EstimationError
from analysis.estimation import Status, differences_from_overall, mean, share
from analysis.sample import Sample
from tests.golden.reference import read_reference_table


def schools() -> Sample:
    design = Design(strata="stype", population="fpc", weight="pw")
    return Sample(read_reference_table("apistrat.csv"), design)


def test_difference_from_overall_is_that_of_r() -> None:
    """R survey 4.5: svycontrast of svytotal(~yY+yN+xY+xN), quote(yN/xN - (yY+yN)/(xY+xN)), on apistrat."""
    told = differences_from_overall(schools(), "api00", by="awards")
    assert told.values == pytest.approx([-28.55245149990765, 16.13504245511729], rel=1e-12)
    assert told.standard_errors == pytest.approx([12.61514522644084, 7.045803218800041], rel=1e-12)
    assert [each.name for each in told] == ["No", "Yes"]
    assert [each.degrees_of_freedom for each in told] == [84, 110]  # trap 3: the domain's


def test_difference_is_that_of_the_two_means() -> None:
    sample = schools()
    told = differences_from_overall(sample, "acs.core", by="stype")
    overall = mean(sample, "acs.core")[0].value
    each = [estimate.value - overall for estimate in mean(sample, "acs.core", by="stype")]  # type: ignore[operator]
    assert told.values == pytest.approx(each)


def test_shares_of_chosen_answers_are_compared_too() -> None:
    sample = schools()
    told = differences_from_overall(sample, "awards", by="stype", categories=["Yes"])
    overall = share(sample, "awards", categories=["Yes"])[0].value
    own = share(sample, "awards", categories=["Yes"], by="stype").get("awards", stype="H").value
    assert told.get("H").value == pytest.approx(own - overall)  # type: ignore[operator]


def test_domain_that_is_everything_differs_by_nothing() -> None:
    told = differences_from_overall(schools().where(schools().frame["stype"] == "E"), "api00", by="stype")
    assert (told.get("E").value, told.get("E").standard_error) == pytest.approx((0, 0), abs=1e-10)
    assert told.get("H").status == Status.NO_RESPONDENT


def test_domain_of_one_respondent_counts_in_the_whole_but_is_not_shown() -> None:
    frame = pd.DataFrame(
        {"q": [1.0, 3, 5, 7, np.nan], "unit": ["a", "a", "b", "b", "b"], "weight": [1.0] * 5}
    )
    frame.loc[3, "unit"] = "c"
    told = differences_from_overall(Sample(frame, Design(weight="weight")), "q", by="unit")
    assert told.get("a").value == pytest.approx(2 - 4)
    assert [each.status for each in told] == [
        Status.AVAILABLE,
        Status.ONE_RESPONDENT,
        Status.ONE_RESPONDENT,
    ]


def test_columns_of_the_sample_may_have_any_name() -> None:
    frame = pd.DataFrame({"value": ["a", "a", "b", "b"], "q": [1.0, 2, 4, 8], "count": [1.0] * 4})
    told = differences_from_overall(Sample(frame, Design(weight="count")), "q", by="value")
    assert told.values == pytest.approx([1.5 - 3.75, 6 - 3.75])


def test_units_that_are_psus_are_refused() -> None:
    frame = pd.DataFrame({"q": [1.0, 2, 4, 8], "unit": [1, 1, 2, 2], "weight": [1.0] * 4})
    with pytest.raises(DomainIsPsuError, match="within"):
        differences_from_overall(Sample(frame, Design(psu="unit", weight="weight")), "q", by="unit")


def test_without_domains_there_is_no_difference() -> None:
    with pytest.raises(EstimationError, match="Without domains"):
        differences_from_overall(schools(), "api00", by=())
    with pytest.raises(EstimationError, match="no column nothing"):
        differences_from_overall(schools(), "nothing", by="stype", categories=[1])
