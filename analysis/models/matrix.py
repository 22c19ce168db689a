"""From a formula to numbers: the columns of a model matrix, coded alike wherever the model is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from analysis.errors import ModelError, Problem
from analysis.models.expressions import Expression
from analysis.models.formula import Formula, Term, parse_formula
from analysis.models.variables import Variable, check_names, evaluate
from analysis.stages import FloatArray

INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Column:
    """One column: the product of its parts, each a number (level None) or the indicator of a level code."""

    label: str
    term: int
    parts: tuple[tuple[Expression, int | None], ...]


@dataclass(frozen=True, eq=False)
class Encoding:
    """How a formula becomes columns: its terms, the levels of its factors (the first is the reference).

    `plan` describes the columns; `term` of a column counts from 1, 0 is the intercept.
    """

    formula: Formula
    levels: Mapping[Expression, tuple[object, ...]]
    plan: tuple[Column, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The labels of the columns as R writes them: `(Intercept)`, `stypeH`, `stypeH:ell`."""
        return tuple(column.label for column in self.plan)

    @property
    def column_term(self) -> tuple[int, ...]:
        """The term of each column: its place in `formula.terms` from 1, or 0 for the intercept."""
        return tuple(column.term for column in self.plan)

    def columns_of(self, terms: Sequence[Term]) -> list[int]:
        """The places of the columns that belong to some terms of the formula."""
        numbers = {self.formula.terms.index(term) + 1 for term in terms}
        return [place for place, column in enumerate(self.plan) if column.term in numbers]

    def matrix(self, frame: pd.DataFrame) -> FloatArray:
        """The columns on the rows of a table (rows × columns), NaN where a variable is missing.

        Raises `FormulaError` for columns the table does not have and for levels the model does not know.
        """
        check_names(self.formula.term_names, frame)
        variables = {variable: evaluate(variable, frame) for variable in self.formula.variables}
        known = {
            variable: value.recoded(self.levels[variable]) if variable in self.levels else value
            for variable, value in variables.items()
        }
        return self.encode(known, row_count=len(frame))

    def encode(self, variables: Mapping[Expression, Variable], *, row_count: int) -> FloatArray:
        """The columns of variables that are already coded by `levels`."""
        matrix = np.ones((row_count, len(self.plan)))
        for place, column in enumerate(self.plan):
            for expression, level in column.parts:
                values = variables[expression].values
                matrix[:, place] *= values if level is None else _indicator(values, level)
        return matrix


@dataclass(frozen=True, eq=False)
class ModelMatrix:
    """A model matrix (rows × columns), NaN where a variable is missing, and how it was coded."""

    values: FloatArray
    encoding: Encoding

    @property
    def columns(self) -> tuple[str, ...]:
        """The labels of the columns."""
        return self.encoding.columns

    @property
    def column_term(self) -> tuple[int, ...]:
        """The term of each column, 0 for the intercept."""
        return self.encoding.column_term


def model_matrix(formula: str | Formula, frame: pd.DataFrame) -> ModelMatrix:
    """The model matrix of the right side of a formula, e.g. `~ stype + api99`.

    Factors have treatment coding: one indicator for each level but the first, which is the reference (sorted
    by code points, or in the order of a pandas categorical); all levels where the term below is not in the
    model, as in R. Raises `FormulaError` for what cannot be read, `ModelError` for factors with one level.
    """
    parsed = parse_formula(formula)
    check_names(parsed.names, frame)
    variables = {variable: evaluate(variable, frame) for variable in parsed.variables}
    encoding = learn(parsed, variables)
    return ModelMatrix(encoding.encode(variables, row_count=len(frame)), encoding)


def learn(formula: Formula, variables: Mapping[Expression, Variable]) -> Encoding:
    """The encoding that variables ask for; raises `ModelError` naming every factor with one level."""
    levels = {key: value.levels for key, value in variables.items() if value.levels is not None}
    constant = [
        key for key in levels if len(np.unique(variables[key].values[~np.isnan(variables[key].values)])) < 2
    ]
    if constant:
        problems = [_one_level(variables[key]) for key in constant]
        raise ModelError("A factor needs two levels or more among the rows of the model.", problems=problems)
    plan = [Column(INTERCEPT, 0, ())] if formula.intercept else []
    for number, term in enumerate(formula.terms, start=1):
        plan += _columns(formula, term, number=number, variables=variables)
    return Encoding(formula, levels, tuple(plan))


def _one_level(variable: Variable) -> Problem:
    codes = np.unique(variable.values[~np.isnan(variable.values)]).astype(int)
    found = ", ".join(variable.level_label((variable.levels or ())[code]) for code in codes) or "none"
    return Problem("one_level", f"factor {variable.label}", f"takes one value only ({found}); leave it out")


def _columns(
    formula: Formula, term: Term, *, number: int, variables: Mapping[Expression, Variable]
) -> list[Column]:
    choices: list[list[tuple[str, tuple[Expression, int | None]]]] = []
    for expression in term.factors:
        variable = variables[expression]
        if variable.levels is None:
            choices.append([(variable.label, (expression, None))])
            continue
        start = 0 if _keeps_reference(formula, term, expression=expression, variables=variables) else 1
        choices.append(
            [
                (variable.label + variable.level_label(level), (expression, code))
                for code, level in enumerate(variable.levels)
                if code >= start
            ]
        )
    # the levels of the first factor change fastest
    return [
        Column(
            ":".join(label for label, _ in reversed(chosen)),
            number,
            tuple(part for _, part in reversed(chosen)),
        )
        for chosen in product(*reversed(choices))
    ]


def _keeps_reference(
    formula: Formula, term: Term, *, expression: Expression, variables: Mapping[Expression, Variable]
) -> bool:
    """Whether a factor has a column for its reference too: where the term without it is not in the model.

    Without an intercept the first factor of the model stands for it (Chambers & Hastie 1992, §2.4.1).
    """
    below = frozenset(term.factors) - {expression}
    if below:
        return below not in {frozenset(other.factors) for other in formula.terms}
    if formula.intercept:
        return False
    factors = [key for each in formula.terms for key in each.factors if variables[key].levels is not None]
    return factors[0] == expression


def _indicator(values: FloatArray, level: int) -> FloatArray:
    return np.where(np.isnan(values), np.nan, values == level)
