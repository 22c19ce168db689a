"""Rating volumes: how many ratings came in by day and by hour, and nothing about what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from survey.services.score_scope import Scope


@dataclass(frozen=True)
class RatingVolumes:
    """Ratings of every day from the first to the last, and of every hour from the earliest to the latest."""

    by_day: tuple[tuple[date, int], ...]
    by_hour: tuple[tuple[int, int], ...]


def rating_volumes(scope: Scope) -> RatingVolumes:
    """The volumes of the responses in the scope; a day without ratings counts 0."""
    days = scope.data.columns.row("day")[scope.members]
    hours = scope.data.columns.row("hour")[scope.members]
    if not len(days):
        return RatingVolumes((), ())
    first, earliest = int(days.min()), int(hours.min())
    per_day = np.bincount(days - first).tolist()
    per_hour = np.bincount(hours - earliest).tolist()
    return RatingVolumes(
        by_day=tuple((date.fromordinal(first + place), count) for place, count in enumerate(per_day)),
        by_hour=tuple((earliest + place, count) for place, count in enumerate(per_hour)),
    )
