"""The data of the reference results, for tests that look further into them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.golden.comparison.cases import read_table


def read_reference_table(file: str) -> pd.DataFrame:
    """A data file of the reference results; only empty cells are missing."""
    return read_table(Path(__file__).parent / file)
