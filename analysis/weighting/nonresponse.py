"""Non-response: respondents take over the weight of those in their class who did not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import Problem, WeightingError
from analysis.stages import FloatArray, some


@dataclass(frozen=True, eq=False)
class NonresponseAdjustment:
    """Adjusted weights, one a row (0 for who did not respond: keep the rows, their PSUs stay in the design).

    `factors`, `eligible_counts` and `respondent_counts` are by class.
    """

    weights: FloatArray
    factors: Mapping[object, float]
    eligible_counts: Mapping[object, int]
    respondent_counts: Mapping[object, int]


def adjust_for_nonresponse(
    design_weight: ArrayLike, *, responded: ArrayLike, classes: ArrayLike, eligible: ArrayLike | None = None
) -> NonresponseAdjustment:
    """Adjustment by classes: factor = Σ design weights of the eligible / Σ of the respondents, in each class.

    All arguments have one value a row; `eligible` None: everybody drawn was eligible. Assumes that within a
    class respondents and non-respondents are alike (Brick & Kalton 1996). Raises `WeightingError` naming
    every class without a respondent, rows without class, and respondents who are not eligible.
    """
    weight = np.asarray(design_weight, dtype=np.float64)
    answered = np.asarray(responded, dtype=np.bool_)
    entitled = np.ones_like(answered) if eligible is None else np.asarray(eligible, dtype=np.bool_)
    code, labels = pd.factorize(pd.Series(np.asarray(classes)), sort=True)
    names: list[object] = list(np.asarray(labels).tolist())
    problems = []
    for wrong, code_name, text in (
        (entitled & (code < 0), "no_class", "have no class"),
        (answered & ~entitled, "not_eligible", "responded but are not eligible"),
        (
            entitled & ~(np.isfinite(weight) & (weight > 0)),
            "no_design_weight",
            "have no design weight above 0",
        ),
    ):
        if wrong.any():
            problems.append(Problem(code_name, f"rows {some(list(np.flatnonzero(wrong) + 1))}", text))
    sums = [
        np.bincount(code[rows & (code >= 0)], weights=values[rows & (code >= 0)], minlength=len(names))
        for rows in (entitled, answered)
        for values in (weight, np.ones_like(weight))
    ]
    eligible_weight, eligible_count, respondent_weight, respondent_count = sums
    empty = np.flatnonzero((eligible_count > 0) & (respondent_count == 0))
    text = "has no respondent; join it with a similar class"
    problems += [
        Problem("class_without_respondent", f"class {names[index]}", text, {"label": str(names[index])})
        for index in empty
    ]
    if problems:
        raise WeightingError("Non-response cannot be adjusted for.", problems=problems)
    factor = np.divide(
        eligible_weight, respondent_weight, out=np.ones_like(eligible_weight), where=respondent_weight > 0
    )
    return NonresponseAdjustment(
        weights=np.where(answered, weight * factor[code], 0.0),
        factors=MappingProxyType(dict(zip(names, factor.tolist(), strict=True))),
        eligible_counts=MappingProxyType(dict(zip(names, eligible_count.astype(int).tolist(), strict=True))),
        respondent_counts=MappingProxyType(
            dict(zip(names, respondent_count.astype(int).tolist(), strict=True))
        ),
    )
