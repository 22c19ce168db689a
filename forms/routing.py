"""Routing: which items are asked, given the answers so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forms.questionnaire import Questionnaire
from forms.rules import evaluate


@dataclass(frozen=True)
class Route:
    """Item codes split by relevance, each in questionnaire order.

    `open` items hang on answers that are not there (yet): they are not asked, but an answer to one is not
    known to be out of place either.
    """

    asked: tuple[str, ...]
    skipped: tuple[str, ...]
    open: tuple[str, ...]
    misplaced: tuple[str, ...]
    """Answered items that are not asked (skipped or open)."""


def relevance(questionnaire: Questionnaire, answers: Mapping[str, object]) -> dict[str, bool | None]:
    """For each conditional item: True asked, False skipped, None open.

    Items are taken in order and the answer of an item that is not asked counts as missing for those after
    it, so that a chain of questions falls away as a whole.
    """
    visible = dict(answers)
    states: dict[str, bool | None] = {}
    for item in questionnaire.conditional_items:
        if item.relevance is None:
            continue
        state = evaluate(item.relevance, visible)
        states[item.code] = state
        if state is not True:
            visible.pop(item.code, None)
    return states


def route(questionnaire: Questionnaire, answers: Mapping[str, object]) -> Route:
    """The path through a questionnaire for typed answers."""
    states = relevance(questionnaire, answers)
    codes = [item.code for item in questionnaire.items]
    return Route(
        asked=tuple(code for code in codes if states.get(code, True) is True),
        skipped=tuple(code for code in codes if states.get(code, True) is False),
        open=tuple(code for code in codes if states.get(code, True) is None),
        misplaced=tuple(code for code in codes if code in answers and states.get(code, True) is not True),
    )
