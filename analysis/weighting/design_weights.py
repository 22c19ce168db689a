"""Design weights: how many people a drawn person stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import Problem, WeightingError
from analysis.stages import BoolArray, FloatArray, some


def design_weights(inclusion_probability: ArrayLike) -> FloatArray:
    """1 / inclusion probability, one a row (Horvitz & Thompson 1952).

    Raises `WeightingError` naming the rows (from 1) whose probability is not above 0 and at most 1.
    """
    probability = np.asarray(inclusion_probability, dtype=np.float64)
    _refuse(
        "inclusion_probability", ~((probability > 0) & (probability <= 1)), "is not above 0 and at most 1"
    )
    return np.asarray(1 / probability, dtype=np.float64)


def design_weights_from_counts(
    *, population: Sequence[ArrayLike], sampled: Sequence[ArrayLike]
) -> FloatArray:
    """Product over the stages of population N / sample n, one a row, for equal-probability draws.

    Both lists have one entry a stage: for each row the size of its stratum or parent unit, and how many units
    were drawn from it. Raises `WeightingError` for stages that do not match, counts below 1, or n above N.
    """
    if len(population) != len(sampled) or not population:
        text = f"{len(population)} stages of population for {len(sampled)} stages sampled"
        raise WeightingError("Counts do not match.", problems=[Problem("stages_differ", "stages", text)])
    weights = np.ones_like(np.asarray(population[0], dtype=np.float64))
    for number, (whole, drawn) in enumerate(zip(population, sampled, strict=True), start=1):
        size, count = np.asarray(whole, dtype=np.float64), np.asarray(drawn, dtype=np.float64)
        place = f"stage {number}"
        _refuse(place, ~(np.isfinite(size) & np.isfinite(count) & (count >= 1)), "has no count of 1 or more")
        _refuse(place, count > size, "has more units sampled than there are in the population")
        weights = weights * size / count
    return weights


def _refuse(place: str, wrong: BoolArray | NDArray[Any], message: str) -> None:
    if wrong.any():
        rows = some(list(np.flatnonzero(wrong) + 1))
        problem = Problem("weight_impossible", place, f"{message} in rows {rows}")
        raise WeightingError("Design weights cannot be made.", problems=[problem])
