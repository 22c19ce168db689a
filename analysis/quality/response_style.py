"""Response style: straight-lining, variability, and whether answers hang together within a respondent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import QualityError
from analysis.items import item_matrix
from analysis.printing import Printed
from analysis.quality.respondent_index import IndexStatus, RespondentIndex, respondent_index
from analysis.stages import FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class StraightLining(Printed):
    """Runs of equal answers: the longest of each respondent, and the average length."""

    longest_run: RespondentIndex
    average_run: RespondentIndex

    def __str__(self) -> str:
        return f"{self.longest_run}\n{self.average_run}"

    def to_frame(self) -> pd.DataFrame:
        """One row a respondent."""
        return pd.DataFrame(
            {"longest_run": self.longest_run.values, "average_run": self.average_run.values},
            index=self.longest_run.index,
        )


def straight_lining(frame: pd.DataFrame, items: Sequence[str]) -> StraightLining:
    """Runs of equal answers over the items in the order given.

    A missing answer is a run of its own of length 1 and ends the run before it; two missing answers in a row
    are two runs (`careless::longstring` of R; Johnson 2005). Who answered nothing has no index. Raises
    `EstimationError` for items that cannot be used.
    """
    values = item_matrix(frame, items)
    run = np.ones(len(values), dtype=np.int64)
    longest, runs = run.copy(), run.copy()
    for column in range(1, values.shape[1]):
        same = values[:, column] == values[:, column - 1]  # a missing answer equals nothing
        run = np.where(same, run + 1, 1)
        longest = np.maximum(longest, run)
        runs += ~same
    nothing = {IndexStatus.TOO_FEW_ANSWERS: np.isnan(values).all(axis=1)}
    method = "missing answers are runs of 1"
    return StraightLining(
        respondent_index(
            "longest_run", longest.astype(np.float64), method=method, missing=nothing, index=frame.index
        ),
        respondent_index(
            "average_run", values.shape[1] / runs, method=method, missing=nothing, index=frame.index
        ),
    )


def individual_response_variability(frame: pd.DataFrame, items: Sequence[str]) -> RespondentIndex:
    """The standard deviation of a respondent's own answers (divisor answers - 1; Dunn et al. 2018).

    Zero is a straight line; the index needs two answers. Raises `EstimationError` for items that cannot be
    used.
    """
    values = item_matrix(frame, items)
    answered, mean = _own_mean(values)
    apart = np.where(np.isnan(values), 0.0, values - mean[:, None])
    deviation = np.sqrt((apart**2).sum(axis=1) / np.maximum(answered - 1, 1))
    return respondent_index(
        "individual_response_variability",
        deviation,
        method="standard deviation over the answered items",
        missing={IndexStatus.TOO_FEW_ANSWERS: answered < 2},
        index=frame.index,
    )


def even_odd_consistency(frame: pd.DataFrame, factors: Mapping[str, Sequence[str]]) -> RespondentIndex:
    """Whether the two halves of the factors agree within a respondent: from -1 to 1, low is careless.

    In every factor of two items or more the mean of the first, third, … item is set beside the mean of the
    second, fourth, …; r is their correlation over the factors, raised to full length by Spearman–Brown,
    2r/(1 + r), not below -1 (Johnson 2005; Meade & Craig 2012; `careless::evenodd` of R gives its negative).
    A respondent needs both halves of three factors. Raises `QualityError` with fewer than three factors of
    two items, `EstimationError` for items that cannot be used.
    """
    halved = [members for members in factors.values() if len(members) >= 2]
    if len(halved) < 3:
        raise QualityError(
            f"Even-odd consistency needs three factors of two items or more, not {len(halved)}.",
            hint="Use person_total_correlation instead.",
        )
    odd = np.column_stack([_own_mean(item_matrix(frame, members[0::2]))[1] for members in halved])
    even = np.column_stack([_own_mean(item_matrix(frame, members[1::2]))[1] for members in halved])
    correlation, pairs = _row_correlation(odd, even)
    with np.errstate(divide="ignore", invalid="ignore"):
        raised = np.maximum(2 * correlation / (1 + correlation), -1.0)
    return respondent_index(
        "even_odd_consistency",
        np.where(correlation <= -1, -1.0, raised),
        method=f"{len(halved)} factors, Spearman–Brown",
        missing={IndexStatus.TOO_FEW_ANSWERS: pairs < 3, IndexStatus.NO_VARIATION: np.isnan(correlation)},
        index=frame.index,
    )


def person_total_correlation(frame: pd.DataFrame, items: Sequence[str]) -> RespondentIndex:
    """The correlation of a respondent's answers with the other respondents' mean answers to the same items.

    Below zero somebody answers against the grain of everybody else (Donlon & Fischer 1968; Curran 2016). It
    needs three answers that vary. Raises `EstimationError` for items that cannot be used.
    """
    values = item_matrix(frame, items)
    known = ~np.isnan(values)
    others = known.sum(axis=0) - known
    sums = np.where(known, values, 0.0).sum(axis=0) - np.where(known, values, 0.0)
    mean = np.divide(sums, others, out=np.full_like(values, np.nan), where=others > 0)
    correlation, pairs = _row_correlation(values, mean)
    return respondent_index(
        "person_total_correlation",
        correlation,
        method="with the mean answers of the others",
        missing={IndexStatus.TOO_FEW_ANSWERS: pairs < 3, IndexStatus.NO_VARIATION: np.isnan(correlation)},
        index=frame.index,
    )


def _own_mean(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How many answers each row has, and their mean (NaN without any)."""
    known = ~np.isnan(values)
    count = known.sum(axis=1).astype(np.float64)
    sums = np.where(known, values, 0.0).sum(axis=1)
    return count, np.divide(sums, count, out=np.full(len(values), np.nan), where=count > 0)


def _row_correlation(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Pearson correlation along the rows (NaN without variation) over the places both have, and how many."""
    both = ~np.isnan(first) & ~np.isnan(second)
    count, mean = _own_mean(np.where(both, first, np.nan))
    _, other_mean = _own_mean(np.where(both, second, np.nan))
    x = np.where(both, first - mean[:, None], 0.0)
    y = np.where(both, second - other_mean[:, None], 0.0)
    spread = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    scale = np.nan_to_num(np.abs(mean) * np.abs(other_mean)) + 1
    flat = spread <= 1e-12 * scale
    result = np.divide((x * y).sum(axis=1), spread, out=np.full(len(x), np.nan), where=~flat)
    return np.clip(result, -1.0, 1.0), count
