"""Score withholding: which figures are kept back, decided over a round's whole tables, not page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.suppression import Audience, Reason, SuppressionRules
from survey.domain.columns import NOBODY
from survey.domain.figures import Figure, FigureLevel
from survey.domain.withholding import Breakdown, Cell, Place, is_shown, reasons
from survey.services.counted_scores import people_by_topic
from survey.services.score_data import ScoreData
from survey.services.score_domains import ORGANISATION, WHOLE, Division, by_organisation

ROUND = (WHOLE.by, WHOLE.code)  # the cells of the round as a whole


@dataclass(frozen=True, eq=False)
class Decisions:
    """Why each cell (place, topic key) is withheld or not, with the people it rests on."""

    found: Mapping[Cell, Reason]
    counts: Mapping[Cell, int] = field(repr=False)

    def reason(self, place: Place, topic_key: str) -> Reason:
        """The verdict on one cell; a place nobody belongs to has no answers."""
        return self.found.get((place, topic_key), Reason.NO_ANSWERS)

    def applied(self, figures: Iterable[Figure], *, whole: Place) -> list[Figure]:
        """The figures, those withheld without their numbers; `whole` is what undivided ones speak of."""
        told = []
        for figure in figures:
            place = (figure.domain.by, figure.domain.code) if figure.domain.by else whole
            reason = self.reason(place, figure.topic.key)
            told.append(figure if is_shown(reason) else figure.withheld(reason))
        return told


def decide_over_units(
    data: ScoreData, *, rules: SuppressionRules, audience: Audience, counters: Division | None = None
) -> Decisions:
    """Verdicts on the round and on every unit of the tree, for every topic; with `counters`, the division of
    all responses by service point, on these too: they are parts of the unit they serve.

    They are taken over all units at once, so that what one page withholds cannot be had from another.
    """
    counts: dict[Cell, int] = {}
    breakdowns: list[Breakdown] = []
    everybody = Division((WHOLE,), np.zeros(len(data), dtype=np.int64))
    _count(data, everybody, counts)
    below: dict[Place, list[Place]] = {}
    for division in by_organisation(data):
        _count(data, division, counts)
        for domain, parent_id in zip(division.domains, division.parents, strict=True):
            above = ROUND if parent_id is None else (ORGANISATION, data.tree.nodes[parent_id].code)
            below.setdefault(above, []).append((domain.by, domain.code))
    told_apart = np.zeros(len(data), dtype=np.bool_)
    if counters is not None:
        _count(data, counters, counts)
        told_apart = _put_below_units(data, counters, below)
    for place, parts in below.items():
        own = _own_people(data, place, told_apart)
        for column, topic in enumerate(data.topics):
            cells = [(part, topic.key) for part in parts]
            if own[column]:
                # Answers about a unit itself, beside the units below it: one more part, told of nowhere.
                cells.append(((ORGANISATION, f"{place[1]} itself"), topic.key))
                counts[cells[-1]] = int(own[column])
            breakdowns.append(Breakdown((place, topic.key), tuple(cells)))
    return _decided(data, counts, breakdowns, (rules, audience))


def _put_below_units(
    data: ScoreData, counters: Division, below: dict[Place, list[Place]]
) -> NDArray[np.bool_]:
    """Add each service point to the parts of the unit it serves; which responses these parts tell of.

    A point that came to serve another unit is part of neither.
    """
    told = np.zeros(len(data), dtype=np.bool_)
    for code, domain in enumerate(counters.domains):
        here = counters.code == code
        served = np.unique(data.organisation_ids[here]).tolist()
        if len(served) == 1 and served[0] != NOBODY:
            unit = data.tree.nodes[served[0]].code
            below.setdefault((ORGANISATION, unit), []).append((domain.by, domain.code))
            told |= here
    return told


def decide_within(
    data: ScoreData,
    division: Division,
    *,
    members: NDArray[np.bool_],
    whole: tuple[Place, Decisions],
    rules: SuppressionRules,
    audience: Audience,
) -> Decisions:
    """Verdicts on the domains of a division of the members, whose own cells (`whole`) are decided already.

    Where the whole is withheld for a topic, so are its domains: together they would give it away.
    """
    place, decided = whole
    inside = Division(division.domains, np.where(members, division.code, -1))
    counts: dict[Cell, int] = {}
    _count(data, inside, counts)
    in_none = data.answered[members & (division.code < 0)].sum(axis=0)
    breakdowns = []
    preset: dict[Cell, Reason] = {}
    for column, topic in enumerate(data.topics):
        total = (place, topic.key)
        parts = tuple(((domain.by, domain.code), topic.key) for domain in division.domains)
        counts[total], preset[total] = decided.counts.get(total, 0), decided.reason(place, topic.key)
        if not is_shown(preset[total]) and preset[total] is not Reason.NO_ANSWERS:
            preset |= {part: preset[total] for part in parts if counts[part] > 0}
        breakdowns.append(Breakdown(total, parts, rest=int(in_none[column])))
    return _decided(data, counts, breakdowns, (rules, audience), preset)


def decide_alone(
    data: ScoreData, members: NDArray[np.bool_], *, rules: SuppressionRules, audience: Audience
) -> Decisions:
    """Verdicts on the members taken together, for who sees several units that have no common one."""
    counts: dict[Cell, int] = {}
    _count(data, Division((WHOLE,), np.where(members, 0, -1)), counts)
    return _decided(data, counts, [], (rules, audience))


def _decided(
    data: ScoreData,
    counts: Mapping[Cell, int],
    breakdowns: Sequence[Breakdown],
    terms: tuple[SuppressionRules, Audience],
    preset: Mapping[Cell, Reason] | None = None,
) -> Decisions:
    places = list(dict.fromkeys(place for place, _ in counts))
    inner = [breakdown for place in places for breakdown in _of_groups(data, place)]
    rules, audience = terms
    found = reasons(counts, [*breakdowns, *inner], rules=rules, audience=audience, decided=preset)
    return Decisions(found, counts)


def _of_groups(data: ScoreData, place: Place) -> list[Breakdown]:
    """A factor can be computed from its items, a content from its factors, the whole from its contents."""
    levels = {group.topic.key: group for group in data.groups}
    breakdowns = []
    for group in data.groups:
        if group.topic.level is FigureLevel.FACTOR:
            parts = [f"{FigureLevel.ITEM}:{item}" for item in group.items]
        else:
            below = FigureLevel.CONTENT if group.topic.level is FigureLevel.OVERALL else FigureLevel.FACTOR
            inside = set(group.items)
            parts = [
                key for key, one in levels.items() if one.topic.level is below and set(one.items) <= inside
            ]
        breakdowns.append(Breakdown((place, group.topic.key), tuple((place, key) for key in parts)))
    return breakdowns


def _count(data: ScoreData, division: Division, counts: dict[Cell, int]) -> None:
    people = people_by_topic(data, division).tolist()
    for domain, row in zip(division.domains, people, strict=True):
        for topic, n in zip(data.topics, row, strict=True):
            counts[((domain.by, domain.code), topic.key)] = n


def _own_people(data: ScoreData, place: Place, told_apart: NDArray[np.bool_]) -> NDArray[np.int64]:
    """People per topic that belong to this place and to no part of it."""
    unit_id = NOBODY if place == ROUND else data.tree.by_code[place[1]].id
    own = (data.organisation_ids == unit_id) & ~told_apart
    return np.asarray(data.answered[own].sum(axis=0), dtype=np.int64)
