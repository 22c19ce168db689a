"""Designs of entries in the library's words: the rows they are about, and how these were drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import Design, PsuLabels, SinglePsu, SinglePsuInDomain
from analysis.replicate_design import (
    ReplicateCentre,
    ReplicateDesign,
    ReplicateMethod,
    ReplicateWeights,
)
from analysis.sample import Sample
from tests.golden.comparison.alignment import rows_weighted
from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.expressions import evaluate, where
from tests.golden.comparison.labels import written, written_column
from tests.golden.comparison.unequal_probabilities import pps_method

Table = Callable[[str], pd.DataFrame]

_BASE_WEIGHT = "_base_weight"
_KNOWN = frozenset(
    {"replicate", "filter_rows_before_design", "derived", "derived_columns", "pps", "note", "description"}
)
_METHODS = {
    **{str(method).lower(): method for method in ReplicateMethod},
    "acs": ReplicateMethod.SUCCESSIVE_DIFFERENCE,
}
_CONDITIONS: dict[str, Callable[[pd.Series[Any], Any], pd.Series[bool]]] = {
    "==": lambda column, value: column == value,
    "!=": lambda column, value: (column != value) & column.notna(),
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    "in": lambda column, value: column.isin(_values(value)),
    "notna": lambda column, value: column.notna(),
    "isna": lambda column, value: column.isna(),
}
_WORDS = {"strata": "strata", "stratum": "strata", "psu": "ids", "psus": "ids", "cluster": "ids"}


def drawn_sample(entry: Mapping[str, Any], table: Table) -> Sample:
    """The entry's sample before calibration steps and domains."""
    given, extra = entry["design"], extra_of(entry)
    frame = _derived(table(entry["data"]), extra.get("derived") or extra.get("derived_columns") or {})
    everybody = len(frame)
    frame, kept = _filtered(frame, given, extra.get("filter_rows_before_design"))
    if "replicate" in extra:
        return _replicate_sample(frame, kept if len(frame) < everybody else None, entry, table)
    frame, design = _design(frame, given, extra, table)
    return Sample(frame, design)


def extra_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the entry's design has beside the usual fields. Raises `UnsupportedError` for the unknown."""
    extra = entry["design"].get("extra") or {}
    unknown = sorted(set(extra) - _KNOWN)
    if unknown:
        raise UnsupportedError(f"a design with {', '.join(unknown)}")
    return dict(extra)


def _listed(value: str | Sequence[str] | None) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _weight(given: Mapping[str, Any]) -> str | None:
    return next(iter(_listed(given.get("weights"))), None)


def _derived(frame: pd.DataFrame, derived: Mapping[str, str] | Sequence[Any] | str) -> pd.DataFrame:
    if not isinstance(derived, Mapping):
        derived = dict(_named_expression(each) for each in _parts(derived))
    for name, text in derived.items():
        frame = frame.assign(**{name: evaluate(str(text), frame)})
    return frame


def _parts(derived: Any) -> list[Any]:
    return [derived] if isinstance(derived, str) else list(derived)


def _named_expression(told: str | Mapping[str, str]) -> tuple[str, str]:
    """From `name = expression`, `name <- expression`, or {name, expression}."""
    if isinstance(told, Mapping):
        return told["name"], told.get("expression") or told.get("expr") or ""
    found = re.fullmatch(r"\s*`?([^`<=]+?)`?\s*(?:<-|=(?!=))\s*(.*)", told, re.DOTALL)
    if found is None:
        raise UnsupportedError(f"the derived column {told!r}")
    return found[1], found[2]


def _filtered(frame: pd.DataFrame, given: Mapping[str, Any], rule: Any) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows left by a filter, and which they were: a list of {col, op, value}, or a text."""
    if not rule:
        return frame, np.ones(len(frame), dtype=bool)
    if isinstance(rule, str):
        kept = _kept_by_text(frame, given, rule)
    else:
        kept = np.logical_and.reduce([_holds(frame, each) for each in rule])
    return _declared(frame)[kept].reset_index(drop=True), kept


def _declared(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its words as categories: the reference keeps those that a filter leaves nobody in."""
    words = [name for name in frame.columns if pd.api.types.infer_dtype(frame[name], skipna=True) == "string"]
    return frame.assign(**{name: pd.Categorical(frame[name]) for name in words})


def _holds(frame: pd.DataFrame, rule: Mapping[str, Any]) -> np.ndarray:
    return np.asarray(holds(frame, rule), dtype=bool)


def holds(frame: pd.DataFrame, rule: Mapping[str, Any]) -> pd.Series[bool]:
    """Where a rule {col, op, value} of an entry holds; missing values do not."""
    test = _CONDITIONS.get(rule["op"])
    if test is None:
        raise UnsupportedError(f"a condition with {rule['op']}")
    return test(frame[rule["col"]], rule.get("value"))


def _values(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _kept_by_text(frame: pd.DataFrame, given: Mapping[str, Any], text: str) -> np.ndarray:
    """`drop strata s4, s5`, `keep region N, S`, `drop rows where x > 3`, or an expression of rows to keep."""
    found = re.fullmatch(r"\s*(drop|remove|exclude|keep|only)\s+(.*)", text, re.IGNORECASE | re.DOTALL)
    action, rest = ("keep", text) if found is None else (found[1].lower(), found[2])
    chosen = _chosen_by_text(frame, given, rest)
    return chosen if action in ("keep", "only") else ~chosen


def _chosen_by_text(frame: pd.DataFrame, given: Mapping[str, Any], text: str) -> np.ndarray:
    text = re.sub(r"^(rows?\s+)?(where|with|if)\s+", "", text.strip())
    found = re.fullmatch(r"([\w.]+)\s*(?:=|:|in)?\s+(.*)", text, re.DOTALL)
    if found is not None and not re.search(r"[<>!=&|(]", text):
        word = found[1]
        column = word if word in frame.columns else next(iter(_listed(given.get(_WORDS.get(word, "")))), "")
        if column in frame.columns:
            labels = [each.strip().strip("'\"") for each in re.split(r",|\band\b", found[2])]
            return np.asarray(written_column(frame[column]).isin([written(label) for label in labels]))
    return where(text, frame)


def _design(
    frame: pd.DataFrame, given: Mapping[str, Any], extra: Mapping[str, Any], table: Table
) -> tuple[pd.DataFrame, Design]:
    pps = None if "pps" not in extra else pps_method(extra["pps"], table)
    fractions = given.get("fpc_kind") == "sampling_fraction" or pps is not None
    fpc = _listed(given["fpc"])
    weight, probability = _weight(given), _listed(given.get("probs"))
    if len(probability) > 1:  # one a stage
        frame = frame.assign(_probability=frame[probability].prod(axis=1))
        probability = ["_probability"]
    if weight is None and not probability and not fpc:  # the reference takes equal probabilities
        frame, weight = frame.assign(**{_BASE_WEIGHT: 1.0}), _BASE_WEIGHT
    labels = PsuLabels.WITHIN_STRATUM if given["nest"] and given["strata"] else PsuLabels.UNIQUE
    return frame, Design(
        strata=_listed(given["strata"]) or None,
        psu=[name for name in _listed(given["ids"]) if name not in ("0", "1")],
        weight=weight,
        inclusion_probability=probability[0] if probability else None,
        population=() if fractions else fpc,
        sampling_fraction=fpc if fractions else (),
        psu_labels=labels,
        single_psu=SinglePsu(given["lonely_psu"]),
        single_psu_in_domains=SinglePsuInDomain("apply" if given["adjust_domain_lonely"] else "ignore"),
        pps=pps,
    )


def _replicate_sample(
    frame: pd.DataFrame, kept: np.ndarray | None, entry: Mapping[str, Any], table: Table
) -> Sample:
    given, rule = entry["design"], entry["design"]["extra"]["replicate"]
    frame, names = _with_replicates(frame, kept, given, rule, table)
    weight = _weight(given)
    if weight is None:
        frame, design = _design(frame, {**given, "lonely_psu": "remove"}, {}, table)
        frame, weight = frame.assign(**{_BASE_WEIGHT: Sample(frame, design).weights}), _BASE_WEIGHT
    kind = str(rule.get("type")).lower()
    if kind not in _METHODS:
        raise UnsupportedError(f"replicates of the type {rule.get('type')}")
    replicate_design = ReplicateDesign(
        weight=weight,
        replicates=names,
        method=_METHODS[kind],
        holds=ReplicateWeights.COMBINED if rule.get("combined_weights", True) else ReplicateWeights.FACTORS,
        scale=rule.get("scale"),
        rscales=rule.get("rscales"),
        centre=ReplicateCentre.ESTIMATE if rule.get("mse") else ReplicateCentre.MEAN,
        fay_coefficient=rule.get("rho") if kind == "fay" else None,
    )
    sample = Sample(frame, replicate_design)
    degrees = rule.get("degf")
    if degrees is None or sample.degrees_of_freedom == degrees:
        return sample
    return Sample(frame, replace(replicate_design, degrees_of_freedom=degrees))  # as set by hand


def _with_replicates(
    frame: pd.DataFrame,
    kept: np.ndarray | None,
    given: Mapping[str, Any],
    rule: Mapping[str, Any],
    table: Table,
) -> tuple[pd.DataFrame, list[str]]:
    """The rows with the replicate columns: of the data, of a file row by row, or of a file by unit."""
    if not rule.get("file"):
        return frame, _listed(rule.get("columns"))
    file, by = table(rule["file"]), _listed(rule.get("factors_by"))
    if by:
        names = [name for name in file.columns if name not in by]
        return frame.merge(file, on=by, how="left", validate="many_to_one"), names
    if len(file) != len(frame) and kept is not None and len(file) == kept.size:
        file = file[kept].reset_index(drop=True)
    if len(file) < len(frame):
        frame = frame[rows_weighted(frame, file, given)].reset_index(drop=True)
    if len(file) != len(frame):
        raise UnsupportedError(f"{len(file)} rows of replicate weights for {len(frame)} rows of data")
    return pd.concat([frame, file.set_axis(frame.index)], axis=1), list(file.columns)
