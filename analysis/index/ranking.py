"""Ranks within a group of units, ties included, and the comparison of two rounds.

Units are ordered by their published index, so that equal printed figures share a rank and the next rank is
skipped: 1, 2, 2, 4. Units outside the ranking and incomplete sheets stand apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from analysis.choices import chosen
from analysis.display import half_up
from analysis.errors import RankingError
from analysis.index.scoring import GroupScore, SheetScore, SheetStatus


class TieBreaker(StrEnum):
    """What decides between units of equal published index, in the order the round sets."""

    APPRAISED_POINTS = "appraised_points"
    SURVEY_POINTS = "survey_points"


@dataclass(frozen=True)
class UnitIndex:
    """What a ranking needs of a unit. `index` (0–100) is None while leaves in `missing` have no points.

    `is_ranked` is False for a unit that is scored but kept out of the order of its group.
    """

    unit_code: str
    group: str
    index: Decimal | None
    is_ranked: bool = True
    missing: tuple[str, ...] = ()
    appraised_points: Decimal | None = None
    survey_points: Decimal | None = None


@dataclass(frozen=True)
class RankedUnit:
    """A unit in its place; `index` unrounded, `published_index` as printed, rank 1 the highest."""

    unit_code: str
    group: str
    index: Decimal
    published_index: Decimal
    rank: int


@dataclass(frozen=True)
class GroupRanking:
    """One group: the order, the scored units outside it, and the sheets that have no index yet."""

    group: str
    ranked: tuple[RankedUnit, ...]
    not_ranked: tuple[UnitIndex, ...]
    incomplete: tuple[UnitIndex, ...]


@dataclass(frozen=True)
class Ranking:
    """All groups, by code, with the precision and the tie-breakers to be printed under the table."""

    groups: tuple[GroupRanking, ...]
    decimals: int
    tie_breakers: tuple[TieBreaker, ...]

    def group(self, code: str) -> GroupRanking:
        """The ranking of that group. Raises `KeyError` when there is none."""
        return {ranking.group: ranking for ranking in self.groups}[code]

    @property
    def ranked(self) -> tuple[RankedUnit, ...]:
        """The ranked units of all groups."""
        return tuple(unit for ranking in self.groups for unit in ranking.ranked)


@dataclass(frozen=True)
class RoundChange:
    """A unit in two rounds. Changes are None unless it was ranked in both, the rank change also when it
    moved to another group. A positive `rank_change` is a climb: from 63 to 39 is +24.
    """

    unit_code: str
    group: str
    previous_index: Decimal | None
    index: Decimal | None
    index_change: Decimal | None
    previous_rank: int | None
    rank: int | None
    rank_change: int | None


def unit_index(sheet: SheetScore, *, unit_code: str, group: str, is_ranked: bool) -> UnitIndex:
    """The ranking's view of a score sheet."""
    return UnitIndex(
        unit_code=unit_code,
        group=group,
        index=sheet.index,
        # A unit to which nothing applies is not waiting for points: it has no place in the order.
        is_ranked=is_ranked and sheet.status is not SheetStatus.NOTHING_APPLICABLE,
        missing=sheet.missing,
        appraised_points=sheet.appraised_points,
        survey_points=sheet.survey_points,
    )


def rank_units(
    units: Sequence[UnitIndex], *, decimals: int = 2, tie_breakers: Sequence[TieBreaker] = ()
) -> Ranking:
    """Rank every group by the index rounded half-up to `decimals`; ties stay unless `tie_breakers` decide.

    Tie-breakers compare at the same precision. Equal units stand in the order of their codes.
    Raises `RankingError` for a unit that is listed twice, or without the points a tie-breaker needs,
    `EstimationError` for a tie-breaker there is not.
    """
    tie_breakers = [chosen(TieBreaker, each, name="The tie-breaker") for each in tie_breakers]
    codes = [unit.unit_code for unit in units]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise RankingError(f"Units {', '.join(twice)} are listed more than once.")
    groups = sorted({unit.group for unit in units})
    return Ranking(
        groups=tuple(
            _rank_group(
                group,
                [unit for unit in units if unit.group == group],
                decimals=decimals,
                tie_breakers=tie_breakers,
            )
            for group in groups
        ),
        decimals=decimals,
        tie_breakers=tuple(tie_breakers),
    )


def rank_areas(
    sheets: Mapping[str, SheetScore], *, groups: Mapping[str, str], decimals: int = 2
) -> dict[str, Ranking]:
    """For every area the ranking of its share of points, on 0–100: unit code → sheet, unit code → group.

    A unit to which nothing of an area applies is listed there as not ranked.
    """
    by_area: dict[str, list[UnitIndex]] = {}
    for unit_code, sheet in sheets.items():
        for area in sheet.areas:
            entry = _area_index(area, unit_code=unit_code, group=groups[unit_code])
            by_area.setdefault(area.code, []).append(entry)
    return {code: rank_units(units, decimals=decimals) for code, units in by_area.items()}


def compare_rounds(previous: Ranking, current: Ranking) -> tuple[RoundChange, ...]:
    """Every unit ranked in either round, by code, with the change of index and rank.

    The change is the difference of the published figures, as the published tables print it. Whether
    two rounds may be compared at all (another criteria set, a merger of units) is for the caller to say.
    """
    before = {unit.unit_code: unit for unit in previous.ranked}
    after = {unit.unit_code: unit for unit in current.ranked}
    return tuple(
        _change(unit, before.get(unit.unit_code), after.get(unit.unit_code))
        for _, unit in sorted((before | after).items())
    )


def _rank_group(
    group: str, units: Sequence[UnitIndex], *, decimals: int, tie_breakers: Sequence[TieBreaker]
) -> GroupRanking:
    in_order = sorted(units, key=lambda unit: unit.unit_code)
    keyed = [
        (_key(unit, unit.index, decimals=decimals, tie_breakers=tie_breakers), unit, unit.index)
        for unit in in_order
        if unit.is_ranked and unit.index is not None
    ]
    keyed.sort(key=lambda entry: entry[0], reverse=True)  # stable: equal keys keep the order of codes
    keys = [key for key, _, _ in keyed]
    return GroupRanking(
        group=group,
        ranked=tuple(
            RankedUnit(
                unit_code=unit.unit_code,
                group=group,
                index=index,
                published_index=key[0],
                rank=keys.index(key) + 1,
            )
            for key, unit, index in keyed
        ),
        not_ranked=tuple(unit for unit in in_order if not unit.is_ranked),
        incomplete=tuple(unit for unit in in_order if unit.is_ranked and unit.index is None),
    )


def _key(
    unit: UnitIndex, index: Decimal, *, decimals: int, tie_breakers: Sequence[TieBreaker]
) -> tuple[Decimal, ...]:
    values = {
        TieBreaker.APPRAISED_POINTS: unit.appraised_points,
        TieBreaker.SURVEY_POINTS: unit.survey_points,
    }
    key = [half_up(index, decimals=decimals)]
    for tie_breaker in tie_breakers:
        value = values[tie_breaker]
        if value is None:
            raise RankingError(
                f"Unit {unit.unit_code} has no {tie_breaker}, by which ties are to be decided."
            )
        key.append(half_up(value, decimals=decimals))
    return tuple(key)


def _area_index(area: GroupScore, *, unit_code: str, group: str) -> UnitIndex:
    return UnitIndex(
        unit_code=unit_code,
        group=group,
        # scaleb shifts the point without rounding to any context's precision
        index=None if area.share is None else area.share.scaleb(2),
        is_ranked=bool(area.applicable_points),
        missing=area.missing,
    )


def _change(latest: RankedUnit, before: RankedUnit | None, after: RankedUnit | None) -> RoundChange:
    index_change, rank_change = None, None
    if before and after:
        index_change = after.published_index - before.published_index
        if before.group == after.group:
            rank_change = before.rank - after.rank
    return RoundChange(
        unit_code=latest.unit_code,
        group=latest.group,
        previous_index=before.published_index if before else None,
        index=after.published_index if after else None,
        index_change=index_change,
        previous_rank=before.rank if before else None,
        rank=after.rank if after else None,
        rank_change=rank_change,
    )
