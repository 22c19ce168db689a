"""One measurement in a process of its own: `python -m bench.statistics.job score 1000000`; prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.design import Design
from analysis.estimation import Estimates, share
from analysis.sample import Sample
from analysis.weighting import bootstrap, rake
from bench.statistics.answers import ITEMS, SATISFIED, UNITS, frame, margin_totals

DESIGN = Design(strata="stratum", psu="psu", weight="weight")
REPLICATES = 1000
FEW_ROWS = 2_000_000  # up to so many rows a measurement is repeated more often


def score(rows: pd.DataFrame) -> Estimates:
    """The whole job: check the design, then 22 × 200 shares with standard errors, intervals, df and deff."""
    return share(Sample(rows, DESIGN), ITEMS, categories=SATISFIED, by="unit")


def measure_score(row_count: int) -> dict[str, float]:
    """Seconds of the job and of its floor, taken in turn, and the peak memory of the first job.

    The floor is two `np.bincount` an item on one ready int64 key and ready float64 values.
    """
    rows = frame(row_count)
    started = time.perf_counter()
    estimates = score(rows)
    jobs = [time.perf_counter() - started]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    key = np.unique(rows["psu"].to_numpy().astype(np.int64) * UNITS + rows["unit"], return_inverse=True)[1]
    key = key.astype(np.int64)
    values = np.random.default_rng(1).random((2, row_count))
    floors = []
    for _ in range(9 if row_count <= FEW_ROWS else 3):
        floors.append(
            _seconds(lambda: [np.bincount(key, weights=values[turn % 2]) for turn in range(2 * len(ITEMS))])
        )
        jobs.append(_seconds(lambda: score(rows)))
    return {
        "seconds": min(jobs),
        "floor_seconds": min(floors),
        "peak_mb": peak,
        "shares": float(estimates.values.sum()),
        "errors": float(estimates.standard_errors.sum()),
    }


def measure_rake(row_count: int) -> dict[str, float]:
    """Seconds to rake to the three margins, and a checksum of the weights."""
    sample = Sample(frame(row_count), DESIGN)
    margins = margin_totals(float(sample.weights.sum()))
    seconds = min(_seconds(lambda: rake(sample, margins=margins, tolerance=1e-10)) for _ in range(5))
    weights = rake(sample, margins=margins, tolerance=1e-10).weights
    return {"seconds": seconds, "squares": float(weights @ weights)}


def measure_bootstrap(row_count: int) -> dict[str, float]:
    """Seconds for 1,000 bootstrap replicates of all 4,400 shares, drawing included."""
    sample = Sample(frame(row_count), DESIGN)

    def replicate() -> Estimates:
        replicated = bootstrap(sample, replicates=REPLICATES, seed=1)
        return share(replicated, ITEMS, categories=SATISFIED, by="unit")

    seconds = min(_seconds(replicate) for _ in range(3))
    ratio = replicate().standard_errors / score(sample.frame).standard_errors
    return {"seconds": seconds, "median_ratio_to_linearization": float(np.median(ratio))}


def measure_group_by(row_count: int) -> dict[str, float]:
    """Seconds of the same shares and standard errors by pandas group-by, algebra by hand afterwards."""
    rows = frame(row_count)
    satisfied = {item: rows[item].isin(SATISFIED).to_numpy() for item in ITEMS}
    answered = {item: rows[item].notna().to_numpy() for item in ITEMS}
    started = time.perf_counter()
    weight = rows["weight"].to_numpy()
    products = {f"x {item}": weight * answered[item] for item in ITEMS}
    products |= {f"y {item}": weight * (satisfied[item] & answered[item]) for item in ITEMS}
    keys = rows[["stratum", "psu", "unit"]]
    cells = pd.concat([keys, pd.DataFrame(products)], axis=1).groupby(["stratum", "psu", "unit"]).sum()
    psus = cells.index.to_frame(index=False).groupby("stratum")["psu"].nunique()
    shares = errors = 0.0
    for item in ITEMS:
        own = cells[[f"x {item}", f"y {item}"]].set_axis(["x", "y"], axis=1)
        total = own.groupby("unit").sum()
        share_of = total["y"] / total["x"]
        unit = own.index.get_level_values("unit")
        own["z"] = (own["y"] - own["x"] * share_of.loc[unit].to_numpy()) / total["x"].loc[unit].to_numpy()
        own["zz"] = own["z"] ** 2
        groups = own.groupby(["stratum", "unit"])[["z", "zz"]].sum()
        size = psus.loc[groups.index.get_level_values("stratum")].to_numpy()
        spread = size / (size - 1) * (groups["zz"] - groups["z"] ** 2 / size)
        shares += float(share_of.sum())
        errors += float(np.sqrt(spread.groupby("unit").sum()).sum())
    return {"seconds": time.perf_counter() - started, "shares": shares, "errors": errors}


def _seconds(task: Callable[[], object]) -> float:
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


MEASURES = {
    "score": measure_score,
    "rake": measure_rake,
    "bootstrap": measure_bootstrap,
    "group_by": measure_group_by,
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(MEASURES[sys.argv[1]](int(sys.argv[2]))) + "\n")
