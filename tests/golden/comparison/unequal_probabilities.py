"""The `pps` of an entry's design in the library's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from analysis.pps import JointProbabilities, PpsMethod, PpsVariance
from tests.golden.comparison.errors import UnsupportedError

_REFERENCE_TOLERANCE = 1e-4  # below which the reference takes the covariance of a pair as 0
_METHODS = {
    "brewer": JointProbabilities.BREWER,
    "overton": JointProbabilities.OVERTON,
    "hr": JointProbabilities.HARTLEY_RAO,
    "hartley_rao": JointProbabilities.HARTLEY_RAO,
    "poisson": JointProbabilities.POISSON,
    "poisson_sampling": JointProbabilities.POISSON,
    "ppsmat": JointProbabilities.GIVEN,
    "joint": JointProbabilities.GIVEN,
}
_VARIANCES = {"ht": PpsVariance.HORVITZ_THOMPSON, "yg": PpsVariance.YATES_GRUNDY}


def pps_method(given: str | Mapping[str, Any], table: Callable[[str], pd.DataFrame]) -> PpsMethod:
    """From a name (`brewer`, `overton`, `HR`, …) or {method, variance, psum, joint_file, tolerance}.

    Raises `UnsupportedError` for other methods.
    """
    told = {"method": given} if isinstance(given, str) else dict(given)
    named = str(told.get("method", told.get("type", "joint"))).lower()
    joint, variance = _METHODS.get(named), _VARIANCES.get(str(told.get("variance") or "HT").lower())
    if joint is None or variance is None:
        raise UnsupportedError(f"pps {given}")
    file = told.get("joint_file", told.get("file"))
    is_given = joint is JointProbabilities.GIVEN
    return PpsMethod(
        joint=joint,
        variance=variance,
        matrix=table(str(file)).to_numpy(dtype=float) if is_given and file else None,
        sum_of_squares=told.get("psum", told.get("sum_of_squares")),
        tolerance=float(told.get("tolerance", _REFERENCE_TOLERANCE)) if is_given else 0.0,
    )
