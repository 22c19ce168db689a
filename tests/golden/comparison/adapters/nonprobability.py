"""Self-selected streams beside a sample: own formulas of the reference, and its package's point estimates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from analysis.nonprobability import (
    AdjustedEstimate,
    Participation,
    ParticipationEquation,
    Sources,
    doubly_robust,
    fit_outcome,
    fit_participation,
    inverse_propensity,
    mass_imputation,
    raked,
    read_sources,
)
from tests.golden.comparison.cases import Case
from tests.golden.comparison.designs import holds
from tests.golden.comparison.errors import UnsupportedError


def _sources(case: Case, covariates: list[str]) -> Sources:
    """The stream, restricted as the sample is, beside the sample."""
    stream = case.table(case.arguments["nonprob_data"])
    rules = [rule for rule in case.entry["domain"] or () if rule["col"] in stream.columns]
    kept = reduce(
        np.logical_and, (holds(stream, rule) for rule in rules), pd.Series(True, index=stream.index)
    )
    return read_sources(stream[kept], case.sample, of=case.arguments["y"], covariates=covariates)


def _nonprobability(case: Case) -> Mapping[str, Any]:
    if (link := case.arguments.get("link", "logit")) != "logit":
        raise UnsupportedError(f"propensities with the link {link}")
    sources = _sources(case, list(case.arguments["covariates"]))
    packaged = any(isinstance(value, dict) for value in case.expected.values())
    return _package(sources) if packaged else _formulas(sources)


def _formulas(sources: Sources) -> Mapping[str, Any]:
    """Names of the entries that write the formulas of Chen, Li & Wu out."""
    participation, outcome = fit_participation(sources), fit_outcome(sources)
    weighted = inverse_propensity(sources, participation)
    imputed = mass_imputation(sources, outcome)
    robust = doubly_robust(sources, participation, outcome)
    return {
        "theta": participation.coefficients,
        "naive": weighted.naive.value,
        "N_A": participation.population_size,
        "N_B": sources.population_size,
        "ipw_hajek": weighted.value,
        "ipw_hajek_se": weighted.standard_error,
        "ipw_hajek_var_parts": _parts(weighted),
        "ipw_ht_over_NB": _over_sample(weighted.value, participation, sources),
        "mi": imputed.value,
        "mi_se_prob_part": np.sqrt(imputed.sample_variance),
        "mi_se": imputed.standard_error,
        "dr": robust.value,
        "dr_se": robust.standard_error,
        "dr_var_parts": _parts(robust),
        "outcome_coef": outcome.coefficients,
        "pi_first10": participation.in_stream[:10],
    }


def _parts(estimate: AdjustedEstimate) -> list[float]:
    return [estimate.stream_variance, estimate.sample_variance]


def _over_sample(value: float, participation: Participation, sources: Sources) -> float:
    """A weighted mean of the stream divided by the sample's population size instead of its own."""
    return value * participation.population_size / sources.population_size


def _package(sources: Sources) -> Mapping[str, Any]:
    """Names of the package's entries, which divide by the sample's population size throughout."""
    outcome = fit_outcome(sources)
    imputed = mass_imputation(sources, outcome)
    answer: dict[str, dict[str, float]] = {
        "mi_glm": {"mean": imputed.value, "se": imputed.standard_error, "pop_size": sources.population_size}
    }
    for name, equation in (
        ("ipw_mle", ParticipationEquation.PSEUDO_LIKELIHOOD),
        ("ipw_gee_h1_calibrated", ParticipationEquation.CALIBRATED),
    ):
        participation = fit_participation(sources, equation=equation)
        weighted = inverse_propensity(sources, participation)
        answer[name] = {
            "mean": _over_sample(weighted.value, participation, sources),
            "se": weighted.standard_error,
            "pop_size": sources.population_size,
        }
    participation = fit_participation(sources)
    robust = doubly_robust(sources, participation, outcome)
    missed = robust.value - imputed.value
    answer["dr"] = {
        "mean": imputed.value + _over_sample(missed, participation, sources),
        "se": robust.standard_error,
        "pop_size": sources.population_size,
    }
    return answer


def _raked(case: Case) -> Mapping[str, Any]:
    estimate = raked(_sources(case, list(case.arguments["margins"])))
    weights = estimate.weights
    if weights is None:
        raise UnsupportedError("raking without weights")
    return {
        "mean": estimate.value,
        "se": estimate.standard_error,
        "sum_w": weights.sum(),
        "min_w": weights.min(),
        "max_w": weights.max(),
        "kish_deff": estimate.overlap.weighting_effect,
    }


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    "nonprob": _nonprobability,
    "nonprob_rake": _raked,
}
