"""Calibration: make weighted counts agree with known totals, and remember it for the variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from analysis.errors import Problem, WeightingError
from analysis.estimation.domains import cross
from analysis.replicates import Replicates
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray
from analysis.weighting.auxiliaries import Auxiliaries
from analysis.weighting.calibrated_replicates import CellFactors, RowFactors, cell_sums, in_replicate
from analysis.weighting.calibration_equations import Solution, System, impossible, solve
from analysis.weighting.calibration_units import CalibrationUnits, units_of
from analysis.weighting.distances import LINEAR, Distance
from analysis.weighting.margins import Margins, Totals, labels_of, misfits, refuse, summed
from analysis.weighting.residuals import CellCalibration, RowCalibration


def poststratify(sample: Sample, *, by: str | Sequence[str], totals: Totals) -> Sample:
    """The sample with weights that add up to `totals` in every post-stratum (Holt & Smith 1979).

    `totals` maps the label of `by` (a tuple of labels for several variables) to the number of people.
    Estimates from the result have standard errors from residuals; a sample with replicates has every
    replicate post-stratified. Raises `WeightingError` naming every total without a respondent, every
    post-stratum without a total, totals that are not positive, and rows without a label.
    """
    strata = cross(sample, by)
    refuse(list(misfits(sample, domains=strata, totals=totals)))
    cell = np.where(sample.weights != 0, strata.code, -1)
    known = np.array([float(totals.get(label, 0)) for label in labels_of(strata)])  # 0: nobody is in it
    inside = cell >= 0
    before = summed(cell[inside], sample.weights[inside], count=strata.count)
    places = [f"{' × '.join(strata.names)} {label}" for label in labels_of(strata)]
    refuse(
        [
            Problem("no_weight", places[place], f"has respondents whose weights add up to {before[place]:g}")
            for place in np.flatnonzero((before <= 0) & (known > 0))  # after a calibration to negative ones
        ]
    )
    factor = np.divide(known, before, out=np.zeros_like(known), where=before > 0)
    after = np.where(inside, sample.weights * factor[cell], 0.0)
    calibration = CellCalibration(
        cell=cell,
        after=after,
        cell_values=None,
        cell_before=before,
        cell_factor=factor,
        cell_importance=np.ones_like(before),
    )
    replicates = sample.replicates
    if replicates is not None:
        sums = cell_sums(replicates, cell, count=strata.count)
        replicates = replicates.adjusted(CellFactors(cell, _cell_factors(known, sums, places=places)))
    return sample.reweighted(after, calibration, replicates=replicates)


def _cell_factors(known: FloatArray, sums: FloatArray, *, places: Sequence[str]) -> FloatArray:
    """Known totals (cells) over the sums of the replicates (cells × replicates)."""
    emptied = np.argwhere((sums <= 0) & (known > 0)[:, None])
    text = "has no respondent left; join it with a neighbouring class"
    refuse(
        [
            Problem("total_without_respondent", f"replicate {replicate + 1}, {places[cell]}", text)
            for cell, replicate in emptied
        ]
    )
    return np.divide(known[:, None], sums, out=np.zeros_like(sums), where=sums > 0)


def calibrate(
    sample: Sample,
    *,
    margins: Margins | None = None,
    auxiliaries: Mapping[str, float] | Auxiliaries | None = None,
    distance: Distance = LINEAR,
    variance: str | ArrayLike | None = None,
    aggregate_stage: int | None = None,
    tolerance: float = 1e-11,
    maximum_iterations: int = 200,
) -> Sample:
    """The sample with weights whose totals of auxiliary variables are the known ones (Deville & Särndal
    1992).

    `margins` are categories as for `rake`; `auxiliaries` numeric columns (name → population total), or a
    matrix with names and totals. `distance` decides how the weights move (`Linear`, `RakingRatio`, `Logit`,
    `HyperbolicSine`, most with bounds on g = weight after / before). `variance` (a column, or one number
    above 0 a row) is what the residual variance of the survey variables is proportional to.
    `aggregate_stage` 1, 2, …: all rows of a unit of that stage get one g. Totals are met to `tolerance`
    relative to themselves. Standard errors come from the residuals of the regression on all auxiliary
    variables; a sample with replicates has every replicate calibrated. Raises `WeightingError` naming every
    margin that does not fit the sample (as `rake`), missing values, auxiliary variables that are
    combinations of others, bounds that a total cannot be met within, and totals that Newton's method does
    not reach.
    """
    units = units_of(
        sample, margins=margins, auxiliaries=auxiliaries, variance=variance, aggregate_stage=aggregate_stage
    )
    limits = _Limits(tolerance, maximum_iterations)
    solution = _solve(units.system, distance, limits)
    after = sample.weights * _of_rows(solution.factor, units.code)
    calibration = _calibration(units, solution, after=after)
    replicates = sample.replicates
    if replicates is not None:
        replicates = _calibrated(replicates, units, distance=distance, limits=limits)
    return sample.reweighted(after, calibration, replicates=replicates)


@dataclass(frozen=True)
class _Limits:
    """When to stop: misfit of the totals, relative, and how many steps."""

    tolerance: float
    maximum_iterations: int


def _solve(system: System, distance: Distance, limits: _Limits) -> Solution:
    refuse(impossible(system, distance))
    solution = solve(
        system, distance, tolerance=limits.tolerance, maximum_iterations=limits.maximum_iterations
    )
    if solution.converged:
        return solution
    reached = system.achieved(solution.factor)
    raise WeightingError(
        f"Calibration has not reached the totals in {limits.maximum_iterations} steps.",
        problems=[
            Problem(
                "not_converged",
                system.names[place],
                f"has the total {system.totals[place]:.10g} and stays at {reached[place]:.10g}; "
                "widen the bounds, collapse classes, or take another distance",
            )
            for place in np.flatnonzero(~(solution.misfit <= limits.tolerance))
        ],
    )


def _of_rows(values: FloatArray, code: IntArray | None) -> FloatArray:
    """Values of the units, one a row; 1 for rows of no unit."""
    return values if code is None else np.append(values, 1.0)[code]


def _calibration(
    units: CalibrationUnits, solution: Solution, *, after: FloatArray
) -> CellCalibration | RowCalibration:
    system = units.system
    if units.code is None:
        return RowCalibration(system.values, system.before, solution.factor, system.importance)
    return CellCalibration(
        cell=units.code,
        after=after,
        cell_values=system.values,
        cell_before=system.before,
        cell_factor=solution.factor,
        cell_importance=system.importance,
    )


def _calibrated(
    replicates: Replicates, units: CalibrationUnits, *, distance: Distance, limits: _Limits
) -> Replicates:
    solutions: list[Solution] = []
    problems: list[Problem] = []
    for replicate, before in enumerate(units.replicate_sums(replicates).T):
        try:
            solutions.append(_solve(replace(units.system, before=before), distance, limits))
        except WeightingError as refusal:
            problems += in_replicate(refusal.problems, replicate)
    if problems:
        raise WeightingError("Some replicates cannot be calibrated.", problems=problems)
    if units.code is not None:
        return replicates.adjusted(
            CellFactors(units.code, np.column_stack([each.factor for each in solutions]))
        )
    coefficients = np.column_stack([each.coefficients for each in solutions])
    return replicates.adjusted(
        RowFactors(units.system.values, units.system.importance, distance, coefficients)
    )
