"""The sample of an entry: its design, its calibration steps, its domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from analysis.sample import Sample
from tests.golden.comparison.designs import drawn_sample, holds
from tests.golden.comparison.steps import apply_step


def sample_of(entry: dict[str, Any], table: Callable[[str], pd.DataFrame]) -> Sample:
    """The entry's sample: design, calibration steps, domain."""
    sample = drawn_sample(entry, table)
    for step in entry["steps"] or ():
        sample = apply_step(sample, step)
    for rule in entry["domain"] or ():
        sample = sample.where(holds(sample.frame, rule))
    return sample
