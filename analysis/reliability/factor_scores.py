"""Factor scores: one number a respondent for several items that measure one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import EstimationError
from analysis.items import item_matrix
from analysis.moments import complete_moments, correlations
from analysis.printing import Printed
from analysis.reliability.one_factor import OneFactorModel, fit_one_factor
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray, some


@dataclass(frozen=True, eq=False, repr=False)
class FactorScores(Printed):
    """Scores of every row on every factor, shape (rows, factors); NaN where too few items were answered.

    `answered` counts the items of the factor that the row answered. `method` says how the scores were made;
    `model` is the one-factor model behind regression scores.
    """

    factors: tuple[str, ...]
    values: FloatArray
    answered: IntArray
    method: str
    index: pd.Index
    model: OneFactorModel | None = None

    def __str__(self) -> str:
        known = np.isfinite(self.values).sum(axis=0)
        told = ", ".join(
            f"{name} ({count} of {len(self.values)} rows)"
            for name, count in zip(self.factors, known, strict=True)
        )
        return f"Factor scores ({self.method}): {told}"

    def to_frame(self) -> pd.DataFrame:
        """The scores as columns named by factor, in the rows of the table they came from."""
        return pd.DataFrame(self.values, columns=list(self.factors), index=self.index)


def mean_scores(
    frame: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    *,
    item_weights: Mapping[str, float] | None = None,
    least_answered_share: float = 0.5,
) -> FactorScores:
    """The mean of the answered items of each factor, weighted by `item_weights` (1 where not given).

    A row that answered less than `least_answered_share` of a factor's items has no score: half is the usual
    rule (Schafer & Graham 2002, p. 158). Scores are in the units of the answers, so that they can be compared
    over factors. Raises `EstimationError` for items that cannot be used, item weights that are not above
    zero or belong to no factor, and a share outside (0, 1].
    """
    _check_share(least_answered_share)
    weights = dict(item_weights or {})
    items = [item for members in factors.values() for item in members]
    wrong = [name for name, weight in weights.items() if name not in items or not weight > 0]
    if wrong or not factors:
        raise EstimationError(
            f"Item weights that cannot be used: {some(wrong)}." if wrong else "There is no factor.",
            hint="Give every weight above 0 and to an item of a factor; give at least one factor.",
        )
    columns, counts = [], []
    for members in factors.values():
        values = item_matrix(frame, members)
        answered = ~np.isnan(values)
        weight = np.where(answered, np.array([weights.get(item, 1.0) for item in members]), 0.0)
        total = weight.sum(axis=1)
        enough = answered.sum(axis=1) >= least_answered_share * len(members)
        sums = np.einsum("ij,ij->i", weight, np.where(answered, values, 0.0))
        columns.append(np.divide(sums, total, out=np.full(len(frame), np.nan), where=enough & (total > 0)))
        counts.append(answered.sum(axis=1))
    return FactorScores(
        factors=tuple(factors),
        values=np.column_stack(columns),
        answered=np.column_stack(counts),
        method=f"mean of the answered items, {least_answered_share:.0%} or more answered",
        index=frame.index,
    )


def regression_scores(
    sample: Sample, items: Sequence[str], *, factor: str = "factor", least_answered_share: float = 0.5
) -> FactorScores:
    """Regression scores (Thomson 1951) of the one factor behind three or more items; mean about 0.

    The model is fitted to the design-weighted correlations of the members who answered every item; answers
    are standardized by their weighted mean and standard deviation (divisor Σw). The score is the expected
    factor given the answered items, Σ λ_k z_k/ψ_k / (1 + Σ λ_k²/ψ_k), so that a row may miss some. Rows
    outside the domain get scores too. Raises `EstimationError` where `mean_scores` and `omega_total` do, and
    when members or items show no variation.
    """
    _check_share(least_answered_share)
    values = item_matrix(sample.frame, items, least=3)
    moments = complete_moments(sample, items)
    if moments.respondent_count < 2 or moments.constant_items:
        constant = some(moments.constant_items) or "all"
        raise EstimationError(
            f"No factor can be told: {moments.respondent_count} members answered every item, "
            f"items without variation: {constant}.",
            hint="Leave these items out, or use mean_scores.",
        )
    model = fit_one_factor(correlations(moments.covariance[None])[0])
    answered = ~np.isnan(values)
    standard = np.where(answered, (values - moments.mean) / np.sqrt(np.diag(moments.covariance)), 0.0)
    precision = model.loadings / model.uniquenesses
    expected = (standard @ precision) / (1 + answered @ (precision * model.loadings))
    count = answered.sum(axis=1)
    enough = (count >= least_answered_share * len(items)) & (count > 0)
    return FactorScores(
        factors=(factor,),
        values=np.where(enough, expected, np.nan)[:, None],
        answered=count[:, None],
        method=f"regression scores of one factor, {least_answered_share:.0%} or more answered",
        index=sample.frame.index,
        model=model,
    )


def _check_share(share: float) -> None:
    if not 0 < share <= 1:
        raise EstimationError(
            f"The share of items that must be answered lies in (0, 1], not at {share}.",
            hint="0.5 asks for half of them, 1 for all.",
        )
