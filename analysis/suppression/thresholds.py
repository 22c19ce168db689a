"""Thresholds: which figures rest on too few answers to be shown, and which of a group must go with them.

Two thresholds, both data: below `never_shown_below` a figure would speak about persons and nobody sees it;
below `not_published_below` it is too uncertain for the public. Within a group whose total is shown, one
withheld cell could be had by subtraction, so another goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from analysis.errors import SuppressionError


class Audience(StrEnum):
    """Who looks: staff who may see the round, or anybody."""

    INTERNAL = "internal"
    PUBLIC = "public"


class Verdict(StrEnum):
    """What happens to a figure."""

    SHOWN = "shown"
    WITHHELD = "withheld"


class Reason(StrEnum):
    """Why. `NO_ANSWERS` hides nothing: there is no figure."""

    ENOUGH_ANSWERS = "enough_answers"
    NO_ANSWERS = "no_answers"
    TOO_FEW_TO_SHOW = "too_few_to_show"
    TOO_FEW_TO_PUBLISH = "too_few_to_publish"
    COMPLEMENTARY = "complementary"


@dataclass(frozen=True)
class SuppressionRules:
    """The thresholds in force, with the code that is printed beside a table made under them."""

    code: str = "default/1"
    never_shown_below: int = 5
    not_published_below: int = 30

    def __post_init__(self) -> None:
        if not 1 <= self.never_shown_below <= self.not_published_below:
            raise SuppressionError(
                f"Rules {self.code}: never shown below {self.never_shown_below}, not published below "
                f"{self.not_published_below}.",
                hint="The first must be at least 1 and not above the second.",
            )


DEFAULT_RULES = SuppressionRules()


@dataclass(frozen=True)
class CellVerdict:
    """The verdict on one figure that rests on `n` answers."""

    n: int
    verdict: Verdict
    reason: Reason


@dataclass(frozen=True)
class GroupVerdict:
    """The verdicts on the cells of a one-way table and on its total."""

    cells: Mapping[str, CellVerdict]
    total: CellVerdict
    rules: str


def judge_cell(n: int, *, rules: SuppressionRules, audience: Audience) -> CellVerdict:
    """Whether a figure on `n` answers may be shown to this audience. Raises `SuppressionError` below zero."""
    if n < 0:
        raise SuppressionError(f"A figure cannot rest on {n} answers.")
    if n == 0:
        return CellVerdict(n=n, verdict=Verdict.WITHHELD, reason=Reason.NO_ANSWERS)
    if n < rules.never_shown_below:
        return CellVerdict(n=n, verdict=Verdict.WITHHELD, reason=Reason.TOO_FEW_TO_SHOW)
    if audience != Audience.INTERNAL and n < rules.not_published_below:  # whoever is not known is the public
        return CellVerdict(n=n, verdict=Verdict.WITHHELD, reason=Reason.TOO_FEW_TO_PUBLISH)
    return CellVerdict(n=n, verdict=Verdict.SHOWN, reason=Reason.ENOUGH_ANSWERS)


def judge_group(
    answer_counts: Mapping[str, int], *, rules: SuppressionRules, audience: Audience
) -> GroupVerdict:
    """Judge the cells of one group (say, the districts of a province) together with the group's total.

    When the total is shown and a cell is withheld, the next smallest shown cell is withheld too (reason
    `COMPLEMENTARY`), and so on until the withheld cells are at least two and hold at least
    `never_shown_below` answers together: total minus shown cells then speaks about no few persons. Cells
    without answers protect nobody and do not count. Equal counts are taken by cell code.
    """
    cells = {cell: judge_cell(n, rules=rules, audience=audience) for cell, n in sorted(answer_counts.items())}
    total = judge_cell(sum(answer_counts.values()), rules=rules, audience=audience)
    # Under a withheld total every cell is withheld already, so there is nothing left to add.
    for cell in _complement(cells, rules=rules):
        cells[cell] = CellVerdict(n=cells[cell].n, verdict=Verdict.WITHHELD, reason=Reason.COMPLEMENTARY)
    return GroupVerdict(cells={cell: cells[cell] for cell in answer_counts}, total=total, rules=rules.code)


def _complement(cells: Mapping[str, CellVerdict], *, rules: SuppressionRules) -> list[str]:
    """The shown cells that must be withheld beside those that already are, smallest first."""
    withheld = [c.n for c in cells.values() if c.verdict is Verdict.WITHHELD and c.n > 0]
    if not withheld:
        return []
    chosen: list[str] = []
    candidates = [cell for cell, judged in cells.items() if judged.verdict is Verdict.SHOWN]
    for cell in sorted(candidates, key=lambda name: (cells[name].n, name)):
        if len(withheld) >= 2 and sum(withheld) >= rules.never_shown_below:
            break
        chosen.append(cell)
        withheld.append(cells[cell].n)
    return chosen
