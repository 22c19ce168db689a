"""Entries whose reference is wrong, or is not what we publish: the known traps, each with why."""

from __future__ import annotations

from tests.golden.comparison.cases import Case

RAKE_SWEEPS = (
    "the reference's rake() takes residuals by ten sweeps of unweighted means; we publish the residual of "
    "the calibration, whose standard errors calibrate(calfun = raking) confirms; the weights are compared"
)
_ERRORS = frozenset({"se", "vcov", "ci_t95_lower", "ci_t95_upper", "ci_z95_lower", "ci_z95_upper", "deff"})


def refused(case: Case) -> tuple[str, frozenset[str]] | None:
    """Why the answer is not ours, and which names of `expected` that concerns; None: all is compared."""
    if any(step["op"] in ("rake", "rake_then_trim", "rake2") for step in case.entry["steps"] or ()):
        return RAKE_SWEEPS, _ERRORS
    return None
