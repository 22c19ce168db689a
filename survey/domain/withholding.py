"""Withholding: which cells of a table are kept back, so that none can be had by subtraction either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.suppression import Audience, Reason, SuppressionRules, judge_cell

# Where in a table: what was divided by and the code of the domain, and the key of the topic.
Place = tuple[str, str]
Cell = tuple[Place, str]


@dataclass(frozen=True)
class Breakdown:
    """A total and the parts it can be computed from: units below a unit, or items of a factor.

    `rest` counts the respondents of the total that no part tells of, for example because they did not say
    their age: what they answered mixes with the withheld parts and so protects them.
    """

    total: Cell
    parts: tuple[Cell, ...]
    rest: int = 0


def reasons(
    counts: Mapping[Cell, int],
    breakdowns: Sequence[Breakdown],
    *,
    rules: SuppressionRules,
    audience: Audience,
    decided: Mapping[Cell, Reason] | None = None,
) -> dict[Cell, Reason]:
    """Why each cell is withheld, or ENOUGH_ANSWERS; `decided` holds verdicts that stand already.

    Cells with too few answers go first. Then, as long as a total and its parts leave exactly one of them
    unknown, or the unknown parts of a shown total hold fewer people than may ever be shown, the part with the
    fewest answers is withheld too. Equal counts are taken in the order of `parts`.
    """
    found = {cell: judge_cell(n, rules=rules, audience=audience).reason for cell, n in counts.items()}
    found.update(decided or {})
    changed = True
    while changed:
        changed = False
        for breakdown in breakdowns:
            next_cell = _one_more(breakdown, counts, found, rules.never_shown_below)
            if next_cell is not None:
                found[next_cell] = Reason.COMPLEMENTARY
                changed = True
    return found


def is_shown(reason: Reason) -> bool:
    """Whether a cell with this reason shows its number."""
    return reason is Reason.ENOUGH_ANSWERS


def rules_of(*, minimum_shown: int, minimum_published: int) -> SuppressionRules:
    """The thresholds of a round, named by their numbers."""
    return SuppressionRules(
        code=f"shown-from-{minimum_shown}-published-from-{minimum_published}/1",
        never_shown_below=minimum_shown,
        not_published_below=minimum_published,
    )


def _one_more(
    breakdown: Breakdown, counts: Mapping[Cell, int], found: Mapping[Cell, Reason], smallest_sum: int
) -> Cell | None:
    """The cell that must be withheld next, or None when nothing can be had by subtraction."""
    parts = [cell for cell in breakdown.parts if counts[cell] > 0]
    hidden = [counts[cell] for cell in parts if not is_shown(found[cell])]
    unknown = [*hidden, breakdown.rest] if breakdown.rest > 0 else hidden
    is_total_shown = is_shown(found[breakdown.total])
    if is_total_shown:
        is_safe = not hidden or (len(unknown) > 1 and sum(unknown) >= smallest_sum)
    else:
        is_safe = bool(hidden) or not parts
    if is_safe:
        return None
    shown = sorted((cell for cell in parts if is_shown(found[cell])), key=lambda cell: counts[cell])
    if shown:
        return shown[0]
    return breakdown.total if is_total_shown else None
