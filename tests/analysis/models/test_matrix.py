"""Model matrices have R's columns, and code other rows as they coded the first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import FormulaError, ModelError
from analysis.models.matrix import model_matrix
from tests.golden.reference import read_reference_table


# R 4.2.2, model.matrix() on apistrat with levels in C-locale order: colnames and attr "assign"
@pytest.mark.golden
@pytest.mark.parametrize(
    ("formula", "columns", "terms"),
    [
        ("~ stype * ell", "(Intercept) stypeH stypeM ell stypeH:ell stypeM:ell", (0, 1, 1, 2, 3, 3)),
        ("~ stype:ell", "(Intercept) stypeE:ell stypeH:ell stypeM:ell", (0, 1, 1, 1)),
        (
            "~ stype:sch.wide",
            "(Intercept) stypeE:sch.wideNo stypeH:sch.wideNo stypeM:sch.wideNo "
            "stypeE:sch.wideYes stypeH:sch.wideYes stypeM:sch.wideYes",
            (0, 1, 1, 1, 1, 1, 1),
        ),
        ("~ stype + sch.wide - 1", "stypeE stypeH stypeM sch.wideYes", (1, 1, 1, 2)),
        ("~ ell - 1 + stype", "ell stypeE stypeH stypeM", (1, 2, 2, 2)),
        (
            "~ I(meals>50) * awards",
            "(Intercept)|I(meals > 50)TRUE|awardsYes|I(meals > 50)TRUE:awardsYes",
            (0, 1, 2, 3),
        ),
    ],
)
def test_columns_and_their_terms_are_those_of_r(formula: str, columns: str, terms: tuple[int, ...]) -> None:
    matrix = model_matrix(formula, read_reference_table("apistrat.csv"))
    assert matrix.columns == tuple(columns.split("|" if "|" in columns else None))
    assert matrix.column_term == terms


def test_interaction_is_the_product_of_its_columns() -> None:
    frame = pd.DataFrame({"office": ["a", "b", "c", "b"], "wait": [1.0, 2.0, np.nan, 4.0]})
    matrix = model_matrix("~ office * wait", frame)
    expected = [[1, 0, 0, 1, 0, 0], [1, 1, 0, 2, 2, 0], [1, 0, 1, np.nan, np.nan, np.nan], [1, 1, 0, 4, 4, 0]]
    np.testing.assert_array_equal(matrix.values, expected)


def test_other_rows_are_coded_by_the_levels_learnt_first() -> None:
    encoding = model_matrix("~ office", pd.DataFrame({"office": ["a", "b", "c"]})).encoding
    np.testing.assert_array_equal(
        encoding.matrix(pd.DataFrame({"office": ["c", None]})), [[1, 0, 1], [1, np.nan, np.nan]]
    )


def test_level_the_model_does_not_know_is_refused_by_name() -> None:
    encoding = model_matrix("~ office", pd.DataFrame({"office": ["a", "b"]})).encoding
    with pytest.raises(FormulaError) as refusal:
        encoding.matrix(pd.DataFrame({"office": ["a", "d"]}))
    assert str(refusal.value) == "office has levels the model does not know: d. Its levels: a, b."


def test_column_missing_in_other_rows_is_named() -> None:
    encoding = model_matrix("~ wait", pd.DataFrame({"wait": [1.0, 2.0]})).encoding
    with pytest.raises(FormulaError, match="There is no column wait"):
        encoding.matrix(pd.DataFrame({"weight": [1.0]}))


def test_factors_with_one_level_are_refused_all_at_once() -> None:
    frame = pd.DataFrame({"a": ["x", "x"], "b": ["y", None], "c": ["u", "v"]})
    with pytest.raises(ModelError) as refusal:
        model_matrix("~ a + b + c", frame)
    assert [str(problem) for problem in refusal.value.problems] == [
        "factor a: takes one value only (x); leave it out",
        "factor b: takes one value only (y); leave it out",
    ]
