"""Results of many dossiers: the mean of every index, the officer's score, a unit's total, class and rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from analysis.display import half_up
from analysis.on_site.definition import Band, OnSiteError, OnSiteScheme
from analysis.on_site.dossiers import Points


@dataclass(frozen=True)
class IndexMean:
    """The mean points of one index over the dossiers that have its input; exact, None without any."""

    number: int
    mean: Fraction | None
    counted: int
    left_out: int


def index_means(scheme: OnSiteScheme, dossiers: Sequence[Points]) -> dict[int, IndexMean]:
    """Mean points by index: the sum of points over the number of dossiers that have the input.

    Source of the formula: Mẫu 01, "điểm bình quân chỉ số = tổng điểm của chỉ số / tổng số phiếu"; a dossier
    without the input is in neither.
    """
    found = {}
    for number in scheme.per_dossier:
        points = [given for dossier in dossiers if (given := dossier[number]) is not None]
        mean = Fraction(sum(points), len(points)) if points else None
        found[number] = IndexMean(number, mean, counted=len(points), left_out=len(dossiers) - len(points))
    return found


def officer_score(scheme: OnSiteScheme, means: Mapping[int, IndexMean]) -> Fraction | None:
    """The sum of the officer's indices (1 + 2 + 3 + 4 + 7 in 2018); None while one of them has no mean."""
    parts = [means[number].mean for number in scheme.officer_indices]
    return _sum(parts)


def unit_total(
    scheme: OnSiteScheme, means: Mapping[int, IndexMean], period_points: Mapping[int, int]
) -> Fraction | None:
    """The sum of all indices of a unit; None while one of them is missing.

    Raises `OnSiteError` for period points of an index that is scored per dossier, or beyond the scale.
    """
    for number, points in period_points.items():
        if number not in scheme.per_period:
            raise OnSiteError(f"Index {number} is not scored once per period.")
        if not 0 <= points <= scheme.standard_points:
            raise OnSiteError(f"Index {number}: {points} points; the scale is 0 to {scheme.standard_points}.")
    parts: list[Fraction | None] = [means[number].mean for number in scheme.per_dossier]
    parts += [
        Fraction(period_points[number]) if number in period_points else None for number in scheme.per_period
    ]
    return _sum(parts)


def class_of(score: Fraction, bands: Sequence[Band], *, decimals: int) -> str:
    """The code of the class of a score as it is printed: what reads 15.0 is not below 15.

    Raises `OnSiteError` for a score below every band.
    """
    printed = half_up(score, decimals=decimals)
    for band in bands:
        if printed >= band.at_least:
            return band.code
    raise OnSiteError(f"The score {printed} is below every class.")


def ranks(totals: Mapping[str, Fraction | None], *, decimals: int) -> dict[str, int]:
    """Rank by printed total, the highest first; equal ones share it and the next is left out.

    A unit without a total has no rank and is not in the result.
    """
    printed: dict[str, Decimal] = {
        unit: half_up(total, decimals=decimals) for unit, total in totals.items() if total is not None
    }
    return {unit: 1 + sum(other > own for other in printed.values()) for unit, own in printed.items()}


def _sum(parts: Sequence[Fraction | None]) -> Fraction | None:
    known = [part for part in parts if part is not None]
    return sum(known, start=Fraction(0)) if known and len(known) == len(parts) else None
