"""The stream raked to the margins that the sample estimates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.errors import NonprobabilityError, Problem
from analysis.models.variables import Variable
from analysis.nonprobability.assembly import Parts, adjusted_result
from analysis.nonprobability.assumptions import Adjustment
from analysis.nonprobability.result import AdjustedEstimate
from analysis.nonprobability.sources import Sources, categories_of, numbers_of
from analysis.sample import Sample
from analysis.stages import FloatArray
from analysis.weighting import rake

_START = "_weight_before_raking"


def raked(sources: Sources, *, confidence_level: float = 0.95) -> AdjustedEstimate:
    """The mean of the stream under weights raked, from equal ones, to the sample's estimated margins.

    The margins are those of the terms of the covariates: each category, each crossing. The variance has the
    residuals of the answer on the margins in the stream, whose people count as drawn independently with
    probability 1 / weight, with replacement, and the sample's variance of the margins. Raises
    `NonprobabilityError` naming covariates that are numbers, `WeightingError` where raking has no solution.
    Source: Elliott & Valliant 2017 (quasi-randomization); Deville & Särndal 1992 for the residuals.
    """
    _refuse_numbers(sources)
    size = sources.population_size
    weights = _raked_weights(sources)
    x, y = sources.stream_matrix, sources.answer
    value = float(weights @ y / weights.sum())
    # the derivative of Σ w(λ) x in λ is Σ w x x', whatever the distance of w from the start
    b = np.linalg.lstsq(x * np.sqrt(weights)[:, None], (y - value) * np.sqrt(weights), rcond=None)[0]
    own = weights * (y - value - x @ b) / size
    return adjusted_result(
        sources,
        Adjustment.RAKING,
        Parts(
            value=value,
            stream_variance=float(own @ own) * y.size / (y.size - 1),
            sample_variance=sources.sample_variance(sources.sample_matrix @ b / size),
            weights=weights,
            population_size=size,
        ),
        level=confidence_level,
    )


def _refuse_numbers(sources: Sources) -> None:
    problems = [
        Problem(
            "not_categories", f"column {ours.label}", "is numbers; cut it into categories, or leave it out"
        )
        for ours, _ in numbers_of(sources).values()
    ]
    if problems:
        raise NonprobabilityError("Raking needs margins of categories.", problems=problems)


def _raked_weights(sources: Sources) -> FloatArray:
    pairs = categories_of(sources)
    population = pd.Series(sources.weights[sources.sample.members])
    start = sources.population_size / sources.stream_count
    stream = pd.DataFrame({_START: np.full(sources.stream_count, start)})
    margins: dict[str, dict[object, float]] = {}
    for term in sources.formula.terms:
        ours, theirs = zip(*(pairs[factor] for factor in term.factors), strict=True)
        stream[term.label] = _crossed(ours)
        totals = population.groupby(_crossed(theirs)).sum()
        margins[term.label] = {label: float(total) for label, total in totals.items()}
    return rake(Sample(stream, Design(weight=_START)), margins=margins).weights


def _crossed(variables: Sequence[Variable]) -> pd.Series[Any]:
    """The crossing of categories that each row is in, as one label."""
    columns = []
    for variable in variables:
        names = [variable.level_label(level) for level in variable.levels or ()]
        columns.append([names[code] for code in variable.values.astype(np.int64)])
    return pd.Series([" × ".join(labels) for labels in zip(*columns, strict=True)])
