"""Samples and expected numbers of the reliability tests; origin: tests/golden/reliability/ORIGIN.md."""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.design import Design
from analysis.sample import Sample

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture(scope="session")
def expected():
    return json.loads((GOLDEN / "reliability" / "expected.json").read_text())


@pytest.fixture(scope="session")
def survey_frame():
    return pd.read_csv(GOLDEN / "reference" / "synth_open.csv")


@pytest.fixture(scope="session")
def survey(survey_frame):
    return Sample(survey_frame, Design(strata="stratum", psu="psu", weight="w", single_psu="adjust"))


@pytest.fixture(scope="session")
def schools():
    frame = pd.read_csv(GOLDEN / "reference" / "apiclus1.csv")
    return Sample(frame, Design(psu="dnum", population="fpc", weight="pw"))
