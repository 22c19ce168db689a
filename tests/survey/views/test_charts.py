"""Charts: axes on round numbers, bars that fill their width, columns that start at nothing."""

from __future__ import annotations

import pytest

from survey.views.charts import axis_for, column_chart, level_colour, mark, stacked_bar


@pytest.mark.parametrize(
    ("values", "ends", "step"),
    [
        ([0.751, 0.906], (0.7, 0.95), 0.05),
        ([0.55, 0.80], (0.55, 0.8), 0.05),
        ([0.98, 1.0], (0.8, 1.0), 0.05),
        ([0.0, 1.0], (0.0, 1.0), 0.2),
        ([], (0.0, 1.0), 0.2),
    ],
)
def test_axis_holds_its_values_on_round_numbers(
    values: list[float], ends: tuple[float, float], step: float
) -> None:
    axis = axis_for(values, within=(0.0, 1.0))
    assert (round(axis.lowest, 9), round(axis.highest, 9), axis.step) == (*ends, step)
    assert all(axis.lowest <= value <= axis.highest for value in values)


def test_axis_of_a_long_scale_stays_on_it() -> None:
    axis = axis_for([7.2, 7.9], within=(1.0, 10.0))
    assert (axis.lowest, axis.highest, axis.step) == (6.5, 8.5, 0.5)


def test_marks_stand_between_the_margins() -> None:
    axis = axis_for([0.0, 1.0], within=(0.0, 1.0))
    found = mark(axis, value=0.5, lower=0.0, upper=1.0)
    assert found is not None
    assert (found.at, found.low, found.high) == (50.0, 4.0, 96.0)
    assert mark(axis, value=None, lower=None, upper=None) is None


def test_stacked_bar_fills_the_width() -> None:
    bar = stacked_bar({1: 1, 2: 0, 3: 3, 4: 4, 5: 2})
    assert [(one.level, one.x, one.width, one.colour, one.has_room) for one in bar] == [
        (1, 0.0, 10.0, 1, True),
        (2, 10.0, 0.0, 2, False),
        (3, 10.0, 30.0, 3, True),
        (4, 40.0, 40.0, 4, True),
        (5, 80.0, 20.0, 5, True),
    ]
    assert stacked_bar({1: 0, 2: 0}) == ()


def test_ends_of_every_scale_take_the_ends_of_the_hue() -> None:
    assert [level_colour(place, 4) for place in range(4)] == [1, 2, 4, 5]


def test_columns_start_at_nothing_and_reach_the_highest() -> None:
    chart = column_chart([("a", 0), ("b", 5), ("c", 10)], height=100, marks={0: "first"})
    assert [(one.height, one.y) for one in chart.columns] == [(0.0, 100.0), (50.0, 50.0), (100.0, 0.0)]
    assert (chart.highest, chart.marks) == (10, (("first", 16.67),))
