"""Leader scores: what invited respondents' levels are worth for each assessed unit, question by question."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from analysis.suppression import Audience, SuppressionRules, judge_cell
from forms.questionnaire import Item, ItemKind
from survey.domain.enums import FigureKind
from survey.domain.figures import Domain, Figure, FigureLevel, Measure, Topic
from survey.domain.withholding import is_shown
from survey.services.score_data import ScoreData
from survey.services.score_domains import ORGANISATION

MEAN_WORTH = "mean-level-percentage/1"


@dataclass(frozen=True)
class QuestionPercentage:
    """One question about one unit: the mean percentage of its levels (exact, 0–100), None without an answer.

    `answered_count` counts the answers with a percentage; "no opinion" is in no denominator.
    """

    percentage: Fraction | None
    answered_count: int


def question_percentages(data: ScoreData) -> dict[tuple[str, str], QuestionPercentage]:
    """(item code, unit code) → the figure, for every unit grid whose levels have a percentage."""
    found: dict[tuple[str, str], QuestionPercentage] = {}
    for item in _grids(data):
        grid = data.columns.grid(item)
        percentages = {} if item.scale is None else item.scale.percentages
        for code, unit in enumerate(grid.units.labels):
            levels = grid.levels[grid.units.codes == code]
            counts = {level: int(np.count_nonzero(levels == level)) for level in percentages}
            n = sum(counts.values())
            total = sum(
                (Fraction(percentages[level]) * count for level, count in counts.items()), Fraction(0)
            )
            found[(item.code, unit)] = QuestionPercentage(total / n if n else None, n)
    return found


def leader_figures(
    data: ScoreData,
    *,
    visible: Collection[int] | None,
    rules: SuppressionRules,
    audience: Audience,
) -> list[Figure]:
    """One figure a unit and question, by the unit's code; only units that may be seen."""
    topics = {item.code: Topic(FigureLevel.ITEM, item.code, data.texts_of(item)) for item in _grids(data)}
    figures = []
    for (item_code, unit_code), found in question_percentages(data).items():
        node = data.tree.by_code.get(unit_code)
        if visible is not None and (node is None or node.id not in visible):
            continue
        figure = Figure(
            kind=FigureKind.OFFICIAL,
            measure=Measure.MEAN_WORTH,
            topic=topics[item_code],
            domain=Domain(ORGANISATION, unit_code, {"vi": unit_code} if node is None else node.names),
            value=None if found.percentage is None else found.percentage / 100,
            respondent_count=found.answered_count,
            method=MEAN_WORTH,
        )
        reason = judge_cell(found.answered_count, rules=rules, audience=audience).reason
        figures.append(replace(figure, reason=reason) if is_shown(reason) else figure.withheld(reason))
    order = list(topics)
    return sorted(figures, key=lambda figure: (figure.domain.code, order.index(figure.topic.code)))


def _grids(data: ScoreData) -> list[Item]:
    return [item for item in data.questionnaire.items if item.kind is ItemKind.UNIT_GRID]
