"""Quality flags: every check of every respondent in one table; flagged, never deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.errors import QualityError
from analysis.printing import Printed
from analysis.quality.match_null import DEFAULT_NULL, MatchJudgement, NullSettings, judge_matches
from analysis.quality.matching import refuse_unknown_columns
from analysis.quality.outlying import mahalanobis_distance, outlying_probability, seconds_per_item
from analysis.quality.respondent_index import RespondentIndex
from analysis.quality.response_style import (
    even_odd_consistency,
    individual_response_variability,
    person_total_correlation,
    straight_lining,
)
from analysis.stages import BoolArray


class Check(StrEnum):
    """What a response can be flagged for."""

    STRAIGHT_LINING = "straight_lining"
    LOW_VARIABILITY = "low_variability"
    TOO_FAST = "too_fast"
    OUTLYING = "outlying"
    INCONSISTENT = "inconsistent"
    AGAINST_THE_GRAIN = "against_the_grain"
    NEAR_DUPLICATE = "near_duplicate"


@dataclass(frozen=True, kw_only=True)
class QualityRules:
    """The thresholds in force, with the code that is printed beside flags made under them; None: no check.

    A response is flagged when its longest run of equal answers is at least `straight_line_share` of the
    items, its variability below `least_variability`, its pace below `least_seconds_per_item` (Huang et al.
    2012) or below `least_share_of_median_pace` of its unit's median, its Mahalanobis distance as unlikely as
    `outlying_level`, its even-odd consistency below `least_even_odd`, its person-total correlation below
    `least_person_total`, or its percent match beyond the permutation null (`matches`). Straight lines and low
    variability are also what people do who are simply satisfied: both are off unless asked for.
    """

    code: str = "default/1"
    straight_line_share: float | None = None
    least_variability: float | None = None
    least_seconds_per_item: float | None = 2.0
    least_share_of_median_pace: float | None = 0.4
    outlying_level: float | None = 0.001
    least_even_odd: float | None = None
    least_person_total: float | None = None
    matches: NullSettings | None = DEFAULT_NULL

    def __post_init__(self) -> None:
        shares = {
            "straight_line_share": self.straight_line_share,
            "least_share_of_median_pace": self.least_share_of_median_pace,
            "outlying_level": self.outlying_level,
        }
        wrong = [
            f"{name} {value}" for name, value in shares.items() if value is not None and not 0 < value <= 1
        ]
        below = {
            "least_variability": self.least_variability,
            "least_seconds_per_item": self.least_seconds_per_item,
        }
        wrong += [f"{name} {value}" for name, value in below.items() if value is not None and not value > 0]
        if wrong:
            raise QualityError(
                f"Rules {self.code}: {', '.join(wrong)}.",
                hint="Shares and levels lie in (0, 1], the others above 0; None leaves a check out.",
            )


DEFAULT_RULES = QualityRules()
Finding = tuple[Check, RespondentIndex, BoolArray]


@dataclass(frozen=True, kw_only=True)
class QualityColumns:
    """Where a table holds what the checks need; what is None cannot be checked.

    `items` in the order asked; `factors` groups of items that measure one thing; `seconds` the duration of
    the interview; `unit` the organisation or sampling unit; `enumerator` who asked; `score` the overall score
    (by default the mean answer).
    """

    items: Sequence[str]
    factors: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    seconds: str | None = None
    unit: str | None = None
    enumerator: str | None = None
    score: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class RespondentFlags(Printed):
    """What each response is flagged for, and the indices behind it.

    `flags` maps each check that was made to truth values (rows,); a response without the index is not
    flagged. `enumerators` has one row an enumerator: responses, share flagged by each check, and the
    judgement of near-duplicates; None when no enumerator was named.
    """

    rules: QualityRules
    flags: Mapping[Check, BoolArray]
    indices: Mapping[str, RespondentIndex]
    matches: MatchJudgement | None
    enumerators: pd.DataFrame | None
    index: pd.Index

    @property
    def flagged(self) -> BoolArray:
        """Which rows any check flags; shape (rows,)."""
        flagged = np.zeros(len(self.index), dtype=np.bool_)
        for flags in self.flags.values():
            flagged |= flags
        return flagged

    def __str__(self) -> str:
        counts = ", ".join(f"{check} {int(flags.sum())}" for check, flags in self.flags.items())
        return (
            f"{int(self.flagged.sum())} of {len(self.index)} responses flagged under {self.rules.code}: "
            f"{counts or 'no check was made'}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a response: the indices, then a truth value a check, then `flagged`."""
        columns: dict[str, object] = {name: index.values for name, index in self.indices.items()}
        columns |= {str(check): flags for check, flags in self.flags.items()}
        return pd.DataFrame({**columns, "flagged": self.flagged}, index=self.index)


def flag_responses(
    frame: pd.DataFrame, columns: QualityColumns, *, rules: QualityRules = DEFAULT_RULES
) -> RespondentFlags:
    """Make every check that the rules ask for and the columns allow.

    A flag is a question to the supervisor, not a verdict: nothing is deleted, and `with_and_without` shows
    what the flagged responses do to the estimates. Raises as the checks do.
    """
    flags: dict[Check, BoolArray] = {}
    indices: dict[str, RespondentIndex] = {}
    for make in (_style, _pace, _pattern):
        for check, index, flagged in make(frame, columns, rules):
            indices[index.name] = index
            flags[check] = flags[check] | flagged if check in flags else flagged
    matches = None
    if rules.matches is not None:
        matches = judge_matches(
            frame,
            columns.items,
            within=columns.unit or (),
            score=columns.score,
            enumerator=columns.enumerator,
            settings=rules.matches,
        )
        indices[matches.percent_match.name] = matches.percent_match
        flags[Check.NEAR_DUPLICATE] = matches.near_duplicate
    return RespondentFlags(
        rules=rules,
        flags=MappingProxyType(flags),
        indices=MappingProxyType(indices),
        matches=matches,
        enumerators=_by_enumerator(frame, columns.enumerator, flags, matches),
        index=frame.index,
    )


def _style(frame: pd.DataFrame, columns: QualityColumns, rules: QualityRules) -> Iterator[Finding]:
    items = columns.items
    if rules.straight_line_share is not None:
        longest = straight_lining(frame, items).longest_run
        least_run = max(2.0, rules.straight_line_share * len(items))
        yield Check.STRAIGHT_LINING, longest, longest.values >= least_run
    if rules.least_variability is not None:
        variability = individual_response_variability(frame, items)
        yield Check.LOW_VARIABILITY, variability, variability.values < rules.least_variability
    if rules.least_person_total is not None:
        correlation = person_total_correlation(frame, items)
        yield Check.AGAINST_THE_GRAIN, correlation, correlation.values < rules.least_person_total
    if rules.least_even_odd is not None and columns.factors:
        consistency = even_odd_consistency(frame, columns.factors)
        yield Check.INCONSISTENT, consistency, consistency.values < rules.least_even_odd


def _pace(frame: pd.DataFrame, columns: QualityColumns, rules: QualityRules) -> Iterator[Finding]:
    if columns.seconds is None:
        return
    pace, share = seconds_per_item(frame, seconds=columns.seconds, items=columns.items, within=columns.unit)
    if rules.least_seconds_per_item is not None:
        yield Check.TOO_FAST, pace, pace.values < rules.least_seconds_per_item
    if rules.least_share_of_median_pace is not None:
        yield Check.TOO_FAST, share, share.values < rules.least_share_of_median_pace


def _pattern(frame: pd.DataFrame, columns: QualityColumns, rules: QualityRules) -> Iterator[Finding]:
    if rules.outlying_level is not None:
        distance = mahalanobis_distance(frame, columns.items)
        chance = outlying_probability(distance.values, item_count=len(columns.items))
        yield Check.OUTLYING, distance, chance <= rules.outlying_level


def _by_enumerator(
    frame: pd.DataFrame,
    enumerator: str | None,
    flags: Mapping[Check, BoolArray],
    matches: MatchJudgement | None,
) -> pd.DataFrame | None:
    """One row an enumerator: responses, the share flagged by each check, the judgement of near-duplicates."""
    if enumerator is None:
        return None
    refuse_unknown_columns(frame, [enumerator])
    code, labels = pd.factorize(frame[enumerator])
    asked = code >= 0
    count = np.bincount(code[asked], minlength=len(labels))
    table = pd.DataFrame({"enumerator": list(labels), "responses": count})
    for check, flagged in flags.items():
        sums = np.bincount(code[asked], weights=flagged[asked], minlength=len(labels))
        table[f"{check}_share"] = sums / count
    if matches is not None and matches.enumerators is not None:
        table["match_excess"] = matches.enumerators["mean_excess"]
        table["match_probability"] = matches.enumerators["probability"]
        table["flagged"] = matches.enumerators["flagged"]
    return table
