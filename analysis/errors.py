"""What the library refuses, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


class AnalysisError(Exception):
    """A refusal: `message` says what is wrong and where, `hint` how to mend it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message if hint is None else f"{message} {hint}")
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Problem:
    """One thing wrong in what was given: `code` is stable (translations hang on it), `place` locates it."""

    code: str
    place: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ProblemsError(AnalysisError):
    """A refusal that names every problem at once, so that one correction is enough."""

    def __init__(self, summary: str, *, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join([summary, *(f"- {problem}" for problem in problems)]))
        self.problems = tuple(problems)


class ExactnessError(AnalysisError):
    """A binary float, or no number at all, where official arithmetic needs an exact one."""


class ScaleError(AnalysisError):
    """An answer scale that cannot be used, or a level that is not on it."""


class AggregationError(AnalysisError):
    """Satisfaction cannot be aggregated as asked: unknown rule, unknown item, impossible counts."""


class AllocationError(AnalysisError):
    """A sample size or its division over strata that cannot be had."""


class QualityError(AnalysisError):
    """Field-work counts that contradict each other."""


class SuppressionError(AnalysisError):
    """Suppression rules that contradict each other, or a count below zero."""


class IndexDefinitionError(ProblemsError):
    """A criteria set that does not hold together."""


class ScoringError(ProblemsError):
    """Inputs of a score sheet that its criteria set does not allow."""


class RankingError(AnalysisError):
    """Units that cannot be put in one order."""


class ClassificationError(AnalysisError):
    """Class thresholds that leave a gap or stand in no order."""


class DesignError(ProblemsError):
    """A sampling design that contradicts itself or its rows."""


class SinglePsuStratumError(DesignError):
    """Strata with one PSU, whose variance the sample alone cannot show."""


class DomainIsPsuError(AnalysisError):
    """A report on domains each of which is a single PSU: its variance between PSUs is no measure of error."""


class EstimationError(AnalysisError):
    """An estimate asked for in a way that has no answer."""


class WeightingError(ProblemsError):
    """Weights that cannot be made from what is given."""


class FormulaError(AnalysisError):
    """A model formula that cannot be read, or asks for what the data do not have."""


class ModelError(ProblemsError):
    """A model the data cannot fit: collinear or separating columns, constant factors, no convergence."""


class SmallAreaError(ProblemsError):
    """A small-area model that what is given cannot carry, or whose fit does not converge."""


class NonprobabilityError(ProblemsError):
    """A self-selected stream and a sample that cannot be compared: categories missing in one, no overlap."""
