"""Confidence sets for ranks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from analysis.ranking import (
    Correction,
    Procedure,
    RankOne,
    Scope,
    Sides,
    UnitEstimates,
    rank_sets,
    rank_sets_of_intervals,
)
from tests.golden.comparison.cases import Case

_SIDES = {"two-sided": Sides.BOTH, "lower": Sides.LOWER, "upper": Sides.UPPER}


def _units(case: Case) -> UnitEstimates:
    arguments = case.arguments
    labels = arguments.get("domain") or range(len(arguments["y"]))
    values, errors = (np.array(arguments[name], dtype=np.float64) for name in ("y", "se"))
    covariance = next((arguments[name] for name in ("vcov", "Sigma") if name in arguments), None)
    if covariance is None:
        return UnitEstimates.independent(labels, values, standard_errors=errors)
    square = np.array(covariance, dtype=np.float64).reshape(values.size, values.size)
    return UnitEstimates(tuple(labels), values, square)


def _by_intervals(case: Case) -> Mapping[str, Any]:
    arguments = case.arguments
    sets = rank_sets_of_intervals(
        _units(case),
        correction=Correction(arguments["correction"]),
        rank_one=RankOne(arguments.get("rank1", "smallest")),
        confidence_level=arguments["level"],
    )
    return {"lower": sets.lower, "upper": sets.upper, "z": sets.critical_values[0]}


def _by_differences(case: Case) -> Mapping[str, Any]:
    arguments = case.arguments
    best = str(arguments.get("best", "largest")).split()[0]
    sets = rank_sets(
        _units(case),
        scope=Scope.SIMULTANEOUS if arguments.get("simul", True) else Scope.MARGINAL,
        sides=_SIDES[arguments.get("cstype", "two-sided")],
        procedure=Procedure.STEPDOWN if arguments.get("stepdown", True) else Procedure.SINGLE_STEP,
        rank_one=RankOne(best),
        confidence_level=arguments["coverage"],
        draws=100_000,
    )
    return {"lower": sets.lower, "upper": sets.upper, "rank": sets.ranks}


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    "rank_ci_kww": _by_intervals,
    "rank_ci_csranks": _by_differences,
}
