"""The measured job by samplics, run with its own interpreter: `samplics_job.py FILE`; prints JSON."""

from __future__ import annotations

import json
import sys
import time
import warnings

warnings.simplefilter("ignore")  # importing it warns that it is archived

import numpy as np  # noqa: E402 -- after the warnings are silent
from samplics.estimation import TaylorEstimator  # noqa: E402
from samplics.utils.types import PopParam  # noqa: E402


def main(file: str) -> dict[str, float]:
    """22 items × 200 units, with standard errors."""
    data = np.load(file)
    items = [name for name in data.files if name.startswith("q")]
    started = time.perf_counter()
    shares = errors = 0.0
    for item in items:
        estimator = TaylorEstimator(param=PopParam.mean)
        estimator.estimate(
            y=data[item],
            samp_weight=data["weight"],
            stratum=data["stratum"],
            psu=data["psu"],
            domain=data["unit"],
            remove_nan=True,
        )
        shares += sum(estimator.point_est.values())
        errors += sum(estimator.stderror.values())
    return {"seconds": time.perf_counter() - started, "shares": float(shares), "errors": float(errors)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")
