"""Labels of categories and domains as the reference writes them, so that both sides can be told to be one."""

from __future__ import annotations

import re

import pandas as pd

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TRUTH = {"true": "TRUE", "false": "FALSE"}


def written(label: object) -> str:
    """TRUE for a truth value, at most 15 digits for a number (also one in words, as 1e+05), else the word."""
    text = str(label)
    if _NUMBER.fullmatch(text):
        return f"{float(text):.15g}"
    return _TRUTH.get(text.lower(), text)


def written_column(column: pd.Series) -> pd.Series:  # type: ignore[type-arg]
    """The labels of a column, a missing one as NaN."""
    return column.map({label: written(label) for label in column.dropna().unique()})
