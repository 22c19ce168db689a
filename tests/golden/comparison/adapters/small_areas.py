"""Small-area models: Fay–Herriot by each method of the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.small_areas import DirectEstimates, FitMethod, fay_herriot
from tests.golden.comparison.cases import Case, numbers
from tests.golden.comparison.errors import UnsupportedError

_METHODS = {"REML": FitMethod.REML, "ML": FitMethod.ML, "FH": FitMethod.MOMENT}


def _fay_herriot(case: Case) -> Mapping[str, Any]:
    arguments = case.arguments
    method = arguments.get("method", "REML")
    if method not in _METHODS:
        raise UnsupportedError(f"Fay–Herriot by {method}")
    value = numbers(arguments["y"])
    areas = [str(area) for area in arguments.get("domain", range(value.size))]
    covariates = None
    if "X" in arguments:
        rows = np.array([numbers(row) for row in arguments["X"]])
        names = arguments.get("x_names", [f"x{place}" for place in range(rows.shape[1])])
        covariates = pd.DataFrame(rows, index=areas, columns=list(names))
    direct = DirectEstimates(areas=areas, value=value, variance=numbers(arguments["sampling_var"]))
    model = fay_herriot(direct, covariates=covariates, method=_METHODS[method])
    return {
        "beta": list(model.coefficients.values()),
        "beta_se": list(model.coefficient_standard_errors.values()),
        "sigma2_u": model.model_variance,
        "eblup": [area.value for area in model.areas],
        "mse": [area.mean_squared_error for area in model.areas],
        "gamma": [area.shrinkage for area in model.areas],
        "converged": True,
        "loglik": model.log_likelihood,
    }


ADAPTERS: Mapping[str, Callable[[Case], Mapping[str, Any]]] = {"fay_herriot": _fay_herriot}
