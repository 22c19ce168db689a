"""A quality index: one number a respondent, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.printing import Printed
from analysis.stages import BoolArray, FloatArray


class IndexStatus(StrEnum):
    """Whether a respondent has the index, and if not why."""

    AVAILABLE = "available"
    TOO_FEW_ANSWERS = "too_few_answers"
    NO_VARIATION = "no_variation"
    NO_TIME = "no_time"
    NOBODY_TO_COMPARE = "nobody_to_compare"


INDEX_REASONS: Mapping[IndexStatus, str] = MappingProxyType(
    {
        IndexStatus.TOO_FEW_ANSWERS: "Too few of the items were answered.",
        IndexStatus.NO_VARIATION: "The answers do not vary, so nothing can be correlated.",
        IndexStatus.NO_TIME: "No time was recorded.",
        IndexStatus.NOBODY_TO_COMPARE: "Nobody else is in the group.",
    }
)


@dataclass(frozen=True, eq=False, repr=False)
class RespondentIndex(Printed):
    """An index of every row: `values` (NaN where not available) and `status` (one `IndexStatus` a row).

    `method` says how it was computed and after whom; `index` labels the rows as the table did.
    """

    name: str
    method: str
    values: FloatArray
    status: NDArray[np.object_]
    index: pd.Index

    @property
    def is_available(self) -> BoolArray:
        """Which rows have the index; shape (rows,)."""
        return np.asarray(self.status == IndexStatus.AVAILABLE, dtype=np.bool_)

    def __len__(self) -> int:
        return len(self.values)

    def __str__(self) -> str:
        known = self.values[self.is_available]
        title = f"{self.name} ({self.method}): {known.size} of {len(self)} rows"
        if not known.size:
            return title
        low, middle, high = np.quantile(known, [0, 0.5, 1])
        return f"{title}, from {low:.4g} to {high:.4g}, median {middle:.4g}"

    def to_frame(self) -> pd.DataFrame:
        """One row a respondent: the index, its status and the reason."""
        return pd.DataFrame(
            {
                self.name: self.values,
                "status": [str(each) for each in self.status],
                "reason": [INDEX_REASONS.get(each) for each in self.status],
            },
            index=self.index,
        )


def respondent_index(
    name: str,
    values: FloatArray,
    *,
    method: str,
    missing: Mapping[IndexStatus, NDArray[np.bool_] | np.bool_],
    index: pd.Index,
) -> RespondentIndex:
    """The index with the rows of `missing` marked by their reason, the first that applies."""
    status = np.full(len(values), IndexStatus.AVAILABLE, dtype=object)
    for reason, rows in reversed(list(missing.items())):
        status[np.asarray(rows)] = reason
    kept = np.asarray(status == IndexStatus.AVAILABLE, dtype=np.bool_)
    return RespondentIndex(name, method, np.where(kept, values, np.nan), status, index)
