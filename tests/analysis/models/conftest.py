"""Samples that models are tested on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, SinglePsu
from analysis.sample import Sample
from tests.golden.reference import read_reference_table


@pytest.fixture
def stratified_schools() -> Sample:
    """apistrat: schools drawn from three strata with finite populations."""
    return Sample(read_reference_table("apistrat.csv"), Design(strata="stype", population="fpc", weight="pw"))


@pytest.fixture
def two_stage_schools() -> Sample:
    """apiclus2: districts, then schools within them, both from finite populations."""
    return Sample(
        read_reference_table("apiclus2.csv"), Design(psu=["dnum", "snum"], population=["fpc1", "fpc2"])
    )


@pytest.fixture
def satisfaction() -> Sample:
    """synth_open: a two-stage survey with missing answers, certainty strata and single PSUs."""
    design = Design(
        strata="stratum",
        psu=["psu", "id"],
        population=["N1", "N2"],
        weight="w",
        single_psu=SinglePsu.ADJUST,
    )
    return Sample(read_reference_table("synth_open.csv"), design)


@pytest.fixture
def wards() -> Sample:
    """Sixty people in twelve wards of two strata, drawn with replacement; no answer is missing."""
    rng = np.random.default_rng(20261124)
    ward = np.repeat(np.arange(12), 5)
    sex = np.tile(["F", "M"], 30)
    wait = rng.integers(1, 30, 60).astype(float)
    propensity = 1 / (1 + np.exp(-(1.2 - 0.06 * wait + 0.4 * (sex == "M"))))
    frame = pd.DataFrame(
        {
            "ward": ward,
            "stratum": ward // 6,
            "weight": rng.uniform(1, 4, 60).round(2),
            "sex": sex,
            "office": np.array(["north", "south", "west"])[rng.integers(0, 3, 60)],
            "wait": wait,
            "score": (4 - 0.05 * wait + rng.normal(0, 1, 60)).round(3),
            "satisfied": (rng.random(60) < propensity).astype(int),
            "visits": rng.poisson(2, 60),
            "level": rng.integers(1, 5, 60),
        }
    )
    return Sample(frame, Design(strata="stratum", psu="ward", weight="weight"))
