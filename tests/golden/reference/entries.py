"""Reads entries of the reference results and answers them through the library."""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import Design, PsuLabels, SinglePsu, SinglePsuInDomain
from analysis.estimation import (
    DesignEffectReference,
    Estimates,
    EstimationSettings,
    IntervalMethod,
    MissingRule,
    OnePsuDomains,
    count,
    mean,
    ratio,
    share,
    total,
)
from analysis.sample import Sample
from analysis.weighting import poststratify

HERE = Path(__file__).parent
Entry = dict[str, Any]

_COMPARE = {
    "==": lambda column, value: column == value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    "in": lambda column, value: column.isin(value),
    "notna": lambda column, value: column.notna(),
}


@cache
def read_entries(data: str) -> tuple[Entry, ...]:
    """All entries on one data set."""
    text = (HERE / f"{data}.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["entries"])


@cache
def read_frame(file: str) -> pd.DataFrame:
    """The data of an entry; only empty cells are missing."""
    return pd.read_csv(HERE / file, keep_default_na=False, na_values=[""])


def design_of(entry: Entry) -> Design:
    """The entry's design in the library's words."""
    given = entry["design"]
    return Design(
        strata=given["strata"],
        psu=given["ids"] or (),
        weight=given["weights"],
        population=given["fpc"] or (),
        psu_labels=PsuLabels.WITHIN_STRATUM if given["nest"] else PsuLabels.UNIQUE,
        single_psu=SinglePsu(given["lonely_psu"]),
        single_psu_in_domains=SinglePsuInDomain("apply" if given["adjust_domain_lonely"] else "ignore"),
    )


def sample_of(entry: Entry) -> Sample:
    """The entry's sample: design, calibration steps, domain."""
    sample = Sample(read_frame(entry["data"]), design_of(entry))
    for step in entry["steps"] or ():
        sample = poststratify(sample, by=step["by"], totals=step["totals"])
    for rule in entry["domain"] or ():
        sample = sample.where(_COMPARE[rule["op"]](sample.frame[rule["col"]], rule.get("value")))
    return sample


def settings_of(entry: Entry) -> EstimationSettings:
    """Settings that ask what R was asked."""
    args = entry["args"]
    without = args.get("deff") is True
    return EstimationSettings(
        confidence_level=args.get("level", 0.95),
        share_interval=IntervalMethod(args.get("method", "mean")),
        design_effect=DesignEffectReference("without_replacement" if without else "with_replacement"),
        missing=MissingRule.LISTWISE if args.get("na_rm") else MissingRule.REFUSE,
        one_psu_domains=OnePsuDomains.ESTIMATE,
    )


def estimate(entry: Entry) -> Estimates:
    """The library's answer to the entry."""
    sample, settings, args = sample_of(entry), settings_of(entry), entry["args"]
    by = args.get("by", ())
    match entry["estimator"]:
        case "mean":
            return mean(sample, args["y"], by=by, settings=settings)
        case "total":
            return total(sample, args["y"], by=by, settings=settings)
        case "prop":
            return share(sample, args["y"], by=by, settings=settings)
        case "count":
            return count(sample, args["y"], by=by, settings=settings)
        case "ciprop":
            return share(sample, args["y"], categories=[1], settings=settings)
        case "ratio":
            return ratio(sample, args["y"], to=args["x"], by=by, settings=settings)
    raise AssertionError(entry["estimator"])


def order_of(entry: Entry, estimates: Estimates) -> list[int]:
    """Where in `estimates` each number of the entry stands: R leaves out empty domains, in its own order."""
    keys = [
        (each.item, str(each.category), *(str(label) for label in each.domain.values())) for each in estimates
    ]
    items = list(dict.fromkeys(key[:2] for key in keys))
    by = entry["expected"].get("by")
    domains = list(zip(*(list(map(str, labels)) for labels in by.values()), strict=True)) if by else [()]
    return [keys.index((*item, *domain)) for item, domain in product(items, domains)]


def number(value: object) -> float:
    """A reference number; the strings NA and NaN are NaN."""
    return np.nan if isinstance(value, str) else float(value)  # type: ignore[arg-type]


def numbers(values: object) -> np.ndarray:
    """Reference numbers as one flat array; a scalar is an array of one."""
    flat = np.asarray(values, dtype=object).reshape(-1)
    return np.array([number(value) for value in flat])
