"""Entries whose reference is wrong, or is not what we publish: the known traps, each with why."""

from __future__ import annotations

import numpy as np

from analysis.errors import AnalysisError
from tests.golden.comparison.cases import Case, numbers

RAKE_SWEEPS = (
    "the reference's rake() takes residuals by ten sweeps of unweighted means; we publish the residual of "
    "the calibration, whose standard errors calibrate(calfun = raking) confirms; the weights are compared"
)
SEVERAL_CALIBRATIONS = (
    "the reference takes the residual of several calibrations in the order they were made, and finds too "
    "small an error; we take the last one first, as replicates confirm; the weights are compared"
)
TRIMMED_REPLICATES = (
    "the reference trims the replicates but leaves the weights of the sample as they are, and lifts the "
    "weight 0 of units left out of a replicate to the lower bound; we trim both, zeros apart"
)
NOT_COMPRESSED = (
    "the reference cannot calibrate replicate weights that are not stored as its compressed ones; it asks a "
    "setting that is not there"
)
NARROW_LIMITS = (
    "limits that cannot hold the sum of the weights: the reference trims, says that it failed, and loses a "
    "part of the population; we refuse"
)
NO_ANSWERS = "in a calibrated sample the reference fails where nobody of a domain answered; we do not"
NEGATIVE_WEIGHTS = (
    "linear calibration made weights negative; the reference fits no model, and so makes no log odds, ranks "
    "or comparison, with these, though means and totals; we do"
)
UNEQUAL_VARIANCES = (
    "the reference forgets the unequal variances in the residual of every distance but the linear one; "
    "we keep them; the weights are compared"
)
UNSORTED_UNITS = (
    "the reference pairs the 1 - π of units drawn with unequal probabilities, in the order of the rows, with "
    "their totals, in the order of the labels; in rows that are not sorted by unit these are other units"
)
# p-values of chisq that the reference knows to so many places only, and why
_IMPRECISE = {
    "lincom": (
        1e-7,
        "the reference asks Davies' integral for an absolute 1e-7 only (CompQuadForm, acc); our p-value is "
        "exact and agrees to that",
    ),
    "saddlepoint": (
        1e-5,
        "the reference stops at a root to 1e-8, which next to the mean, where the formula is nearly 0 / 0, "
        "leaves five places; our root is to the last digit and agrees to that",
    ),
}
COMPLEX_EIGENVALUES = (
    "the reference takes eigenvalues of a matrix that is not symmetric; in large tables round-off makes them "
    "complex, and its saddlepoint fails; ours are real, from the symmetric form"
)
ONE_CATEGORY = (
    "the reference makes columns of categories by contrasts and cannot where there is one category only; its "
    "share is 1, its count that of everybody who answered"
)
NO_PROFILE = (
    "the reference follows the profile of a likelihood that is largest where no share is left, at log odds "
    "without bound, and stops there; the limit on the other side exists, and we give it"
)
ONLY_WORDS = "the reference's kappa reads the categories of words alone; numbers are categories for us too"
NO_ORDER = "the reference's ordinal regression fails where rows have weight 0; ours leaves them out"
NO_ROOT = (
    "the reference looks for the limits of the score interval between the ends of the answers, and fails "
    "where one lies beyond; ours says so of that limit alone"
)
NO_DERIVATIVE = "the reference has no derivative of this function; ours is taken numerically"
INFINITE_SCORES = (
    "the reference keeps rows outside the domain in a calibrated sample, with weight 0; above all answers "
    "their normal score is infinite, and the test breaks down; ours leaves them out"
)
PROPENSITY_ERRORS = (
    "nonprobsvy 0.2.3 takes the variance of an inverse-propensity mean from answers that are not centred, as "
    "if the population size were not estimated, and that of its doubly robust mean with it; we publish the "
    "standard errors of Chen, Li & Wu 2020, which the entry of their formulas confirms; means are compared"
)
_ALL = None  # estimators
# where the reference stops with an error: the estimators, a part of its message, and why
_FAILURES = (
    (("chisq",), "Non-numeric argument", COMPLEX_EIGENVALUES),
    (("prop", "count"), "contrasts can be applied only", ONE_CATEGORY),
    (("ciprop",), "profiling has found a better solution", NO_PROFILE),
    (("kappa",), "'names' attribute", ONLY_WORDS),
    (("ordinal_logit",), "argument wt must be", NO_ORDER),
    (("quantile",), "not of opposite sign", NO_ROOT),
    (("contrast",), "not in the derivatives table", NO_DERIVATIVE),
    (_ALL, "foreign function call (arg 5)", NO_ANSWERS),
    (_ALL, "negative weights not allowed", NEGATIVE_WEIGHTS),
)
_TESTS = frozenset({"chisq", "ttest", "ranktest"})
_TEST_RESULTS = frozenset({"statistic", "parameter", "p_value", "ci"})
_LIMITS = frozenset({f"ci_{kind}{end}" for kind in ("", "t95_", "z95_") for end in ("lower", "upper")})
_MODEL_ERRORS = frozenset({"t", "p_value", "F", "p", "link_se", "response_se"})
_ERRORS = frozenset({"se", "vcov", "deff"}) | _LIMITS | _MODEL_ERRORS
_TRIMMINGS = ("trim", "rake_then_trim")
_CALIBRATIONS = ("poststratify", "rake", "rake_then_trim", "calibrate")


def refused(case: Case) -> tuple[str, frozenset[str]] | None:
    """Why the answer is not ours, and which names of `expected` that concerns; None: all is compared."""
    if _trims_replicates(case):
        return TRIMMED_REPLICATES, frozenset(case.expected)
    if residuals := _residuals(case):
        return residuals, _ERRORS | (_TEST_RESULTS if case.estimator in _TESTS else frozenset())
    if _brewer_unsorted(case):
        return UNSORTED_UNITS, _ERRORS | (_TEST_RESULTS if case.estimator in _TESTS else frozenset())
    if case.estimator == "nonprob":
        weighted = [name for name in case.expected if name.startswith(("ipw_", "dr"))]
        packaged = [name for name in weighted if isinstance(case.expected[name], dict)]
        return PROPENSITY_ERRORS, frozenset(f"{name}.se" for name in packaged)
    return None


def _trims_replicates(case: Case) -> bool:
    of_replicates = "replicate" in (case.entry["design"]["extra"] or {})
    return of_replicates and any(step["op"] in _TRIMMINGS for step in case.entry["steps"] or ())


def _brewer_unsorted(case: Case) -> bool:
    design = case.entry["design"]
    ids, extra = design["ids"], design["extra"] or {}
    if extra.get("pps") not in ("brewer", {"method": "brewer"}) or not ids:
        return False
    frame = case.frame[[ids] if isinstance(ids, str) else list(ids)]
    return not frame.reset_index(drop=True).equals(frame.sort_values(list(frame)).reset_index(drop=True))


def reference_fails(case: Case) -> str | None:
    """Why the reference breaks down where there is an answer; None: it does not, as far as is known."""
    arguments = case.arguments
    if _trims_replicates(case):
        return TRIMMED_REPLICATES
    calibrates = "replicate" in (case.entry["design"]["extra"] or {}) and case.entry["steps"]
    if calibrates and "missing value where TRUE/FALSE needed" in (case.refusal or ""):
        return NOT_COMPRESSED
    for estimators, message, reason in _FAILURES:
        if (estimators is _ALL or case.estimator in estimators) and message in (case.refusal or ""):
            return reason
    normal_scores = case.estimator == "ranktest" and arguments.get("test") == "vanderWaerden"
    if normal_scores and case.entry["steps"] and case.entry["domain"]:
        return INFINITE_SCORES
    return None


def rightly_refused(refusal: AnalysisError) -> str | None:
    """Why we refuse where the reference answers; None: we should not."""
    codes = {problem.code for problem in getattr(refusal, "problems", ())}
    return NARROW_LIMITS if codes == {"limits_too_narrow"} else None


def _residuals(case: Case) -> str | None:
    """Why the reference's residuals of the calibration steps are not ours; replicates need none."""
    if "replicate" in (case.entry["design"]["extra"] or {}):
        return None
    steps = [step for step in case.entry["steps"] or () if step["op"] in _CALIBRATIONS]
    if any(step["op"] in ("rake", "rake_then_trim") for step in steps):
        return RAKE_SWEEPS
    if len(steps) > 1:
        return SEVERAL_CALIBRATIONS
    if any(step.get("variance") and (step.get("calfun") != "linear" or step.get("bounds")) for step in steps):
        return UNEQUAL_VARIANCES
    return None


def imprecise(case: Case, name: str, *, ours: object, reference: object) -> str | None:
    """Why a number may be further off than allowed: the reference itself is; None: it may not."""
    if failure := reference_fails(case):
        return failure
    statistic = case.arguments.get("statistic")
    if case.estimator != "chisq" or name != "p_value" or statistic not in _IMPRECISE:
        return None
    accuracy, reason = _IMPRECISE[statistic]
    apart = np.abs(numbers(ours) - numbers(reference))
    return reason if apart.shape == (1,) and apart[0] <= accuracy else None
