"""Reads a replicate design's columns: base weight, replicate factors by groups of rows, and every problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.codes import first_of
from analysis.design import as_names
from analysis.errors import DesignError, Problem
from analysis.replicate_design import ReplicateDesign, ReplicateWeights
from analysis.replicates import Replicates
from analysis.stages import BoolArray, FloatArray, IntArray, Stage, numeric, some

_SEED = 20_251_124  # the directions rows are compared in; any will do
_MIX = np.int64(-7_046_029_254_386_353_131)  # 2⁶⁴ / golden ratio: two keys in one


@dataclass(frozen=True, eq=False)
class ReplicateReading:
    """What a replicate design says of the rows: weights (one a row), replicates, groups as a stage."""

    weights: FloatArray
    replicates: Replicates
    stages: tuple[Stage, ...]


def read_replicates(frame: pd.DataFrame, design: ReplicateDesign) -> ReplicateReading:
    """Read and check the columns; raises `DesignError` with every problem found."""
    problems = _column_problems(frame, design)
    if problems:
        _refuse(problems)
    weights = numeric(frame[design.weight])
    base = np.where(weights > 0, weights, 1.0)  # rows of weight 0 keep what their replicates say
    problems = [*_weight_problems(frame, design, weights), *_replicate_problems(frame, design, weights)]
    if problems:
        _refuse(problems)
    unit, first = _groups(frame, design, base)
    factors = np.empty((first.size, design.replicate_count))
    for place, name in enumerate(as_names(design.replicates)):
        factors[:, place] = numeric(frame[name])[first]
    if design.holds is ReplicateWeights.COMBINED:
        factors /= base[first][:, None]
    replicates = Replicates(
        method=design.method,
        base=base,
        unit=unit,
        factors=factors,
        scale=design.scale_used,
        rscales=np.array(design.rscales_used),
        centre=design.centre,
        degrees_of_freedom=design.degrees_of_freedom,
    )
    return ReplicateReading(weights, replicates, (_stage(unit, first),))


def _refuse(problems: Sequence[Problem]) -> None:
    raise DesignError("The replicate design does not fit the rows of the sample.", problems=problems)


def _column_problems(frame: pd.DataFrame, design: ReplicateDesign) -> list[Problem]:
    if frame.empty:
        return [Problem("no_rows", "sample", "there is not one row")]
    problems = []
    for name in design.columns:
        place = f"column {name}"
        if name not in frame.columns:
            problems.append(Problem("unknown_column", place, "the sample has no such column"))
            continue
        wrong = ~np.isfinite(numeric(frame[name]))
        if wrong.any():
            problems.append(Problem("not_a_weight", place, f"is no number in {_rows(frame, wrong)}"))
    return problems


def _rows(frame: pd.DataFrame, wrong: BoolArray) -> str:
    return f"rows {some(list(frame.index[wrong]))}"


def _weight_problems(frame: pd.DataFrame, design: ReplicateDesign, weights: FloatArray) -> list[Problem]:
    place = f"column {design.weight}"
    if (weights < 0).any():
        return [Problem("not_a_weight", place, f"is below 0 in {_rows(frame, weights < 0)}")]
    if not weights.any():
        return [Problem("no_positive_weight", place, "has no weight above 0")]
    return []


def _replicate_problems(frame: pd.DataFrame, design: ReplicateDesign, weights: FloatArray) -> list[Problem]:
    """Replicates that weight nobody, that weight rows of base weight 0, or that hold the other kind."""
    problems, weightless = [], weights == 0
    astray = np.zeros(weights.size, dtype=np.bool_)
    means = []
    for name in as_names(design.replicates):
        values = numeric(frame[name])
        means.append(values.mean())
        if not values[~weightless].any():
            problems.append(Problem("empty_replicate", f"column {name}", "weights not one row"))
        if design.holds is ReplicateWeights.COMBINED:
            astray |= weightless & (values != 0)
    if astray.any():
        text = f"is 0 in {_rows(frame, astray)}, whose replicate weights are not"
        problems.append(Problem("weightless_row", f"column {design.weight}", text))
    problems += _mistaken_kind(design, weight=float(weights.mean()), replicate=float(np.mean(means)))
    return problems


def _mistaken_kind(design: ReplicateDesign, *, weight: float, replicate: float) -> list[Problem]:
    """Factors average 1 and combined weights average the base weight (R survey 4.5, `svrepdesign`)."""
    combined = design.holds is ReplicateWeights.COMBINED
    if combined and replicate < 5 and weight > 5 * replicate:
        other = ReplicateWeights.FACTORS
    elif not combined and replicate > 5 and weight < 5 * replicate:
        other = ReplicateWeights.COMBINED
    else:
        return []
    text = (
        f"average {replicate:.4g} beside base weights that average {weight:.4g}; they look like {other}, "
        f"say holds=ReplicateWeights.{other.name}"
    )
    return [Problem("mistaken_kind", "replicate columns", text)]


def _groups(frame: pd.DataFrame, design: ReplicateDesign, base: FloatArray) -> tuple[IntArray, IntArray]:
    """Rows that have all factors in common (but for rounding), as codes, and the first row of each group.

    Rows are compared along two random directions, column by column, so that no rows × replicates array is
    made; factors equal to nine digits in both are taken as the same.
    """
    directions = np.random.default_rng(_SEED).normal(size=(len(as_names(design.replicates)), 2))
    along = np.zeros((base.size, 2))
    for name, direction in zip(as_names(design.replicates), directions, strict=True):
        values = numeric(frame[name])
        if design.holds is ReplicateWeights.COMBINED:
            values = values / base
        along += values[:, None] * direction
    size = np.abs(along).max(axis=0)
    key = np.rint(along / np.where(size > 0, size, 1.0) * 1e9).astype(np.int64)
    mixed = key[:, 0] * _MIX + key[:, 1]  # overflows, as a hash may
    code = np.asarray(pd.factorize(mixed)[0], dtype=np.int64)
    return code, first_of(code, int(code.max()) + 1)


def _stage(unit: IntArray, first: IntArray) -> Stage:
    """The groups as sampling units of one stratum: what is inside one of them shows no variance."""
    return Stage(
        unit=unit,
        unit_group=np.zeros(first.size, dtype=np.int64),
        group_size=np.array([first.size]),
        group_fraction=np.zeros(1),
        group_multiplier=np.ones(1),
        group_parent=np.zeros(1, dtype=np.int64),
        group_names=("the whole sample",),
        rows_are_units=first.size == unit.size,
    )
