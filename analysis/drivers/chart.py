"""The importance–performance chart: which factors matter, and how well they do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from analysis.choices import chosen
from analysis.drivers.result import DriverAnalysis, Importance
from analysis.printing import Printed


class Quadrant(StrEnum):
    """Where a factor stands (Martilla & James 1977); on a line, with the more important and the better."""

    CONCENTRATE_HERE = "concentrate_here"
    KEEP_UP_THE_GOOD_WORK = "keep_up_the_good_work"
    LOW_PRIORITY = "low_priority"
    POSSIBLE_OVERKILL = "possible_overkill"


QUADRANTS = {  # (important, doing well)
    (True, False): Quadrant.CONCENTRATE_HERE,
    (True, True): Quadrant.KEEP_UP_THE_GOOD_WORK,
    (False, False): Quadrant.LOW_PRIORITY,
    (False, True): Quadrant.POSSIBLE_OVERKILL,
}


@dataclass(frozen=True)
class ChartPoint:
    """One factor: importance and mean score, each with its standard error if there is one."""

    factor: str
    importance: float
    importance_standard_error: float | None
    performance: float
    performance_standard_error: float | None
    quadrant: Quadrant


@dataclass(frozen=True, repr=False)
class ImportancePerformance(Printed):
    """The points, and where the chart's two lines cross: the means over the factors (None without any)."""

    outcome: str
    measure: Importance
    points: tuple[ChartPoint, ...]
    importance_line: float | None
    performance_line: float | None

    def __str__(self) -> str:
        lines = [f"Importance ({self.measure}) for {self.outcome}, mean score, quadrant"]
        lines += [
            f"{point.factor}: {point.importance:.4f}, {point.performance:.4g}, {point.quadrant}"
            for point in self.points
        ]
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """One row a factor."""
        return pd.DataFrame(
            [{**vars(point), "quadrant": str(point.quadrant)} for point in self.points],
            columns=list(ChartPoint.__dataclass_fields__),
        )


def importance_performance(
    analysis: DriverAnalysis, measure: Importance = Importance.SHAPLEY_SHARE
) -> ImportancePerformance:
    """The chart's data from a driver analysis: derived importance against the mean score of each factor.

    Factors without an importance or a mean score are left out. Mean scores compare only when all factors are
    on one answer scale.
    """
    known, measure = [], chosen(Importance, measure, name="measure")
    for factor, score in zip(analysis.factors, analysis.performance, strict=True):
        found = analysis.get(factor, measure)
        if found.value is not None and score.value is not None:
            known.append((factor, found.value, found.standard_error, score.value, score.standard_error))
    if not known:
        return ImportancePerformance(analysis.outcome, measure, (), None, None)
    importance_line = float(np.mean([importance for _, importance, *_ in known]))
    performance_line = float(np.mean([performance for *_, performance, _ in known]))
    points = tuple(
        ChartPoint(
            factor=factor,
            importance=importance,
            importance_standard_error=importance_error,
            performance=performance,
            performance_standard_error=performance_error,
            quadrant=QUADRANTS[importance >= importance_line, performance >= performance_line],
        )
        for factor, importance, importance_error, performance, performance_error in known
    )
    return ImportancePerformance(analysis.outcome, measure, points, importance_line, performance_line)
