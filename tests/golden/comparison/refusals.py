"""Entries whose reference is wrong, or is not what we publish: the known traps, each with why."""

from __future__ import annotations

import numpy as np

from tests.golden.comparison.cases import Case, numbers

RAKE_SWEEPS = (
    "the reference's rake() takes residuals by ten sweeps of unweighted means; we publish the residual of "
    "the calibration, whose standard errors calibrate(calfun = raking) confirms; the weights are compared"
)
DAVIES = (
    "the reference asks Davies' integral for an absolute 1e-7 only (CompQuadForm, acc); our p-value is exact "
    "and agrees to that"
)
_DAVIES_ACCURACY = 1e-7
_TESTS = frozenset({"chisq", "ttest", "ranktest"})
_TEST_RESULTS = frozenset({"statistic", "parameter", "p_value", "ci"})
_ERRORS = frozenset({"se", "vcov", "ci_t95_lower", "ci_t95_upper", "ci_z95_lower", "ci_z95_upper", "deff"})


def refused(case: Case) -> tuple[str, frozenset[str]] | None:
    """Why the answer is not ours, and which names of `expected` that concerns; None: all is compared."""
    if any(step["op"] in ("rake", "rake_then_trim", "rake2") for step in case.entry["steps"] or ()):
        return RAKE_SWEEPS, _ERRORS | (_TEST_RESULTS if case.estimator in _TESTS else frozenset())
    return None


def imprecise(case: Case, name: str, *, ours: object, reference: object) -> str | None:
    """Why a number further off than allowed is as near as the reference itself is; None: it is not."""
    if case.estimator != "chisq" or case.arguments.get("statistic") != "lincom" or name != "p_value":
        return None
    apart = np.abs(numbers(ours) - numbers(reference))
    return DAVIES if apart.shape == (1,) and apart[0] <= _DAVIES_ACCURACY else None
