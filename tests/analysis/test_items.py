"""Item columns are read once, and everything wrong with them is said at once."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import EstimationError
from analysis.items import item_matrix


def test_missing_answers_of_any_kind_are_nan():
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int8"), "b": [2.5, np.nan], "c": [True, False]})
    values = item_matrix(frame, ["a", "b", "c"])
    assert np.array_equal(values, [[1, 2.5, 1], [np.nan, np.nan, 0]], equal_nan=True)


def test_all_problems_are_named_together():
    frame = pd.DataFrame({"a": [1, np.inf], "b": ["x", "y"]}, index=["r1", "r2"])
    with pytest.raises(EstimationError) as refusal:
        item_matrix(frame, ["a", "b", "b", "z"], least=5)
    for part in ("a is infinite in row r2", "column b is", "no column z", "named twice: b", "5 or more"):
        assert part in str(refusal.value)
