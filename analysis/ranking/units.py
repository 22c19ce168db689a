"""Units to rank: their estimates with the covariance between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.errors import RankingError
from analysis.estimation import Estimates
from analysis.printing import Printed
from analysis.stages import FloatArray, some

_ASYMMETRY = 1e-9  # of the largest covariance: more is no round-off


class RankOne(StrEnum):
    """Which value has rank 1."""

    LARGEST = "largest"
    SMALLEST = "smallest"


@dataclass(frozen=True, eq=False, repr=False)
class UnitEstimates(Printed):
    """Units to rank: `labels`, `values` (units,) and their `covariance` (units × units).

    `left_out` names units that have no estimate with a standard error. Raises `RankingError` for fewer than
    two units, labels that repeat, numbers that are not finite, a covariance that is not symmetric, and
    variances that are not above 0: a share of exactly 0 or 1 shows no error of its own, which is not none.
    """

    labels: tuple[object, ...]
    values: FloatArray
    covariance: FloatArray
    left_out: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.labels)
        if count < 2:
            raise RankingError(f"There are {count} units with an estimate; a ranking needs two or more.")
        if self.values.shape != (count,) or self.covariance.shape != (count, count):
            raise RankingError(
                f"{count} units need {count} values and a covariance of {count} × {count}, "
                f"not {self.values.shape} and {self.covariance.shape}."
            )
        twice = [label for label in dict.fromkeys(self.labels) if self.labels.count(label) > 1]
        if twice:
            raise RankingError(
                f"Units appear more than once: {some(twice)}.", hint="Rank one item at a time."
            )
        if not (np.isfinite(self.values).all() and np.isfinite(self.covariance).all()):
            raise RankingError("Values and covariances must be finite numbers.", hint="Leave such units out.")
        if np.abs(self.covariance - self.covariance.T).max() > _ASYMMETRY * np.abs(self.covariance).max():
            raise RankingError("The covariance is not symmetric.")
        certain = [self.labels[code] for code in np.flatnonzero(np.diag(self.covariance) <= 0)]
        if certain:
            raise RankingError(
                f"The standard error is zero in {some(certain)}.",
                hint="Give these units an honest variance (`analysis.small_areas.smooth_variances`), "
                "or leave them out.",
            )

    def __str__(self) -> str:
        rows = zip(self.labels, self.values, self.standard_errors, strict=True)
        lines = [f"{label}: {value:.6g}, SE {error:.4g}" for label, value, error in rows]
        return "\n".join([*lines, *(f"{label}: left out" for label in self.left_out)])

    @classmethod
    def of(cls, estimates: Estimates) -> UnitEstimates:
        """The estimates of one item by unit, with their covariances; units without are told in `left_out`.

        Raises `RankingError` for estimates of several items or categories.
        """
        domains = [tuple(each.domain.values()) for each in estimates]
        labels = [domain[0] if len(domain) == 1 else domain for domain in domains]
        items = list(dict.fromkeys((each.item, each.category) for each in estimates))
        if len(items) != 1:
            raise RankingError(f"There are {len(items)} items; a ranking is of one.", hint="Estimate one.")
        kept = [place for place, each in enumerate(estimates) if each.is_available]
        return cls(
            labels=tuple(labels[place] for place in kept),
            values=estimates.values[kept],
            covariance=estimates.covariance()[np.ix_(kept, kept)],
            left_out=tuple(label for place, label in enumerate(labels) if place not in set(kept)),
        )

    @classmethod
    def independent(
        cls, labels: Sequence[object], values: FloatArray, *, standard_errors: FloatArray
    ) -> UnitEstimates:
        """Units whose estimates are independent, such as strata."""
        return cls(tuple(labels), values, np.diag(standard_errors**2))

    @property
    def standard_errors(self) -> FloatArray:
        """One a unit."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def draws(self, count: int, *, seed: int) -> NDArray[np.float32]:
        """Errors drawn from the normal distribution with this covariance, shape (units, count).

        Raises `RankingError` for less than one draw.
        """
        if count < 1:
            raise RankingError(f"{count} draws are none.", hint="Use 10,000 or more.")
        scales, directions = np.linalg.eigh(self.covariance)
        root = (directions * np.sqrt(np.maximum(scales, 0))).astype(np.float32)
        normal = np.random.default_rng(seed).standard_normal((scales.size, count), dtype=np.float32)
        return np.asarray(root @ normal, dtype=np.float32)
