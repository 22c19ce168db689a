"""Places where the reference's replicates are not ours, told from the data, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.golden.comparison.cases import Case, numbers

NEGATIVE_WEIGHTS = (
    "calibration made weights negative in some replicates; the reference leaves these rows out of the models "
    "it fits there, but not out of means and totals; we leave them in everywhere"
)
DISCARDED = (
    "in some replicates a domain has nobody; the reference leaves these out of all its covariances, but not "
    "out of its standard errors; ours come from the same replicates as these"
)
STOPPED_RAKE = (
    "the reference stops raking a replicate when a sweep changes margins by less than its epsilon, which "
    "leaves less than 1e-4 of the error, or of a figure that its margins fix; we go to the last digit"
)
STOPPED_REPLICATES = (
    "the reference stops its search in the sample and in every replicate where the deviance is still above "
    "its minimum; ours are those of the minimum"
)
_FITTED = frozenset({"glm", "term_test", "predict", "pseudo_r2", "ordinal_logit", "marginpred_svypredmeans"})
_FITTED_INTERVALS = frozenset({"logit", "likelihood"})
_CLOSE, _FIXED, _ORDINAL_CLOSE = 1e-4, 1e-9, 1e-2
_POINTS = frozenset({"estimate", "coef"})  # of the sample itself


def replicated(
    case: Case, name: str, *, ours: Mapping[str, Any], expected: Mapping[str, Any]
) -> Mapping[str, np.ndarray]:
    """The places under `name`, by reason, that differ in a sample with replicates; none in any other."""
    if case.sample.replicates is None:
        return {}
    mine, theirs = numbers(ours[name]), numbers(expected[name])
    everywhere, apart = np.ones(mine.shape, dtype=np.bool_), np.abs(mine - theirs)
    places = {}
    if name not in _POINTS and _fits_a_model(case) and _has_negative_weights(case):
        places[NEGATIVE_WEIGHTS] = everywhere
    if name == "vcov" and _is_discarded(mine, theirs, errors=numbers(expected.get("se", []))):
        places[DISCARDED] = everywhere
    if case.estimator == "ordinal_logit":
        scale = np.abs(theirs) if name == "coef" else _outer_errors(theirs)
        places[STOPPED_REPLICATES] = apart <= _ORDINAL_CLOSE * scale
    if name not in _POINTS and any(step["op"] == "rake" for step in case.entry["steps"] or ()):
        size = np.abs(numbers(expected["estimate"])) if "estimate" in expected else theirs
        fixed = _CLOSE * size * (mine <= _FIXED * size) if size.shape == mine.shape else 0.0
        places[STOPPED_RAKE] = apart <= np.maximum(_CLOSE * np.abs(theirs), fixed)
    return places


def _fits_a_model(case: Case) -> bool:
    by_interval = case.estimator == "ciprop" and case.arguments.get("method") in _FITTED_INTERVALS
    return case.estimator in _FITTED or by_interval


def _has_negative_weights(case: Case) -> bool:
    replicates = case.sample.replicates
    return replicates is not None and any(bool(np.any(weights < 0)) for weights in replicates.weights())


def _outer_errors(covariance: np.ndarray) -> np.ndarray:
    size = int(np.sqrt(covariance.size))
    errors = np.sqrt(np.diag(covariance.reshape(size, size)))
    return np.outer(errors, errors).reshape(-1)


def _is_discarded(mine: np.ndarray, theirs: np.ndarray, *, errors: np.ndarray) -> bool:
    """Whether our variances are the squares of the reference's errors, and its own are not."""
    if errors.size**2 != theirs.size:
        return False
    diagonal = np.eye(errors.size, dtype=np.bool_).reshape(-1)
    own = np.allclose(mine[diagonal], errors**2, rtol=1e-9, atol=0, equal_nan=True)
    return own and not np.allclose(theirs[diagonal], errors**2, rtol=1e-9, atol=0, equal_nan=True)
