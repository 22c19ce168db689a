"""Non-response: respondents take over the weight of those in their class who did not answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import Problem, WeightingError
from analysis.printing import Printed
from analysis.stages import BoolArray, FloatArray, IntArray, numeric, some

_Value = TypeVar("_Value", int, float)


@dataclass(frozen=True, eq=False, repr=False)
class NonresponseAdjustment(Printed):
    """Adjusted weights, one a row (0 for who did not respond: keep the rows, their PSUs stay in the design).

    `factors`, `eligible_counts` and `respondent_counts` are by class.
    """

    weights: FloatArray
    factors: Mapping[object, float]
    eligible_counts: Mapping[object, int]
    respondent_counts: Mapping[object, int]

    def __str__(self) -> str:
        responded, eligible = sum(self.respondent_counts.values()), sum(self.eligible_counts.values())
        largest = max(self.factors, key=lambda label: self.factors[label])
        return (
            f"{responded} of {eligible} eligible rows responded, in {len(self.factors)} classes; "
            f"the largest factor is {self.factors[largest]:.3f} in class {largest}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a class: `class`, `eligible`, `respondents`, `factor`."""
        return pd.DataFrame(
            {
                "class": list(self.factors),
                "eligible": list(self.eligible_counts.values()),
                "respondents": list(self.respondent_counts.values()),
                "factor": list(self.factors.values()),
            }
        )


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows drawn: weight, class (code, -1 without) and what became of them."""

    weight: FloatArray
    code: IntArray
    answered: BoolArray
    entitled: BoolArray

    def sums(self, values: FloatArray, *, of: BoolArray, count: int) -> FloatArray:
        """Sums of values by class, over some of the rows."""
        inside = of & (self.code >= 0)
        sums = np.bincount(self.code[inside], weights=values[inside], minlength=count)
        return np.asarray(sums, dtype=np.float64)

    def problems(self) -> Iterator[Problem]:
        """Rows that cannot be adjusted or take part in it."""
        without_weight = self.entitled & ~(np.isfinite(self.weight) & (self.weight > 0))
        for wrong, code, text in (
            (self.entitled & (self.code < 0), "no_class", "have no class"),
            (self.answered & ~self.entitled, "not_eligible", "responded but are not eligible"),
            (without_weight, "no_design_weight", "have no design weight above 0"),
        ):
            if wrong.any():
                yield Problem(code, f"rows {some(list(np.flatnonzero(wrong) + 1))}", text)


def adjust_for_nonresponse(
    design_weight: ArrayLike, *, responded: ArrayLike, classes: ArrayLike, eligible: ArrayLike | None = None
) -> NonresponseAdjustment:
    """Adjustment by classes: factor = Σ design weights of the eligible / Σ of the respondents, in each class.

    All arguments have one value a row; `eligible` None: everybody drawn was eligible. Assumes that within a
    class respondents and non-respondents are alike (Brick & Kalton 1996). Raises `WeightingError` naming
    every class without a respondent, rows without class, respondents who are not eligible, and arguments that
    are missing in a row.
    """
    rows, names = _read(design_weight, responded=responded, classes=classes, eligible=eligible)
    weight, code, answered, entitled = rows.weight, rows.code, rows.answered, rows.entitled
    ones = np.ones_like(weight)
    eligible_count, respondent_count = (
        rows.sums(ones, of=of, count=len(names)) for of in (entitled, answered)
    )
    text = "has no respondent; join it with a similar class"
    problems = [
        *rows.problems(),
        *(
            Problem("class_without_respondent", f"class {names[place]}", text, {"label": str(names[place])})
            for place in np.flatnonzero((eligible_count > 0) & (respondent_count == 0))
        ),
    ]
    if problems:
        raise WeightingError("Non-response cannot be adjusted for.", problems=problems)
    before, after = (rows.sums(weight, of=of, count=len(names)) for of in (entitled, answered))
    factor = np.divide(before, after, out=np.ones_like(before), where=after > 0)
    return NonresponseAdjustment(
        weights=np.where(answered, weight * factor[code], 0.0),
        factors=_by_class(names, factor.tolist()),
        eligible_counts=_by_class(names, eligible_count.astype(int).tolist()),
        respondent_counts=_by_class(names, respondent_count.astype(int).tolist()),
    )


def _read(
    design_weight: ArrayLike, *, responded: ArrayLike, classes: ArrayLike, eligible: ArrayLike | None
) -> tuple[_Rows, list[object]]:
    """The rows and the names of their classes; raises `WeightingError` for what cannot be read."""
    weight, given = np.asarray(design_weight, dtype=np.float64), np.asarray(classes)
    problems = shape_problems("classes", given, rows=weight.size)
    answered = truth_values("responded", responded, rows=weight.size, problems=problems)
    entitled = (
        np.ones_like(answered)
        if eligible is None
        else truth_values("eligible", eligible, rows=weight.size, problems=problems)
    )
    if problems:
        raise WeightingError("Non-response cannot be adjusted for.", problems=problems)
    code, labels = pd.factorize(pd.Series(given), sort=True)
    rows = _Rows(weight, np.asarray(code, dtype=np.int64), answered, entitled)
    return rows, list(np.asarray(labels).tolist())


def shape_problems(name: str, values: NDArray[Any], *, rows: int) -> list[Problem]:
    """That an argument has other than one value a row."""
    if values.shape == (rows,):
        return []
    text = f"has the shape {values.shape}; give one value a row, {rows}"
    return [Problem("shapes_differ", name, text)]


def truth_values(name: str, values: ArrayLike, *, rows: int, problems: list[Problem]) -> BoolArray:
    """True or false of every row; what is wrong joins the problems. Missing is neither."""
    given = np.asarray(values)
    problems += shape_problems(name, given, rows=rows)
    if given.dtype == np.bool_ or given.ndim != 1:
        return np.asarray(given, dtype=np.bool_)
    told = numeric(pd.Series(given))
    wrong = ~np.isin(told, (0, 1))
    if wrong.any():
        text = f"is neither true nor false in rows {some(list(np.flatnonzero(wrong) + 1))}"
        problems.append(Problem("not_a_truth_value", name, text))
    return np.asarray(told == 1, dtype=np.bool_)


def _by_class(names: list[object], values: list[_Value]) -> Mapping[object, _Value]:
    return MappingProxyType(dict(zip(names, values, strict=True)))
