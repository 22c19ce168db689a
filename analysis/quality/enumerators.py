"""Enumerator effects: how much of the answers depends on who asked, and whose answers stand apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import fdtri, stdtr

from analysis.codes import first_of, joint_codes
from analysis.errors import QualityError
from analysis.estimation.contrast_result import PValueAdjustment, adjusted
from analysis.items import item_matrix
from analysis.printing import Printed
from analysis.quality.matching import group_codes, refuse_unknown_columns
from analysis.stages import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class IntraclassCorrelation:
    """How much of the variance within units lies between enumerators.

    `value` is ρ with its limits, `variance_ratio` F (between over within mean squares);
    `interviewer_design_effect` is 1 + (m̄ - 1) ρ, what ρ does to the variance of a mean (Kish 1962), not
    below 1.
    """

    value: float
    lower: float
    upper: float
    variance_ratio: float
    interviewer_design_effect: float


@dataclass(frozen=True, eq=False, repr=False)
class EnumeratorEffect(Printed):
    """Enumerators compared on one score; arrays have one entry an enumerator, in the order of `labels`.

    `between` is None where there is nothing to compare. `difference` is an enumerator's mean less that of the
    others in the same units (NaN for one who is alone in all of them), `probability` its two-sided p after
    Holm's correction for all enumerators, `flagged` where that is at most `level`.
    """

    score: str
    labels: tuple[object, ...]
    response_counts: IntArray
    means: FloatArray
    difference: FloatArray
    standard_error: FloatArray
    probability: FloatArray
    flagged: BoolArray
    between: IntraclassCorrelation | None
    level: float
    confidence_level: float
    within: str | None

    def __str__(self) -> str:
        title = f"{len(self.labels)} enumerators on {self.score}" + (
            f", within {self.within}" if self.within else ""
        )
        if self.between is None:
            return f"{title}: not available. Nowhere do two enumerators with repeated answers meet."
        return (
            f"{title}: intraclass correlation {self.between.value:.4f}, "
            f"{self.confidence_level:.0%} {self.between.lower:.4f} to {self.between.upper:.4f}, "
            f"F = {self.between.variance_ratio:.4g}; {int(self.flagged.sum())} stand apart "
            f"(level {self.level:g}, Holm)"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an enumerator."""
        return pd.DataFrame(
            {
                "enumerator": self.labels,
                "responses": self.response_counts,
                "mean": self.means,
                "difference": self.difference,
                "standard_error": self.standard_error,
                "probability": self.probability,
                "flagged": self.flagged,
            }
        )


@dataclass(frozen=True, eq=False)
class _Cells:
    """Responses by unit × enumerator: their unit, enumerator, number and mean; and what is pooled within."""

    unit: IntArray
    enumerator: IntArray
    count: FloatArray
    mean: FloatArray
    within_square: float
    within_freedom: int


def enumerator_effect(
    frame: pd.DataFrame,
    *,
    score: str,
    enumerator: str,
    within: str | None = None,
    level: float = 0.05,
    confidence_level: float = 0.95,
) -> EnumeratorEffect:
    """Compare the enumerators on the column `score`, with one another in the same unit (`within`) only.

    Enumerators often work in one commune each, so that differences between communes would pass for theirs:
    name the unit, and only enumerators who met in one are compared. One-way (nested) analysis of variance;
    interval for ρ by the F distribution, exact for equal workloads (Searle, Casella & McCulloch 1992, §3.6).
    Tests are unweighted: they are about who asked, not about the population. Rows without score or
    enumerator are left out. Raises `QualityError` for unknown columns and levels outside (0, 1),
    `EstimationError` for a score that is not numbers.
    """
    _check(frame, enumerator, level=level, confidence_level=confidence_level)
    values = item_matrix(frame, [score])[:, 0]
    kept = ~np.isnan(values) & frame[enumerator].notna().to_numpy()
    code, labels = pd.factorize(frame.loc[kept, enumerator], sort=True)
    unit = group_codes(frame, within if within is not None else ())[kept]
    cells = _cells(values[kept], unit=unit, enumerator=np.asarray(code, dtype=np.int64))
    count = np.bincount(cells.enumerator, weights=cells.count, minlength=len(labels))
    sums = np.bincount(cells.enumerator, weights=cells.count * cells.mean, minlength=len(labels))
    difference, error = _differences(cells, len(labels))
    raw = _two_sided(difference, error, cells.within_freedom)
    probability = adjusted(raw, PValueAdjustment.HOLM)
    return EnumeratorEffect(
        score=score,
        labels=tuple(labels.tolist()),
        response_counts=count.astype(np.int64),
        means=sums / np.maximum(count, 1),
        difference=difference,
        standard_error=error,
        probability=probability,
        flagged=np.asarray(probability <= level, dtype=np.bool_),
        between=_intraclass(cells, confidence_level),
        level=level,
        confidence_level=confidence_level,
        within=within,
    )


def _check(frame: pd.DataFrame, enumerator: str, *, level: float, confidence_level: float) -> None:
    refuse_unknown_columns(frame, [enumerator])
    for name, value in (("level", level), ("confidence_level", confidence_level)):
        if not 0 < value < 1:
            raise QualityError(f"{name} is {value}.", hint="It lies between 0 and 1.")


def _cells(values: FloatArray, *, unit: IntArray, enumerator: IntArray) -> _Cells:
    cell = joint_codes(unit, enumerator)
    size = int(cell.max(initial=-1)) + 1
    first = first_of(cell, size)
    count = np.bincount(cell, minlength=size).astype(np.float64)
    mean = np.bincount(cell, weights=values, minlength=size) / count
    within = float(((values - mean[cell]) ** 2).sum())
    return _Cells(unit[first], enumerator[first], count, mean, within, values.size - size)


def _differences(cells: _Cells, labels: int) -> tuple[FloatArray, FloatArray]:
    """Each enumerator's mean less that of the others in the same units, with the pooled standard error.

    Units count by the enumerator's responses in them; units where nobody else asked say nothing.
    """
    difference, error = np.full(labels, np.nan), np.full(labels, np.nan)
    if not cells.count.size or cells.within_freedom < 1:
        return difference, error
    whole = np.bincount(cells.unit, weights=cells.count)[cells.unit]
    total = np.bincount(cells.unit, weights=cells.count * cells.mean)[cells.unit]
    rest = whole - cells.count
    met = rest > 0
    rest_mean = np.divide(total - cells.count * cells.mean, rest, out=np.zeros_like(rest), where=met)
    own = np.where(met, cells.count, 0.0)
    load = np.bincount(cells.enumerator, weights=own, minlength=labels)
    share = np.divide(own, load[cells.enumerator], out=np.zeros_like(own), where=met)
    spread = np.divide(1.0, rest, out=np.zeros_like(rest), where=met) + 1 / cells.count
    sums = np.bincount(cells.enumerator, weights=share * (cells.mean - rest_mean), minlength=labels)
    variance = np.bincount(cells.enumerator, weights=share**2 * spread, minlength=labels)
    square = cells.within_square / cells.within_freedom
    told = load > 0
    difference[told] = sums[told]
    error[told] = np.sqrt(variance[told] * square)
    return difference, error


def _two_sided(difference: FloatArray, error: FloatArray, freedom: int) -> FloatArray:
    """p of difference ÷ error under t; NaN where there is no difference, 0 where nothing varies within."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(difference) / error
    t = np.where((error == 0) & (difference == 0), 0.0, t)
    return np.asarray(2 * stdtr(float(max(freedom, 1)), -t), dtype=np.float64)


def _intraclass(cells: _Cells, level: float) -> IntraclassCorrelation | None:
    """From the units where two enumerators or more met; None without any, or where nothing varies within."""
    if cells.within_freedom < 1 or not cells.within_square > 0:
        return None
    enumerators = np.bincount(cells.unit)
    met = enumerators[cells.unit] > 1
    between = int(met.sum() - (enumerators > 1).sum())
    if between < 1:
        return None
    unit, count, mean = cells.unit[met], cells.count[met], cells.mean[met]
    whole = np.bincount(unit, weights=count)[unit]
    centre = np.bincount(unit, weights=count * mean)[unit] / whole
    square = cells.within_square / cells.within_freedom
    ratio = float((count * (mean - centre) ** 2).sum() / between / square)
    # the coefficient of the variance between enumerators in the expected mean square between them
    workload = float((count.sum() - (count**2 / whole).sum()) / between)
    tail = (1 - level) / 2
    upper_point, lower_point = (
        float(fdtri(between, cells.within_freedom, point)) for point in (tail, 1 - tail)
    )
    correlation = _correlation(ratio, workload)
    return IntraclassCorrelation(
        value=correlation,
        variance_ratio=ratio,
        lower=_correlation(ratio / lower_point, workload),
        upper=_correlation(ratio / upper_point, workload),
        interviewer_design_effect=max(1.0, 1 + (float(count.mean()) - 1) * correlation),
    )


def _correlation(ratio: float, workload: float) -> float:
    return (ratio - 1) / (ratio + workload - 1)
