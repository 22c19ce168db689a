"""Whether a tree of units, and what became of them, makes sense; a file is checked so, and what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from survey.domain.enums import SuccessionKind
from survey.domain.wording import Gettext

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Unit:
    """A unit as far as the shape of the tree goes; `valid_to` is its last day, None while it exists."""

    code: str
    kind_code: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None

    def is_valid_on(self, day: date) -> bool:
        """Whether it exists on this day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Link:
    """One unit became (part of) another on a day."""

    predecessor_code: str
    successor_code: str
    kind: SuccessionKind
    effective_on: date

    @property
    def codes(self) -> tuple[str, str]:
        """What identifies it."""
        return self.predecessor_code, self.successor_code


@dataclass(frozen=True)
class Finding:
    """Something wrong with a unit or a link (`about`), shown by the column that holds it."""

    about: Unit | Link
    column: str
    message: str


def tree_findings(units: Mapping[str, Unit], depths: Mapping[str, int], *, gettext: Gettext) -> list[Finding]:
    """What is wrong with the tree; `depths` gives the depth of every kind, counted from 0 at the top.

    A unit whose parent is not among the units is judged by itself alone: whether the parent exists is the
    caller's question.
    """
    looping = set(_codes_in_cycles(units))
    top = min(depths.values(), default=0)
    findings = []
    for unit in units.values():
        if unit.valid_to is not None and unit.valid_to < unit.valid_from:
            findings.append(
                Finding(unit, "valid_to", gettext("The last day lies before the first (valid_from)."))
            )
        if unit.code in looping:
            findings.append(
                Finding(unit, "parent_code", gettext("%(code)s is above itself in the tree.", code=unit.code))
            )
        elif unit.parent_code is None:
            if depths.get(unit.kind_code, top) > top:
                findings.append(Finding(unit, "parent_code", gettext("A unit of this level needs a parent.")))
        elif unit.parent_code in units:
            findings += _findings_with_parent(unit, units[unit.parent_code], depths, gettext)
    return findings


def succession_findings(
    links: Sequence[Link], units: Mapping[str, Unit], *, gettext: Gettext
) -> list[Finding]:
    """What is wrong with the successions; links to units that are not given are the caller's question."""
    successor_counts = Counter(link.predecessor_code for link in links)
    findings = []
    for link in links:
        if link.predecessor_code == link.successor_code:
            findings.append(
                Finding(
                    link, "successor_code", gettext("A unit cannot be its own successor; give it a new code.")
                )
            )
            continue
        if link.kind is not SuccessionKind.SPLIT and successor_counts[link.predecessor_code] > 1:
            findings.append(
                Finding(
                    link,
                    "kind",
                    gettext(
                        "%(code)s has several successors; a unit that was divided is a split.",
                        code=link.predecessor_code,
                    ),
                )
            )
        predecessor, successor = units.get(link.predecessor_code), units.get(link.successor_code)
        if predecessor is not None:
            findings += _findings_at_the_end(link, predecessor, gettext)
        if successor is not None and not successor.is_valid_on(link.effective_on):
            findings.append(
                Finding(
                    link,
                    "effective_on",
                    gettext(
                        "%(code)s does not exist on %(day)s.",
                        code=successor.code,
                        day=link.effective_on.isoformat(),
                    ),
                )
            )
    return findings


def _codes_in_cycles(units: Mapping[str, Unit]) -> Iterator[str]:
    """Codes of the units that stand above themselves."""
    settled: set[str] = set()
    for start in units:
        path: dict[str, None] = {}
        code: str | None = start
        while code is not None and code in units and code not in path and code not in settled:
            path[code] = None
            code = units[code].parent_code
        if code is not None and code in path:
            walked = list(path)
            yield from walked[walked.index(code) :]
        settled.update(path)


def _findings_with_parent(
    unit: Unit, parent: Unit, depths: Mapping[str, int], gettext: Gettext
) -> Iterator[Finding]:
    own, above = depths.get(unit.kind_code), depths.get(parent.kind_code)
    if own is not None and above is not None and above >= own:
        yield Finding(
            unit,
            "parent_code",
            gettext(
                "%(parent)s (%(parent_kind)s) does not stand above a unit of kind %(kind)s.",
                parent=parent.code,
                parent_kind=parent.kind_code,
                kind=unit.kind_code,
            ),
        )
    if unit.valid_from < parent.valid_from:
        yield Finding(
            unit,
            "valid_from",
            gettext(
                "The unit begins before its parent %(parent)s, which exists from %(day)s.",
                parent=parent.code,
                day=parent.valid_from.isoformat(),
            ),
        )
    if parent.valid_to is not None and (unit.valid_to is None or unit.valid_to > parent.valid_to):
        yield Finding(
            unit,
            "valid_to",
            gettext(
                "The unit goes on after its parent %(parent)s, whose last day is %(day)s.",
                parent=parent.code,
                day=parent.valid_to.isoformat(),
            ),
        )


def _findings_at_the_end(link: Link, predecessor: Unit, gettext: Gettext) -> Iterator[Finding]:
    """A unit that was merged or renamed ends on the eve; one that was split may go on, smaller."""
    eve = link.effective_on - ONE_DAY
    if link.kind is not SuccessionKind.SPLIT and predecessor.valid_to != eve:
        yield Finding(
            link,
            "effective_on",
            gettext(
                "%(code)s must have %(day)s as its last day, the eve of this change.",
                code=predecessor.code,
                day=eve.isoformat(),
            ),
        )
    elif not predecessor.is_valid_on(eve):
        yield Finding(
            link,
            "effective_on",
            gettext("%(code)s does not exist on %(day)s.", code=predecessor.code, day=eve.isoformat()),
        )
