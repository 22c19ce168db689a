"""Calibration steps of entries, through the library."""

from __future__ import annotations

from typing import Any

from analysis.sample import Sample
from analysis.weighting import poststratify
from tests.golden.comparison.errors import UnsupportedError


def apply_step(sample: Sample, step: dict[str, Any]) -> Sample:
    """The sample after one calibration step of an entry."""
    match step["op"]:
        case "poststratify":
            return poststratify(sample, by=step["by"], totals=step["totals"])
    raise UnsupportedError(f"calibration step {step['op']}")
