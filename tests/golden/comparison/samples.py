"""The sample of an entry: its design in the library's words, its calibration steps, its domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from analysis.design import Design, PsuLabels, SinglePsu, SinglePsuInDomain
from analysis.sample import Sample
from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.steps import apply_step

_COMPARE: dict[str, Callable[[pd.Series[Any], Any], pd.Series[bool]]] = {
    "==": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    "in": lambda column, value: column.isin(value),
    "notna": lambda column, value: column.notna(),
}


def sample_of(entry: dict[str, Any], table: Callable[[str], pd.DataFrame]) -> Sample:
    """The entry's sample: design, calibration steps, domain."""
    sample = Sample(table(entry["data"]), design_of(entry))
    for step in entry["steps"] or ():
        sample = apply_step(sample, step)
    for rule in entry["domain"] or ():
        sample = sample.where(_COMPARE[rule["op"]](sample.frame[rule["col"]], rule.get("value")))
    return sample


def design_of(entry: dict[str, Any]) -> Design:
    """The entry's design in the library's words."""
    given = entry["design"]
    if given["extra"]:
        raise UnsupportedError(f"a design with {', '.join(given['extra'])}")
    fractions = given.get("fpc_kind") == "sampling_fraction"
    fpc = given["fpc"] or ()
    return Design(
        strata=given["strata"],
        psu=given["ids"] or (),
        weight=given["weights"],
        inclusion_probability=given.get("probs"),
        population=() if fractions else fpc,
        sampling_fraction=fpc if fractions else (),
        psu_labels=PsuLabels.WITHIN_STRATUM if given["nest"] else PsuLabels.UNIQUE,
        single_psu=SinglePsu(given["lonely_psu"]),
        single_psu_in_domains=SinglePsuInDomain("apply" if given["adjust_domain_lonely"] else "ignore"),
    )
