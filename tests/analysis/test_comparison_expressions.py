"""R expressions of reference entries are read as R reads them, and nothing else is run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.expressions import evaluate, where
from tests.golden.comparison.r_expressions import arithmetic, call, variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("api00/api99", 2.0),
        ("log(api.stu/enroll)", math.log(0.5)),
        ("-(`E:q 1` + 2)^2", -25.0),
        ("exp(log(api00)) * 1e-1", 0.4),
        ("sqrt(api00) - api99 * .5", 1.0),
    ],
)
def test_arithmetic_on_named_numbers(text: str, expected: float) -> None:
    numbers = {"api00": 4.0, "api99": 2.0, "api.stu": 3.0, "enroll": 6.0, "E:q 1": 3.0}
    assert arithmetic(text).value(numbers) == pytest.approx(expected)


def test_names_stand_in_the_order_of_their_first_use() -> None:
    assert arithmetic("b / a + log(b)").names == ("b", "a")


@pytest.mark.parametrize("text", ["system(x)", "a[1]", "a; b", "a == b", "if (a) b", "__import__('os')"])
def test_anything_but_arithmetic_is_unsupported(text: str) -> None:
    with pytest.raises(UnsupportedError):
        arithmetic(text).value({name: 1.0 for name in ("x", "a", "b", "os", "__import__", "system", "if")})


def test_calls_have_places_and_names() -> None:
    told = call("svyby(~api00 + ell, ~stype, svymean, covmat=TRUE, na.rm = TRUE)")
    assert (told.function, told.positional) == ("svyby", ("~api00 + ell", "~stype", "svymean"))
    assert told.named == {"covmat": "TRUE", "na.rm": "TRUE"}
    assert variables(told.positional[0]) == ("api00", "ell")
    with pytest.raises(UnsupportedError):
        call("api00 + api99")


COLUMNS = pd.DataFrame(
    {
        "q1": [1, 5, np.nan],
        "g": ["a", "b", None],
        "s.x": [1, 2, 3],
        "a b": [4, 5, 6],
        "t": [True, False, None],
    }
)
NOT_KNOWN = None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as.integer(q1 >= 4)", [0, 1, NOT_KNOWN]),
        ("q1 > 3 & s.x > 1", [False, True, NOT_KNOWN]),
        ("q1 > 3 & s.x > 4", [False, False, False]),
        ("q1 >= 4 | is.na(q1)", [False, True, True]),
        ("!(q1 > 3)", [True, False, NOT_KNOWN]),
        ("!t", [False, True, NOT_KNOWN]),
        ("g == 'a'", [True, False, NOT_KNOWN]),
        ("g %in% c('a')", [True, False, False]),
        ("s.x %in% 1:2", [True, True, False]),
        ("ifelse(q1 >= 4, 'high', 'low')", ["low", "high", NOT_KNOWN]),
        ("ifelse(is.na(q1), 0, q1)", [1, 5, 0]),
        ("df$q1 %% 2 + q1 %/% 2", [1, 3, NOT_KNOWN]),
        ("cut(q1, breaks = c(-Inf, 2, Inf), labels = c('low', 'high'))", ["low", "high", NOT_KNOWN]),
        ("cut(q1, c(0, 2, 6))", ["(0,2]", "(2,6]", NOT_KNOWN]),
        ("factor(s.x, levels = 1:3, labels = c('x', 'y', 'z'))", ["x", "y", "z"]),
        ("paste0(g, '_', s.x)", ["a_1", "b_2", "NA_3"]),
        ("interaction(g, s.x)", ["a.1", "b.2", NOT_KNOWN]),
        ("rowSums(cbind(q1, s.x), na.rm = TRUE)", [2, 7, 3]),
        ("q1 - mean(q1, na.rm = TRUE)", [-2, 2, NOT_KNOWN]),
        ("q1 - mean(q1)", [NOT_KNOWN] * 3),
        ("`a b` * 1.5", [6, 7.5, 9]),
    ],
)
def test_derived_columns_leave_missing_missing(text: str, expected: list[Any]) -> None:
    assert [None if pd.isna(value) else value for value in evaluate(text, COLUMNS)] == expected


def test_factors_keep_the_order_of_their_levels() -> None:
    assert list(evaluate("factor(g, levels = c('b', 'a'))", COLUMNS).cat.categories) == ["b", "a"]
    assert list(evaluate("factor(s.x * 5)", COLUMNS).cat.categories) == ["5", "10", "15"]


def test_a_missing_condition_does_not_hold() -> None:
    assert where("q1 > 3", COLUMNS).tolist() == [False, True, False]


@pytest.mark.parametrize("text", ["system('ls')", "q1[1]", "__import__('os')", "nosuch + 1", "q1 >"])
def test_anything_but_computing_with_columns_is_unsupported(text: str) -> None:
    with pytest.raises(UnsupportedError):
        evaluate(text, COLUMNS)
