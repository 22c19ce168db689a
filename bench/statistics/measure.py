"""Every measurement of the statistics library, each in a process of its own, ours and other programs'."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from bench.statistics.answers import columns, margin_totals, write_columns

PEERS = Path(".venv-peers/bin/python")
PROGRAMS = Path(__file__).parent / "peers"
SIZES = {"1e4": 10_000, "1e5": 100_000, "1e6": 1_000_000, "1e7": 10_000_000}
SUM_TOLERANCE = 1e-9  # of sums of shares and of standard errors: nine decimals
MOST_SECONDS = 300

Figures = dict[str, float]


class NoComparisonError(Exception):
    """Another program answers something else, or not at all."""


def measure_statistics() -> Figures:
    """Seconds of the whole job by size, over its floor, its memory, and how long others take."""
    figures: Figures = {}
    ours = {name: _own("score", rows) for name, rows in SIZES.items()}
    for name, found in ours.items():
        figures[f"score_{name}_seconds"] = found["seconds"]
        figures[f"score_{name}_over_floor"] = found["seconds"] / found["floor_seconds"]
    figures["score_1e7_peak_mb"] = ours["1e7"]["peak_mb"]
    raked = _own("rake", SIZES["1e6"])
    figures["rake_1e6_seconds"] = raked["seconds"]
    replicated = _own("bootstrap", SIZES["1e6"])
    figures["bootstrap_1000_seconds"] = replicated["seconds"]
    _compare(figures, "group_by_1e6_over_ours", ours["1e6"], _own("group_by", SIZES["1e6"]))
    for size in ("1e4", "1e5", "1e6"):
        with _columns(SIZES[size]) as file:
            figures |= _peers(size, file, ours[size], raked)
    return figures


def _peers(size: str, file: Path, ours: Figures, raked: Figures) -> Figures:
    """How many times as long the other programs take, at the sizes where they come to an end in time."""
    figures: Figures = {}
    _try(figures, f"svy_{size}_over_ours", ours, [PEERS, PROGRAMS / "svy_job.py", "score", file])
    if size == "1e4":
        _try(figures, "samplics_1e4_over_ours", ours, [PEERS, PROGRAMS / "samplics_job.py", file])
        table = file.with_suffix(".csv")
        with np.load(file) as data:
            pd.DataFrame({name: data[name] for name in data.files}).to_csv(table, index=False)
        _try(figures, "r_survey_1e4_over_ours", ours, ["Rscript", PROGRAMS / "survey_job.R", table])
    if size == "1e6":
        totals = json.dumps(margin_totals(float(columns(SIZES[size])["weight"].sum())))
        _try(figures, "svy_rake_1e6_over_ours", raked, [PEERS, PROGRAMS / "svy_job.py", "rake", file, totals])
    return figures


def _try(figures: Figures, name: str, ours: Figures, command: Sequence[str | Path]) -> None:
    """Add how many times as long the other program takes; say why where there is no comparison."""
    program = Path(command[0])
    if not (program.exists() or shutil.which(program)):
        _say(f"{name}: left out, {program} is not there")
        return
    try:
        _compare(figures, name, ours, _run(command))
    except NoComparisonError as refusal:
        _say(f"{name}: left out, {refusal}")


def _compare(figures: Figures, name: str, ours: Figures, theirs: Figures) -> None:
    for key in sorted({"shares", "errors", "squares"} & theirs.keys()):
        apart = abs(theirs[key] - ours[key])
        if apart > SUM_TOLERANCE * (max(1.0, abs(ours[key])) if key == "squares" else 1.0):
            raise NoComparisonError(f"its sum of {key} is {theirs[key]:.9f}, not {ours[key]:.9f}")
    figures[name] = theirs["seconds"] / ours["seconds"]


def _own(task: str, rows: int) -> Figures:
    return _run([sys.executable, "-m", "bench.statistics.job", task, str(rows)])


def _run(command: Sequence[str | Path]) -> Figures:
    """The numbers a program prints, as it ends in time."""
    words = [str(word) for word in command]
    _say(" ".join(Path(word).name for word in words if len(word) < 100) + " …")
    started = time.monotonic()
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=MOST_SECONDS)  # noqa: S603 -- ours
    except subprocess.TimeoutExpired as late:
        raise NoComparisonError(f"it takes more than {MOST_SECONDS} s") from late
    if done.returncode:
        raise NoComparisonError(f"it fails: {done.stderr.strip().splitlines()[-1]}")
    found: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    _say(f"{found['seconds']:.3f} s, in all {time.monotonic() - started:.0f} s")
    return found


@contextmanager
def _columns(rows: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "columns.npz"
        write_columns(rows, file)
        yield file


def _say(text: str) -> None:
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()
