"""Coverage: how much of a counter's opening hours somebody could rate, and when nobody knows.

Three things are kept apart: covered (a device was heard), missing (a device stood there and was not
heard), and unknown (no device stood there). Missing and unknown are never "no complaints".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from survey.domain.opening import day_of
from survey.domain.spans import Span, common, seconds_in, united, without

# Heartbeats come every minute; two may be lost on the way without the device having been away.
LONGEST_GAP = 180


@dataclass(frozen=True)
class Coverage:
    """One counter or several together, over a period. Seconds of opening hours; `dark_days` and `missing` are
    those of every counter, one after the other.

    `counter_count` counters, of which `known_count` have opening hours and had a device in the period.
    """

    open_seconds: int
    covered_seconds: int
    missing_seconds: int
    unknown_seconds: int
    missing: tuple[Span, ...]
    dark_days: tuple[date, ...]
    counter_count: int
    known_count: int

    @property
    def share(self) -> float | None:
        """Covered share of the opening hours in which a device stood there (0 to 1); None when none did."""
        watched = self.open_seconds - self.unknown_seconds
        return self.covered_seconds / watched if watched else None

    @property
    def is_known(self) -> bool:
        """Whether anything can be said."""
        return self.share is not None


def coverage_of(open_spans: Sequence[Span], *, placed: Iterable[Span], covered: Iterable[Span]) -> Coverage:
    """The coverage of one counter: when it was open, when a device stood there, when one was heard.

    A gap of at most three minutes between two heartbeats, or between one and an edge of the hours, is none.
    """
    watched = common(open_spans, united(placed))
    gaps = without(watched, united(covered, gap=LONGEST_GAP))
    missing = [gap for gap in gaps if gap.seconds > LONGEST_GAP]
    heard = without(watched, missing)
    dark_days = {day_of(span.start) for span in watched} - {day_of(span.start) for span in heard}
    return Coverage(
        open_seconds=seconds_in(open_spans),
        covered_seconds=seconds_in(heard),
        missing_seconds=seconds_in(missing),
        unknown_seconds=seconds_in(open_spans) - seconds_in(watched),
        missing=tuple(missing),
        dark_days=tuple(sorted(dark_days)),
        counter_count=1,
        known_count=1 if watched else 0,
    )


def together(coverages: Iterable[Coverage]) -> Coverage:
    """Several counters as one figure."""
    parts = list(coverages)
    return Coverage(
        open_seconds=sum(part.open_seconds for part in parts),
        covered_seconds=sum(part.covered_seconds for part in parts),
        missing_seconds=sum(part.missing_seconds for part in parts),
        unknown_seconds=sum(part.unknown_seconds for part in parts),
        missing=tuple(span for part in parts for span in part.missing),
        dark_days=tuple(day for part in parts for day in part.dark_days),
        counter_count=sum(part.counter_count for part in parts),
        known_count=sum(part.known_count for part in parts),
    )
