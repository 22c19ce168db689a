"""Outlying answer patterns by Mahalanobis distance, and interviews that were too fast to be read out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from analysis.errors import QualityError
from analysis.items import item_matrix
from analysis.quality.matching import group_codes
from analysis.quality.respondent_index import IndexStatus, RespondentIndex, respondent_index
from analysis.stages import FloatArray, some


def mahalanobis_distance(frame: pd.DataFrame, items: Sequence[str]) -> RespondentIndex:
    """The squared Mahalanobis distance of a respondent's answers from the mean answers.

    D² = d' S⁻¹ d with the mean of each item and the covariances of the pairs of answers there are; a missing
    answer counts as the mean of its item (`careless::mahad` of R; Mahalanobis 1936). Raises `QualityError`
    when the covariances have no inverse or are those of no distribution, `EstimationError` for items that
    cannot be used.
    """
    values = item_matrix(frame, items, least=2)
    covariance = pd.DataFrame(values).cov().to_numpy()
    _check_covariance(items, covariance)
    known = ~np.isnan(values)
    mean = np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)
    apart = np.where(known, values - mean, 0.0)
    distance = np.einsum("ij,ij->i", apart @ np.linalg.inv(covariance), apart)
    return respondent_index(
        "mahalanobis_distance",
        distance,
        method=f"{len(items)} items, pairwise complete covariances",
        missing={IndexStatus.TOO_FEW_ANSWERS: ~known.any(axis=1)},
        index=frame.index,
    )


def outlying_probability(distance: FloatArray, *, item_count: int) -> FloatArray:
    """The chance of a squared distance at least as large under a normal distribution (chi-square, K df)."""
    return np.asarray(chdtrc(float(item_count), distance), dtype=np.float64)


def seconds_per_item(
    frame: pd.DataFrame, *, seconds: str, items: Sequence[str], within: str | None = None
) -> tuple[RespondentIndex, RespondentIndex]:
    """Seconds for each answered item, and that as a share of the median in the respondent's unit.

    `seconds` is the column of the whole interview's duration; `within` the column of the organisation or
    service (none: the median of everybody). Medians rather than means, so that an interview left open
    overnight does not make the others look fast (Greszki, Meyer & Schoen 2015). Raises `QualityError` for
    durations below zero and an unknown unit, `EstimationError` for columns that cannot be used.
    """
    duration = item_matrix(frame, [seconds])[:, 0]
    answered = (~np.isnan(item_matrix(frame, items))).sum(axis=1)
    if (duration < 0).any():
        rows = some(list(frame.index[duration < 0]))
        raise QualityError(f"Column {seconds} is below zero in rows {rows}.", hint="Make it missing.")
    pace = np.divide(duration, answered, out=np.full(len(frame), np.nan), where=answered > 0)
    middle = _median_of_unit(frame, pace, within)
    share = np.divide(pace, middle, out=np.full(len(frame), np.nan), where=middle > 0)
    missing = {
        IndexStatus.TOO_FEW_ANSWERS: answered == 0,
        IndexStatus.NO_TIME: np.isnan(duration),
    }
    of = "everybody" if within is None else within
    no_median = {**missing, IndexStatus.NO_VARIATION: np.isnan(share)}
    return (
        respondent_index(
            "seconds_per_item", pace, method="duration ÷ answered items", missing=missing, index=frame.index
        ),
        respondent_index(
            "share_of_median_pace",
            share,
            method=f"seconds per item ÷ median of {of}",
            missing=no_median,
            index=frame.index,
        ),
    )


def _median_of_unit(frame: pd.DataFrame, pace: FloatArray, within: str | None) -> FloatArray:
    table = pd.Series(pace)
    if within is None:
        return np.full(len(frame), table.median())
    groups = group_codes(frame, within)
    return table.groupby(groups).transform("median").to_numpy(dtype=np.float64)


def _check_covariance(items: Sequence[str], covariance: FloatArray) -> None:
    flat = [name for name, own in zip(items, np.diag(covariance), strict=True) if not own > 0]
    if flat:
        raise QualityError(f"The answers to {some(flat)} do not vary.", hint="Leave these items out.")
    if np.isnan(covariance).any():
        raise QualityError("Some items were never answered together.", hint="Leave one of them out.")
    deviation = np.sqrt(np.diag(covariance))
    smallest = np.linalg.eigvalsh(covariance / np.outer(deviation, deviation))[0]
    if not smallest > 1e-10:
        raise QualityError(
            "The covariances of the items have no inverse: an item follows from the others, or the missing "
            "answers make them those of no distribution.",
            hint="Leave out sums of other items, or items that hardly anybody answered.",
        )
