"""Figures: numbers that say what they are, what they rest on, and why they are withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from analysis.suppression import Reason
from survey.domain.enums import FigureKind


class Measure(StrEnum):
    """What is measured. Shares run from 0 to 1; a mean level is in levels of its scale."""

    SATISFIED_SHARE = "satisfied_share"
    MEAN_LEVEL = "mean_level"
    MEAN_WORTH = "mean_worth"
    """What the levels of a cross-assessment are worth on average: 1 is the best level throughout."""


class FigureLevel(StrEnum):
    """How much of the questionnaire a figure covers."""

    OVERALL = "overall"
    CONTENT = "content"
    FACTOR = "factor"
    ITEM = "item"


@dataclass(frozen=True)
class Topic:
    """The item, or the group of items, that a figure is about."""

    level: FigureLevel
    code: str
    names: Mapping[str, str]
    factor: str | None = None

    @property
    def key(self) -> str:
        """Unlike the code, one of a kind across the levels."""
        return f"{self.level}:{self.code}"


@dataclass(frozen=True)
class Domain:
    """The part of the population a figure speaks of: `by` says how it was divided, empty for all of it."""

    by: str
    code: str
    names: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number with all that must stand beside it; what does not exist or is withheld is None.

    `respondent_count` counts people (responses) with at least one valid answer. Official and monitoring
    values are exact fractions and have no standard error; design-based ones are floats. `method` names the
    version of every step that made the number. `reason` says whether it is withheld.
    """

    kind: FigureKind
    measure: Measure
    topic: Topic
    domain: Domain
    value: Fraction | float | None
    respondent_count: int | None
    method: str
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    degrees_of_freedom: int | None = None
    design_effect: float | None = None
    confidence_level: float | None = None
    reason: Reason = Reason.ENOUGH_ANSWERS

    @property
    def is_withheld(self) -> bool:
        """Whether the number is kept back (having no answers keeps nothing back)."""
        return self.reason not in (Reason.ENOUGH_ANSWERS, Reason.NO_ANSWERS)

    def withheld(self, reason: Reason) -> Figure:
        """The same figure without its numbers. The count stays only where it gives nobody away."""
        return replace(
            self,
            value=None,
            respondent_count=self.respondent_count if reason in _COUNT_MAY_BE_TOLD else None,
            standard_error=None,
            lower=None,
            upper=None,
            degrees_of_freedom=None,
            design_effect=None,
            reason=reason,
        )


_COUNT_MAY_BE_TOLD = frozenset({Reason.ENOUGH_ANSWERS, Reason.NO_ANSWERS, Reason.TOO_FEW_TO_PUBLISH})
