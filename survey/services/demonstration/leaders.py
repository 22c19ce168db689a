"""Invented answers of the leaders who assess the units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forms.questionnaire import Questionnaire

RESPONDENT_COUNT = 36
NO_OPINION = 9
SHARE_WITHOUT_OPINION = 0.05
# Levels 1 (poor) to 5 (very good).
LEVEL_MEAN = 3.9
UNIT_SPREAD = 0.3
ANSWER_SPREAD = 0.8


def cross_assessments(
    generator: np.random.Generator, questionnaire: Questionnaire, *, units: Sequence[str]
) -> list[dict[str, object]]:
    """One grid of answers per respondent: every question for every unit."""
    means = dict(zip(units, generator.normal(LEVEL_MEAN, UNIT_SPREAD, len(units)), strict=True))
    return [
        {item.code: {unit: _level(generator, means[unit]) for unit in units} for item in questionnaire.items}
        for _respondent in range(RESPONDENT_COUNT)
    ]


def _level(generator: np.random.Generator, mean: float) -> int:
    if generator.random() < SHARE_WITHOUT_OPINION:
        return NO_OPINION
    return int(np.clip(np.rint(generator.normal(mean, ANSWER_SPREAD)), 1, 5))
