"""The sample of an entry: its design, its calibration steps, its domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.sample import Sample
from tests.golden.comparison.designs import drawn_sample, holds
from tests.golden.comparison.steps import Step, apply_step, is_iterated


def sample_of(entry: dict[str, Any], table: Callable[[str], pd.DataFrame]) -> Sample:
    """The entry's sample: design, calibration steps, domain."""
    sample = drawn_sample(entry, table)
    for step in entry["steps"] or ():
        sample = _with_kept_degrees(sample, apply_step(sample, step), step=step, domain=entry["domain"])
    for rule in entry["domain"] or ():
        sample = sample.where(holds(sample.frame, rule))
    return sample


def _with_kept_degrees(before: Sample, after: Sample, *, step: Step, domain: object) -> Sample:
    """The sample with the degrees of freedom of before an iterated calibration of its replicates.

    The reference finds the rank of calibrated replicates anew only where it does not iterate, and in domains.
    """
    replicates = after.replicates
    if replicates is None or domain or not is_iterated(step):
        return after
    degrees = before.degrees_of_freedom
    return after.reweighted(after.weights, replicates=replace(replicates, degrees_of_freedom=degrees))


def rows_kept(entry: dict[str, Any], sample: Sample) -> np.ndarray:
    """Which rows are in the reference's design: those of the domain, also where their weight is 0; all of
    a calibrated sample or one with unequal probabilities, where rows outside only lose their weight.
    """
    kept = np.ones(len(sample), dtype=bool)
    if sample.calibrations or sample.is_pps:
        return kept
    for rule in entry["domain"] or ():
        kept &= np.asarray(holds(sample.frame, rule), dtype=bool)
    return kept
