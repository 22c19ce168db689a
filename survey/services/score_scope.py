"""Score scope: whose answers a reader's figures speak of, and which of them may be shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.suppression import Audience, SuppressionRules
from survey.domain.withholding import Place, rules_of
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.queries.scores import UnitNode
from survey.services.score_data import ScoreData
from survey.services.score_domains import ORGANISATION, SERVICE_POINT, WHOLE, Division, is_below
from survey.services.score_withholding import (
    ROUND,
    Decisions,
    decide_alone,
    decide_over_units,
    decide_within,
)


@dataclass(frozen=True, eq=False)
class Scope:
    """The responses that count (`members`), the unit they belong to if it is one, and the verdicts.

    `place` is the cell of the whole in `whole_decisions`; `unit_decisions` hold those of all units, and of
    all service points when they are asked for.
    """

    data: ScoreData
    unit: UnitNode | None
    unit_ids: frozenset[int] | None
    members: NDArray[np.bool_]
    place: Place
    whole_decisions: Decisions
    unit_decisions: Decisions
    rules: SuppressionRules
    audience: Audience

    @property
    def whole(self) -> Division:
        """The members undivided."""
        return Division((WHOLE,), np.where(self.members, 0, -1))

    def counting(self, division: Division) -> Scope:
        """The scope with verdicts on the domains of this division of all responses, if it needs its own."""
        if not _is_by_service_point(division):
            return self
        decisions = decide_over_units(self.data, rules=self.rules, audience=self.audience, counters=division)
        return replace(self, unit_decisions=decisions)

    def narrowed(self, division: Division) -> Division:
        """The division of the members; of units, only those below the scope's own, with somebody in them."""
        code = np.where(self.members, division.code, -1)
        if not division.parents:
            return replace(division, code=code)
        own = None if self.unit is None else self.unit.code
        kept = [place for place in np.unique(code[code >= 0]).tolist() if division.domains[place].code != own]
        kept = [place for place in kept if self._may_be_seen(division.domains[place].code)]
        return _with_domains(replace(division, code=code), kept)

    def children(self, division: Division) -> Division:
        """Of a division by unit, the units directly below the scope's own; of the round, those below its top.

        Without one unit on top they are the tops themselves. Other divisions stay as they are.
        """
        if not division.parents:
            return division
        parent_id = None if self.parent is None else self.parent.id
        return _with_domains(
            division,
            [place for place, above in enumerate(division.parents) if self._is_child(above, parent_id)],
        )

    @property
    def parent(self) -> UnitNode | None:
        """The unit whose children a table shows: the scope's own, else the only one on top."""
        tops = [node for node in self.data.tree.nodes.values() if node.parent_id is None]
        return tops[0] if self.unit is None and self.unit_ids is None and len(tops) == 1 else self.unit

    def _is_child(self, above: int | None, parent_id: int | None) -> bool:
        if parent_id is not None or self.unit_ids is None:
            return above == parent_id
        return above not in self.unit_ids

    def decisions_on(self, division: Division) -> Decisions:
        """The verdicts on the domains of a division."""
        if division.parents or _is_by_service_point(division):
            return self.unit_decisions
        return decide_within(
            self.data,
            division,
            members=self.members,
            whole=(self.place, self.whole_decisions),
            rules=self.rules,
            audience=self.audience,
        )

    def _may_be_seen(self, unit_code: str) -> bool:
        return self.unit_ids is None or self.data.tree.by_code[unit_code].id in self.unit_ids


def _is_by_service_point(division: Division) -> bool:
    return bool(division.domains) and division.domains[0].by == SERVICE_POINT


def _with_domains(division: Division, kept: list[int]) -> Division:
    """The division with these of its domains alone."""
    lookup = np.full(len(division.domains) + 1, -1, dtype=np.int64)
    lookup[kept] = np.arange(len(kept))
    return Division(
        domains=tuple(division.domains[place] for place in kept),
        code=lookup[division.code],
        parents=tuple(division.parents[place] for place in kept),
    )


def scope_of(
    data: ScoreData, *, unit_code: str | None, visible: frozenset[int] | None, audience: Audience
) -> Scope:
    """The scope of a reader who may see these units (None: all) and asks for one of them, or for all.

    Raises NotFoundError for a unit that does not exist or may not be seen.
    """
    rules = rules_of(minimum_shown=data.round.minimum_shown, minimum_published=data.round.minimum_published)
    decisions = decide_over_units(data, rules=rules, audience=audience)
    unit = _unit(data, unit_code, visible)
    unit_ids = visible if unit is None else data.tree.subtree(unit.id)
    place, whole_decisions = ROUND, decisions
    if unit is not None:
        place = (ORGANISATION, unit.code)
    elif visible is None or sees_whole_round(data, visible):
        unit_ids = None
    members = np.ones(len(data), dtype=np.bool_) if unit_ids is None else is_below(data, unit_ids)
    if unit is None and unit_ids is not None:
        whole_decisions = decide_alone(data, members, rules=rules, audience=audience)
    return Scope(
        data=data,
        unit=unit,
        unit_ids=unit_ids,
        members=members,
        place=place,
        whole_decisions=whole_decisions,
        unit_decisions=decisions,
        rules=rules,
        audience=audience,
    )


def sees_whole_round(data: ScoreData, visible: Collection[int]) -> bool:
    """Whether these units are all there is to the round: its organiser's, or the top of every tree."""
    tops = [node.id for node in data.tree.nodes.values() if node.parent_id is None]
    return data.round.organiser_id in visible or (bool(tops) and set(tops) <= set(visible))


def _unit(data: ScoreData, unit_code: str | None, visible: frozenset[int] | None) -> UnitNode | None:
    if unit_code is not None:
        unit = data.tree.by_code.get(unit_code)
        if unit is None or (visible is not None and unit.id not in visible):
            raise NotFoundError(
                N_(
                    "No unit with the code %(code)s is among those you may see. "
                    "The list of organisations shows the codes."
                ),
                code=unit_code,
            )
        return unit
    if visible is None or sees_whole_round(data, visible):
        return None
    tops = data.tree.tops(visible)
    return tops[0] if len(tops) == 1 else None
