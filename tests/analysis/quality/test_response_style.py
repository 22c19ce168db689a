"""Response style indices, worked by hand; the reference entries compare them with careless."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import EstimationError, QualityError
from analysis.quality import (
    IndexStatus,
    even_odd_consistency,
    individual_response_variability,
    person_total_correlation,
    straight_lining,
)

NONE = np.nan
FRAME = pd.DataFrame(
    [
        [4, 4, 4, 4, 4, 4],
        [1, 2, 2, 2, 3, 3],
        [5, NONE, 5, 5, NONE, NONE],
        [NONE] * 6,
    ],
    columns=list("abcdef"),
    index=["straight", "runs", "gaps", "nothing"],
)
ITEMS = list("abcdef")


def test_a_missing_answer_is_a_run_of_its_own():
    found = straight_lining(FRAME, ITEMS)
    assert found.longest_run.values[:3].tolist() == [6, 3, 2]
    assert found.average_run.values[:3].tolist() == [6, 2, 6 / 5]
    assert found.longest_run.status[3] is IndexStatus.TOO_FEW_ANSWERS
    assert found.to_frame().loc["runs"].tolist() == [3, 2]


def test_variability_is_zero_on_a_straight_line():
    found = individual_response_variability(FRAME, ITEMS)
    assert found.values[:3] == pytest.approx([0, np.std([1, 2, 2, 2, 3, 3], ddof=1), 0])
    assert found.to_frame()["reason"].iloc[3] == "Too few of the items were answered."
    assert str(found) == (
        "individual_response_variability (standard deviation over the answered items): 3 of 4 rows, "
        "from 0 to 0.7528, median 0"
    )


FACTORS = {"service": ["a", "b"], "place": ["c", "d"], "time": ["e", "f"]}


def test_halves_that_agree_are_consistent_and_halves_that_turn_are_not():
    frame = pd.DataFrame(
        [
            [1, 1, 3, 3, 5, 5],
            [1, 5, 3, 3, 5, 1],
            [1, 2, 3, 5, 5, 3],
            [2, 2, 2, 2, 2, 2],
            [1, 1, 3, 3, 5, NONE],
        ],
        columns=ITEMS,
    )
    found = even_odd_consistency(frame, FACTORS)
    r = np.corrcoef([1, 3, 5], [2, 5, 3])[0, 1]
    assert found.values[:3] == pytest.approx([1, -1, 2 * r / (1 + r)])
    assert found.status[3:].tolist() == [IndexStatus.NO_VARIATION, IndexStatus.TOO_FEW_ANSWERS]


def test_consistency_never_falls_below_minus_one():
    frame = pd.DataFrame([[1, 4, 2, 2, 3, 1.5]], columns=ITEMS)
    assert even_odd_consistency(frame, FACTORS).values[0] == -1


def test_consistency_needs_three_factors():
    with pytest.raises(QualityError, match="three factors of two items or more, not 2"):
        even_odd_consistency(FRAME, {"service": ["a", "b"], "place": ["c", "d"], "time": ["e"]})


def test_person_total_compares_with_the_others_only():
    random = np.random.default_rng(1)
    usual = np.array([1, 2, 3, 4, 5, 3])
    rows = [usual + random.integers(-1, 2, 6) for _ in range(30)]
    frame = pd.DataFrame([6 - usual, *rows], columns=ITEMS)
    found = person_total_correlation(frame, ITEMS)
    others = frame.iloc[1:].mean()
    assert found.values[0] == pytest.approx(np.corrcoef(frame.iloc[0], others)[0, 1])
    assert found.values[0] < -0.9
    assert np.median(found.values) > 0.5


def test_items_that_cannot_be_used_are_refused():
    with pytest.raises(EstimationError, match="no column z"):
        straight_lining(FRAME, ["a", "z"])
