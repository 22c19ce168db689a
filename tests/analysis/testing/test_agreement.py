"""Agreement beyond chance, with an honest error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import EstimationError
from analysis.sample import Sample
from analysis.testing import agreement


def rated(first: list[object], second: list[object]) -> Sample:
    return Sample(pd.DataFrame({"w": 1.0, "a": first, "b": second}), Design(weight="w"))


def test_a_simple_random_sample_has_cohens_kappa() -> None:
    """Cohen's own arithmetic: 20, 5, 10, 15 of 50 agree at 0.7, by chance at 0.5."""
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    told = agreement(rated(first, second), "a", "b")
    assert (told.observed, told.expected) == pytest.approx((0.7, 0.5))
    assert told.kappa == pytest.approx(0.4)
    # Fleiss, Cohen & Everitt 1969, large-sample error of kappa, with n - 1 for n
    shares = np.array([[15, 10], [5, 20]]) / 50
    row, column = shares.sum(axis=1), shares.sum(axis=0)
    a = sum(shares[i, i] * ((1 - 0.5) - (column[i] + row[i]) * (1 - 0.7)) ** 2 for i in (0, 1))
    b = (1 - 0.7) ** 2 * sum(shares[i, 1 - i] * (column[i] + row[1 - i]) ** 2 for i in (0, 1))
    c = (0.7 * 0.5 - 2 * 0.5 + 0.7) ** 2
    assert told.standard_error == pytest.approx(np.sqrt((a + b - c) / 49) / 0.25, rel=1e-12)


def test_complete_agreement_is_one_and_shows_no_error() -> None:
    """Four people who agree do not prove that everybody does."""
    told = agreement(rated(["x", "y", "x", "y"], ["x", "y", "x", "y"]), "a", "b")
    assert (told.kappa, told.standard_error, told.lower, told.upper) == (1.0, None, None, None)
    assert told.reason == "Nobody disagrees, so the sample shows no error."
    assert str(told).startswith("kappa of a and b: 1.0000; 100.0% agree")


def test_one_category_alone_has_no_kappa_but_a_reason() -> None:
    told = agreement(rated(["x"] * 4, ["x"] * 4), "a", "b")
    assert (told.kappa, told.standard_error, told.lower) == (None, None, None)
    assert str(told) == "kappa of a and b: not available. Both put everybody into one category."


def test_other_categories_are_refused_unless_declared() -> None:
    first, second = ["x", "y", "z", "y"], ["x", "y", "y", "x"]
    with pytest.raises(EstimationError, match="same categories: z occur in one"):
        agreement(rated(first, second), "a", "b")
    declared = {
        name: pd.Categorical(values, categories=["x", "y", "z"])
        for name, values in (("a", first), ("b", second))
    }
    told = agreement(Sample(pd.DataFrame({"w": 1.0, **declared}), Design(weight="w")), "a", "b")
    assert told.observed == pytest.approx(0.5)


def test_nobody_with_both_is_refused() -> None:
    with pytest.raises(EstimationError, match="no respondent who answered a and b"):
        agreement(rated(["x", "y", None, None], [None, None, "x", "y"]), "a", "b")


def test_it_prints_as_a_sentence_and_goes_into_a_frame(schools: Sample) -> None:
    told = agreement(schools, "comp.imp", "sch.wide")
    assert str(told) == (
        "kappa of comp.imp and sch.wide: 0.5532, SE 0.03986, 95% 0.4677 to 0.6387; 85.2% agree, 67.0% by "
        "chance; n = 183"
    )
    assert told.to_frame()["kappa"].tolist() == [told.kappa]
    assert told.degrees_of_freedom == 14
