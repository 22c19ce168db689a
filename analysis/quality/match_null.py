"""Near-duplicates: percent matches judged against what honest respondents would show by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.codes import joint_codes
from analysis.design import as_names
from analysis.errors import QualityError
from analysis.items import item_matrix
from analysis.printing import Printed
from analysis.quality.matching import (
    CodeArray,
    MissingMatch,
    answer_codes,
    closest_matches,
    group_codes,
    percent_match,
    refuse_unknown_columns,
    rows_of_groups,
)
from analysis.quality.respondent_index import RespondentIndex
from analysis.stages import BoolArray, FloatArray, IntArray

_BLOCK = 4_000_000  # permuted answers held at a time
_ROUND_OFF = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class MatchJudgement(Printed):
    """The percent match of every respondent beside its permutation null; arrays have the shape (rows,).

    `expected` is the mean percent match that the null shows in the respondent's unit and overall score,
    `excess` the observed one less that, in null standard deviations. `probability` is the chance that in an
    honest unit anybody stands out as much as this respondent does, so that `level` of the honest units have
    somebody flagged (`near_duplicate`); NaN for who is alone in the unit. `enumerators` judges the mean
    excess of each enumerator's responses in the same way, over all enumerators at once; None when no
    enumerator was named.
    """

    percent_match: RespondentIndex
    expected: FloatArray
    excess: FloatArray
    probability: FloatArray
    near_duplicate: BoolArray
    level: float
    replicate_count: int
    seed: int
    method: str
    enumerators: pd.DataFrame | None

    def __str__(self) -> str:
        flagged = int(self.near_duplicate.sum())
        return (
            f"{flagged} of {len(self.near_duplicate)} responses more alike than chance allows "
            f"(level {self.level:g} a unit; {self.method})"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a respondent."""
        return pd.DataFrame(
            {
                "percent_match": self.percent_match.values,
                "expected_match": self.expected,
                "excess": self.excess,
                "probability": self.probability,
                "near_duplicate": self.near_duplicate,
            },
            index=self.percent_match.index,
        )


@dataclass(frozen=True, kw_only=True)
class NullSettings:
    """How the null is made: `replicates` permutations under `seed`, flags at `level`.

    Raises `QualityError` where the permutations are too few to reach the level.
    """

    replicates: int = 199
    level: float = 0.01
    seed: int = 1
    missing: MissingMatch = MissingMatch.EQUAL

    def __post_init__(self) -> None:
        if not 0 < self.level < 1 or self.replicates < 1 or 1 / (self.replicates + 1) > self.level:
            raise QualityError(
                f"{self.replicates} permutations cannot show anything at level {self.level:g}.",
                hint="Give a level between 0 and 1 and at least 1/level - 1 permutations.",
            )


DEFAULT_NULL = NullSettings()


def judge_matches(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    within: str | Sequence[str] = (),
    score: str | None = None,
    enumerator: str | None = None,
    settings: NullSettings = DEFAULT_NULL,
) -> MatchJudgement:
    """Which responses are more alike than honest answers of the same unit and satisfaction would be.

    The share of equal answers has no fixed limit: where most people are satisfied, honest responses to a
    short battery are alike (Pew Research Center 2016 on the 85 % rule). So each item's answers are dealt out
    anew, again and again, among the respondents with the same labels of `within` (their unit) and the same
    overall `score` (a column; by default the respondent's mean answer, rounded to whole levels), and the
    percent match is measured in every such table. A response is flagged when its match, in units of the
    spread that its own unit and score show, exceeds the largest of the unit in all but `level` of the
    permutations (Westfall & Young 1993, single-step maxT). Raises `QualityError` for unknown columns,
    `EstimationError` for items that are not numbers when no score is given.
    """
    codes = answer_codes(frame, items, missing=settings.missing)
    group = group_codes(frame, within)
    cell = joint_codes(group, _scores(frame, items, score))
    labels = _enumerator_codes(frame, enumerator)
    result = _Null(settings, rows=len(frame), enumerators=0 if labels is None else int(labels.max()) + 1)
    for rows in rows_of_groups(group):
        result.add(rows, codes[rows], cell[rows], None if labels is None else labels[rows])
    dealt_within = " × ".join([*as_names(within), score or "mean answer"])
    return MatchJudgement(
        percent_match=percent_match(frame, items, within=within, missing=settings.missing),
        expected=result.expected,
        excess=result.excess,
        probability=result.probability,
        near_duplicate=result.probability <= settings.level + _ROUND_OFF,
        level=settings.level,
        replicate_count=settings.replicates,
        seed=settings.seed,
        method=f"{settings.replicates} permutations of each item within {dealt_within}",
        enumerators=None if enumerator is None else result.by_enumerator(frame[enumerator], settings.level),
    )


class _Null:
    """Adds up the units: the judgement of every row, and the excess of every enumerator."""

    def __init__(self, settings: NullSettings, *, rows: int, enumerators: int) -> None:
        self._settings = settings
        self._random = np.random.default_rng(settings.seed)
        self.expected = np.full(rows, np.nan)
        self.excess = np.full(rows, np.nan)
        self.probability = np.full(rows, np.nan)
        self._sums = np.zeros((settings.replicates + 1, enumerators))
        self._counts = np.zeros(enumerators, dtype=np.int64)

    def add(self, rows: IntArray, codes: CodeArray, cell: IntArray, labels: IntArray | None) -> None:
        """Judge one unit; rows alone in their unit have nobody to match."""
        if rows.size < 2:
            return
        order = np.argsort(cell, kind="stable")
        rows, codes, cell = rows[order], codes[order], joint_codes(cell[order])
        matches = self._matches(codes, cell)
        mean, spread = _cell_moments(matches, cell)
        flat = spread[cell] <= _ROUND_OFF
        excess = np.where(flat, 0.0, (matches - mean[cell]) / np.where(flat, 1.0, spread[cell]))
        largest = excess[1:].max(axis=1)
        reached = (largest[:, None] >= excess[0] - _ROUND_OFF).sum(axis=0)
        self.expected[rows] = mean[cell] / codes.shape[1]
        self.excess[rows] = excess[0]
        self.probability[rows] = (1 + reached) / (1 + self._settings.replicates)
        if labels is not None:
            codes_of_rows = labels[order]
            known = codes_of_rows >= 0
            self._counts += np.bincount(codes_of_rows[known], minlength=self._counts.size)
            for table, values in enumerate(excess):
                self._sums[table] += np.bincount(
                    codes_of_rows[known], weights=values[known], minlength=self._counts.size
                )

    def by_enumerator(self, column: pd.Series[Any], level: float) -> pd.DataFrame:
        """One row an enumerator: responses judged, mean excess, the chance that any honest one has as much.

        The last two are NaN for an enumerator all of whose responses are alone in their units.
        """
        labels = pd.factorize(column)[1]
        mean = self._sums / np.maximum(self._counts, 1)
        spread = mean.std(axis=0)
        flat = spread <= _ROUND_OFF
        standard = np.where(flat, 0.0, (mean - mean.mean(axis=0)) / np.where(flat, 1.0, spread))
        largest = standard[1:].max(axis=1, initial=0.0)
        reached = (largest[:, None] >= standard[0] - _ROUND_OFF).sum(axis=0)
        judged = self._counts > 0
        probability = np.where(judged, (1 + reached) / (1 + self._settings.replicates), np.nan)
        return pd.DataFrame(
            {
                "enumerator": list(labels),
                "responses": self._counts,
                "mean_excess": np.where(judged, mean[0], np.nan),
                "probability": probability,
                "flagged": probability <= level + _ROUND_OFF,
            }
        )

    def _matches(self, codes: CodeArray, cell: IntArray) -> FloatArray:
        """Matches of the observed table (first) and of every permutation; (1 + replicates, rows)."""
        count, items = codes.shape
        columns = np.ascontiguousarray(codes.T)
        found = [closest_matches(codes[None])]
        left = self._settings.replicates
        while left:
            tables = min(left, max(1, _BLOCK // (count * items)))
            keys = cell + self._random.random((tables, items, count))  # rows of a cell stand together
            order = np.argsort(keys, axis=2)
            dealt = np.take_along_axis(np.broadcast_to(columns, keys.shape), order, axis=2)
            found.append(closest_matches(dealt.transpose(0, 2, 1)))
            left -= tables
        return np.concatenate(found).astype(np.float64)


def _cell_moments(matches: FloatArray, cell: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of the matches in each cell, over the observed and all permuted tables."""
    count = np.bincount(cell) * len(matches)
    mean = np.bincount(cell, weights=matches.sum(axis=0)) / count
    apart = ((matches - mean[cell]) ** 2).sum(axis=0)
    return mean, np.sqrt(np.bincount(cell, weights=apart) / count)


def _scores(frame: pd.DataFrame, items: Sequence[str], score: str | None) -> NDArray[np.int64]:
    if score is not None:
        return group_codes(frame, score)
    values = item_matrix(frame, items)
    known = ~np.isnan(values)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    rounded = np.where(known.any(axis=1), np.rint(mean), np.inf)
    return joint_codes(rounded)


def _enumerator_codes(frame: pd.DataFrame, enumerator: str | None) -> IntArray | None:
    if enumerator is None:
        return None
    refuse_unknown_columns(frame, [enumerator])
    return np.asarray(pd.factorize(frame[enumerator])[0], dtype=np.int64)
