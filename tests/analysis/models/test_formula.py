"""Formulas are read as R reads them, and refused with the place where they cannot be read."""

from __future__ import annotations

import pytest

from analysis.errors import FormulaError
from analysis.models.formula import parse_formula


def _terms(text: str) -> list[str]:
    return [term.label for term in parse_formula(text).terms]


@pytest.mark.parametrize(
    ("text", "terms", "intercept"),
    [
        ("y ~ a + b", ["a", "b"], True),
        ("y ~ a * b", ["a", "b", "a:b"], True),
        ("y ~ (a + b) * c - a:c", ["a", "b", "c", "b:c"], True),
        ("y ~ b:a + a", ["a", "b:a"], True),
        ("y ~ a / b", ["a", "a:b"], True),
        ("y ~ (a + b) / c", ["a", "b", "a:b:c"], True),
        ("y ~ (a + b + c)^2", ["a", "b", "c", "a:b", "a:c", "b:c"], True),
        ("y ~ (a + b)^3", ["a", "b", "a:b"], True),
        ("y ~ a:b:c + a", ["a", "a:b:c"], True),
        ("y ~ a + a + a:a", ["a"], True),
        ("y ~ a - 1", ["a"], False),
        ("y ~ -1 + a", ["a"], False),
        ("y ~ 0 + a", ["a"], False),
        ("y ~ a - 1 + 1", ["a"], True),
        ("y ~ 1", [], True),
        ("~ 0", [], False),
        ("~ I(wait^2) + log(wait + 1)", ["I(wait^2)", "log(wait + 1)"], True),
        ("~ `sch.wide` + `a b`", ["sch.wide", "`a b`"], True),
        ('~ I(sex == "M")', ['I(sex == "M")'], True),
        ("~ khu.vực:tuổi", ["khu.vực:tuổi"], True),
    ],
)
def test_right_side_expands_into_terms(text: str, terms: list[str], intercept: bool) -> None:
    formula = parse_formula(text)
    assert [term.label for term in formula.terms] == terms
    assert formula.intercept is intercept


@pytest.mark.parametrize(
    ("text", "response", "names"),
    [
        ("api00 ~ stype * ell", "api00", ("api00", "stype", "ell")),
        ("I(api00-650) ~ 0", "I(api00 - 650)", ("api00",)),
        ("cut(api00,{500,600.5,-7}) ~ ell", "cut(api00, {500, 600.5, -7})", ("api00", "ell")),
        ("I(a/b - -2*(c+1)^2) ~ a", "I(a/b - -2 * (c + 1)^2)", ("a", "b", "c")),
    ],
)
def test_response_is_labelled_as_r_labels_it(text: str, response: str, names: tuple[str, ...]) -> None:
    formula = parse_formula(text)
    assert formula.response is not None
    assert formula.response.label == response
    assert formula.names == names


def test_formula_without_left_side_has_no_response() -> None:
    assert parse_formula("~ a").response is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y", "A formula has one ~: 'y'."),
        ("y ~ a ~ b", "A formula has one ~: 'y ~ a ~ b'."),
        ("y ~ a +", "The formula 'y ~ a +' cannot be read at its end."),
        ("y ~ a ) b", "The formula 'y ~ a ) b' cannot be read at ') b'."),
        ("y ~ a ? b", "The formula 'y ~ a ? b' cannot be read at '? b'."),
        ("y ~ a^2", "a^2 is no term."),
        ("y ~ a > 2", "1 + a > 2 is no term."),
        ("y ~ sin(a)", "There is no function sin in formulas."),
        ("cut(y, {a}) ~ b", "Braces hold numbers, not a."),
    ],
)
def test_unreadable_formula_is_refused_where_it_breaks(text: str, message: str) -> None:
    with pytest.raises(FormulaError) as refusal:
        parse_formula(text)
    assert refusal.value.message == message


def test_terms_are_found_whatever_the_order_of_their_factors() -> None:
    formula = parse_formula("y ~ stype * ell + awards")
    assert [term.label for term in formula.matching("ell:stype")] == ["stype:ell"]
    assert [term.label for term in formula.matching("~ awards + stype")] == ["stype", "awards"]


def test_term_that_is_not_in_the_model_is_named() -> None:
    with pytest.raises(FormulaError) as refusal:
        parse_formula("y ~ a + b").matching("a + c")
    assert str(refusal.value) == "The model y ~ a + b has no term c. Its terms: a, b."


def test_term_is_added_to_a_formula() -> None:
    assert _terms(parse_formula("y ~ a").with_term("`b c`").text) == ["a", "`b c`"]
