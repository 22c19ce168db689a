"""Score domains: the ways the responses of a round can be divided for reporting."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from forms.questionnaire import Item, ItemKind
from survey.domain.columns import NOBODY
from survey.domain.enums import Selection
from survey.domain.figures import Domain
from survey.domain.wording import N_
from survey.errors import HaiLongError
from survey.queries.scores import UnitNode, counters
from survey.services.score_data import ScoreData, scale_of

ORGANISATION, SERVICE_POINT, MONTH, DAY, HOUR = "organisation", "service_point", "month", "day", "hour"
WHOLE = Domain(by="", code="", names={"vi": "Toàn bộ", "en": "All"})
NO_DOMAIN = -1
_DOMAIN_KINDS = frozenset({ItemKind.SINGLE_CHOICE, ItemKind.SCALE})

IntArray = NDArray[np.int64]


class UnknownDomainError(HaiLongError):
    """The round cannot be divided this way; the message names the ways there are."""


@dataclass(frozen=True, eq=False)
class Division:
    """Responses divided into domains: `code` has one entry a response, NO_DOMAIN for those in none.

    `parents` are the ids of the units that the domains of an organisation division stand below, else empty.
    """

    domains: tuple[Domain, ...]
    code: IntArray
    parents: tuple[int | None, ...] = ()


def ways_to_divide(data: ScoreData) -> tuple[str, ...]:
    """What a round can be divided by: units, counters, times, and items with closed answers."""
    about_units = any(item.kind is ItemKind.UNIT_GRID for item in data.questionnaire.items)
    ways = [ORGANISATION] if about_units or (data.organisation_ids != NOBODY).any() else []
    if data.round.selection is Selection.SELF_SELECTED:
        ways += [SERVICE_POINT] if (data.columns.row("service_point_id") != NOBODY).any() else []
        ways += [MONTH, DAY, HOUR]
    else:
        ways += [MONTH]
    items = [item.code for item in data.questionnaire.items if item.kind in _DOMAIN_KINDS]
    return (*ways, *items)


def divide(session: Session, data: ScoreData, by: str) -> list[Division]:
    """The divisions of the responses by this; units give one for every level of the tree.

    Raises UnknownDomainError naming what the round can be divided by.
    """
    ways = ways_to_divide(data)
    if by not in ways:
        raise UnknownDomainError(
            N_("Round %(code)s cannot be divided by %(by)s. It can be divided by: %(ways)s."),
            code=data.round.code,
            by=by,
            ways=", ".join(ways),
        )
    match by:
        case "organisation":
            return by_organisation(data)
        case "service_point":
            return [_by_service_point(session, data)]
        case "month" | "day" | "hour":
            return [_by_time(data, by)]
        case _:
            return [_by_item(data, data.questionnaire.items_by_code[by])]


def by_organisation(data: ScoreData) -> list[Division]:
    """One division a level of the tree, from the top: a response belongs to its unit and to all above it."""
    divisions = []
    for depth in range(data.tree.deepest + 1):
        above = data.tree.ancestor_at(depth)
        own = data.organisation_ids
        present, places = np.unique(own, return_inverse=True)
        ancestors = np.array([above.get(int(unit), NOBODY) for unit in present], dtype=np.int64)
        units = ancestors[places] if len(own) else own
        nodes = [data.tree.nodes[int(unit)] for unit in np.unique(units[units != NOBODY])]
        if nodes:
            divisions.append(_of_units(sorted(nodes, key=lambda node: node.code), units))
    return divisions


def is_below(data: ScoreData, unit_ids: Collection[int]) -> NDArray[np.bool_]:
    """Which responses belong to these units."""
    return np.isin(data.organisation_ids, sorted(unit_ids))


def _of_units(nodes: list[UnitNode], units: IntArray) -> Division:
    return Division(
        domains=tuple(Domain(ORGANISATION, node.code, node.names) for node in nodes),
        code=_codes({node.id: place for place, node in enumerate(nodes)}, units),
        parents=tuple(node.parent_id for node in nodes),
    )


def _by_service_point(session: Session, data: ScoreData) -> Division:
    own = data.columns.row("service_point_id")
    points = counters(session, np.unique(own[own != NOBODY]).tolist())
    return Division(
        domains=tuple(
            Domain(SERVICE_POINT, point.code, _joined(point.names, point.service_names)) for point in points
        ),
        code=_codes({point.id: place for place, point in enumerate(points)}, own),
    )


def _by_time(data: ScoreData, by: str) -> Division:
    days, hours = data.columns.row("day"), data.columns.row("hour")
    if by == HOUR:
        keys = [f"{hour:02d}" for hour in hours.tolist()]
    else:
        length = len("2026-03") if by == MONTH else len("2026-03-02")
        keys = [date.fromordinal(day).isoformat()[:length] for day in days.tolist()]
    codes = sorted(set(keys))
    place = {code: index for index, code in enumerate(codes)}
    return Division(
        domains=tuple(
            Domain(by, code, {"vi": _time_in_words(code), "en": _time_in_words(code)}) for code in codes
        ),
        code=np.array([place[key] for key in keys], dtype=np.int64),
    )


def _by_item(data: ScoreData, item: Item) -> Division:
    if item.kind is ItemKind.SINGLE_CHOICE:
        column = data.columns.choices(item)
        places = {choice.code: place for place, choice in enumerate(item.choices)}
        lookup = np.array([places.get(label, NO_DOMAIN) for label in column.labels] + [NO_DOMAIN])
        code = lookup[np.where(column.codes >= 0, column.codes, len(column.labels))]
        domains = tuple(Domain(item.code, choice.code, choice.labels) for choice in item.choices)
    else:
        labels = scale_of(item).labels_by_code
        domains = tuple(Domain(item.code, str(level), texts) for level, texts in labels.items())
        code = _codes({level: place for place, level in enumerate(labels)}, data.columns.levels(item))
    return Division(domains=domains, code=np.asarray(code, dtype=np.int64))


def _codes(places: Mapping[int, int], values: NDArray[np.integer]) -> IntArray:
    present, where = np.unique(values, return_inverse=True)
    codes = np.array([places.get(int(value), NO_DOMAIN) for value in present], dtype=np.int64)
    return codes[where] if len(values) else np.zeros(0, dtype=np.int64)


def _joined(names: Mapping[str, str], service_names: Mapping[str, str]) -> dict[str, str]:
    return {
        language: f"{name} · {service_names[language]}" if service_names.get(language) else name
        for language, name in names.items()
    }


def _time_in_words(code: str) -> str:
    """2026-03 → 03/2026, 2026-03-02 → 02/03/2026, 09 → 09:00–09:59: as both languages write it."""
    return f"{code}:00–{code}:59" if len(code) == 2 else "/".join(reversed(code.split("-")))
