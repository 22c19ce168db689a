"""The invented stream has the rhythm of a service hall and is the same for the same seed."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from survey.services.demonstration import stream

COUNTERS = [stream.Counter(1, 0.7, 4.4), stream.Counter(2, 0.3, 3.4)]


@pytest.fixture(scope="module")
def made() -> list[stream.Rating]:
    return make(seed=7)


def make(seed: int) -> list[stream.Rating]:
    return stream.ratings(
        np.random.default_rng(seed),
        counters=COUNTERS,
        first_day=date(2026, 6, 1),
        last_day=date(2026, 8, 30),
        count=5_000,
    )


def test_same_seed_makes_the_same_stream(made: list[stream.Rating]) -> None:
    assert make(seed=7) == made


def test_another_seed_makes_another_stream(made: list[stream.Rating]) -> None:
    assert make(seed=8) != made


def test_nobody_rates_on_sunday_and_monday_is_the_busiest_day(made: list[stream.Rating]) -> None:
    days = Counter(rating.captured_at.weekday() for rating in made)
    assert (days[6], days.most_common(1)[0][0]) == (0, 0)


def test_the_hall_is_closed_at_noon_and_on_saturday_afternoon(made: list[stream.Rating]) -> None:
    closed = [
        rating
        for rating in made
        if rating.captured_at.hour == 12
        or (rating.captured_at.weekday() == 5 and rating.captured_at.hour >= 12)
    ]
    assert closed == []


def test_reasons_are_given_only_with_the_two_lowest_levels(made: list[stream.Rating]) -> None:
    assert {rating.level for rating in made if rating.reasons} == {1, 2}


def test_ratings_come_in_order_of_time(made: list[stream.Rating]) -> None:
    moments = [rating.captured_at for rating in made]
    assert moments == sorted(moments)
