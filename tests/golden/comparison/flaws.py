"""Places where the reference is wrong by its own definition, told from the data, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.golden.comparison import early_stops
from tests.golden.comparison.cases import Case, domains_of, numbers
from tests.golden.comparison.refusals import SEVERAL_CALIBRATIONS
from tests.golden.comparison.tolerance import RELATIVE

LARGEST = (
    "trap 4: at the largest answer the share up to the quantile is 1 and shows no variance; the reference "
    "gives a point or divides round-off by round-off (NaN, limits below the quantile), we read the one-sided "
    "interval of a share of 1"
)
BELOW_FIRST = (
    "below the share of the smallest answer the reference's rule returns the second answer, or extrapolates "
    "beyond the smallest (qs: no F at or below p)"
)
MISSED = (
    "the reference's quantile is a round-off beside the answer it stands for, which so drops out of, or "
    "into, the share that its limits are made from"
)
SCORE = (
    "the reference finds the limits of the score interval up to its root finder's tolerance and looks them "
    "up in the unweighted distribution"
)
ENDS = "trap 4: a share of exactly 0 or 1 gets a one-sided interval; the reference gives a point or NaN"
SPLINE = "the reference reads likelihood limits off a spline through its profile, to about 1e-4; we solve"
_SPLINE_ACCURACY = 1e-3
FOLDED = "an angle beyond 0 or 90 degrees is no share; the reference takes its sine, which turns back"
ALL_ROWS = (
    "in a calibrated sample the reference counts the rows outside the domain, or without an answer, into the "
    "n of the beta interval"
)
WHOLE_POPULATION = (
    "trap 10: where the weights add up to the sample, a sample without replacement is the population and has "
    "no variance to compare with; the reference divides by it"
)
_FIRST_RULES = frozenset({"school", "hf2", "hf3", "hf4"})
_LIMITS = frozenset({"ci_lower", "ci_upper", "se"})


def flaw(case: Case, name: str, *, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> str | None:
    """Why every number under `name` that differs does so; None: not every one is known to."""
    rules = _FLAWS.get(case.estimator)
    if rules is None or numbers(ours[name]).shape != numbers(expected[name]).shape:
        return None
    apart = ~np.isclose(
        numbers(ours[name]),
        numbers(expected[name]),
        rtol=RELATIVE,
        atol=float(case.entry["tolerance"]["abs"]),
        equal_nan=True,
    )
    known, reason = np.zeros(apart.shape, dtype=np.bool_), None
    for text, places in rules(case, name, ours, expected).items():
        if np.any(places & apart):
            known, reason = known | places, text
    return reason if np.all(known[apart]) else None


Places = Mapping[str, np.ndarray]


def _of_quantiles(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    if case.arguments.get("by"):
        return _by_domain(case, ours, expected) if name == "values" else {}
    variable = expected.get("variable", case.arguments["y"])
    found = {each: numbers(ours[each]) for each in ("quantile", *_LIMITS)}
    answers = _answers(case, variable)
    is_limit = name in _LIMITS
    first_rule = case.arguments.get("qrule", "math") in _FIRST_RULES
    at_first = found["quantile"] == answers.min()
    if is_limit:
        at_first |= (found["ci_lower"] == answers.min()) | (found["ci_upper"] == answers.min())
    missed = _is_missed(found["quantile"], numbers(expected["quantile"]))
    interval = case.arguments.get("interval")
    return {
        LARGEST: (found["quantile"] == answers.max()) & is_limit,
        BELOW_FIRST: at_first & first_rule,
        MISSED: missed & is_limit,
        SCORE: np.full(missed.shape, interval == "score" and is_limit),
        ALL_ROWS: np.full(missed.shape, interval == "beta" and is_limit and _counts_all_rows(case, variable)),
    }


def _by_domain(case: Case, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    """The second half of each row holds the standard errors of the first."""
    mine, theirs = np.asarray(ours["values"]), np.array([numbers(row) for row in expected["values"]])
    half = mine.shape[1] // 2
    largest = np.array([_answers(case, case.arguments["y"], row).max() for row in range(mine.shape[0])])
    nothing = np.zeros((mine.shape[0], half), dtype=np.bool_)
    at_largest = mine[:, :half] == largest[:, None]
    missed = _is_missed(mine[:, :half], theirs[:, :half])
    return {
        LARGEST: np.hstack([nothing, at_largest]).reshape(-1),
        MISSED: np.hstack([nothing, missed]).reshape(-1),
    }


def _answers(case: Case, variable: Any, row: int | None = None) -> np.ndarray:
    """The answers in the sample's domain, or in one row of the entry's domains."""
    name = variable if isinstance(variable, str) else variable[0]
    frame, inside = case.sample.frame, case.sample.members.copy()
    if row is not None:
        for name_of, label in zip(case.expected["by"], domains_of(case.expected)[row], strict=True):
            inside &= (frame[name_of].astype(str) == label).to_numpy()
    answers = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)[inside]
    return answers[~np.isnan(answers)]


def _is_missed(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return (mine != theirs) & (np.abs(mine - theirs) <= 1e-12 * np.abs(mine))


def _of_shares(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    if name not in ("ci_lower", "ci_upper"):
        return {}
    method, value, limit = case.arguments.get("method"), numbers(ours["estimate"]), numbers(ours[name])
    all_rows = method == "beta" and _counts_all_rows(case, case.arguments["y"])
    near = np.abs(limit - numbers(expected[name])) <= _SPLINE_ACCURACY * np.abs(limit)
    return {
        ENDS: (value == 0) | (value == 1),
        SPLINE: near & (method == "likelihood"),
        FOLDED: ((limit == 0) | (limit == 1)) & (method == "asin"),
        ALL_ROWS: np.full(value.shape, all_rows),
    }


def _counts_all_rows(case: Case, variable: Any) -> bool:
    """Whether rows that do not count stay in the reference's n: its calibrated designs keep them."""
    calibrated = bool(case.entry["steps"]) and case.sample.replicates is None
    return calibrated and len(_answers(case, variable)) < len(case.sample)


def _of_sums(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    if name != "deff":
        return {}
    return {WHOLE_POPULATION: np.isinf(numbers(expected[name])) & np.isnan(numbers(ours[name]))}


def _of_standardized(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    calibrated = bool(case.entry["steps"]) and case.sample.replicates is None
    concerned = calibrated and (name == "se" or name.startswith("ci_"))
    return {SEVERAL_CALIBRATIONS: np.full(numbers(expected[name]).shape, concerned)}


_FLAWS: Mapping[str, Callable[[Case, str, Mapping[str, Any], Mapping[str, Any]], Places]] = {
    **dict.fromkeys(("mean", "total", "prop"), _of_sums),
    **early_stops.FLAWS,
    "quantile": _of_quantiles,
    "ciprop": _of_shares,
    "standardize": _of_standardized,
}
