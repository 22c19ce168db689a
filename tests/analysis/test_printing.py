"""Results show themselves in words, also where a session shows what an expression gave."""

from __future__ import annotations

import importlib
import inspect

import pandas as pd
import pytest

from analysis.design import Design
from analysis.estimation import mean
from analysis.printing import Printed
from analysis.ranking import UnitEstimates
from analysis.sample import Sample

PACKAGES = (
    *("drivers", "estimation", "models", "nonprobability", "quality", "ranking", "reliability"),
    *("small_areas", "suppression", "testing", "weighting"),
)
RESULTS = {
    f"{package}.{name}": each
    for package in PACKAGES
    for module in [importlib.import_module(f"analysis.{package}")]
    for name, each in vars(module).items()
    if inspect.isclass(each) and hasattr(each, "to_frame")
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_result_with_a_table_shows_what_it_prints(result: type) -> None:
    assert issubclass(result, Printed)
    owners = {
        name: next(each for each in result.__mro__ if name in vars(each)) for name in ("__repr__", "__str__")
    }
    assert owners["__repr__"] is Printed
    assert owners["__str__"] is not object


def test_a_session_shows_estimates_and_units_line_by_line() -> None:
    frame = pd.DataFrame({"q": [1, 2, 3, 5], "unit": ["a", "a", "b", "b"], "weight": 1.0})
    estimates = mean(Sample(frame, Design(weight="weight")), "q", by="unit")
    assert repr(estimates) == str(estimates)
    assert repr(UnitEstimates.of(estimates)).splitlines() == ["a: 1.5, SE 0.4082", "b: 4, SE 0.8165"]
