"""Calibration equations Σ d F(q x'λ) x = t, solved by Newton's method with step halving."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.errors import Problem
from analysis.stages import FloatArray
from analysis.weighting.distances import Distance
from analysis.weighting.independent_columns import Basis, IndependentColumns, independent_columns, orthonormal

_AGREE = 1e-8  # relative difference of totals that should be the same
_DAMPING = 1e-9  # of the mean curvature: keeps a step finite where bounds hold all units of a variable
_OVERSHOT = 0.9  # a step is halved when the misfit beyond it is as large again, the other way
_HALVINGS = 60


@dataclass(frozen=True, eq=False)
class System:
    """What is asked: auxiliary variables (units × p) by name, their `totals`, and weights before.

    Units are rows, cells of rows or clusters; `importance` is q (1 / variance). The first `margin_count`
    columns are categories of margins, which may repeat one another; the others may not.
    """

    names: tuple[str, ...]
    values: FloatArray
    totals: FloatArray
    before: FloatArray
    importance: FloatArray
    margin_count: int

    def achieved(self, factor: FloatArray) -> FloatArray:
        """The weighted totals of the auxiliary variables under the factors g (units)."""
        return np.asarray(self.values.T @ (self.before * factor))

    @property
    def scale(self) -> FloatArray:
        """What a misfit of each auxiliary variable is measured against."""
        return np.maximum(np.abs(self.totals), np.abs(self.values).T @ self.before)


@dataclass(frozen=True, eq=False)
class Solution:
    """Factors g (units), the coefficients λ (p), and how far the totals are missed (p, relative)."""

    factor: FloatArray
    coefficients: FloatArray
    misfit: FloatArray
    converged: bool


def impossible(system: System, distance: Distance) -> list[Problem]:
    """Why no weights can meet the totals, as far as single auxiliary variables show it."""
    weighted = system.values * np.sqrt(system.before * system.importance)[:, None]
    return [*_dependent(system, independent_columns(weighted)), *_unreachable(system, distance)]


def _dependent(system: System, found: IndependentColumns) -> Iterator[Problem]:
    for place, coefficients in zip(found.dependent, found.coefficients.T, strict=True):
        name, total = system.names[place], system.totals[place]
        implied = float(coefficients @ system.totals[found.kept])
        agrees = abs(implied - total) <= _AGREE * max(abs(total), abs(implied))
        if not (system.values[:, place] * system.before).any():
            if total != 0:
                text = f"is 0 in every row, yet its total is {total:g}; collapse it with a similar class"
                yield Problem("total_without_respondent", name, text)
        elif not agrees:
            text = (
                f"follows from the others, which make its total {implied:.10g}, not {total:.10g}; correct one"
            )
            yield Problem("totals_disagree", name, text)
        elif place >= system.margin_count:
            yield Problem("collinear", name, "is a combination of the others and adds nothing; leave it out")


def _unreachable(system: System, distance: Distance) -> Iterator[Problem]:
    if not (np.isfinite(distance.lower) or np.isfinite(distance.upper)):
        return
    positive = np.maximum(system.values, 0).T @ system.before
    negative = np.minimum(system.values, 0).T @ system.before
    with np.errstate(invalid="ignore", over="ignore"):
        least = np.nan_to_num(distance.lower * positive) + np.nan_to_num(distance.upper * negative)
        most = np.nan_to_num(distance.upper * positive) + np.nan_to_num(distance.lower * negative)
    for place in np.flatnonzero((system.totals < least) | (system.totals > most)):
        text = (
            f"has the total {system.totals[place]:g}; with factors between {distance.lower:g} and "
            f"{distance.upper:g} it is {least[place]:g} to {most[place]:g}; widen the bounds or join classes"
        )
        yield Problem("bounds_not_met", system.names[place], text)


def solve(system: System, distance: Distance, *, tolerance: float, maximum_iterations: int) -> Solution:
    """The factors that make the weighted totals equal to the known ones.

    The equations are those of the minimum of a convex function of λ, so that a step short enough always
    brings them nearer (Deville & Särndal 1992, §2). λ is sought in an orthonormal basis of the auxiliary
    variables.
    """
    basis = orthonormal(system.values, system.before * system.importance)
    turned = basis.transform.T @ system.totals[basis.kept]
    place = np.zeros(basis.kept.size)
    solution = _solution(system, distance, basis=basis, place=place, tolerance=tolerance)
    for _ in range(maximum_iterations):
        near = solution.converged
        place = _step(system, distance, basis=basis, turned=turned, place=place)
        solution = _solution(system, distance, basis=basis, place=place, tolerance=tolerance)
        if near:  # one step more than was asked for: what is left is rounding
            break
    return solution


def _solution(
    system: System, distance: Distance, *, basis: Basis, place: FloatArray, tolerance: float
) -> Solution:
    factor = distance.factor(system.importance * (basis.columns @ place))
    scale = system.scale
    misfit = np.abs(system.totals - system.achieved(factor)) / np.where(scale > 0, scale, 1.0)
    coefficients = np.zeros(len(system.names))
    coefficients[basis.kept] = basis.transform @ place
    return Solution(factor, coefficients, misfit, converged=bool((misfit <= tolerance).all()))


def _step(
    system: System, distance: Distance, *, basis: Basis, turned: FloatArray, place: FloatArray
) -> FloatArray:
    position = system.importance * (basis.columns @ place)
    slope = system.before * system.importance * distance.slope(position)
    curvature = basis.columns.T @ (slope[:, None] * basis.columns)
    misfit = turned - basis.columns.T @ (system.before * distance.factor(position))
    mean = float(np.trace(curvature)) / place.size
    step = np.linalg.solve(curvature + _DAMPING * (mean or 1.0) * np.eye(place.size), misfit)
    before = float(misfit @ step)
    for _ in range(_HALVINGS):
        position = system.importance * (basis.columns @ (place + step))
        with np.errstate(over="ignore", invalid="ignore"):
            beyond = turned - basis.columns.T @ (system.before * distance.factor(position))
            if float(beyond @ step) >= -_OVERSHOT * before:
                break
        step, before = step / 2, before / 2
    return np.asarray(place + step)
