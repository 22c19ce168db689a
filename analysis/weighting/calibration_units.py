"""What a calibration works on: rows, or the cells or clusters within which all rows get one factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.errors import Problem
from analysis.replicates import Replicates
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray, numeric, some
from analysis.weighting.auxiliaries import Auxiliaries, missing_values, named_columns
from analysis.weighting.calibrated_replicates import cell_sums
from analysis.weighting.calibration_equations import System
from analysis.weighting.margins import MarginCells, MarginReader, Margins, negative_weights, refuse, summed


@dataclass(frozen=True, eq=False)
class CalibrationUnits:
    """The unit of each row (-1: weight 0; None: rows are units) and the equations on the units."""

    code: IntArray | None
    system: System

    def replicate_sums(self, replicates: Replicates) -> FloatArray:
        """Weights of the units in every replicate, shape (units, replicates)."""
        if self.code is None:
            return np.column_stack(list(replicates.weights()))
        return cell_sums(replicates, self.code, count=self.system.before.size)


@dataclass(frozen=True, eq=False)
class _Given:
    """What the caller gave, read and found without fault."""

    sample: Sample
    cells: MarginCells | None
    auxiliaries: Auxiliaries | None
    importance: FloatArray | None


def units_of(
    sample: Sample,
    *,
    margins: Margins | None,
    auxiliaries: Mapping[str, float] | Auxiliaries | None,
    variance: str | ArrayLike | None,
    aggregate_stage: int | None,
) -> CalibrationUnits:
    """The equations of a calibration on as few units as there can be.

    Raises `WeightingError` with every reason why what is given does not fit the sample.
    """
    problems = [*negative_weights(sample), *_stage_problems(sample, aggregate_stage)]
    reader = None if margins is None else MarginReader(sample, margins)
    problems += [] if reader is None else reader.problems
    if isinstance(auxiliaries, Mapping):
        auxiliaries = named_columns(sample, auxiliaries)
    problems += [] if auxiliaries is None else missing_values(sample, auxiliaries)
    importance = None if variance is None else _importance(sample, variance, problems)
    if reader is None and auxiliaries is None:
        problems.append(
            Problem("no_totals", "calibration", "there is no known total; give margins or auxiliaries")
        )
    refuse(problems)
    given = _Given(sample, None if reader is None else reader.cells(), auxiliaries, importance)
    if aggregate_stage is not None:
        return _clusters(_rows(given), sample, sample.stages[aggregate_stage - 1].unit)
    if given.cells is not None and auxiliaries is None and importance is None:
        return _cells(given.cells, sample)
    return CalibrationUnits(None, _rows(given))


def _stage_problems(sample: Sample, stage: int | None) -> list[Problem]:
    if stage is None or 1 <= stage <= len(sample.stages):
        return []
    text = f"there is no stage {stage}: the design has {len(sample.stages)}, counted from 1"
    return [Problem("no_stage", "aggregate_stage", text)]


def _importance(sample: Sample, variance: str | ArrayLike, problems: list[Problem]) -> FloatArray:
    """1 / variance of each row; what is wrong with it joins the problems."""
    if isinstance(variance, str) and variance not in sample.frame.columns:
        problems.append(Problem("unknown_column", f"variance {variance}", "the sample has no such column"))
        return np.ones(len(sample))
    values = (
        numeric(sample.frame[variance]) if isinstance(variance, str) else np.asarray(variance, np.float64)
    )
    if values.shape != (len(sample),):
        text = f"has the shape {values.shape}; give one number a row"
        problems.append(Problem("shapes_differ", "variance", text))
        return np.ones(len(sample))
    weighted = sample.weights != 0
    wrong = weighted & ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        text = f"is no number above 0 in rows {some(list(sample.frame.index[wrong]))}"
        problems.append(Problem("not_a_variance", "variance", text))
    return np.divide(1.0, values, out=np.ones(len(sample)), where=weighted & (values > 0))


def _cells(cells: MarginCells, sample: Sample) -> CalibrationUnits:
    names, values, totals = cells.indicators()
    return CalibrationUnits(
        cells.cell,
        System(
            names=names,
            values=values,
            totals=totals,
            before=cells.sums(sample.weights),
            importance=np.ones(cells.count),
            margin_count=len(names),
        ),
    )


def _rows(given: _Given) -> System:
    weights = given.sample.weights
    names: tuple[str, ...] = ()
    columns, totals = [], []
    margin_count = 0
    if given.cells is not None:
        names, values, known = given.cells.indicators()
        columns.append(values[given.cells.cell])
        totals.append(known)
        margin_count = len(names)
    if given.auxiliaries is not None:
        names = (*names, *given.auxiliaries.names)
        columns.append(given.auxiliaries.values)
        totals.append(given.auxiliaries.totals)
    values = np.hstack(columns)
    return System(
        names=names,
        values=np.where((weights != 0)[:, None], values, 0.0),  # a row of weight 0 may miss any value
        totals=np.concatenate(totals),
        before=weights,
        importance=np.ones(weights.size) if given.importance is None else given.importance,
        margin_count=margin_count,
    )


def _clusters(rows: System, sample: Sample, unit: IntArray) -> CalibrationUnits:
    """The same equations on clusters: weighted means of the auxiliary variables, mean of the variances."""
    inside = np.flatnonzero(sample.weights != 0)
    used, place = np.unique(unit[inside], return_inverse=True)
    code = np.full(len(sample), -1, dtype=np.int64)
    code[inside] = place.reshape(-1)

    def sums(values: FloatArray) -> FloatArray:
        return summed(code[inside], values[inside], count=used.size)

    before = sums(rows.before)
    means = np.column_stack([sums(rows.before * column) / before for column in rows.values.T])
    variance = sums(1 / rows.importance) / sums(np.ones(len(sample)))
    return CalibrationUnits(
        code,
        System(
            names=rows.names,
            values=means,
            totals=rows.totals,
            before=before,
            importance=1 / variance,
            margin_count=rows.margin_count,
        ),
    )
