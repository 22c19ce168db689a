"""A self-selected stream and a probability sample side by side: outcome and covariates, checked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import as_names
from analysis.errors import NonprobabilityError, Problem
from analysis.estimation.variance import covariance_of_statistics
from analysis.models.expressions import Expression
from analysis.models.formula import Formula, parse_formula
from analysis.models.matrix import ModelMatrix, model_matrix
from analysis.models.variables import Variable, evaluate
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, some


@dataclass(frozen=True, eq=False, kw_only=True)
class Sources:
    """A stream of n people beside a sample, in numbers; the two are never pooled.

    `answer` (n,) is the outcome in the stream, 0 or 1 where `is_share`; `stream_matrix` (n × p) and
    `sample_matrix` (rows × p) are the covariates as `columns`, coded alike; `weights` (rows,) are the
    sample's, 0 for rows that are no members. `left_out_count` rows of the stream missed the answer or a
    covariate. `stream` holds the rows used.
    """

    item: str
    categories: tuple[object, ...] | None
    is_share: bool
    formula: Formula
    columns: tuple[str, ...]
    answer: FloatArray
    stream_matrix: FloatArray
    sample_matrix: FloatArray
    weights: FloatArray
    stream: pd.DataFrame
    sample: Sample
    left_out_count: int

    @property
    def covariates(self) -> tuple[str, ...]:
        """The columns that the covariates are made of."""
        return self.formula.names

    @property
    def stream_count(self) -> int:
        """How many people of the stream count."""
        return int(self.answer.size)

    @property
    def population_size(self) -> float:
        """The size of the population as the sample estimates it: the sum of its weights."""
        return float(self.weights.sum())

    @property
    def sampled_totals(self) -> FloatArray:
        """The totals of the covariates in the population as the sample estimates them (p,)."""
        return np.asarray(self.weights @ self.sample_matrix)

    def sample_variance(self, values: FloatArray) -> float:
        """The design-based variance of the sample's total of values (rows,)."""
        covariance = covariance_of_statistics(
            self.sample,
            estimate=np.array([self.weights @ values]),
            influence=lambda: (self.weights * values)[:, None],
            statistic=lambda weights: np.array([weights @ values]),
        )
        return float(covariance[0, 0])


def read_sources(
    stream: pd.DataFrame,
    sample: Sample,
    *,
    of: str,
    covariates: str | Sequence[str],
    categories: Sequence[object] | None = None,
) -> Sources:
    """Bring a stream (one row a person) and a sample together on what both know.

    `of` is the outcome's column in the stream (the sample may lack it): numbers, or with `categories` any
    codes, of which the share of those named is estimated. `covariates` are columns of both, as names or as a
    formula such as "~ sex * age_group + wait"; numbers enter linearly, words as categories (use `factor(x)`
    for codes). Rows of the stream that miss the answer or a covariate are left out and counted. A domain of
    the sample asks for the same domain of the stream. Raises `NonprobabilityError` naming every unknown
    column, members of the sample that miss a covariate, and categories that only one of the two has.
    """
    formula = _formula(covariates)
    unknown = _unknown(stream, [of, *formula.names], "the stream")
    _refuse([*unknown, *_unknown(sample.frame, formula.names, "the sample")])
    answer, asked = _answer(stream, of=of, categories=categories)
    known = [~np.isnan(evaluate(variable, stream).values) for variable in formula.variables]
    told = np.logical_and.reduce([asked, *known])
    used, answer, members = stream.loc[told], answer[told], sample.members
    _refuse(_unusable(used, sample, of=of, answer=answer, formula=formula))
    matrix, count = _common_matrix(formula, used, sample), len(used)
    return Sources(
        item=of,
        categories=None if categories is None else tuple(categories),
        is_share=categories is not None or _is_indicator(answer, sample.frame.get(of)),
        formula=formula,
        columns=matrix.columns,
        answer=answer,
        stream_matrix=matrix.values[:count],
        sample_matrix=_on_rows(matrix.values[count:], members),
        weights=np.where(members, sample.weights, 0.0),
        stream=used,
        sample=sample,
        left_out_count=len(stream) - count,
    )


def _formula(covariates: str | Sequence[str]) -> Formula:
    if isinstance(covariates, str) and "~" in covariates:
        return parse_formula(covariates)
    return parse_formula("~ " + " + ".join(f"`{name}`" for name in as_names(covariates)))


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise NonprobabilityError("The stream and the sample cannot be compared.", problems=problems)


def _unknown(frame: pd.DataFrame, names: Sequence[str], place: str) -> list[Problem]:
    return [
        Problem("unknown_column", f"column {name}", f"is not in {place}")
        for name in dict.fromkeys(names)
        if name not in frame.columns
    ]


def _answer(
    stream: pd.DataFrame, *, of: str, categories: Sequence[object] | None
) -> tuple[FloatArray, BoolArray]:
    """The outcome of every row and whether it was given."""
    column = stream[of]
    asked = np.asarray(column.notna(), dtype=np.bool_)
    if categories is not None:
        return np.asarray(column.isin(list(categories)), dtype=np.float64), asked
    if not pd.api.types.is_numeric_dtype(column.dtype):
        text = f"is {column.dtype}, not numbers; name the categories whose share is asked for"
        _refuse([Problem("not_numeric", f"column {of}", text)])
    return column.to_numpy(dtype=np.float64, na_value=np.nan), asked


def _is_indicator(answer: FloatArray, sampled: pd.Series[Any] | None) -> bool:
    """Whether an outcome is 0 or 1 wherever it is known."""
    elsewhere = sampled is None or bool(sampled.dropna().isin((0, 1)).all())
    return elsewhere and bool(np.isin(answer, (0, 1)).all())


def _unusable(
    used: pd.DataFrame, sample: Sample, *, of: str, answer: FloatArray, formula: Formula
) -> list[Problem]:
    """What makes a comparison impossible, before any model."""
    members = sample.frame.loc[sample.members]
    if used.empty or members.empty:
        empty = "the stream" if used.empty else "the sample"
        return [Problem("nobody", empty, f"has nobody who told {', '.join((of, *formula.names))}")]
    problems = []
    if np.unique(answer).size < 2:
        text = f"is {answer[0]:g} for everybody in the stream; no weighting changes that"
        problems.append(Problem("no_variation", f"column {of}", text))
    for expression in formula.variables:
        known = evaluate(expression, members)
        missing = np.isnan(known.values)
        if missing.any():
            rows = some(list(members.index[missing]))
            text = f"is missing for {int(missing.sum())} members of the sample in rows {rows}"
            text += "; give missing a category of its own, or impute it"
            problems.append(Problem("covariate_missing", f"column {known.label}", text))
        else:
            problems += _without_overlap(evaluate(expression, used), known)
    return problems


def _without_overlap(stream: Variable, sampled: Variable) -> list[Problem]:
    """Categories that only one of the two has, and columns that are numbers in only one."""
    name = stream.label
    if (stream.levels is None) != (sampled.levels is None):
        where = "the stream" if stream.levels is None else "the sample"
        return [Problem("kinds_differ", f"column {name}", f"is numbers in {where} only; code both alike")]
    ours, theirs = _occurring(stream), _occurring(sampled)
    problems = []
    for labels, code, lacking in (
        (theirs - ours, "category_not_in_stream", "the stream"),
        (ours - theirs, "category_not_in_sample", "the sample"),
    ):
        for label in sorted(stream.level_label(level) for level in labels):
            text = f"has nobody in {lacking}; join it with a similar category, or leave it out of both"
            problems.append(Problem(code, f"{name} {label}", text, {"column": name, "label": label}))
    return problems


def _occurring(variable: Variable) -> set[object]:
    levels = variable.levels or ()
    return {levels[int(code)] for code in np.unique(variable.values)} if levels else set()


def _common_matrix(formula: Formula, used: pd.DataFrame, sample: Sample) -> ModelMatrix:
    """The model matrix of the stream's rows and, below them, of the sample's members, coded alike."""
    names = list(formula.names)
    both = [used[names], sample.frame.loc[sample.members, names]]
    matrix = model_matrix(formula, pd.concat(both, ignore_index=True))
    ours, theirs = (np.abs(rows).max(axis=0) > 0 for rows in np.split(matrix.values, [len(used)]))
    _refuse(
        [
            Problem("category_not_in_stream", f"crossing {label}", "has nobody in the stream; leave it out")
            for place, label in enumerate(matrix.columns)
            if theirs[place] and not ours[place]
        ]
    )
    return matrix


def _on_rows(values: FloatArray, members: BoolArray) -> FloatArray:
    matrix = np.zeros((members.size, values.shape[1]))
    matrix[members] = values
    return matrix


def categories_of(sources: Sources) -> Mapping[Expression, tuple[Variable, Variable]]:
    """The covariates that are categories: each in the stream, and among the sample's members; coded alike."""
    members = sources.sample.frame.loc[sources.sample.members]
    pairs = {}
    for expression in sources.formula.variables:
        ours = evaluate(expression, sources.stream)
        if ours.levels is not None:
            pairs[expression] = ours, evaluate(expression, members).recoded(ours.levels)
    return pairs


def numbers_of(sources: Sources) -> Mapping[Expression, tuple[Variable, Variable]]:
    """The covariates that are numbers: each in the stream, and among the sample's members."""
    members = sources.sample.frame.loc[sources.sample.members]
    pairs = {}
    for expression in sources.formula.variables:
        ours = evaluate(expression, sources.stream)
        if ours.levels is None:
            pairs[expression] = ours, evaluate(expression, members)
    return pairs
