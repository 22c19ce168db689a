"""The criteria set: areas, criteria and the sub-criteria that are scored, as one frozen tree."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from analysis.index.formulas import Formula, Name


class LeafKind(StrEnum):
    """Where the points of a leaf come from, and where they are added."""

    SELF = "SELF"  # claimed by the unit, confirmed by the appraiser
    SURVEY = "SURVEY"  # the leaders' survey
    SIPAS = "SIPAS"  # the satisfaction of citizens
    EXTERNAL = "EXTERNAL"  # given by a higher authority or another body
    BONUS = "BONUS"  # outside the total, added under a cap
    PENALTY = "PENALTY"  # outside the total, subtracted under a cap; its points are written positive


APPRAISED_KINDS = (LeafKind.SELF, LeafKind.EXTERNAL)
SURVEYED_KINDS = (LeafKind.SURVEY, LeafKind.SIPAS)
EXTRA_KINDS = (LeafKind.BONUS, LeafKind.PENALTY)


class NotApplicable(StrEnum):
    """Whether a unit may be excused from a leaf, which then leaves its maximum as well."""

    ALLOWED = "allowed"
    NEVER = "never"


@dataclass(frozen=True)
class SubCriterion:
    """The scored leaf (tiêu chí thành phần); `questions` are item codes of the leaders' survey."""

    code: str
    name: Name
    max_points: Decimal
    kind: LeafKind
    formula: Formula
    questions: tuple[str, ...] = ()
    not_applicable: NotApplicable = NotApplicable.NEVER
    evidence: str = ""
    note: str = ""


@dataclass(frozen=True)
class Criterion:
    """A group of leaves (tiêu chí)."""

    code: str
    name: Name
    max_points: Decimal
    sub_criteria: tuple[SubCriterion, ...]


@dataclass(frozen=True)
class Area:
    """A group of criteria (lĩnh vực)."""

    code: str
    name: Name
    max_points: Decimal
    criteria: tuple[Criterion, ...]

    @property
    def leaves(self) -> tuple[SubCriterion, ...]:
        """The leaves of all criteria of the area, in order."""
        return tuple(leaf for criterion in self.criteria for leaf in criterion.sub_criteria)


@dataclass(frozen=True)
class CriteriaSet:
    """One scoring table: valid for one index year and one kind of unit, never edited in place.

    `total_points` is what the areas add up to (100, unless the set covers a part of the scale). Bonus and
    penalty leaves stand outside it; their caps are None where the decision sets none.
    """

    code: str
    version: int
    year: int
    unit_kind: str
    name: Name
    is_official: bool
    legal_basis: str
    note: Name
    total_points: Decimal
    bonus_cap: Decimal | None
    penalty_cap: Decimal | None
    areas: tuple[Area, ...]
    bonuses: tuple[SubCriterion, ...] = ()
    penalties: tuple[SubCriterion, ...] = ()

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria, in order."""
        return tuple(criterion for area in self.areas for criterion in area.criteria)

    @property
    def leaves(self) -> tuple[SubCriterion, ...]:
        """The leaves inside the total, in order; bonuses and penalties are not among them."""
        return tuple(leaf for area in self.areas for leaf in area.leaves)

    @property
    def all_leaves(self) -> tuple[SubCriterion, ...]:
        """Everything that can be scored: the leaves, then bonuses, then penalties."""
        return (*self.leaves, *self.bonuses, *self.penalties)

    def leaf(self, code: str) -> SubCriterion:
        """The leaf, bonus or penalty of that code. Raises `KeyError` when there is none."""
        for leaf in self.all_leaves:
            if leaf.code == code:
                return leaf
        raise KeyError(code)
