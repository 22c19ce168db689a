"""The measured jobs by svy, run with its own interpreter: `svy_job.py score|rake FILE`; prints JSON."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import polars as pl
import svy

PLAIN = ("stratum", "psu", "unit", "weight", "sex", "age", "channel")


def main(task: str, file: str) -> dict[str, float]:
    """Read the columns, then measure the task."""
    data = np.load(file)
    items = [name for name in data.files if name.startswith("q")]
    columns = {name: pl.Series(data[name]) for name in PLAIN}
    columns |= {name: pl.Series(data[name]).fill_nan(None) for name in items}
    frame = pl.DataFrame(columns)
    return score(frame, items) if task == "score" else rake(frame, json.loads(sys.argv[3]))


def score(frame: pl.DataFrame, items: list[str]) -> dict[str, float]:
    """22 items × 200 units, with standard errors."""
    started = time.perf_counter()
    sample = svy.Sample(frame, svy.Design(stratum="stratum", psu="psu", wgt="weight", wr=True))
    found = [
        estimate
        for item in items
        for estimate in sample.estimation.mean(item, by="unit", drop_nulls=True).estimates
    ]
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "shares": sum(each.est for each in found),
        "errors": sum(each.se for each in found),
    }


def rake(frame: pl.DataFrame, totals: dict[str, dict[str, float]]) -> dict[str, float]:
    """Raking to three margins, to 1e-10 of each total."""
    sample = svy.Sample(frame, svy.Design(stratum="stratum", psu="psu", wgt="weight", wr=True))
    controls = {
        name: {int(level): total for level, total in of_levels.items()} for name, of_levels in totals.items()
    }
    times = []
    for turn in range(3):
        started = time.perf_counter()
        raked = sample.weighting.rake(
            controls=controls, tol=1e-10, wgt_name=f"raked{turn}", update_design_wgts=False
        )
        times.append(time.perf_counter() - started)
    weights = raked.data[f"raked{turn}"].to_numpy()
    return {"seconds": min(times), "squares": float(weights @ weights)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2])) + "\n")
