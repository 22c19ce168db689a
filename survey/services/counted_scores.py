"""Counted scores: exact, unweighted figures from counts of answers: official practice, and monitoring."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analysis.satisfaction import AggregationRule, ItemRate, aggregation_rule
from survey.domain.enums import FigureKind, Selection
from survey.domain.figures import Domain, Figure, FigureLevel, Measure, Topic
from survey.services.score_data import Group, ScoreData, has_threshold, scale_of
from survey.services.score_domains import Division

ITEM_SHARE = "item-share/1"
MEAN_LEVEL = "mean-level/1"

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Counts:
    """Per domain and scale item: valid answers, satisfied ones, the sum of their levels; people per topic."""

    valid: IntArray
    satisfied: IntArray
    level_sum: IntArray
    people: IntArray


def counted_figures(
    data: ScoreData, division: Division, *, levels: Collection[FigureLevel] = frozenset(FigureLevel)
) -> list[Figure]:
    """Shares of satisfied answers and mean levels of every topic of these levels in every domain.

    Monitoring in a self-selected round, else official practice. A figure without answers has no value.
    """
    counts = _count(data, division)
    is_self_selected = data.round.selection is Selection.SELF_SELECTED
    kind = FigureKind.MONITORING if is_self_selected else FigureKind.OFFICIAL
    rule = aggregation_rule(data.round.aggregation_rule)
    figures: list[Figure] = []
    for place, domain in enumerate(division.domains):
        rates = _item_rates(data, counts, place)
        people = dict(zip((topic.key for topic in data.topics), counts.people[place].tolist(), strict=True))
        figures += [
            _figure(
                kind, group.topic, domain, value=_group_rate(group, rates, rule), n=people, method=rule.key
            )
            for group in data.groups
            if group.topic.level in levels
        ]
        if FigureLevel.ITEM not in levels:
            continue
        for topic in data.item_topics:
            if topic.code in rates:
                rate = rates[topic.code].rate
                figures.append(_figure(kind, topic, domain, value=rate, n=people, method=ITEM_SHARE))
        figures += _means(data, counts, place, _Told(kind, domain, people))
    return figures


def people_by_topic(data: ScoreData, division: Division) -> IntArray:
    """How many people gave a valid answer, shape (domains, topics)."""
    return _sums(data.answered, division)


@dataclass(frozen=True)
class _Told:
    kind: FigureKind
    domain: Domain
    people: Mapping[str, int]


def _count(data: ScoreData, division: Division) -> _Counts:
    valid = ~np.isnan(data.valid_levels)
    return _Counts(
        valid=_sums(valid, division),
        satisfied=_sums(np.nan_to_num(data.satisfied), division),
        level_sum=_sums(np.nan_to_num(data.valid_levels), division),
        people=people_by_topic(data, division),
    )


def _sums(values: NDArray[np.bool_] | NDArray[np.float64], division: Division) -> IntArray:
    """Sums of whole numbers over the responses of each domain, shape (domains, columns)."""
    inside = division.code >= 0
    code, domain_count = division.code[inside], len(division.domains)
    columns = [
        np.bincount(code, weights=values[inside, column], minlength=domain_count)
        for column in range(values.shape[1])
    ]
    # Counts stay far below 2**53, so sums of floats are exact here.
    return np.rint(np.column_stack(columns) if columns else np.zeros((domain_count, 0))).astype(np.int64)


def _item_rates(data: ScoreData, counts: _Counts, place: int) -> dict[str, ItemRate]:
    rates = {}
    for item in data.scale_items:
        if has_threshold(item):
            column = data.places[item.code]
            n, satisfied = int(counts.valid[place, column]), int(counts.satisfied[place, column])
            rate = Fraction(satisfied, n) if n else None
            rates[item.code] = ItemRate(code=item.code, rate=rate, n=n, satisfied=satisfied)
    return rates


def _group_rate(group: Group, rates: Mapping[str, ItemRate], rule: AggregationRule) -> Fraction | None:
    return rule.combine([[rates[item] for item in items] for items in group.factors])


def _means(data: ScoreData, counts: _Counts, place: int, told: _Told) -> list[Figure]:
    figures = []
    for topic in data.item_topics:
        column = data.places[topic.code]
        n = int(counts.valid[place, column])
        mean = Fraction(int(counts.level_sum[place, column]), n) if n else None
        figures.append(
            Figure(
                kind=told.kind,
                measure=Measure.MEAN_LEVEL,
                topic=topic,
                domain=told.domain,
                value=mean,
                respondent_count=n,
                method=MEAN_LEVEL,
            )
        )
    return figures


def _figure(
    kind: FigureKind,
    topic: Topic,
    domain: Domain,
    *,
    value: Fraction | None,
    n: Mapping[str, int],
    method: str,
) -> Figure:
    return Figure(
        kind=kind,
        measure=Measure.SATISFIED_SHARE,
        topic=topic,
        domain=domain,
        value=value,
        respondent_count=n[topic.key],
        method=method,
    )


def factor_level_counts(data: ScoreData, members: NDArray[np.bool_]) -> dict[str, dict[int, int]]:
    """Valid answers of these responses by factor and level, added up over the items of the factor."""
    found: dict[str, dict[int, int]] = {}
    for group in data.groups:
        if group.topic.level is FigureLevel.FACTOR:
            answers = data.valid_levels[members][:, [data.places[item] for item in group.items]]
            scale = scale_of(data.scale_items[data.places[group.items[0]]])
            found[group.topic.code] = {
                level: int((answers == level).sum()) for level in sorted(scale.level_codes)
            }
    return found
