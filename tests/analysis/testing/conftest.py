"""Samples that the tests of hypotheses are tested on."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.design import Design
from analysis.sample import Sample
from tests.golden.reference import read_reference_table


@pytest.fixture
def schools() -> Sample:
    """apiclus1: districts drawn with a finite population, all their schools."""
    return Sample(read_reference_table("apiclus1.csv"), Design(psu="dnum", population="fpc", weight="pw"))


@pytest.fixture
def two_stage_schools() -> Sample:
    """apiclus2: districts, then schools within them, both from finite populations."""
    return Sample(
        read_reference_table("apiclus2.csv"), Design(psu=["dnum", "snum"], population=["fpc1", "fpc2"])
    )


@pytest.fixture
def stratified_schools() -> Sample:
    """apistrat: schools drawn from three strata with finite populations."""
    return Sample(read_reference_table("apistrat.csv"), Design(strata="stype", population="fpc", weight="pw"))


@pytest.fixture
def small() -> Sample:
    """Twelve people in six wards, so small that every number can be checked by hand."""
    frame = pd.DataFrame(
        {
            "ward": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
            "weight": [1.0, 2, 1, 1, 3, 1, 2, 1, 1, 1, 2, 2],
            "sex": ["F", "M"] * 6,
            "region": ["N", "N", "N", "N", "S", "S", "S", "S", "W", "W", "W", "W"],
            "answer": ["yes", "no", "yes", "yes", None, "no", "no", "yes", "no", "yes", "yes", "no"],
            "score": [5.0, 4, 5, 3, 2, 1, 4, 2, 5, 4, 3, 3],
            "again": [5.0, 3, 5, 2, 2, None, 4, 1, 5, 5, 2, 3],
        }
    )
    return Sample(frame, Design(psu="ward", weight="weight"))
