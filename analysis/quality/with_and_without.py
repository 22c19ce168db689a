"""Estimates with and without the flagged responses, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import QualityError
from analysis.estimation.result import Estimates
from analysis.printing import Printed
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class WithAndWithout(Printed):
    """The same estimates from all responses (`everybody`) and from those not flagged (`unflagged`).

    `flagged_count` counts the members set aside; `members` all of them.
    """

    everybody: Estimates
    unflagged: Estimates
    flagged_count: int
    members: int

    @property
    def difference(self) -> FloatArray:
        """Unflagged less everybody, one an estimate; NaN where either is not available."""
        return np.array(
            [
                np.nan if before.value is None or after.value is None else after.value - before.value
                for before, after in zip(self.everybody, self.unflagged, strict=True)
            ]
        )

    def __str__(self) -> str:
        lines = [f"{self.flagged_count} of {self.members} responses set aside"]
        for before, after, apart in zip(self.everybody, self.unflagged, self.difference, strict=True):
            change = "no difference" if np.isnan(apart) else f"difference {apart:+.4g}"
            lines.append(f"{before}; without the flagged: {after} ({change})")
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """One row an estimate; `difference_in_standard_errors` is measured in those of everybody."""
        table = self.everybody.to_frame()
        other = self.unflagged.to_frame()
        error = table["standard_error"].astype(np.float64)
        table["estimate_unflagged"] = other["estimate"]
        table["standard_error_unflagged"] = other["standard_error"]
        table["respondents_unflagged"] = other["respondents"]
        table["difference"] = self.difference
        table["difference_in_standard_errors"] = table["difference"] / error.where(error > 0)
        return table


def with_and_without(
    sample: Sample, flagged: BoolArray, estimate: Callable[[Sample], Estimates]
) -> WithAndWithout:
    """Estimate twice: from the whole sample, and with the flagged responses as outside the domain.

    No row is dropped: the design, its PSUs and weights stay as they are, so the weights of the others are not
    raised to make up for the flagged. `estimate` is a call such as `lambda part: share(part, "q1",
    categories=[4, 5], by="unit")`. Raises `QualityError` when `flagged` (one truth value a row) has another
    shape, and what the estimate raises.
    """
    values = np.asarray(flagged)
    if values.shape != (len(sample),) or values.dtype != np.bool_:
        raise QualityError(
            f"Flags are one truth value for each of the {len(sample)} rows, not {values.dtype} of shape "
            f"{values.shape}.",
            hint="Make the flags from the frame of the sample.",
        )
    return WithAndWithout(
        everybody=estimate(sample),
        unflagged=estimate(sample.where(~values)),
        flagged_count=int((values & sample.members).sum()),
        members=int(sample.members.sum()),
    )
