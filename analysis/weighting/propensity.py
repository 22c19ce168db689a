"""Response propensities: respondents stand for those who were as likely to answer, as far as is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import Problem, WeightingError
from analysis.models.formula import parse_formula
from analysis.models.kernel import fit_logistic
from analysis.models.matrix import model_matrix
from analysis.models.variables import evaluate
from analysis.printing import Printed
from analysis.stages import BoolArray, FloatArray, IntArray, numeric, some
from analysis.weighting.nonresponse import shape_problems, truth_values


@dataclass(frozen=True, eq=False, repr=False)
class ResponsePropensity(Printed):
    """A logistic model of responding: coefficients by name, and the propensity of each row (NaN: not
    eligible).

    `weight` is the column the fit was weighted by; None: every row counted the same.
    """

    formula: str
    weight: str | None
    coefficients: Mapping[str, float]
    propensity: FloatArray

    def __str__(self) -> str:
        told = self.propensity[~np.isnan(self.propensity)]
        low, middle, high = np.quantile(told, [0, 0.5, 1])
        weighted = "unweighted" if self.weight is None else f"weighted by {self.weight}"
        return (
            f"Response propensity, logistic {self.formula}, {weighted}, {told.size} rows: "
            f"{low:.3f} to {high:.3f}, median {middle:.3f}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a coefficient: `coefficient`, `value`."""
        return pd.DataFrame(
            {"coefficient": list(self.coefficients), "value": list(self.coefficients.values())}
        )

    def classes(self, count: int = 5) -> IntArray:
        """Classes 1 … `count` of about equally many rows, of rising propensity (0: not eligible).

        To be given to `adjust_for_nonresponse`, which then relies on the order of the propensities only; five
        classes remove most of the bias (Rosenbaum & Rubin 1984). Equal propensities stay together, so that
        there may be fewer classes. Raises `WeightingError` for less than one class.
        """
        if count < 1:
            problem = Problem("no_classes", "classes", f"there cannot be {count} of them; give 1 or more")
            raise WeightingError("There are no propensity classes.", problems=[problem])
        told = ~np.isnan(self.propensity)
        limits = np.quantile(self.propensity[told], np.arange(1, count) / count)
        classes = np.zeros(self.propensity.size, dtype=np.int64)
        classes[told] = 1 + np.searchsorted(limits, self.propensity[told], side="right")
        return classes


@dataclass(frozen=True, eq=False, repr=False)
class PropensityAdjustment(Printed):
    """Weights divided by the propensity to respond, one a row (0 for who did not respond), and those factors.

    Keep the rows of weight 0: their PSUs stay in the design.
    """

    weights: FloatArray
    factors: FloatArray

    def __str__(self) -> str:
        answered = self.weights > 0
        factors = self.factors[answered]
        return (
            f"{int(answered.sum())} of {answered.size} rows responded; "
            f"factors from {factors.min():.3f} to {factors.max():.3f}"
        )


def response_propensity(
    frame: pd.DataFrame, formula: str, *, weight: str | None = None, eligible: ArrayLike | None = None
) -> ResponsePropensity:
    """The propensity of each row to respond, by logistic regression (Little 1986).

    `formula` has the response on the left, 0 / 1 or true / false, and what is known of respondents and
    non-respondents alike on the right: `responded ~ sex + age + region`. `weight` names design weights to
    fit with; without, rows count the same, which is enough when the design variables are in the formula
    (Little & Vartivarian 2003). `eligible` None: everybody drawn was eligible. Raises `WeightingError` for a
    formula without response, for an unknown `weight` and naming the rows that miss a variable or are not
    known to be eligible, `FormulaError` and `ModelError` for formulas that cannot be read or fitted.
    """
    parsed = parse_formula(formula)
    if parsed.response is None:
        problem = Problem("no_response", "formula", f"{formula!r} names no response; write it left of the ~")
        raise WeightingError("There is nobody to tell apart.", problems=[problem])
    problems = _unknown_weight(frame, weight)
    entitled = np.ones(len(frame), dtype=np.bool_)
    if eligible is not None:
        entitled = truth_values("eligible", eligible, rows=len(frame), problems=problems)
    if problems:
        raise WeightingError("The propensity to respond cannot be modelled.", problems=problems)
    matrix, response = model_matrix(parsed, frame), evaluate(parsed.response, frame).values
    weights = np.ones(len(frame)) if weight is None else numeric(frame[weight])
    missing = np.isnan(matrix.values).any(axis=1) | np.isnan(response) | np.isnan(weights)
    if (missing & entitled).any():
        rows = some(list(frame.index[missing & entitled]))
        problem = Problem(
            "missing_variable", f"rows {rows}", "miss a variable of the model; impute it, or leave it out"
        )
        raise WeightingError("The propensity to respond is not known of every row.", problems=[problem])
    fit = fit_logistic(matrix.values[entitled], response[entitled], weights[entitled], columns=matrix.columns)
    propensity = np.full(len(frame), np.nan)
    propensity[entitled] = 1 / (1 + np.exp(-fit.linear_predictor))
    coefficients = dict(zip(matrix.columns, fit.coefficients.tolist(), strict=True))
    return ResponsePropensity(formula, weight, MappingProxyType(coefficients), propensity)


def _unknown_weight(frame: pd.DataFrame, weight: str | None) -> list[Problem]:
    if weight is None or weight in frame.columns:
        return []
    return [Problem("unknown_column", f"weight {weight}", "there is no such column")]


def adjust_by_propensity(
    design_weight: ArrayLike, *, responded: ArrayLike, propensity: ArrayLike
) -> PropensityAdjustment:
    """Design weight / propensity for those who responded (Särndal 1981; Cassel, Särndal & Wretman 1983).

    All arguments have one value a row. Assumes that the propensities are right; classes of them
    (`ResponsePropensity.classes`) only rely on their order and give calmer weights. Raises `WeightingError`
    naming respondents whose propensity is not above 0 and at most 1, or whose weight is not above 0, and rows
    not known to have responded or not.
    """
    weight = np.asarray(design_weight, dtype=np.float64)
    chance = np.asarray(propensity, dtype=np.float64)
    problems = shape_problems("propensity", chance, rows=weight.size)
    answered = truth_values("responded", responded, rows=weight.size, problems=problems)
    if problems:
        raise WeightingError("Non-response cannot be adjusted for.", problems=problems)
    wrong = {
        "no_design_weight": answered & ~(np.isfinite(weight) & (weight > 0)),
        "no_propensity": answered & ~((chance > 0) & (chance <= 1)),
    }
    texts = {
        "no_design_weight": "have no design weight above 0",
        "no_propensity": "responded without a propensity above 0, at most 1",
    }
    problems = [_at_rows(code, rows, texts[code]) for code, rows in wrong.items() if rows.any()]
    if not answered.any():
        problems.append(Problem("no_respondent", "responded", "there is not one respondent"))
    if problems:
        raise WeightingError("Non-response cannot be adjusted for.", problems=problems)
    factors = np.where(answered, 1 / np.where(answered, chance, 1.0), 0.0)
    return PropensityAdjustment(np.where(answered, weight * factors, 0.0), factors)


def _at_rows(code: str, rows: BoolArray, text: str) -> Problem:
    return Problem(code, f"rows {some(list(np.flatnonzero(rows) + 1))}", text)
