"""Coverage keeps covered, missing and unknown apart."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.coverage import LONGEST_GAP, coverage_of, together
from survey.domain.opening import Schedule, bounds
from survey.domain.spans import Span, united

MONDAY = date(2026, 3, 2)
WEEK = {str(day): [["07:00", "11:30"], ["13:30", "17:00"]] for day in range(5)}
SCHEDULE = Schedule(((MONDAY, WEEK),))
OPEN = SCHEDULE.open_spans(MONDAY, date(2026, 3, 6))
ALL = [bounds(MONDAY, date(2026, 3, 6))]


def day(number: int) -> Span:
    return bounds(date(2026, 3, number), date(2026, 3, number))


def test_a_counter_heard_all_week_is_covered_wholly() -> None:
    found = coverage_of(OPEN, placed=ALL, covered=ALL)
    assert (found.share, found.covered_seconds, found.missing, found.dark_days) == (1.0, 5 * 8 * 3600, (), ())


def test_two_dark_days_of_a_week_are_missing_not_covered() -> None:
    found = coverage_of(OPEN, placed=ALL, covered=[day(2), day(5), day(6)])
    assert (found.share, found.missing_seconds) == (0.6, 16 * 3600)
    assert found.dark_days == (date(2026, 3, 3), date(2026, 3, 4))
    assert len(found.missing) == 4


def test_without_a_device_coverage_is_unknown_and_not_one() -> None:
    found = coverage_of(OPEN, placed=[], covered=[])
    assert (found.share, found.unknown_seconds, found.missing_seconds, found.is_known) == (
        None,
        5 * 8 * 3600,
        0,
        False,
    )


def test_time_before_the_device_came_is_unknown() -> None:
    found = coverage_of(OPEN, placed=[Span(day(5).start, day(6).end)], covered=[day(5)])
    assert (found.unknown_seconds, found.missing_seconds, found.share) == (24 * 3600, 8 * 3600, 0.5)


def test_a_gap_as_long_as_three_lost_heartbeats_is_none_and_a_longer_one_is_missing() -> None:
    start = OPEN[0].start
    short = [Span(start, start + 600), Span(start + 600 + LONGEST_GAP, OPEN[0].end)]
    long = [Span(start, start + 600), Span(start + 601 + LONGEST_GAP, OPEN[0].end)]
    seconds = [
        coverage_of(OPEN[:1], placed=ALL, covered=covered).missing_seconds for covered in (short, long)
    ]
    assert seconds == [0, LONGEST_GAP + 1]


SPANS = st.lists(
    st.tuples(st.integers(ALL[0].start, ALL[0].end), st.integers(0, 40_000)).map(
        lambda pair: Span(pair[0], pair[0] + pair[1])
    ),
    max_size=8,
)


@given(SPANS, SPANS)
def test_every_open_second_is_covered_missing_or_unknown(placed: list[Span], covered: list[Span]) -> None:
    found = coverage_of(OPEN, placed=placed, covered=covered)
    parts = found.covered_seconds + found.missing_seconds + found.unknown_seconds
    assert parts == found.open_seconds
    assert together([found, found]).missing_seconds == 2 * found.missing_seconds
    assert coverage_of(OPEN, placed=united(placed), covered=[*covered, *covered]) == found
