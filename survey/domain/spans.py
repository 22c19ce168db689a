"""Spans of time: unions, overlaps and gaps, which is all the arithmetic that coverage needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple


class Span(NamedTuple):
    """From `start` to before `end`, in seconds since 1970 (UTC)."""

    start: int
    end: int

    @property
    def begins_at(self) -> datetime:
        """The start as a moment."""
        return datetime.fromtimestamp(self.start, UTC)

    @property
    def ends_at(self) -> datetime:
        """The end as a moment."""
        return datetime.fromtimestamp(self.end, UTC)

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.end - self.start


def span_of(begins_at: datetime, ends_at: datetime) -> Span:
    """The span between two aware moments, to whole seconds."""
    return Span(int(begins_at.timestamp()), int(ends_at.timestamp()))


def united(spans: Iterable[Span], *, gap: int = 0) -> list[Span]:
    """The spans in order, those no further apart than `gap` seconds made one.

    Order and repeats do not matter.
    """
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start - joined[-1].end <= gap:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def common(first: Iterable[Span], second: Iterable[Span]) -> list[Span]:
    """What lies in both; both must be in order and without overlaps of their own."""
    left, right = list(first), list(second)
    found: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            found.append(Span(start, end))
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return found


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of the spans is not taken; both must be in order and without overlaps of their own."""
    removed = list(taken)
    left: list[Span] = []
    first = 0
    for span in spans:
        start = span.start
        while first < len(removed) and removed[first].end <= start:
            first += 1
        place = first
        while place < len(removed) and removed[place].start < span.end:
            if removed[place].start > start:
                left.append(Span(start, removed[place].start))
            start = max(start, removed[place].end)
            place += 1
        if start < span.end:
            left.append(Span(start, span.end))
    return left


def seconds_in(spans: Iterable[Span]) -> int:
    """How long they are together."""
    return sum(span.seconds for span in spans)
