"""Codes number labels without gaps, in order, whatever the labels are and however many rows there are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.codes import (
    BLOCK,
    column_codes,
    first_of,
    is_constant,
    joint_codes,
    occurring,
    recode,
    sorted_codes,
)


@given(
    values=arrays(
        st.sampled_from([np.int8, np.int16, np.int32, np.int64]),
        st.integers(0, 60),
        elements=st.integers(-120, 120),
    )
)
def test_numbers_get_codes_in_their_order(values: np.ndarray) -> None:
    codes, distinct = recode(values)
    expected, inverse = np.unique(values, return_inverse=True)
    assert distinct.tolist() == expected.tolist()
    assert codes.tolist() == inverse.tolist()
    assert codes.dtype == np.int64


def test_numbers_far_apart_get_codes_in_their_order() -> None:
    codes, distinct = recode(np.array([2**62, -(2**62), 5, 2**62]))
    assert (codes.tolist(), distinct.tolist()) == ([2, 0, 1, 2], [-(2**62), 5, 2**62])


def test_dense_codes_are_handed_back_as_they_are() -> None:
    values = np.array([2, 0, 1, 1])
    assert recode(values)[0] is values


def test_label_of_the_last_row_of_a_long_column_is_seen() -> None:
    values = np.zeros(3 * BLOCK, dtype=np.int16)
    values[-1] = 7
    codes, distinct = recode(values)
    assert (codes[0], codes[-1], distinct.tolist()) == (0, 1, [0, 7])
    assert occurring(values, 8).tolist() == [True, *[False] * 6, True]


@pytest.mark.parametrize(
    ("column", "codes", "labels"),
    [
        (pd.Series(["b", "a", None, "b"]), [1, 0, -1, 1], ["a", "b"]),
        (pd.Series([2.5, np.nan, 1.0]), [1, -1, 0], [1.0, 2.5]),
        (pd.Series([3, 1, 3], dtype="Int8"), [1, 0, 1], [1, 3]),
        (pd.Series([True, False, True]), [1, 0, 1], [False, True]),
        (pd.Series([9, 7, 9], dtype=np.int8), [1, 0, 1], [7, 9]),
        (
            pd.Series(pd.Categorical(["low", None, "high"], categories=["low", "middle", "high"])),
            [0, -1, 2],
            ["low", "middle", "high"],
        ),
    ],
)
def test_columns_of_any_kind_get_codes_in_the_order_of_their_labels(
    column: pd.Series, codes: list[int], labels: list[object]
) -> None:
    found, names = sorted_codes(column)
    assert (found.tolist(), names) == (codes, labels)


def test_categories_that_nobody_has_are_left_out_of_a_design() -> None:
    column = pd.Series(pd.Categorical(["d", "b"], categories=["a", "b", "c", "d"]))
    assert sorted(column_codes(column).tolist()) == [0, 1]


@given(st.lists(st.tuples(st.integers(-3, 3), st.sampled_from("xyz")), min_size=1, max_size=40))
def test_crossings_are_numbered_in_the_order_of_their_labels(rows: list[tuple[int, str]]) -> None:
    numbers, words = (np.array(each) for each in zip(*rows, strict=True))
    places = {row: place for place, row in enumerate(sorted(set(rows)))}
    assert joint_codes(numbers, words).tolist() == [places[row] for row in rows]


def test_first_row_of_each_code_is_found_in_long_columns() -> None:
    codes = np.zeros(3 * BLOCK, dtype=np.int64)
    codes[BLOCK + 5], codes[-1] = 2, 1
    codes[BLOCK + 9] = 2
    assert first_of(codes, 3).tolist() == [0, 3 * BLOCK - 1, BLOCK + 5]


def test_values_that_differ_within_a_code_are_marked() -> None:
    same = is_constant(
        np.array([4.0, 9.0, 4.0, 5.0]), of_code=np.array([4.0, 9.0]), codes=np.array([0, 1, 0, 1])
    )
    assert same.tolist() == [True, True, True, False]
