"""Item analysis: how each item fits the others, unweighted, from the answers there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import EstimationError
from analysis.items import item_matrix
from analysis.moments import correlations
from analysis.printing import Printed
from analysis.reliability.alpha import alphas, alphas_if_dropped
from analysis.stages import FloatArray, some

_ROUND_OFF = 1e-12  # of the items' variances: a sum that varies less does not vary


@dataclass(frozen=True, eq=False, repr=False)
class ItemAnalysis(Printed):
    """Unweighted coefficients of K items from pairwise complete covariances; arrays have the shape (K,).

    `alpha` from covariances, `standardized_alpha` from correlations, `average_correlation` of the pairs;
    `alpha_if_dropped` without each item (NaN for two items); `item_rest_correlation` of each item with the
    sum of the others (NaN where that does not vary); `answer_counts` an item, `row_count` rows in all.
    """

    items: tuple[str, ...]
    alpha: float
    standardized_alpha: float
    average_correlation: float
    alpha_if_dropped: FloatArray
    item_rest_correlation: FloatArray
    answer_counts: tuple[int, ...]
    row_count: int

    def __str__(self) -> str:
        lines = [
            f"{len(self.items)} items, {self.row_count} rows, pairwise complete, unweighted",
            f"alpha {self.alpha:.4f}, standardized {self.standardized_alpha:.4f}, "
            f"average correlation {self.average_correlation:.4f}",
        ]
        return "\n".join([*lines, self.to_frame().to_string(index=False)])

    def to_frame(self) -> pd.DataFrame:
        """One row an item."""
        return pd.DataFrame(
            {
                "item": self.items,
                "alpha_if_dropped": self.alpha_if_dropped,
                "item_rest_correlation": self.item_rest_correlation,
                "answers": self.answer_counts,
            }
        )


def item_analysis(frame: pd.DataFrame, items: Sequence[str]) -> ItemAnalysis:
    """Alpha and item statistics of two or more columns of a table, as a questionnaire is tried out.

    Every covariance takes the rows that answered both items, and the correlations are those of this matrix
    (as `psych::alpha` of R does; Revelle 2024). For results about a population use `cronbach_alpha`. Raises
    `EstimationError` naming the items nobody answered, that do not vary, or that no two rows answered
    together, and when the sum of all does not vary.
    """
    values = item_matrix(frame, items, least=2)
    table = pd.DataFrame(values, columns=list(items))
    covariance = table.cov().to_numpy()
    _refuse_empty(items, covariance)
    correlation = correlations(covariance[None])[0]
    own, with_all, whole = np.diag(covariance), covariance.sum(axis=1), covariance.sum()
    count = len(items)
    rest, limit = whole - 2 * with_all + own, _ROUND_OFF * own.sum()
    dropped = alphas_if_dropped(covariance)
    return ItemAnalysis(
        items=tuple(items),
        alpha=float(alphas(covariance[None])[0, 0]),
        standardized_alpha=float(alphas(correlation[None])[0, 0]),
        average_correlation=float((correlation.sum() - count) / (count * (count - 1))),
        alpha_if_dropped=np.array(dropped) if dropped else np.full(count, np.nan),
        item_rest_correlation=np.divide(
            with_all - own, np.sqrt(own * np.maximum(rest, 0)), out=np.full(count, np.nan), where=rest > limit
        ),
        answer_counts=tuple(np.isfinite(values).sum(axis=0).tolist()),
        row_count=len(values),
    )


def _refuse_empty(items: Sequence[str], covariance: FloatArray) -> None:
    own = np.diag(covariance)
    flat = [name for name, variance in zip(items, own, strict=True) if not variance > 0]
    apart = [
        f"{items[first]} with {items[second]}"
        for first, second in np.argwhere(np.isnan(covariance))
        if first < second and own[first] > 0 and own[second] > 0
    ]
    reasons = [f"no variation in {some(flat)}"] if flat else []
    reasons += [f"fewer than two rows answered {some(apart)}"] if apart else []
    if not reasons and not covariance.sum() > _ROUND_OFF * own.sum():
        reasons = ["their sum does not vary; turn items round that point the other way"]
    if reasons:
        raise EstimationError(
            f"The items have no alpha together: {'; '.join(reasons)}.", hint="Leave these items out."
        )
