"""What scores are computed from beside the answers: the tree of units, counters, and the drawn sample."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.columns import NOBODY
from survey.domain.enums import Disposition
from survey.models import Organisation, SampleUnit, ServicePoint, SurveyRound


@dataclass(frozen=True)
class UnitNode:
    """A unit in the tree; `depth` counts from 0 at the top."""

    id: int
    code: str
    names: Mapping[str, str]
    parent_id: int | None
    depth: int


@dataclass(frozen=True)
class UnitTree:
    """Every unit there ever was, by id, parents before children."""

    nodes: Mapping[int, UnitNode]

    @cached_property
    def by_code(self) -> Mapping[str, UnitNode]:
        """The units by code."""
        return {node.code: node for node in self.nodes.values()}

    @cached_property
    def deepest(self) -> int:
        """The depth of the lowest level."""
        return max((node.depth for node in self.nodes.values()), default=0)

    def ancestor_at(self, depth: int) -> Mapping[int, int]:
        """For every unit at this depth or below: the unit above it (or itself) at this depth."""
        found: dict[int, int] = {}
        for node in self.nodes.values():
            if node.depth == depth:
                found[node.id] = node.id
            elif node.parent_id in found:
                found[node.id] = found[node.parent_id]
        return found

    def subtree(self, unit_id: int) -> frozenset[int]:
        """The unit and everything below it."""
        found = {unit_id}
        for node in self.nodes.values():
            if node.parent_id in found:
                found.add(node.id)
        return frozenset(found)

    def tops(self, unit_ids: Collection[int]) -> list[UnitNode]:
        """Those of the units that have none of the others above them, by depth and code."""
        tops = [self.nodes[id_] for id_ in unit_ids if self.nodes[id_].parent_id not in unit_ids]
        return sorted(tops, key=lambda node: (node.depth, node.code))


def unit_tree(session: Session) -> UnitTree:
    """All units."""
    rows = session.execute(
        select(Organisation.id, Organisation.code, Organisation.names, Organisation.parent_id).order_by(
            Organisation.code
        )
    ).all()
    below: dict[int | None, list[tuple[int, str, Mapping[str, str], int | None]]] = {}
    for row in rows:
        below.setdefault(row[3], []).append((row[0], row[1], row[2], row[3]))
    nodes: dict[int, UnitNode] = {}
    level, depth = below.get(None, []), 0
    while level:
        for unit_id, code, names, parent_id in level:
            nodes[unit_id] = UnitNode(id=unit_id, code=code, names=names, parent_id=parent_id, depth=depth)
        level, depth = [child for row in level for child in below.get(row[0], [])], depth + 1
    return UnitTree(nodes)


@dataclass(frozen=True)
class Counter:
    """A service point as far as its figures go."""

    id: int
    code: str
    names: Mapping[str, str]
    service_names: Mapping[str, str]


def counters(session: Session, ids: Collection[int]) -> list[Counter]:
    """These service points by code."""
    rows = session.execute(
        select(ServicePoint.id, ServicePoint.code, ServicePoint.names, ServicePoint.service_names)
        .where(ServicePoint.id.in_(ids))
        .order_by(ServicePoint.code)
    )
    return [Counter(*row) for row in rows]


def drawn_sample(session: Session, round_: SurveyRound) -> pd.DataFrame:
    """One row a drawn unit, by stratum, PSU and code.

    Columns: id, organisation_id (NOBODY without), stratum, psu, psu_population and element_population (NaN
    where not known), inclusion_probability, nonresponse_class (the stratum where none is given), is_eligible.
    """
    rows = session.execute(
        select(
            SampleUnit.id,
            SampleUnit.organisation_id,
            SampleUnit.stratum,
            SampleUnit.psu,
            SampleUnit.psu_population,
            SampleUnit.element_population,
            SampleUnit.inclusion_probability,
            SampleUnit.nonresponse_class,
            SampleUnit.disposition,
        )
        .where(SampleUnit.round_id == round_.id)
        .order_by(SampleUnit.stratum, SampleUnit.psu, SampleUnit.code)
    )
    frame = pd.DataFrame(list(map(tuple, rows)), columns=list(rows.keys()))
    frame["organisation_id"] = frame["organisation_id"].fillna(NOBODY).astype(np.int64)
    for name in ("psu_population", "element_population"):
        frame[name] = frame[name].astype(np.float64)
    frame["nonresponse_class"] = frame["nonresponse_class"].where(
        frame["nonresponse_class"].notna(), frame["stratum"]
    )
    frame["is_eligible"] = (frame["disposition"] != Disposition.NOT_ELIGIBLE).to_numpy(dtype=np.bool_)
    return frame.drop(columns="disposition")
