"""Opening hours as people write them, and when a counter is open by them."""

from datetime import UTC, date, datetime

import pytest

from survey.domain.opening import OpeningHoursError, Schedule, read_hours, written_hours

WEEK = {"0": [["07:00", "11:30"], ["13:30", "17:00"]], "6": []}
MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("07:00-11:30, 13:30-17:00", [["07:00", "11:30"], ["13:30", "17:00"]]),
        ("13.30 – 17h ; 7-11:30", [["07:00", "11:30"], ["13:30", "17:00"]]),
        ("0-24", [["00:00", "24:00"]]),
        ("  ", []),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, hours: list[list[str]]) -> None:
    assert read_hours(text) == hours
    assert read_hours(written_hours(hours)) == hours


@pytest.mark.parametrize("text", ["all day", "7-6", "7:75-8", "23-25", "7-11, 10-12", "7"])
def test_hours_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(OpeningHoursError):
        read_hours(text)


def opened(schedule: Schedule, first: date, last: date) -> list[tuple[datetime, datetime]]:
    return [(span.begins_at, span.ends_at) for span in schedule.open_spans(first, last)]


def test_a_day_is_open_by_the_provinces_clock() -> None:
    assert opened(Schedule(((MONDAY, WEEK),)), MONDAY, MONDAY) == [
        (datetime(2026, 3, 2, 0, 0, tzinfo=UTC), datetime(2026, 3, 2, 4, 30, tzinfo=UTC)),
        (datetime(2026, 3, 2, 6, 30, tzinfo=UTC), datetime(2026, 3, 2, 10, 0, tzinfo=UTC)),
    ]


def test_a_closed_day_a_day_without_hours_and_a_day_before_the_first_week_are_not_open() -> None:
    closed = Schedule(((MONDAY, WEEK),), {MONDAY})
    assert opened(closed, MONDAY, MONDAY) == []
    assert opened(Schedule(((MONDAY, WEEK),)), date(2026, 3, 3), date(2026, 3, 8)) == []
    assert opened(Schedule(((MONDAY, WEEK),)), date(2026, 2, 23), date(2026, 2, 23)) == []


def test_the_newest_week_holds_from_its_day_on() -> None:
    later = {"0": [["08:00", "09:00"]]}
    schedule = Schedule(((MONDAY, WEEK), (date(2026, 3, 9), later)))
    assert len(opened(schedule, MONDAY, MONDAY)) == 2
    assert len(opened(schedule, date(2026, 3, 9), date(2026, 3, 9))) == 1
