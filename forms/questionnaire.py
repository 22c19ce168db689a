"""Questionnaires as frozen data: sections of items, and the factors that score them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from forms.rules import Rule
from forms.scales import Scale
from forms.wording import Provenance, Texts


class ItemKind(StrEnum):
    """What an answer to an item looks like (its stored form in brackets)."""

    SCALE = "scale"
    """One level of a scale [integer code]."""
    SINGLE_CHOICE = "single_choice"
    """One choice [its code, text]."""
    MULTIPLE_CHOICE = "multiple_choice"
    """Any number of choices [list of codes in the order of the choices]."""
    INTEGER = "integer"
    DECIMAL = "decimal"
    """A decimal number [text in plain notation, "7.5"]."""
    TEXT = "text"
    DATE = "date"
    """A day [text, ISO 8601]."""
    UNIT_GRID = "unit_grid"
    """One level for each of the assessed units, which are known at run time only [codes by unit code]."""


class RespondentKind(StrEnum):
    """Who a questionnaire is put to."""

    CITIZEN = "citizen"
    ORGANISATION = "organisation"
    LEADER = "leader"


class LevelOrder(StrEnum):
    """In which order the levels of a scale are shown."""

    LOWEST_FIRST = "lowest_first"
    HIGHEST_FIRST = "highest_first"


CATEGORICAL_KINDS = frozenset({ItemKind.SCALE, ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE})
SCALE_KINDS = frozenset({ItemKind.SCALE, ItemKind.UNIT_GRID})
CHOICE_KINDS = frozenset({ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE})
NUMBER_KINDS = frozenset({ItemKind.INTEGER, ItemKind.DECIMAL})


@dataclass(frozen=True)
class Choice:
    """One option of a choice item."""

    code: str
    labels: Texts


@dataclass(frozen=True)
class Constraint:
    """A rule an answer must keep, and what to tell the respondent when it does not."""

    rule: Rule
    messages: Texts


@dataclass(frozen=True)
class Item:
    """One question.

    `factor` makes the item a scored one; `leaf` names the criterion of the index a cross-assessment item
    feeds; `grid` makes it a row of a grid of its section; `number` is what the printed form shows before it.
    """

    code: str
    kind: ItemKind
    texts: Texts
    provenance: Provenance
    number: str | None = None
    help: Texts | None = None
    required: bool = False
    grid: str | None = None
    factor: str | None = None
    leaf: str | None = None
    scale: Scale | None = None
    level_order: LevelOrder = LevelOrder.LOWEST_FIRST
    choices: tuple[Choice, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    max_length: int | None = None
    relevance: Rule | None = None
    constraint: Constraint | None = None

    @property
    def is_scored(self) -> bool:
        """Whether the item counts in a factor."""
        return self.factor is not None

    @cached_property
    def codes(self) -> frozenset[int] | frozenset[str]:
        """Codes that may be answered; empty for numbers, texts and dates."""
        if self.scale is not None:
            return self.scale.codes
        return frozenset(choice.code for choice in self.choices)

    @cached_property
    def choice_positions(self) -> Mapping[str, int]:
        """1-based place of each choice, the small integer a column of answers can hold."""
        return {choice.code: place for place, choice in enumerate(self.choices, start=1)}

    def labels(self, language: str) -> tuple[tuple[int | str, str], ...]:
        """(code, label) pairs in the order they are shown, in one language."""
        if self.scale is None:
            return tuple((choice.code, choice.labels[language]) for choice in self.choices)
        levels = [(level.code, level.labels[language]) for level in self.scale.levels]
        if self.level_order is LevelOrder.HIGHEST_FIRST:
            levels.reverse()
        extras = [(extra.code, extra.labels[language]) for extra in self.scale.extra_codes]
        return (*levels, *extras)


@dataclass(frozen=True)
class Grid:
    """The question that several rows of a section share."""

    code: str
    texts: Texts
    number: str | None = None
    help: Texts | None = None


@dataclass(frozen=True)
class Section:
    """One part of a questionnaire."""

    code: str
    titles: Texts
    items: tuple[Item, ...]
    grids: tuple[Grid, ...] = ()
    introductions: Texts | None = None

    def grid(self, code: str) -> Grid:
        """The grid with this code; KeyError when the section has none."""
        return {grid.code: grid for grid in self.grids}[code]


@dataclass(frozen=True)
class Factor:
    """A group of scored items, reported as one rate; belongs to a content."""

    code: str
    content: str
    names: Texts


@dataclass(frozen=True)
class Content:
    """A group of factors, such as policy or service."""

    code: str
    names: Texts
    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class Gap:
    """Something the source has and this definition leaves out, with the reason."""

    code: str
    note: str


@dataclass(frozen=True)
class Questionnaire:
    """One version of a questionnaire. Once used it never changes; a new wording is a new version.

    `placeholders` are the names in braces that texts may contain, with what stands there by default.
    """

    code: str
    version: int
    names: Texts
    languages: tuple[str, ...]
    respondents: tuple[RespondentKind, ...]
    provenance: Provenance
    sections: tuple[Section, ...]
    contents: tuple[Content, ...] = ()
    legal_reference: str | None = None
    placeholders: Mapping[str, Texts] | None = None
    gaps: tuple[Gap, ...] = ()

    def __hash__(self) -> int:
        return hash((self.code, self.version))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items in the order they are asked."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def items_by_code(self) -> Mapping[str, Item]:
        """All items by code, in the order they are asked."""
        return {item.code: item for item in self.items}

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """All factors in the order of their contents."""
        return tuple(factor for content in self.contents for factor in content.factors)

    @cached_property
    def scored_items(self) -> tuple[Item, ...]:
        """Items that count in a factor."""
        return tuple(item for item in self.items if item.is_scored)

    @cached_property
    def scale_items(self) -> tuple[Item, ...]:
        """Items with a distribution and a mean: every scale item, scored or not."""
        return tuple(item for item in self.items if item.kind is ItemKind.SCALE)

    @cached_property
    def conditional_items(self) -> tuple[Item, ...]:
        """Items that are asked only after certain answers."""
        return tuple(item for item in self.items if item.relevance is not None)

    @cached_property
    def constrained_items(self) -> tuple[Item, ...]:
        """Items whose answer must keep a rule."""
        return tuple(item for item in self.items if item.constraint is not None)

    @cached_property
    def required_items(self) -> tuple[Item, ...]:
        """Items a complete response must answer, where they are asked."""
        return tuple(item for item in self.items if item.required)

    @cached_property
    def scales(self) -> tuple[Scale, ...]:
        """Every scale in use, each once, in order of first use."""
        return tuple({item.scale.reference: item.scale for item in self.items if item.scale}.values())

    def factor_items(self, factor: str) -> tuple[Item, ...]:
        """Scored items of one factor, by its code."""
        return tuple(item for item in self.items if item.factor == factor)
