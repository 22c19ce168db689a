"""The scheme of an on-site evaluation: its indices, classes and readings, as data that the caller reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from analysis.errors import AnalysisError

HIGHEST_LEVEL = 2  # every rule sorts a dossier into 0, 1 or 2


class OnSiteError(AnalysisError):
    """A scheme that does not hold together, or an input it does not allow."""


class Rule(StrEnum):
    """How the points of one index follow from a dossier."""

    TOTAL_TIME = "total_time"
    AGENCY_TIMES = "agency_times"
    CONTACTS = "contacts"
    AGENCIES_CONTACTED = "agencies_contacted"
    PUBLICATION = "publication"
    ATTITUDE = "attitude"


@dataclass(frozen=True)
class SchemeIndex:
    """One index: scored per dossier by `rule`, or, without one, once per period by the unit itself."""

    number: int
    rule: Rule | None

    @property
    def is_per_period(self) -> bool:
        """Whether the points come once per period."""
        return self.rule is None


@dataclass(frozen=True)
class Band:
    """One class: every score of at least `at_least` (inclusive) that no higher band takes."""

    code: str
    at_least: Decimal


@dataclass(frozen=True, kw_only=True)
class OnSiteScheme:
    """A version of the scheme. Points of an index run 0, 1, 2 = `standard_points`.

    `officer_indices` are added up for an officer; `classes` hold for the total of all indices,
    `officer_classes` for the officer's score. `decimals` is what is printed, and a score is classed and
    ranked as it is printed. `late_without_complaint` are the points of the attitude index for a late dossier
    that nobody complained about: the level texts leave that case open.

    Raises `OnSiteError` for a scheme that does not hold together.
    """

    code: str
    version: int
    indices: tuple[SchemeIndex, ...]
    standard_points: int
    officer_indices: tuple[int, ...]
    classes: tuple[Band, ...]
    officer_classes: tuple[Band, ...]
    decimals: int
    late_without_complaint: int

    def __post_init__(self) -> None:
        numbers = [index.number for index in self.indices]
        if len(set(numbers)) < len(numbers):
            raise OnSiteError(f"{self.code}: an index stands in the scheme twice.")
        strangers = sorted(set(self.officer_indices) - set(self.per_dossier))
        if strangers:
            raise OnSiteError(
                f"{self.code}: the officer's score adds index {strangers[0]}, which no dossier gives.",
                hint="Name indices that are scored per dossier.",
            )
        if self.standard_points != HIGHEST_LEVEL:
            raise OnSiteError(f"{self.code}: the rules give 0 to {HIGHEST_LEVEL} points an index.")
        if not 0 <= self.late_without_complaint <= self.standard_points:
            raise OnSiteError(
                f"{self.code}: late_without_complaint must lie from 0 to {self.standard_points}."
            )
        check_bands(self.classes, name=f"{self.code}, classes")
        check_bands(self.officer_classes, name=f"{self.code}, classes of officers")

    @property
    def per_dossier(self) -> tuple[int, ...]:
        """Numbers of the indices that every dossier scores."""
        return tuple(index.number for index in self.indices if not index.is_per_period)

    @property
    def per_period(self) -> tuple[int, ...]:
        """Numbers of the indices that a unit scores once per period."""
        return tuple(index.number for index in self.indices if index.is_per_period)

    @property
    def highest_total(self) -> int:
        """The total of a unit with full points everywhere."""
        return self.standard_points * len(self.indices)


def check_bands(bands: Sequence[Band], *, name: str) -> None:
    """Raise `OnSiteError` unless the bands fall, the highest first, down to 0."""
    bounds = [band.at_least for band in bands]
    if not bounds or bounds != sorted(set(bounds), reverse=True) or bounds[-1] != 0:
        raise OnSiteError(
            f"{name}: the lower bounds {', '.join(map(str, bounds))} do not fall to 0.",
            hint="List the classes from the highest to the lowest; the lowest begins at 0.",
        )
