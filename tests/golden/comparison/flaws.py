"""Places where the reference is wrong by its own definition, told from the data, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tests.golden.comparison import early_stops
from tests.golden.comparison.adapters.tests import independence_of
from tests.golden.comparison.cases import Case, domains_of, numbers
from tests.golden.comparison.labels import written_column
from tests.golden.comparison.refusals import SEVERAL_CALIBRATIONS
from tests.golden.comparison.replication_flaws import replicated
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
TIED = (
    "the share up to an answer is the probability asked for, but for round-off; the reference lets round-off "
    "decide whether that answer is the quantile or the next, we take them as equal"
)
NO_VARIANCE = (
    "the share up to the quantile shows no variance, so that the limits are the quantile of exactly that "
    "share; the reference lets round-off decide which answer that is"
)
NOBODY = "where nobody gave an answer the reference adds up nothing to a mean or variance of 0; we have none"
SCORE = (
    "the reference finds the limits of the score interval up to its root finder's tolerance and looks them "
    "up in the unweighted distribution"
)
ENDS = "trap 4: a share of exactly 0 or 1 gets a one-sided interval; the reference gives a point or NaN"
SPLINE = (
    "the reference reads likelihood limits off a spline through its profile, to about 1e-4, with few answers "
    "to 5e-2; ours are the values whose likelihood is the one asked for"
)
NO_SPLINE = "the reference's profile of the likelihood does not reach to the limit, which exists"
STOPPED_LOG_ODDS = (
    "the reference finds log odds by iteration and stops when the deviance changes by less than 1e-8 of "
    "itself; ours are those of the share"
)
FALLING = (
    "with negative weights the share up to an answer falls from one answer to the next, and the probability "
    "may be crossed more than once; the reference interpolates otherwise"
)
NEGATIVE_EFFECT = "with negative weights the variance to compare with can be negative; the effect is none"
CUT = (
    "the reference cuts the denominator's degrees of freedom to a whole number; here they are one, but for a "
    "round-off that takes it one down"
)
CONSTANT = "everybody gave one answer, which leaves nothing to test; the reference divides round-off"
_CUT_ACCURACY = 3e-2
_STOPPED_ACCURACY = 1e-7
_SPLINE_ACCURACY = 5e-2
_ROUND_OFF = 1e-13  # of a share that adds up to 1
FOLDED = "an angle beyond 0 or 90 degrees is no share; the reference takes its sine, which turns back"
ALL_ROWS = (
    "the reference counts rows of weight 0 into the n of the beta interval, also those of a calibrated "
    "sample that are outside the domain or without an answer"
)
ZERO_WEIGHTS = (
    "rows of weight 0 stand for nobody, but the reference lets them into the ranks, and into residuals of "
    "standardized rates; without them it answers as we do"
)
WHOLE_POPULATION = (
    "trap 10: where the weights add up to the sample, a sample without replacement is the population and has "
    "no variance to compare with; the reference divides by it"
)
CONTRADICTED = (
    "the reference's covariances of domains do not know which strata have members of each, its standard "
    "errors do, so that their squares are not its variances; ours are the squares, the covariances agree"
)
BY_NOTHING = "a ratio to a total of 0 is none; the reference writes Inf"
_FIRST_RULES = frozenset({"school", "hf2", "hf3", "hf4"})
_LIMITS = frozenset({"ci_lower", "ci_upper", "se"})


def flaw(case: Case, name: str, *, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> str | None:
    """Why every number under `name` that differs does so; None: not every one is known to."""
    rules = _FLAWS.get(case.estimator, _none)
    if numbers(ours[name]).shape != numbers(expected[name]).shape:
        return None
    mine, theirs = numbers(ours[name]), numbers(expected[name])
    allowed = np.maximum(RELATIVE * np.abs(theirs), float(case.entry["tolerance"]["abs"]))
    same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
    with np.errstate(invalid="ignore"):
        apart = ~same & ~(np.abs(mine - theirs) <= allowed)
    known, reason = np.zeros(apart.shape, dtype=np.bool_), None
    found = {
        **rules(case, name, ours, expected),
        **replicated(case, name, ours=ours, expected=expected),
    }
    for text, places in found.items():
        if np.any(places & apart):
            known, reason = known | places, text
    return reason if np.all(known[apart]) else None


Places = Mapping[str, np.ndarray]


def _none(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    return {}


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
    tied = _is_tied(case, variable, ours=found["quantile"], reference=numbers(expected["quantile"]))
    points = [(each["ci_lower"] == each["ci_upper"]) for each in (found, _limits_of(expected))]
    return {
        TIED: tied,
        FALLING: np.full(tied.shape, bool(np.any(case.sample.weights[case.sample.members] < 0))),
        NO_VARIANCE: (points[0] | points[1]) & is_limit,
        LARGEST: (found["quantile"] == answers.max()) & is_limit,
        BELOW_FIRST: at_first & first_rule,
        MISSED: missed & is_limit,
        SCORE: np.full(missed.shape, interval == "score" and is_limit),
        ALL_ROWS: np.full(missed.shape, interval == "beta" and is_limit and _counts_all_rows(case, variable)),
    }


def _by_domain(case: Case, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    """The second half of each row holds the standard errors of the first."""
    mine, theirs = np.asarray(ours["values"]), np.array([numbers(row) for row in expected["values"]])
    half, rows = mine.shape[1] // 2, range(mine.shape[0])
    variable = case.arguments["y"]
    largest = np.array([_answers(case, variable, row).max() for row in rows])
    nothing = np.zeros((mine.shape[0], half), dtype=np.bool_)
    at_largest = mine[:, :half] == largest[:, None]
    missed = _is_missed(mine[:, :half], theirs[:, :half])
    places = {
        LARGEST: np.hstack([nothing, at_largest]).reshape(-1),
        MISSED: np.hstack([nothing, missed]).reshape(-1),
        NO_VARIANCE: np.hstack([nothing, mine[:, half:] == 0]).reshape(-1),
    }
    if half == np.size(case.arguments["p"]):  # one variable
        pairs = [(row, mine[row, :half], theirs[row, :half]) for row in rows]
        tied = [_is_tied(case, variable, ours=a, reference=b, row=row) for row, a, b in pairs]
        places[TIED] = np.hstack([tied, tied]).reshape(-1)
    return places


def _limits_of(expected: Mapping[str, Any]) -> Mapping[str, np.ndarray]:
    return {each: numbers(expected[each]) for each in ("ci_lower", "ci_upper")}


def _is_tied(
    case: Case, variable: Any, *, ours: np.ndarray, reference: np.ndarray, row: int | None = None
) -> np.ndarray:
    """Where an answer's share of the weights is the probability, and the reference has the next answer."""
    shares = _weights_by_answer(case, variable, row).cumsum()
    answers, reached = shares.index.to_numpy(), shares.to_numpy() / shares.iloc[-1]
    asked = np.atleast_1d(np.asarray(case.arguments["p"], dtype=np.float64))
    place = np.abs(reached - asked[:, None]).argmin(axis=1)
    equal = np.abs(reached[place] - asked) <= _ROUND_OFF
    following = answers[np.minimum(place + 1, answers.size - 1)]
    return equal & (reference == following) & (ours >= answers[place]) & (ours < following)


def _weights_by_answer(case: Case, variable: Any, row: int | None) -> pd.Series[float]:
    name = variable if isinstance(variable, str) else variable[0]
    answers = case.sample.frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    told = pd.DataFrame({"answer": answers, "weight": case.sample.weights})[_inside(case, row)]
    return told.dropna().groupby("answer")["weight"].sum()


def _answers(case: Case, variable: Any, row: int | None = None) -> np.ndarray:
    """The answers in the sample's domain, or in one row of the entry's domains."""
    name = variable if isinstance(variable, str) else variable[0]
    answers = case.sample.frame[name].to_numpy(dtype=np.float64, na_value=np.nan)[_inside(case, row)]
    return answers[~np.isnan(answers)]


def _inside(case: Case, row: int | None) -> np.ndarray:
    inside = case.sample.members.copy()
    if row is not None:
        for name, label in zip(case.expected["by"], domains_of(case.expected)[row], strict=True):
            inside &= (written_column(case.sample.frame[name]) == label).to_numpy()
    return inside


def _is_missed(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return (mine != theirs) & (np.abs(mine - theirs) <= 1e-12 * np.abs(mine))


def _of_shares(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    stopped = np.isclose(numbers(ours[name]), numbers(expected[name]), rtol=_STOPPED_ACCURACY, atol=0)
    by_log_odds = {STOPPED_LOG_ODDS: stopped & (case.arguments.get("method") == "logit")}
    if name not in ("ci_lower", "ci_upper"):
        return by_log_odds
    method, value, limit = case.arguments.get("method"), numbers(ours["estimate"]), numbers(ours[name])
    all_rows = method == "beta" and _counts_all_rows(case, case.arguments["y"])
    near = np.abs(limit - numbers(expected[name])) <= _SPLINE_ACCURACY * np.abs(limit)
    return {
        **by_log_odds,
        NO_SPLINE: np.isnan(numbers(expected[name])) & np.isfinite(limit) & (method == "likelihood"),
        ENDS: (value == 0) | (value == 1),
        SPLINE: near & (method == "likelihood"),
        FOLDED: ((limit == 0) | (limit == 1)) & (method == "asin"),
        ALL_ROWS: np.full(value.shape, all_rows),
    }


def _counts_all_rows(case: Case, variable: Any) -> bool:
    """Whether rows that do not count stay in the reference's n: of weight 0, or in a calibrated design."""
    calibrated = bool(case.entry["steps"]) and case.sample.replicates is None
    return _weightless(case) or (calibrated and len(_answers(case, variable)) < len(case.sample))


def _weightless(case: Case) -> bool:
    """Whether rows have weight 0 before anything is left out."""
    return bool(np.any(case.sample.weights == 0))


def _of_rank_tests(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    told = numbers(expected[name]).shape
    answer = case.arguments["formula"].partition("~")[0].strip()
    frame = case.sample.frame[case.sample.members]
    constant = answer in frame.columns and frame[answer].nunique() <= 1
    return {
        ZERO_WEIGHTS: np.full(told, _weightless(case)),
        CONSTANT: np.isnan(numbers(ours[name])) & constant,
    }


def _of_chi_squares(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    mine, theirs = numbers(ours[name]), numbers(expected[name])
    if name != "p_value" or case.arguments.get("statistic") not in ("saddlepoint", "lincom"):
        return {}
    free = independence_of(case, "F").denominator_degrees_of_freedom or 0.0
    is_whole = abs(free - round(free)) <= _ROUND_OFF * free * 1e3
    return {CUT: np.isclose(mine, theirs, rtol=_CUT_ACCURACY, atol=0) & is_whole}


def _of_sums(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    mine, theirs = numbers(ours[name]), numbers(expected[name])
    if name == "deff":
        return {
            WHOLE_POPULATION: np.isinf(theirs) & np.isnan(mine),
            NEGATIVE_EFFECT: (theirs < 0) & np.isnan(mine),
        }
    places = {NOBODY: np.isnan(mine) & (theirs == 0)}
    if name == "vcov":
        places[CONTRADICTED] = _contradicted(mine, theirs, errors=numbers(expected["se"]))
    if case.estimator == "ratio":
        by_nothing = np.isinf(numbers(expected["estimate"])) & np.isnan(numbers(ours["estimate"]))
        if by_nothing.shape == theirs.shape:
            places[BY_NOTHING] = by_nothing
    return places


def _of_variances(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    return {NOBODY: np.isnan(numbers(ours[name])) & (numbers(expected[name]) == 0)}


def _contradicted(mine: np.ndarray, theirs: np.ndarray, *, errors: np.ndarray) -> np.ndarray:
    """The places of the variances that are not the squares of the reference's errors, where ours are."""
    if errors.size**2 != theirs.size:
        return np.zeros(theirs.shape, dtype=np.bool_)
    squares = np.diag(errors**2).reshape(-1)
    is_variance = np.eye(errors.size, dtype=np.bool_).reshape(-1)
    own = np.isclose(mine, squares, rtol=RELATIVE, atol=0, equal_nan=True)
    return is_variance & own & ~np.isclose(theirs, squares, rtol=RELATIVE, atol=0, equal_nan=True)


def _of_standardized(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    calibrated = bool(case.entry["steps"]) and case.sample.replicates is None
    errors = name == "se" or name.startswith("ci_")
    concerned = calibrated and errors
    return {
        SEVERAL_CALIBRATIONS: np.full(numbers(expected[name]).shape, concerned),
        ZERO_WEIGHTS: np.full(numbers(expected[name]).shape, errors and _weightless(case)),
    }


_FLAWS: Mapping[str, Callable[[Case, str, Mapping[str, Any], Mapping[str, Any]], Places]] = {
    **dict.fromkeys(("mean", "total", "prop", "count", "ratio"), _of_sums),
    **early_stops.FLAWS,
    "var": _of_variances,
    "ranktest": _of_rank_tests,
    "chisq": _of_chi_squares,
    "quantile": _of_quantiles,
    "ciprop": _of_shares,
    "standardize": _of_standardized,
}
