"""Tests of independence, tables, t tests, rank tests and kappa."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimation import EstimationSettings, MissingRule, OnePsuDomains
from analysis.models.expressions import Expression
from analysis.models.formula import parse_formula
from analysis.models.variables import evaluate
from analysis.sample import Sample
from analysis.testing import (
    Denominator,
    HypothesisTest,
    IndependenceMethod,
    IndependenceTest,
    RankScore,
    TieRank,
    agreement,
    cross_table,
    independence,
    mean_against,
    mean_difference,
    rank_test,
)
from tests.golden.comparison.cases import Case
from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.labels import written

RESPONSE, GROUP = "response of the test", "group of the test"

_SCORES = {
    "wilcoxon": RankScore.WILCOXON,
    "KruskalWallis": RankScore.WILCOXON,
    "vanderWaerden": RankScore.VAN_DER_WAERDEN,
    "median": RankScore.MEDIAN,
}
_METHODS = {
    "F": IndependenceMethod.SECOND_ORDER,
    "Chisq": IndependenceMethod.FIRST_ORDER,
    "lincom": IndependenceMethod.LINEAR_COMBINATION,
    "saddlepoint": IndependenceMethod.SADDLEPOINT,
    "Wald": IndependenceMethod.WALD,
    "adjWald": IndependenceMethod.ADJUSTED_WALD,
}


def _settings(*, na_rm: bool) -> EstimationSettings:
    return EstimationSettings(
        missing=MissingRule.LISTWISE if na_rm else MissingRule.REFUSE,
        one_psu_domains=OnePsuDomains.ESTIMATE,
    )


def _as_factors(case: Case, columns: list[str]) -> Sample:
    """The sample of the case, words declared as categories: the reference keeps those nobody chose."""
    frame = case.sample.frame
    words = [name for name in columns if not pd.api.types.is_numeric_dtype(frame[name].dtype)]
    undeclared = [name for name in words if not isinstance(frame[name].dtype, pd.CategoricalDtype)]
    return case.sample.with_columns({name: pd.Categorical(frame[name]) for name in undeclared})


def independence_of(case: Case, statistic: str) -> IndependenceTest:
    """The test of an entry's table, by its or another statistic."""
    names = [case.arguments["row"], case.arguments["col"]]
    if statistic not in _METHODS:
        raise UnsupportedError(f"the statistic {statistic}")
    wald = statistic in ("Wald", "adjWald")  # for these the reference looks at what occurs
    return independence(
        case.sample if wald else _as_factors(case, names),
        rows=names[0],
        columns=names[1],
        method=_METHODS[statistic],
        denominator=Denominator.WHOLE,
        settings=_settings(na_rm=case.arguments.get("na_rm", True)),
    )


def _independence(case: Case) -> Mapping[str, Any]:
    test = independence_of(case, case.arguments.get("statistic", "F"))
    scale = case.row_count / case.sample.members.sum() if test.statistic_name == "X²" else 1.0
    free = [test.degrees_of_freedom, test.denominator_degrees_of_freedom]
    parameter = [each for each in free if each is not None]
    return {
        "statistic": _nan(test.statistic) * scale,
        "parameter": parameter or None,
        "p_value": _nan(test.p_value),
    }


def _table(case: Case) -> Mapping[str, Any]:
    names = [case.arguments["row"], case.arguments["col"]]
    table = cross_table(
        _as_factors(case, names), rows=names[0], columns=names[1], settings=_settings(na_rm=True)
    )
    return {
        "row_labels": _labels(table.rows.labels, case.expected.get("row_labels")),
        "col_labels": _labels(table.columns.labels, case.expected.get("col_labels")),
        "counts": table.counts,
    }


def _compared(case: Case) -> tuple[Sample, bool]:
    """The sample with the columns RESPONSE and GROUP of the formula, and whether there are groups."""
    left, _, right = case.arguments["formula"].partition("~")
    response = parse_formula(f"{left} ~ 1").response
    groups = None if right.strip() in ("0", "1") else parse_formula(f"~ {right}").terms
    if response is None or (groups is not None and [len(term.factors) for term in groups] != [1]):
        raise UnsupportedError(f"a test of {case.arguments['formula']}")

    answers = evaluate(response, case.sample.frame).values
    columns: dict[str, Any] = {RESPONSE: answers}
    if groups is not None:
        counted = case.sample.members & ~np.isnan(answers)
        columns[GROUP] = _groups(groups[0].factors[0], case.sample.frame, counted=counted)
    return case.sample.with_columns(columns), groups is not None


def _groups(
    expression: Expression, frame: pd.DataFrame, *, counted: np.ndarray
) -> np.ndarray | pd.Categorical:
    """Numbers, or categories in the order of their levels, without those that no counted row is in."""
    variable = evaluate(expression, frame)
    if variable.levels is None:
        return np.asarray(variable.values)
    codes = np.where(np.isnan(variable.values), -1, variable.values).astype(int)
    labels = pd.Categorical.from_codes(codes, categories=[written(level) for level in variable.levels])
    return labels.set_categories(labels[counted].remove_unused_categories().categories)


def _t_test(case: Case) -> Mapping[str, Any]:
    sample, grouped = _compared(case)
    if grouped:
        # the reference leaves out rows without an answer from a regression, but not from a mean
        test = mean_difference(sample, RESPONSE, between=GROUP, settings=_settings(na_rm=True))
    else:
        settings = _settings(na_rm=case.arguments.get("na_rm", False))
        test = mean_against(sample, RESPONSE, settings=settings)
    return {**_student(test), "ci": [_nan(test.lower), _nan(test.upper)]}


def _student(test: HypothesisTest) -> dict[str, Any]:
    """The numbers of a t; between groups that are numbers, the reference tells the difference per unit."""
    labels = [group.label for group in test.groups]
    numeric = len(labels) == 2 and all(isinstance(label, int | float) for label in labels)
    unit = float(labels[1]) - float(labels[0]) if numeric else 1.0
    return {
        "statistic": _nan(test.statistic),
        "parameter": test.degrees_of_freedom,
        "p_value": _nan(test.p_value),
        "estimate": _nan(test.estimate) / unit,
    }


def _rank_test(case: Case) -> Mapping[str, Any]:
    sample, _ = _compared(case)
    name = case.arguments.get("test", "wilcoxon")
    if name not in _SCORES:
        raise UnsupportedError(f"the rank test {name}")
    test = rank_test(
        sample,
        RESPONSE,
        between=GROUP,
        score=_SCORES[name],
        ties=TieRank.ROW_ORDER,
        settings=_settings(na_rm=True),
    )
    if test.statistic_name == "t":
        return _student(test)
    free = _nan(test.degrees_of_freedom)  # the reference gives the chi-square as the parameter
    return {"statistic": free, "parameter": _nan(test.statistic) * free, "p_value": _nan(test.p_value)}


def _kappa(case: Case) -> Mapping[str, Any]:
    names = [case.arguments["row"], case.arguments["col"]]
    # the reference pairs the categories by their order, whatever they are called
    codes = {name: pd.factorize(case.sample.frame[name], sort=True)[0].astype(float) for name in names}
    coded = {f"category of {name}": np.where(code < 0, np.nan, code) for name, code in codes.items()}
    settings = _settings(na_rm=case.arguments.get("na_rm", False))
    kappa = agreement(case.sample.with_columns(coded), *coded, settings=settings)
    return {"estimate": _nan(kappa.kappa), "se": _nan(kappa.standard_error)}


def _labels(ours: tuple[object, ...], expected: object) -> object:
    """The labels as the reference writes them, or a list of none where they are others."""
    told = expected if isinstance(expected, list) else [expected]
    return expected if [written(each) for each in ours] == [written(each) for each in told] else []


def _nan(value: float | None) -> float:
    return np.nan if value is None else value


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {
    "chisq": _independence,
    "table": _table,
    "ttest": _t_test,
    "ranktest": _rank_test,
    "kappa": _kappa,
}
