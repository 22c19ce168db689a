"""Classes of units by thresholds that are data: per round and per group of units, never constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from analysis.display import half_up
from analysis.errors import ClassificationError
from analysis.index.ranking import RankedUnit


@dataclass(frozen=True)
class ClassBand:
    """One class: every index of at least `at_least` (inclusive) that no higher band takes."""

    code: str
    at_least: Decimal


@dataclass(frozen=True)
class ClassScheme:
    """The bands of every group, the highest first, the last one from 0.

    An index is classed as it is printed, at `decimals` places: what reads 90.00 is not below 90.
    Raises `ClassificationError` when bands are out of order, leave a gap at the bottom or repeat a code.
    """

    bands_by_group: Mapping[str, tuple[ClassBand, ...]]
    decimals: int = 2

    def __post_init__(self) -> None:
        for group, bands in self.bands_by_group.items():
            bounds = [band.at_least for band in bands]
            if not bounds or bounds != sorted(set(bounds), reverse=True) or bounds[-1] != 0:
                raise ClassificationError(
                    f"Classes of {group}: the lower bounds {', '.join(map(str, bounds))} do not fall to 0.",
                    hint="List the classes from the highest to the lowest; the lowest begins at 0.",
                )
            if len({band.code for band in bands}) < len(bands):
                raise ClassificationError(f"Classes of {group}: a class is named twice.")

    def bands(self, group: str) -> tuple[ClassBand, ...]:
        """The bands of a group. Raises `ClassificationError` for a group without any."""
        if group not in self.bands_by_group:
            raise ClassificationError(f"There are no classes for the group {group}.")
        return self.bands_by_group[group]


def classify(index: Decimal, *, group: str, scheme: ClassScheme) -> str:
    """The code of the class an index (0–100) falls in. Raises `ClassificationError` below every band."""
    published = half_up(index, decimals=scheme.decimals)
    for band in scheme.bands(group):
        if published >= band.at_least:
            return band.code
    raise ClassificationError(f"The index {published} is below every class of {group}.")


def class_counts(units: Sequence[RankedUnit], *, group: str, scheme: ClassScheme) -> dict[str, int]:
    """Units of `group` per class, the highest class first; a class nobody is in counts 0."""
    counts = {band.code: 0 for band in scheme.bands(group)}
    for unit in units:
        if unit.group == group:
            counts[classify(unit.index, group=group, scheme=scheme)] += 1
    return counts


def class_changes(previous: Mapping[str, int], current: Mapping[str, int]) -> dict[str, int]:
    """Units more or fewer per class than a round ago.

    Raises `ClassificationError` when the rounds have different classes: their counts cannot be compared.
    """
    if set(previous) != set(current):
        raise ClassificationError(
            "The two rounds have different classes.", hint="Compare their ranks instead."
        )
    return {code: count - previous[code] for code, count in current.items()}
