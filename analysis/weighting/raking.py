"""Raking: fit weights to several margins at once by iterative proportional fitting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.errors import Problem, WeightingError
from analysis.replicates import Replicates
from analysis.sample import Sample
from analysis.stages import FloatArray, some
from analysis.weighting.calibrated_replicates import CellFactors, cell_sums, in_replicate
from analysis.weighting.margins import Margin, MarginCells, MarginReader, Margins, negative_weights, refuse
from analysis.weighting.residuals import CellCalibration


def rake(sample: Sample, *, margins: Margins, tolerance: float = 1e-12, maximum_sweeps: int = 1000) -> Sample:
    """The sample with weights that add up to the totals of every margin (Deming & Stephan 1940).

    `margins` maps a column, or a tuple of columns crossed, to its totals: label → number of people (labels
    are tuples for crossed columns). Sweeps go on until no total is missed by more than `tolerance` of
    itself. The result has standard errors from residuals on all margins together, as calibration by the
    raking ratio (Deville, Särndal & Sautory 1993); a sample with replicates has every replicate raked.
    Raises `WeightingError` naming every total without a respondent, category without a total, row without a
    label and margin that adds up to another population, and, where the sweeps do not get there, how far each
    margin is off and which crossings are empty.
    """
    reader = MarginReader(sample, margins)
    refuse([*reader.problems, *negative_weights(sample)])
    cells = reader.cells()
    before = cells.sums(sample.weights)
    fitted = _sweep(cells.margins, before[:, None], tolerance=tolerance, maximum_sweeps=maximum_sweeps)[:, 0]
    _refuse_missed(cells, list(_missed(cells.margins, fitted, tolerance)), sweeps=maximum_sweeps)
    factor = fitted / before
    after = factor[cells.cell]
    after *= sample.weights
    _, values, _ = cells.indicators()
    calibration = CellCalibration(
        cell=cells.cell,
        after=after,
        cell_values=values,
        cell_before=before,
        cell_factor=factor,
        cell_importance=np.ones(cells.count),
    )
    replicates = sample.replicates and _raked(
        sample.replicates, cells, tolerance=tolerance, maximum_sweeps=maximum_sweeps
    )
    return sample.reweighted(after, calibration, replicates=replicates)


def _sweep(
    margins: Sequence[Margin], before: FloatArray, *, tolerance: float, maximum_sweeps: int
) -> FloatArray:
    """Cell weights (cells × sets of weights) after as many sweeps over the margins as needed or allowed."""
    fitted = before
    for _ in range(maximum_sweeps):
        for margin in margins:
            fitted = fitted * (margin.totals[:, None] / (margin.sums @ fitted))[margin.level]
        off = [np.abs((each.sums @ fitted) / each.totals[:, None] - 1).max() for each in margins]
        if max(off) <= tolerance:
            break
    return fitted


def _missed(margins: Sequence[Margin], fitted: FloatArray, tolerance: float) -> Iterator[Problem]:
    for margin in margins:
        reached = margin.sums @ fitted
        for category in np.flatnonzero(np.abs(reached / margin.totals - 1) > tolerance):
            text = f"has a total of {margin.totals[category]:.10g} and stays at {reached[category]:.10g}"
            yield Problem("not_converged", margin.place(int(category)), text)


def _refuse_missed(cells: MarginCells, missed: Sequence[Problem], *, sweeps: int) -> None:
    if not missed:
        return
    empty = cells.empty()
    text = f"nobody is in {some(empty)}" if empty else "no crossing of two margins is empty"
    way_out = "collapse categories that are off with similar ones, or give the margins crossed"
    raise WeightingError(
        f"Raking has not come to an end after {sweeps} sweeps.",
        problems=[*missed, Problem("empty_cells", "crossings", f"{text}; {way_out}")],
    )


def _raked(
    replicates: Replicates, cells: MarginCells, *, tolerance: float, maximum_sweeps: int
) -> Replicates:
    before = cell_sums(replicates, cells.cell, count=cells.count)
    refuse(list(_emptied(cells.margins, before)))
    fitted = _sweep(cells.margins, before, tolerance=tolerance, maximum_sweeps=maximum_sweeps)
    missed = [
        problem
        for replicate in range(replicates.count)
        for problem in in_replicate(list(_missed(cells.margins, fitted[:, replicate], tolerance)), replicate)
    ]
    _refuse_missed(cells, missed, sweeps=maximum_sweeps)
    factor = np.divide(fitted, before, out=np.ones_like(before), where=before != 0)
    return replicates.adjusted(CellFactors(cells.cell, factor))


def _emptied(margins: Sequence[Margin], before: FloatArray) -> Iterator[Problem]:
    """Categories of which a replicate has nobody left."""
    for margin in margins:
        for category, replicate in np.argwhere((margin.sums @ before) <= 0):
            place = f"replicate {replicate + 1}, {margin.place(int(category))}"
            text = "has no respondent left; join the category with a similar one"
            yield Problem("total_without_respondent", place, text)
