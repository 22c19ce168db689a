"""Calibration steps of entries, through the library."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.estimation.domains import cross
from analysis.models.matrix import model_matrix
from analysis.sample import Sample
from analysis.stages import FloatArray
from analysis.weighting import (
    Auxiliaries,
    Distance,
    HyperbolicSine,
    Linear,
    Logit,
    RakingRatio,
    Redistribution,
    TrimmingPasses,
    calibrate,
    poststratify,
    rake,
    trim,
)
from analysis.weighting.margins import labels_of
from tests.golden.comparison.errors import UnsupportedError

Step = Mapping[str, Any]

_NOT_DONE = frozenset({"trim", "force", "stage", "bounds_const", "bounds.const"})
_SEPARATORS = ("|", ":", "_X_", ".")
_START_THRESHOLD = 20  # the reference rescales weights that every total is more than so many times of


def complete_steps(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries, with steps that only say a name written out as another entry on the data has them."""
    known: dict[tuple[str, str], Step] = {}
    for entry in entries:
        for step in entry["steps"] or ():
            if not _only_named(step):
                known.setdefault((entry["data"], step.get("name", "")), step)

    def complete(entry: dict[str, Any], step: Step) -> Step:
        return known.get((entry["data"], step["name"]), step) if _only_named(step) else step

    return [
        {**entry, "steps": [complete(entry, step) for step in entry["steps"]]} if entry["steps"] else entry
        for entry in entries
    ]


def _only_named(step: Step) -> bool:
    return step.keys() <= {"name", "op"} and step.get("name") == step["op"]


def apply_step(sample: Sample, step: Step) -> Sample:
    """The sample after one calibration step of an entry."""
    match step["op"]:
        case "poststratify":
            by = [step["by"]] if isinstance(step["by"], str) else list(step["by"])
            return poststratify(sample, by=by, totals=_totals(sample, by, step["totals"]))
        case "rake":
            return rake(sample, margins=_margins(sample, step))
        case "calibrate":
            return _calibrated(sample, step)
        case "trim":
            return _trimmed(sample, step)
        case "rake_then_trim":
            return _trimmed(rake(sample, margins=_margins(sample, step)), step)
    raise UnsupportedError(f"calibration step {step['op']}")


def _margins(sample: Sample, step: Step) -> dict[tuple[str, ...], dict[object, float]]:
    margins = {}
    for name, totals in step["margins"].items():
        columns = _columns(sample, name)
        margins[tuple(columns)] = _totals(sample, columns, totals)
    return margins


def _columns(sample: Sample, name: str) -> list[str]:
    """The columns a margin is about: one, or several joined by the sign of an interaction."""
    if name in sample.frame.columns:
        return [name]
    return [part.strip() for part in re.split(r"[:*+|]|_X_", name.lstrip("~ "))]


def _totals(sample: Sample, columns: Sequence[str], totals: Any) -> dict[object, float]:
    """The totals under the labels of the columns: keys of JSON are words, and crossed labels are joined."""
    label_of = {_text(label): label for label in labels_of(cross(sample, columns))}
    if isinstance(totals, Mapping):
        return {_label(key, label_of): float(total) for key, total in totals.items()}
    return {  # a list of rows: the columns, and Freq
        _label("|".join(str(row[name]) for name in columns), label_of): float(row["Freq"]) for row in totals
    }


def _label(key: str, label_of: Mapping[str, object]) -> object:
    for separator in _SEPARATORS:
        joined = key.replace(separator, "|")
        if joined in label_of:
            return label_of[joined]
    return label_of.get(key, key)


def _text(label: object) -> str:
    if isinstance(label, tuple):
        return "|".join(_text(part) for part in label)
    if isinstance(label, bool | np.bool_):
        return str(label).upper()
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _calibrated(sample: Sample, step: Step) -> Sample:
    if unknown := sorted(_NOT_DONE & step.keys()):
        raise UnsupportedError(f"calibration with {', '.join(unknown)}")
    stage = step.get("aggregate_stage")
    distance = _distance(step)
    if "margins" in step:
        margins = _margins(sample, step)
        return calibrate(sample, margins=margins, distance=distance, aggregate_stage=stage)
    auxiliaries = _auxiliaries(sample, step)
    variance = _variance(sample, step.get("variance"), auxiliaries)
    if distance != Linear():
        sample = _rescaled(sample, auxiliaries)
    return calibrate(
        sample, auxiliaries=auxiliaries, distance=distance, variance=variance, aggregate_stage=stage
    )


def _auxiliaries(sample: Sample, step: Step) -> Auxiliaries:
    matrix = model_matrix(step["formula"], sample.frame)
    population = step["population"]
    if not isinstance(population, Mapping):
        population = dict(zip(step.get("model_matrix") or matrix.columns, population, strict=True))
    missing = [name for name in matrix.columns if name not in population]
    if missing:
        raise UnsupportedError(f"population totals without {', '.join(missing)}")
    totals = np.array([float(population[name]) for name in matrix.columns])
    return Auxiliaries(matrix.columns, matrix.values, totals)


def _rescaled(sample: Sample, auxiliaries: Auxiliaries) -> Sample:
    """The sample as the reference starts from it where the weights are far from adding up to a population."""
    ratio = auxiliaries.totals / (sample.weights @ auxiliaries.values)
    if sample.replicates is not None or ratio.min() <= _START_THRESHOLD:
        return sample
    return sample.reweighted(sample.weights * ratio.mean())


def is_iterated(step: Step) -> bool:
    """Whether the reference solves the step's calibration by iteration."""
    return step["op"] == "calibrate" and _distance(step) != Linear()


def _distance(step: Step) -> Distance:
    lower, upper = (float(bound) for bound in step.get("bounds") or (-np.inf, np.inf))
    match step.get("calfun", "linear"):
        case "linear":
            return Linear(lower, upper)
        case "raking":
            return RakingRatio(max(lower, 0.0), upper)
        case "logit":
            return Logit(lower, upper)
        case "sinh":
            return HyperbolicSine(max(lower, 0.0), upper)
    raise UnsupportedError(f"calibration by the distance {step['calfun']}")


def _variance(sample: Sample, given: Any, auxiliaries: Auxiliaries) -> FloatArray | None:
    """The variance of each row: a column, numbers, or coefficients of the model matrix (or text)."""
    if given is None:
        return None
    if isinstance(given, str) and given in sample.frame.columns:
        return sample.frame[given].to_numpy(dtype=np.float64)
    if isinstance(given, str):
        found = re.search(r"-?[\d.]+(?:\s*,\s*-?[\d.]+)+", given)
        if found is None:
            raise UnsupportedError(f"a variance given as {given!r}")
        given = found[0].split(",")
    numbers = np.array([float(each) for each in np.atleast_1d(given)])
    if numbers.size == len(sample):
        return numbers
    if numbers.size != len(auxiliaries.names):
        raise UnsupportedError(f"a variance of {numbers.size} numbers for {len(auxiliaries.names)} columns")
    return auxiliaries.values @ numbers


def _trimmed(sample: Sample, step: Step) -> Sample:
    limits = {name: float(step[name]) for name in ("lower", "upper") if step.get(name) is not None}
    passes = TrimmingPasses.UNTIL_WITHIN if step.get("strict") else TrimmingPasses.ONE
    return trim(sample, **limits, redistribution=Redistribution.EQUAL, passes=passes)
