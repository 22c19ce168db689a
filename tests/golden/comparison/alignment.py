"""Which rows of the data a shorter file of replicate weights is about, where an entry does not say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from tests.golden.comparison.errors import UnsupportedError

_MOST_STRATA = 16  # of which every set is tried


def rows_weighted(frame: pd.DataFrame, file: pd.DataFrame, given: Mapping[str, Any]) -> np.ndarray:
    """The rows without those strata (as many rows as the file lacks) that fit: in every sampling unit of the
    design the replicate weights are then the same multiples of the base weight.

    Raises `UnsupportedError` unless exactly one set of strata fits.
    """
    reason = f"{len(file)} rows of replicate weights for {len(frame)} rows of data"
    strata, weight = given.get("strata"), given.get("weights")
    if not strata or weight is None or frame[strata[0]].nunique() > _MOST_STRATA:
        raise UnsupportedError(reason)
    stratum = frame[strata[0]].to_numpy()
    unit = frame[given["ids"][0]].to_numpy() if given.get("ids") else np.arange(len(frame))
    fitting = []
    for dropped in _sets(frame[strata[0]].value_counts(), missing=len(frame) - len(file)):
        kept = ~np.isin(stratum, list(dropped))
        factors = file.to_numpy(dtype=float) / frame[weight].to_numpy()[kept][:, None]
        if _same_in_units(factors, unit[kept]):
            fitting.append(kept)
    if len(fitting) != 1:
        raise UnsupportedError(f"{reason}; {len(fitting)} ways to leave out strata fit")
    return np.asarray(fitting[0], dtype=bool)


def _sets(sizes: pd.Series[int], *, missing: int) -> Iterator[tuple[object, ...]]:
    labels = list(sizes.index)
    for count in range(1, len(labels)):
        for chosen in combinations(labels, count):
            if int(sizes[list(chosen)].sum()) == missing:
                yield chosen


def _same_in_units(factors: np.ndarray, unit: np.ndarray) -> bool:
    first = pd.Series(np.arange(unit.size)).groupby(unit).transform("first").to_numpy()
    return bool(np.allclose(factors, factors[first], rtol=1e-9, atol=1e-12))
