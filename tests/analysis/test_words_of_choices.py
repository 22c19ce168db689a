"""Every public function takes its choices by member or by word, and refuses any other word."""

from __future__ import annotations

import importlib
import inspect
import typing
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.drivers import drivers, importance_performance
from analysis.errors import AnalysisError, EstimationError
from analysis.estimation import contrast, differences_from_overall, mean, pairwise, quantile, share
from analysis.models import logistic_regression, predict, predicted_margins, term_test
from analysis.nonprobability import Adjustment, compare, fit_participation, read_sources
from analysis.quality import percent_match
from analysis.ranking import (
    UnitEstimates,
    best_units,
    chances_among_first,
    rank_sets,
    rank_sets_of_intervals,
)
from analysis.reliability import cronbach_alpha, fit_one_factor, omega_total
from analysis.sample import Sample
from analysis.small_areas import benchmark, direct_estimates, fay_herriot, smooth_variances
from analysis.standardization import standardize
from analysis.testing import IndependenceMethod, independence, rank_test
from analysis.weighting import (
    FinitePopulation,
    balanced_repeated_replication,
    bootstrap,
    jackknife,
    poststratify,
    trim,
    trim_and_calibrate,
)

PACKAGES = (
    *("drivers", "estimation", "models", "nonprobability", "quality", "ranking", "reliability"),
    *("small_areas", "standardization", "testing", "weighting"),
)


def _frame() -> pd.DataFrame:
    """Two strata of four wards of six people; items that hang together, some answers missing."""
    random = np.random.default_rng(20261124)
    ward, trait = np.repeat(np.arange(8), 6), random.normal(size=48)
    columns: dict[str, object] = {
        f"q{number}": np.clip(np.rint(3 + trait + random.normal(size=48)), 1, 5) for number in range(1, 6)
    }
    frame = pd.DataFrame(
        {
            "stratum": ward // 4,
            "ward": ward,
            "wards": 20,
            "weight": np.tile([3.0, 1, 2], 16),
            "sex": np.tile(["F", "M"], 24),
            "age": np.repeat(["young", "old", "old"], 16),
            "wait": random.exponential(20, size=48),
            **columns,
        }
    )
    frame.loc[::11, "q1"] = np.nan
    frame["satisfied"] = (frame["q2"] >= 4).astype(float)
    return frame


FRAME = _frame()
ITEMS = ["q2", "q3", "q4", "q5"]
SAMPLE = Sample(FRAME, Design(strata="stratum", psu="ward", population="wards", weight="weight"))
PAIRED = Sample(
    FRAME.assign(pair=FRAME["ward"] // 2),
    Design(strata="pair", psu="ward", population="wards", weight="weight"),
)
WARDS = SAMPLE.within("ward")
BY_WARD = mean(WARDS, "q2", by="ward")
UNITS = UnitEstimates.of(BY_WARD)
MODEL = logistic_regression(SAMPLE, "satisfied ~ q3 + sex")
DIRECT = smooth_variances(direct_estimates(share(WARDS, "q2", categories=[3, 4, 5], by="ward")))
AREAS = fay_herriot(DIRECT)
STREAM = FRAME[FRAME["q5"] >= 2]
SOURCES = read_sources(STREAM, SAMPLE, of="q2", covariates=["sex", "age"])
CORRELATION = np.corrcoef(FRAME[ITEMS].T)


def _calibrated(sample: Sample) -> Sample:
    return poststratify(sample, by="sex", totals={"F": 50, "M": 46})


Call = Callable[[Any], object]  # of a member, or of a word that types do not know
CALLS: dict[tuple[str, str], Call] = {
    ("drivers", "standard_error"): lambda word: drivers(SAMPLE, "q2", ["q3", "q4"], standard_error=word),
    ("importance_performance", "measure"): lambda word: importance_performance(
        drivers(SAMPLE, "q2", ["q3", "q4"]), measure=word
    ),
    ("contrast", "adjustment"): lambda word: contrast(
        mean(SAMPLE, "q2", by="age"), {"a": {"old": 1}, "b": {"young": 1}}, adjustment=word
    ),
    ("differences_from_overall", "adjustment"): lambda word: differences_from_overall(
        SAMPLE, "q2", by="age", adjustment=word
    ),
    ("pairwise", "adjustment"): lambda word: pairwise(mean(SAMPLE, "q2", by="stratum"), adjustment=word),
    ("quantile", "rule"): lambda word: quantile(SAMPLE, "wait", p=0.4, rule=word),
    ("quantile", "interval"): lambda word: quantile(SAMPLE, "q1", interval=word),
    ("predict", "scale"): lambda word: predict(MODEL, {"q3": [4], "sex": ["F"]}, scale=word),
    ("predicted_margins", "covariance"): lambda word: predicted_margins(MODEL, "sex", covariance=word),
    ("term_test", "method"): lambda word: term_test(MODEL, "q3", method=word),
    ("compare", "equation"): lambda word: compare(
        STREAM, SAMPLE, of="q2", covariates=["sex", "age"], equation=word
    ).adjusted[Adjustment.INVERSE_PROPENSITY],
    ("fit_participation", "equation"): lambda word: fit_participation(SOURCES, equation=word).equation,
    ("percent_match", "missing"): lambda word: percent_match(FRAME, ["q1", "q2"], missing=word),
    ("best_units", "rank_one"): lambda word: best_units(UNITS, count=3, rank_one=word),
    ("chances_among_first", "rank_one"): lambda word: chances_among_first(UNITS, count=2, rank_one=word),
    ("rank_sets", "scope"): lambda word: rank_sets(UNITS, scope=word),
    ("rank_sets", "sides"): lambda word: rank_sets(UNITS, sides=word),
    ("rank_sets", "procedure"): lambda word: rank_sets(UNITS, procedure=word),
    ("rank_sets", "rank_one"): lambda word: rank_sets(UNITS, rank_one=word),
    ("rank_sets_of_intervals", "correction"): lambda word: rank_sets_of_intervals(UNITS, correction=word),
    ("rank_sets_of_intervals", "rank_one"): lambda word: rank_sets_of_intervals(UNITS, rank_one=word),
    ("cronbach_alpha", "missing"): lambda word: cronbach_alpha(SAMPLE, ["q1", "q2"], missing=word),
    ("cronbach_alpha", "standard_error"): lambda word: cronbach_alpha(SAMPLE, ITEMS, standard_error=word),
    ("cronbach_alpha", "one_psu_domains"): lambda word: cronbach_alpha(
        SAMPLE.where(FRAME["ward"] == 1), ITEMS, one_psu_domains=word
    ),
    ("omega_total", "missing"): lambda word: omega_total(SAMPLE, ["q1", *ITEMS], missing=word),
    ("omega_total", "standard_error"): lambda word: omega_total(SAMPLE, ITEMS, standard_error=word),
    ("omega_total", "one_psu_domains"): lambda word: omega_total(
        SAMPLE.where(FRAME["ward"] == 1), ITEMS, one_psu_domains=word
    ),
    ("fit_one_factor", "stop"): lambda word: fit_one_factor(CORRELATION, stop=word).loadings,
    ("benchmark", "method"): lambda word: benchmark(AREAS, weights=dict.fromkeys(range(8), 1), method=word),
    ("fay_herriot", "method"): lambda word: fay_herriot(DIRECT, method=word),
    ("standardize", "empty_cells"): lambda word: standardize(
        SAMPLE, by="age", population={"young": 2, "old": 1}, over="ward", empty_cells=word
    ),
    ("independence", "method"): lambda word: independence(
        SAMPLE, rows="sex", columns="satisfied", method=word
    ),
    ("independence", "denominator"): lambda word: independence(
        SAMPLE, rows="age", columns="q2", method=IndependenceMethod.LINEAR_COMBINATION, denominator=word
    ),
    ("rank_test", "score"): lambda word: rank_test(SAMPLE, "q2", between="sex", score=word),
    ("rank_test", "ties"): lambda word: rank_test(SAMPLE, "q2", between="sex", ties=word),
    ("balanced_repeated_replication", "finite_population"): lambda word: balanced_repeated_replication(
        PAIRED, finite_population=word
    ),
    ("balanced_repeated_replication", "centre"): lambda word: balanced_repeated_replication(
        PAIRED, finite_population=FinitePopulation.IGNORED, centre=word
    ),
    ("bootstrap", "method"): lambda word: bootstrap(SAMPLE, replicates=9, seed=1, method=word),
    ("bootstrap", "finite_population"): lambda word: bootstrap(
        SAMPLE, replicates=9, seed=1, finite_population=word
    ),
    ("bootstrap", "centre"): lambda word: bootstrap(SAMPLE, replicates=9, seed=1, centre=word),
    ("jackknife", "finite_population"): lambda word: jackknife(SAMPLE, finite_population=word),
    ("jackknife", "centre"): lambda word: jackknife(SAMPLE, centre=word),
    ("trim", "redistribution"): lambda word: trim(SAMPLE, upper=2.7, redistribution=word),
    ("trim", "passes"): lambda word: trim(SAMPLE, upper=2.3, passes=word),
    ("trim_and_calibrate", "redistribution"): lambda word: trim_and_calibrate(
        SAMPLE, _calibrated, upper=2.8, redistribution=word
    ),
}


def choices() -> Iterator[tuple[str, str, type[StrEnum]]]:
    """Public functions with their parameters that are choices."""
    for package in PACKAGES:
        module = importlib.import_module(f"analysis.{package}")
        own = [
            name for name, each in vars(module).items() if getattr(each, "__module__", "") == module.__name__
        ]
        for name in getattr(module, "__all__", own):
            function = getattr(module, name)
            if inspect.isfunction(function) and not name.startswith("_"):
                for parameter, hint in typing.get_type_hints(function).items():
                    for kind in typing.get_args(hint) or (hint,):
                        if parameter != "return" and inspect.isclass(kind) and issubclass(kind, StrEnum):
                            yield name, parameter, kind


CHOICES = list(choices())


def outcome(call: Call, word: str) -> str:
    """What a call gives, in words and numbers, or why it is refused."""
    try:
        result = call(word)
    except AnalysisError as refusal:
        return f"refused: {refusal}"
    if isinstance(result, Sample):
        errors = mean(result, ["q1", "q2"]).standard_errors
        return f"{errors.tolist()} {result.weights.tolist()} {result.replicates}"
    table = result.to_frame().to_string() if hasattr(result, "to_frame") else ""
    return f"{result} {table}"


def test_every_choice_of_a_public_function_is_tried() -> None:
    assert sorted(CALLS) == sorted((name, parameter) for name, parameter, _ in CHOICES)


@pytest.mark.parametrize(("name", "parameter", "kind"), CHOICES)
def test_a_word_does_what_its_member_does(name: str, parameter: str, kind: type[StrEnum]) -> None:
    call = CALLS[name, parameter]
    by_member = {str(member): outcome(call, member) for member in kind}
    assert {word: outcome(call, word) for word in map(str, kind)} == by_member
    assert len(set(by_member.values())) > 1


@pytest.mark.parametrize(("name", "parameter", "kind"), CHOICES)
def test_an_unknown_word_is_refused(name: str, parameter: str, kind: type[StrEnum]) -> None:
    with pytest.raises(EstimationError, match=", ".join(kind)):
        CALLS[name, parameter]("no such word")
