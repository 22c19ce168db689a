"""Percent match agrees with comparing every pair, in blocks of any size."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import QualityError
from analysis.quality import IndexStatus, MissingMatch, exact_duplicates, matching, percent_match

ITEMS = [f"q{number}" for number in range(5)]


def answers(seed, rows=40):
    random = np.random.default_rng(seed)
    values = random.integers(1, 4, size=(rows, 5)).astype(float)
    values[random.random(values.shape) < 0.2] = np.nan
    frame = pd.DataFrame(values, columns=ITEMS)
    return frame.assign(unit=random.integers(0, 4, rows))


def by_pairs(frame, missing):
    values, unit = frame[ITEMS].to_numpy(), frame["unit"].to_numpy()
    result = []
    for row in range(len(frame)):
        shares = []
        for other in np.flatnonzero(unit == unit[row]):
            if other != row:
                equal = values[row] == values[other]
                if missing is MissingMatch.EQUAL:
                    equal |= np.isnan(values[row]) & np.isnan(values[other])
                shares.append(equal.mean())
        result.append(max(shares, default=np.nan))
    return result


@given(st.integers(0, 1000), st.sampled_from(list(MissingMatch)), st.sampled_from([1, 50, 1 << 20]))
@settings(max_examples=30, deadline=None)
def test_blocks_find_what_comparing_every_pair_finds(seed, missing, block):
    frame = answers(seed)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(matching, "_BLOCK", block)
        found = percent_match(frame, ITEMS, within="unit", missing=missing)
    assert found.values == pytest.approx(by_pairs(frame, missing), nan_ok=True)


def test_words_match_as_well_as_numbers():
    frame = pd.DataFrame({"a": ["yes", "no", "yes"], "b": ["x", "x", "x"]})
    assert percent_match(frame, ["a", "b"]).values.tolist() == [1, 0.5, 1]


def test_many_distinct_answers_are_told_apart():
    """Codes above 127 would not fit the smallest integers."""
    frame = pd.DataFrame({"a": np.arange(600), "b": np.arange(600) // 2})
    assert set(percent_match(frame, ["a", "b"]).values) == {0.5}


def test_one_alone_has_nobody_to_compare():
    found = percent_match(pd.DataFrame({"a": [1, 1, 1], "unit": [1, 1, 2]}), ["a"], within="unit")
    assert found.values[:2].tolist() == [1, 1]
    assert found.status[2] is IndexStatus.NOBODY_TO_COMPARE


def test_exact_duplicates_count_the_others():
    frame = pd.DataFrame({"a": [1, 1, 1, 2, None], "b": [None, None, 3, 2, None], "unit": [1, 1, 1, 2, 2]})
    found = exact_duplicates(frame, ["a", "b"], within="unit")
    assert found.values[:4].tolist() == [1, 1, 0, 0]
    assert found.status[4] is IndexStatus.TOO_FEW_ANSWERS


def test_unknown_columns_are_refused():
    frame = pd.DataFrame({"a": [1, 1]})
    with pytest.raises(QualityError, match="no column b"):
        percent_match(frame, ["a", "b"])
    with pytest.raises(QualityError, match="no column unit"):
        percent_match(frame, ["a"], within="unit")
    with pytest.raises(QualityError, match="no item"):
        percent_match(frame, [])
