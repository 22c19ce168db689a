"""Variables are numbers or categories in a stated order; what they cannot be is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import FormulaError
from analysis.models.formula import parse_formula
from analysis.models.variables import Variable, evaluate


def _evaluate(expression: str, frame: pd.DataFrame) -> Variable:
    response = parse_formula(f"{expression} ~ 1").response
    assert response is not None
    return evaluate(response, frame)


def _known(variable: Variable) -> list[float | None]:
    return [None if np.isnan(value) else value for value in variable.values.tolist()]


@pytest.mark.parametrize(
    ("column", "levels", "values"),
    [
        (["b", "a", None, "B"], ("B", "a", "b"), [2, 1, None, 0]),  # capitals first: R's C locale
        (["ế", "e", "z", "e"], ("e", "z", "ế"), [2, 0, 1, 0]),
        (
            pd.Categorical(["low", "high", None, "low"], ["low", "mid", "high"]),
            ("low", "high"),
            [0, 1, None, 0],
        ),
        ([True, False, None, True], (False, True), [1, 0, None, 1]),
        (pd.array([True, None, False, True], dtype="boolean"), (False, True), [1, None, 0, 1]),
        (pd.array([3, None, 1, 2], dtype="Int64"), None, [3, None, 1, 2]),
        ([1, None, 2.5, 3], None, [1, None, 2.5, 3]),
    ],
)
def test_columns_are_numbers_or_sorted_levels(
    column: object, levels: tuple[object, ...] | None, values: list[float | None]
) -> None:
    variable = _evaluate("x", pd.DataFrame({"x": column}))
    assert variable.levels == levels
    assert _known(variable) == values


def test_arithmetic_and_conditions_keep_missing_answers_missing() -> None:
    frame = pd.DataFrame({"x": [1.0, 4.0, np.nan], "sex": ["F", None, "M"], "yes": [True, False, True]})
    assert _known(_evaluate("I(2*x^2 - x/4 + (1))", frame)) == [2.75, 32.0, None]
    assert _known(_evaluate("sqrt(abs(-x))", frame)) == [1.0, 2.0, None]
    assert _known(_evaluate("I(exp(log(x)) - x)", frame)) == [0.0, pytest.approx(0), None]
    assert _known(_evaluate("I(yes + 1)", frame)) == [2.0, 1.0, 2.0]
    for condition, truth in (
        ("x >= 4", [0, 1, None]),
        ("x != 1", [0, 1, None]),
        ('sex == "M"', [0, None, 1]),
    ):
        variable = _evaluate(f"I({condition})", frame)
        assert variable.is_truth
        assert _known(variable) == truth


def test_factor_of_numbers_has_their_values_in_order_as_levels() -> None:
    variable = _evaluate("factor(x)", pd.DataFrame({"x": [10, 9, np.nan, 2.5]}))
    assert [variable.level_label(level) for level in variable.levels or ()] == ["2.5", "9", "10"]
    assert _known(variable) == [2, 1, None, 0]


def test_cut_with_ends_leaves_out_what_lies_outside() -> None:
    """As R's `cut`: the lowest point itself lies outside."""
    variable = _evaluate("cut(x, c(0, 500, 600))", pd.DataFrame({"x": [-1, 0, 1, 500, 600, 601, np.nan]}))
    assert variable.label == "cut(x, c(0, 500, 600))"
    assert variable.levels == ("(0,500]", "(500,600]")
    assert _known(variable) == [None, None, 0, 0, 1, None, None]


def test_as_factor_reads_codes_as_categories() -> None:
    variable = _evaluate("as.factor(x)", pd.DataFrame({"x": [10, 2, np.nan]}))
    assert (variable.label, variable.levels) == ("as.factor(x)", (2.0, 10.0))
    assert _known(variable) == [1, 0, None]


def test_cut_includes_the_upper_end_of_each_interval() -> None:
    variable = _evaluate("cut(x, {500, 600})", pd.DataFrame({"x": [500, 500.1, 600, 601, np.nan]}))
    assert variable.levels == ("(-Inf,500]", "(500,600]", "(600,Inf]")
    assert _known(variable) == [0, 1, 1, 2, None]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("z", "There is no column z."),
        ("I(word + 1)", "word holds categories (a, b), not numbers."),
        ("log(x)", "log(x) is infinite in rows 7."),
        ("wide", "wide is infinite in rows 9."),
        ("mixed", "Column mixed mixes words and numbers."),
        ("cut(x, {2, 1})", "The points of cut(x, {2, 1}) do not rise."),
        ("cut(x)", "cut(x) cannot be cut."),
        ("log(x, x)", "log takes one argument: log(x, x)."),
        ('I(x > "a")', 'x > "a" compares numbers with a word.'),
        ('"a"', '"a" is no variable.'),
    ],
)
def test_what_is_no_variable_is_refused_by_name(expression: str, message: str) -> None:
    frame = pd.DataFrame(
        {"x": [0.0, 1.0], "word": ["a", "b"], "mixed": ["a", 1], "wide": [1.0, np.inf]}, index=[7, 9]
    )
    with pytest.raises(FormulaError) as refusal:
        _evaluate(expression, frame)
    assert refusal.value.message == message
