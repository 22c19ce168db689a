"""When two answers are the same."""

from __future__ import annotations

import numpy as np

from tests.golden.comparison.cases import Case, numbers

RELATIVE = 1e-9

# Ranks from a Monte-Carlo critical value may be one off at the edges.
MONTE_CARLO = {"rank_ci_csranks": 1.0}

# Estimators that iterate to a stopping rule; the reference stops earlier than the last digit, so an entry's
# own looser tolerance counts. Everything else agrees to RELATIVE.
ITERATING = frozenset(
    {"glm", "term_test", "predict", "ordinal_logit", "nr_propensity", "omega_total_onefactor"}
    | {"nonprob", "nonprob_rake", "fay_herriot"}
)
ITERATING_INTERVALS = frozenset({"likelihood"})
ITERATING_STATISTICS = frozenset({"lincom", "saddlepoint"})  # of chisq: Davies' integral, a root to 1e-8
ITERATING_STEPS = frozenset({"rake", "calibrate", "rake_then_trim"})


def relative_tolerance(case: Case) -> float:
    """The relative tolerance of an entry: its own where the reference iterates, else RELATIVE."""
    iterates = (
        case.estimator in ITERATING
        or case.arguments.get("method") in ITERATING_INTERVALS
        or case.arguments.get("statistic") in ITERATING_STATISTICS
        or _refits_replicates(case)
        or any(step["op"] in ITERATING_STEPS for step in case.entry["steps"] or ())
    )
    return max(RELATIVE, float(case.entry["tolerance"]["rel"])) if iterates else RELATIVE


def _refits_replicates(case: Case) -> bool:
    """The log odds of a share on replicate weights: the reference fits a logistic model in each."""
    of_replicates = "replicate" in (case.entry["design"]["extra"] or {})
    return of_replicates and case.estimator == "ciprop" and case.arguments.get("method") == "logit"


def absolute_tolerance(case: Case) -> float:
    """The absolute tolerance of an entry: its own, or one rank where ranks are simulated."""
    return max(float(case.entry["tolerance"]["abs"]), MONTE_CARLO.get(case.estimator, 0.0))


def worst_difference(case: Case, ours: object, reference: object, *, beside: object = 0.0) -> float:
    """The largest difference in units of what is allowed; 0 when equal, infinite when not comparable.

    Allowed is the relative tolerance of the reference (or of `beside`, where a number near zero is a
    difference of larger ones, such as a covariance or a limit), or the entry's `abs`.
    """
    mine, theirs = numbers(ours), numbers(reference)
    if mine.shape != theirs.shape:
        return np.inf
    same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
    scale = _scale(theirs, numbers(beside))
    allowed = np.maximum(relative_tolerance(case) * scale, absolute_tolerance(case))
    with np.errstate(invalid="ignore"):
        off = np.where(same, 0.0, np.abs(mine - theirs) / allowed)
    return float(np.max(np.where(np.isnan(off), np.inf, off), initial=0.0))


def _scale(reference: np.ndarray, beside: np.ndarray) -> np.ndarray:
    if beside.shape not in (reference.shape, (1,)):
        return np.abs(reference)
    return np.maximum(np.abs(reference), np.abs(beside))


def relative_difference(case: Case, ours: object, reference: object, *, beside: object = 0.0) -> float:
    """The largest difference relative to the reference (or `beside`), where that is more than round-off."""
    mine, theirs = numbers(ours), numbers(reference)
    scale = _scale(theirs, numbers(beside))
    told = np.isfinite(mine) & np.isfinite(theirs) & (np.abs(theirs) > float(case.entry["tolerance"]["abs"]))
    return float(np.max(np.abs(mine[told] - theirs[told]) / scale[told], initial=0.0))
