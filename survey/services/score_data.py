"""Score data: the answers of one round, ready for arithmetic, whatever its questionnaire and selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from forms.questionnaire import Factor, Item, ItemKind, Questionnaire
from forms.scales import Scale
from forms.wording import fill
from survey.domain.columns import ResponseColumns
from survey.domain.enums import Selection
from survey.domain.figures import FigureLevel, Topic
from survey.models import SurveyRound
from survey.queries.questionnaires import load_questionnaire
from survey.queries.samples import population_totals
from survey.queries.scores import UnitTree, drawn_sample, unit_tree
from survey.queries.snapshots import load_columns

OVERALL_NAMES: Mapping[str, str] = {"vi": "Chung", "en": "Overall"}


@dataclass(frozen=True)
class LeftOut:
    """Responses that no figure counts: those without a drawn unit in a sampled round."""

    without_unit: int = 0


@dataclass(frozen=True)
class Group:
    """Scored items that make one figure together, by factor; all are answered on one scale."""

    topic: Topic
    factors: tuple[tuple[str, ...], ...]

    @property
    def items(self) -> tuple[str, ...]:
        """Codes of all items of the group."""
        return tuple(item for factor in self.factors for item in factor)


@dataclass(frozen=True, eq=False)
class ScoreData:
    """One round: the responses that count (one a person; supplements never), and what they are read with.

    `drawn` are the drawn units of a probability sample, empty without a recorded design. `totals` are the
    known population counts by post-stratum.
    """

    round: SurveyRound
    questionnaire: Questionnaire
    columns: ResponseColumns
    tree: UnitTree
    drawn: pd.DataFrame
    totals: Mapping[str, int]
    left_out: LeftOut

    def __len__(self) -> int:
        return len(self.columns)

    @cached_property
    def organisation_ids(self) -> NDArray[np.int64]:
        """The unit served or drawn from, one a response; NOBODY without."""
        return self.columns.row("organisation_id")

    @cached_property
    def scale_items(self) -> tuple[Item, ...]:
        """Every item answered on a scale, in the order of the questionnaire."""
        return tuple(item for item in self.questionnaire.items if item.kind is ItemKind.SCALE)

    @cached_property
    def valid_levels(self) -> NDArray[np.float64]:
        """Levels of the scale items, shape (responses, items); NaN where there is no valid level."""
        return _stacked([self._valid(item) for item in self.scale_items], len(self))

    @cached_property
    def satisfied(self) -> NDArray[np.float64]:
        """1 satisfied, 0 not, NaN without a valid level or a threshold; shape (responses, items)."""
        columns = []
        for place, item in enumerate(self.scale_items):
            levels = self.valid_levels[:, place]
            threshold = scale_of(item).satisfied_from
            reached = np.where(np.isnan(levels), np.nan, levels >= (threshold or 0))
            columns.append(np.full(len(self), np.nan) if threshold is None else reached)
        return _stacked(columns, len(self))

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The column of each scale item."""
        return {item.code: place for place, item in enumerate(self.scale_items)}

    @cached_property
    def item_topics(self) -> tuple[Topic, ...]:
        """The scale items as topics, in their order."""
        return tuple(
            Topic(FigureLevel.ITEM, item.code, self.texts_of(item), factor=item.factor)
            for item in self.scale_items
        )

    def texts_of(self, item: Item) -> Mapping[str, str]:
        """The wording of an item in each language, with what stands in its placeholders by default."""
        defaults = self.questionnaire.placeholders or {}
        return {
            language: fill(text, {name: texts.get(language, "") for name, texts in defaults.items()})
            for language, text in item.texts.items()
        }

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Overall, contents and factors, as far as their items share one scale with satisfied levels."""
        contents = self.questionnaire.contents
        asked = [("overall", OVERALL_NAMES, self.questionnaire.factors, FigureLevel.OVERALL)]
        asked += [(content.code, content.names, content.factors, FigureLevel.CONTENT) for content in contents]
        asked += [
            (factor.code, factor.names, (factor,), FigureLevel.FACTOR)
            for factor in self.questionnaire.factors
        ]
        made = [
            Group(Topic(level, code, names), self._items_by_factor(factors))
            for code, names, factors, level in asked
        ]
        return tuple(group for group in made if group.items and self._is_on_one_scale(group))

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        """Who gave a valid answer to each topic, shape (responses, groups + items)."""
        valid = ~np.isnan(self.valid_levels)
        of_groups = [
            valid[:, [self.places[item] for item in group.items]].any(axis=1) for group in self.groups
        ]
        return np.column_stack([*of_groups, valid]) if of_groups or valid.size else valid

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        """Groups first, then items: the columns of `answered`."""
        return (*(group.topic for group in self.groups), *self.item_topics)

    def _valid(self, item: Item) -> NDArray[np.float64]:
        levels = self.columns.levels(item)
        on_scale = np.isin(levels, sorted(scale_of(item).level_codes))
        return np.where(on_scale, levels.astype(np.float64), np.nan)

    def _items_by_factor(self, factors: Sequence[Factor]) -> tuple[tuple[str, ...], ...]:
        by_factor = [
            tuple(
                item.code for item in self.scale_items if item.factor == factor.code and has_threshold(item)
            )
            for factor in factors
        ]
        return tuple(items for items in by_factor if items)

    def _is_on_one_scale(self, group: Group) -> bool:
        # Levels of different scales are different things; their shares have no common figure.
        return len({scale_of(self.scale_items[self.places[item]]).reference for item in group.items}) == 1


def has_threshold(item: Item) -> bool:
    """Whether the scale of the item says which levels are satisfied."""
    return scale_of(item).satisfied_from is not None


def scale_of(item: Item) -> Scale:
    """The scale of a scale item."""
    if item.scale is None:
        raise TypeError(f"Item {item.code} is not answered on a scale.")
    return item.scale


def load_score_data(session: Session, round_: SurveyRound) -> ScoreData:
    """Everything the scores of a round are computed from, in a fixed number of queries."""
    columns = load_columns(session, round_)
    drawn = drawn_sample(session, round_)
    is_sampled = round_.selection is Selection.PROBABILITY_SAMPLE and len(drawn) > 0
    keep, left_out = _counted(columns, drawn["id"].to_numpy() if is_sampled else None)
    return ScoreData(
        round=round_,
        questionnaire=load_questionnaire(session, round_.questionnaire_version_id),
        columns=columns.where(keep),
        tree=unit_tree(session),
        drawn=drawn if is_sampled else drawn.iloc[:0],
        totals=population_totals(session, round_),
        left_out=left_out,
    )


def _counted(
    columns: ResponseColumns, drawn_ids: NDArray[np.int64] | None
) -> tuple[NDArray[np.bool_], LeftOut]:
    """Which responses count, and how many of the others were kept out of a sample, and why."""
    keep = columns.row("is_supplement") == 0
    if drawn_ids is None:
        return keep, LeftOut()
    # A drawn unit has one interview: the database refuses a second.
    of_a_unit = keep & np.isin(columns.row("sample_unit_id"), drawn_ids)
    return of_a_unit, LeftOut(without_unit=int((keep & ~of_a_unit).sum()))


def _stacked(columns: Sequence[NDArray[np.float64]], row_count: int) -> NDArray[np.float64]:
    return np.column_stack(columns) if columns else np.zeros((row_count, 0))
