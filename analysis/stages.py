"""The stages of a sample as integer codes: who was drawn together with whom, out of how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analysis.codes import IntArray as IntArray
from analysis.codes import column_codes, crossed_codes, is_constant
from analysis.codes import first_of as first_of
from analysis.codes import joint_codes as joint_codes
from analysis.design import Design, PsuLabels, SinglePsu, as_names
from analysis.errors import DesignError, Problem, SinglePsuStratumError
from analysis.pps import PpsMethod

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_SHOWN = 5  # how many rows, units or strata a message names before it counts the rest


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of sampling: units drawn from groups (strata; at later stages, the parent units).

    `unit` (one a row) codes the sampled unit, `unit_group` (one a unit) the group it was drawn from. Per
    group: `group_size` units in the sample, `group_fraction` of the population drawn (0: unbounded
    population), `group_multiplier` the product of the fractions of the units above it, `group_parent` the
    parent unit and `group_names` what a reader calls it. Where `rows_are_units`, unit i is row i.

    Drawn with unequal probabilities, `unit_fraction` holds those of the units and `group_fraction` their
    mean; `form`, if any, is the matrix of the variance of the units' totals (`analysis.pps`).
    """

    unit: IntArray
    unit_group: IntArray
    group_size: IntArray
    group_fraction: FloatArray
    group_multiplier: FloatArray
    group_parent: IntArray
    group_names: tuple[str, ...]
    rows_are_units: bool
    unit_fraction: FloatArray | None = None
    form: csr_array | None = None

    @property
    def unit_count(self) -> int:
        """How many units the sample has at this stage."""
        return int(self.unit_group.size)

    @property
    def group_scale(self) -> FloatArray:
        """What a group's sum of squares is multiplied by: ancestors' fractions, (1 - f), n/(n - 1)."""
        size = self.group_size.astype(np.float64)
        spread = np.where(size > 1, size / np.maximum(size - 1, 1), 1.0)
        return np.asarray(self.group_multiplier * (1 - self.group_fraction) * spread, dtype=np.float64)

    @property
    def drawn_fraction(self) -> FloatArray:
        """The probability with which every unit was drawn from its group."""
        if self.unit_fraction is not None:
            return self.unit_fraction
        return np.asarray(self.group_fraction[self.unit_group], dtype=np.float64)

    @property
    def passed_on(self) -> FloatArray:
        """The multiplier of the groups below every unit: the product of the fractions down to it."""
        return np.asarray(self.group_multiplier[self.unit_group] * self.drawn_fraction, dtype=np.float64)

    @property
    def unit_scale(self) -> FloatArray:
        """The same a unit: with unequal probabilities every unit has its own 1 - π."""
        if self.unit_fraction is None:
            return np.asarray(self.group_scale[self.unit_group], dtype=np.float64)
        size = self.group_size.astype(np.float64)
        spread = np.where(size > 1, size / np.maximum(size - 1, 1), 1.0)
        return np.asarray((self.group_multiplier * spread)[self.unit_group] * (1 - self.drawn_fraction))

    @property
    def group_is_single(self) -> BoolArray:
        """Groups with one unit that was not taken with certainty."""
        return np.asarray((self.group_size == 1) & (self.group_fraction < 1), dtype=np.bool_)


def some(names: Sequence[object]) -> str:
    """The first few names and how many more there are."""
    shown = ", ".join(str(name) for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def numeric(values: pd.Series[Any]) -> FloatArray:
    """A column as floats; what is no number becomes NaN."""
    if values.dtype == np.float64:
        return values.to_numpy()  # as it is, which saves a copy of a long column
    return pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def column_problems(frame: pd.DataFrame, columns: Sequence[str]) -> list[Problem]:
    """What is wrong with the columns of a design before they are read: unknown, or empty somewhere."""
    problems = []
    if frame.empty:
        problems.append(Problem("no_rows", "sample", "there is not one row"))
    for name in columns:
        if name not in frame.columns:
            problems.append(Problem("unknown_column", f"column {name}", "the sample has no such column"))
            continue
        missing = frame[name].isna().to_numpy()
        if missing.any():
            text = f"is empty in rows {some(list(frame.index[missing]))}"
            problems.append(Problem("missing_design_value", f"column {name}", text))
    return problems


def given_weights(frame: pd.DataFrame, design: Design) -> tuple[FloatArray, list[Problem]]:
    """Weights (one a row) from the column of weights or probabilities, and what is wrong with it."""
    (column,) = design.weight_columns
    given = numeric(frame[column])
    wrong, expected = ~(np.isfinite(given) & (given >= 0)), "a weight of 0 or more"
    if design.inclusion_probability is not None:
        wrong, expected = ~((given > 0) & (given <= 1)), "a probability above 0, at most 1"
    if wrong.any():
        text = f"is not {expected} in rows {some(list(frame.index[wrong]))}"
        return given, [Problem("not_a_weight", f"column {column}", text)]
    return given if design.inclusion_probability is None else 1 / given, []


@dataclass(frozen=True, eq=False)
class RowCounts:
    """For a frame of cells: how many rows each stands for, and the column of the design that numbered them.

    `row_id` is the last of the design's `psu` where every row was drawn by itself; such a stage, as one
    without a `psu`, has its rows counted, not its cells. None: rows have no number of their own.
    """

    rows: IntArray
    row_id: str | None


class StageBuilder:
    """Reads the design's columns stage by stage and collects every problem on the way."""

    def __init__(self, frame: pd.DataFrame, design: Design, *, counts: RowCounts | None = None) -> None:
        """`counts` where the rows of the frame are cells of rows, whose columns have been checked before."""
        self._frame = frame
        self._design = design
        self._counts = counts
        self._problems: list[Problem] = []

    def build(self) -> tuple[tuple[Stage, ...], FloatArray]:
        """The stages and the weights (one a row).

        Raises `DesignError` with every problem found, `SinglePsuStratumError` with every stratum of one PSU.
        """
        if self._counts is None:
            self._problems += column_problems(self._frame, self._design.columns)
            self._refuse_problems()
        stages: list[Stage] = []
        for index in range(self._design.stage_count):
            stages.append(self._stage(index, stages[-1] if stages else None))
        weights = self._weights(stages) if self._counts is None else self._implied_weights(stages)
        self._refuse_problems()
        self._check_single(stages)
        return tuple(stages), weights

    def _report(self, code: str, place: str, message: str) -> None:
        self._problems.append(Problem(code, place, message))

    def _refuse_problems(self) -> None:
        if self._problems:
            raise DesignError("The design does not fit the rows of the sample.", problems=self._problems)

    def _rows(self, wrong: BoolArray) -> str:
        return f"rows {some(list(self._frame.index[wrong]))}"

    def _stage(self, index: int, parent: Stage | None) -> Stage:
        above = [] if parent is None else [parent.unit]
        strata, psu = as_names(self._design.strata), as_names(self._design.psu)
        stratum = [self._codes(name) for name in strata[index : index + 1]]
        keys = [*above, *stratum] or [np.zeros(len(self._frame), dtype=np.int64)]
        group = crossed_codes(*keys)
        unit, rows_are_units = np.arange(len(self._frame), dtype=np.int64), True
        if psu and (self._counts is None or psu[index] != self._counts.row_id):
            inside = [group] if self._design.psu_labels is PsuLabels.WITHIN_STRATUM else above
            code = crossed_codes(*inside, self._codes(psu[index]))
            rows_are_units = self._counts is None and int(code.max()) + 1 == code.size
            unit = unit if rows_are_units else code  # codes of rows are their places
        first = first_of(unit, int(unit.max()) + 1)
        unit_group = group[first]
        self._check_nested(index, unit=unit, group=group, unit_group=unit_group)
        group_first = first_of(group, int(group.max()) + 1)
        rows = self._counts.rows if self._counts is not None and rows_are_units else None
        size = np.bincount(unit_group, weights=rows, minlength=group_first.size).astype(np.int64)
        group_parent = np.zeros_like(group_first) if parent is None else parent.unit[group_first]
        names = self._group_names(index, group_first)
        probability, form = None, None
        if self._design.pps is None:
            fraction = self._fraction(index, group=group, group_first=group_first, size=size, names=names)
        else:
            probability = self._probability(index, unit=unit, first=first)
            fraction = np.bincount(unit_group, weights=probability, minlength=size.size) / size
            form = self._form(self._design.pps, probability, unit_group)
        return Stage(
            unit=unit,
            unit_group=unit_group,
            group_size=size,
            group_fraction=fraction,
            group_multiplier=np.ones(size.size) if parent is None else parent.passed_on[group_parent],
            group_parent=group_parent,
            group_names=names,
            rows_are_units=rows_are_units,
            unit_fraction=probability,
            form=form,
        )

    def _codes(self, name: str) -> IntArray:
        return column_codes(self._frame[name])

    def _group_names(self, index: int, first: IntArray) -> tuple[str, ...]:
        """What a reader calls the groups: their stratum, their parent unit, or the whole sample."""
        strata, psu = as_names(self._design.strata), as_names(self._design.psu)
        columns = [*strata[:1], *psu[:index], *strata[1 : index + 1]]
        if not columns:
            return ("the whole sample",) * first.size
        parts = [[f"{name} {label}" for label in self._frame[name].iloc[first]] for name in columns]
        return tuple(", ".join(labels) for labels in zip(*parts, strict=True))

    def _check_nested(self, index: int, *, unit: IntArray, group: IntArray, unit_group: IntArray) -> None:
        astray = ~is_constant(group, of_code=unit_group, codes=unit)
        if not astray.any():
            return
        name = as_names(self._design.psu)[index]
        labels = list(dict.fromkeys(self._frame[name][astray]))
        way_out = "correct the labels, or say psu_labels=PsuLabels.WITHIN_STRATUM if they start again in each"
        message = f"{some(labels)} in more than one stratum ({self._rows(astray)}); {way_out}"
        self._report("psu_in_two_strata", f"column {name}", message)

    def _fraction(
        self, index: int, *, group: IntArray, group_first: IntArray, size: IntArray, names: tuple[str, ...]
    ) -> FloatArray:
        bounds = self._design.finite_population
        if index >= len(bounds):
            return np.zeros(size.size)
        column = bounds[index]
        given = numeric(self._frame[column])
        wrong = ~(np.isfinite(given) & (given > 0))
        if self._design.sampling_fraction:
            wrong |= given > 1
        if wrong.any():
            kind = "a fraction above 0, at most 1" if self._design.sampling_fraction else "a size above 0"
            self._report("not_a_population", f"column {column}", f"is not {kind} in {self._rows(wrong)}")
            return np.zeros(size.size)
        value = given[group_first]
        varies = ~is_constant(given, of_code=value, codes=group)
        if varies.any():
            strata = [names[code] for code in np.unique(group[varies])]
            self._report("population_varies", f"column {column}", f"differs within {some(strata)}")
        if self._design.sampling_fraction:
            return value
        short = value < size
        if short.any():
            strata = [f"{names[code]} ({value[code]:g} < {size[code]})" for code in np.flatnonzero(short)]
            message = f"is smaller than the number of units sampled: {some(strata)}"
            self._report("population_below_sample", f"column {column}", message)
        return np.minimum(size / value, 1.0)

    def _probability(self, index: int, *, unit: IntArray, first: IntArray) -> FloatArray:
        """The inclusion probabilities of the units of a stage; 0 where a stage has none given."""
        columns = self._design.probability_columns
        if index >= len(columns):
            return np.zeros(first.size)
        given = numeric(self._frame[columns[index]])
        wrong = ~((given > 0) & (given <= 1))
        if wrong.any():
            text = f"is not a probability above 0, at most 1, in {self._rows(wrong)}"
            self._report("not_a_probability", f"column {columns[index]}", text)
        varies = ~is_constant(given, of_code=given[first], codes=unit)
        if varies.any():
            text = f"differs within one sampling unit ({self._rows(varies)})"
            self._report("probability_varies", f"column {columns[index]}", text)
        return given[first]

    def _form(self, pps: PpsMethod, probability: FloatArray, stratum: IntArray) -> csr_array | None:
        problems = pps.matrix_problems(probability)
        for code, text in problems:
            self._report(code, "joint probabilities", text)
        return None if problems or self._problems else pps.form(probability, stratum)

    def _weights(self, stages: Sequence[Stage]) -> FloatArray:
        if not self._design.weight_columns:
            return self._implied_weights(stages)
        weights, problems = given_weights(self._frame, self._design)
        self._problems += problems
        if not problems and not weights.any():
            (column,) = self._design.weight_columns
            self._report("no_positive_weight", f"column {column}", "has no weight above 0")
        return weights

    def _implied_weights(self, stages: Sequence[Stage]) -> FloatArray:
        """Those that follow from the fractions drawn at all stages; 1 where a weight is given."""
        if self._design.weight_columns:
            return np.ones(len(self._frame))
        inverse = [stage.drawn_fraction[stage.unit] for stage in stages]
        with np.errstate(divide="ignore"):  # a fraction of 0 is among the problems already
            return np.asarray(1 / np.prod(inverse, axis=0), dtype=np.float64)

    def _check_single(self, stages: Sequence[Stage]) -> None:
        rule = self._design.single_psu
        if rule not in (SinglePsu.FAIL, SinglePsu.AVERAGE):
            return
        problems = []
        for number, stage in enumerate(stages, start=1):
            counts = stage.group_is_single & (stage.group_multiplier > 0)
            if rule is SinglePsu.AVERAGE:  # single groups only where the parent has no other to average
                parents = np.bincount(stage.group_parent, weights=~stage.group_is_single)
                counts &= parents[stage.group_parent] == 0
            problems += [
                Problem("single_psu", stage.group_names[code], f"has one sampling unit at stage {number}")
                for code in np.flatnonzero(counts)
            ]
        if problems:
            average = rule is SinglePsu.FAIL
            ways = "adjust, certainty, remove or average" if average else "adjust, certainty or remove"
            raise SinglePsuStratumError(
                "One sampling unit alone shows no variance. Collapse the stratum with its most similar "
                "neighbour, give its population if it was taken with certainty, "
                f"or choose single_psu = {ways}.",
                problems=problems,
            )
