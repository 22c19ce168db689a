"""Items: the answer columns of a table as one matrix of numbers, checked on the way in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import EstimationError
from analysis.stages import FloatArray, some


def item_matrix(frame: pd.DataFrame, items: Sequence[str], *, least: int = 1) -> FloatArray:
    """The columns `items` as floats, NaN where an answer is missing; shape (rows, items).

    Raises `EstimationError` naming every column that is unknown, named twice, not of numbers or infinite
    somewhere, and when there are fewer than `least`.
    """
    wrong = [text for name in dict.fromkeys(items) if (text := _problem(frame, name))]
    twice = [name for name in dict.fromkeys(items) if list(items).count(name) > 1]
    if twice:
        wrong.append(f"named twice: {some(twice)}")
    if len(items) < least:
        wrong.append(f"{len(items)} given, {least} or more are needed")
    if wrong:
        raise EstimationError(
            f"These items cannot be used: {'; '.join(wrong)}.",
            hint=f"Give columns of numbers, empty where an answer is missing. Columns: "
            f"{some(list(frame.columns))}.",
        )
    columns = [frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in items]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def _problem(frame: pd.DataFrame, name: str) -> str | None:
    if name not in frame.columns:
        return f"there is no column {name}"
    column = frame[name]
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return f"column {name} is {column.dtype}, not numbers"
    infinite = np.isinf(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if infinite.any():
        return f"column {name} is infinite in row {frame.index[infinite][0]}"
    return None
