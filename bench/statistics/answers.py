"""The survey that is measured with: 22 items, 200 units, 64 strata, 2,000 PSUs, some answers missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ITEMS = tuple(f"q{number:02d}" for number in range(1, 23))
SATISFIED = (4, 5)
MARGINS = {"sex": 2, "age": 4, "channel": 3}
PSUS, STRATA, UNITS, UNITS_OF_A_PSU = 2000, 64, 200, 4
NON_RESPONSE = 0.06


def columns(rows: int, *, seed: int = 20261124) -> dict[str, Any]:
    """The columns by name: codes as small integers, answers as int8 and, beside them, which are missing.

    Every PSU serves four units, so there are 8,000 (PSU, unit) cells.
    """
    random = np.random.default_rng(seed)
    psu = random.integers(0, PSUS, rows, dtype=np.int16)
    place = random.integers(0, UNITS_OF_A_PSU, rows, dtype=np.int16)
    found: dict[str, Any] = {
        "stratum": psu % np.int16(STRATA),
        "psu": psu,
        "unit": (psu * np.int16(7) + place * np.int16(53)) % np.int16(UNITS),
        "weight": 20.0 + 5.0 * (psu % np.int16(13)) + 10.0 * random.random(rows),
    }
    for name, levels in MARGINS.items():
        found[name] = random.integers(0, levels, rows, dtype=np.int8)
    leaning = random.integers(0, 2, PSUS, dtype=np.int8)  # PSUs differ, as they do
    for item in ITEMS:
        answer = random.integers(1, 6, rows, dtype=np.int8)
        found[item] = np.minimum(answer + leaning[psu], 5).astype(np.int8)
        found[f"{item} missing"] = random.random(rows, dtype=np.float32) < NON_RESPONSE
    return found


def frame(rows: int) -> pd.DataFrame:
    """The survey as a data frame, answers as nullable Int8."""
    found = columns(rows)
    answers = {item: pd.arrays.IntegerArray(found[item], found[f"{item} missing"]) for item in ITEMS}
    plain = {name: found[name] for name in ("stratum", "psu", "unit", "weight", *MARGINS)}
    return pd.DataFrame(plain | answers, copy=False)


def margin_totals(weight_sum: float) -> dict[str, dict[int, float]]:
    """Known totals of the three margins, a little apart from the sample's own."""
    return {
        name: {
            level: weight_sum * (level + 8) / sum(each + 8 for each in range(levels))
            for level in range(levels)
        }
        for name, levels in MARGINS.items()
    }


def write_columns(rows: int, file: Path) -> None:
    """The same for other programs: satisfied 1, not 0, missing NaN."""
    found = columns(rows)
    for item in ITEMS:
        satisfied = np.isin(found[item], SATISFIED).astype(np.float64)
        found[item] = np.where(found.pop(f"{item} missing"), np.nan, satisfied)
    np.savez(file, **found)
