"""Which rows count for which item when answers are missing."""

from __future__ import annotations

import numpy as np

from analysis.errors import EstimationError
from analysis.estimation.settings import MissingRule
from analysis.sample import Sample
from analysis.stages import BoolArray, some


def answered(sample: Sample, each: BoolArray, *, missing: MissingRule) -> BoolArray:
    """Which rows count for which item, shape (rows, items), from where there is an answer (the same shape).

    Raises `EstimationError` naming the rows of members without an answer where the rule refuses them.
    """
    complete = np.asarray(each.all(axis=1), dtype=np.bool_)
    if missing is MissingRule.BY_ITEM:
        return each
    if missing is MissingRule.REFUSE and not complete[sample.members].all():
        rows = list(sample.frame.index[sample.members & ~complete])
        raise EstimationError(
            f"Answers are missing in rows {some(rows)}.",
            hint="MissingRule.BY_ITEM leaves them out of the estimate.",
        )
    return np.broadcast_to(complete[:, None], each.shape)
