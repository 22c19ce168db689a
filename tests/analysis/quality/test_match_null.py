"""Near-duplicates are flagged where chance does not explain them; agreement alone is no fraud (trap 13)."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import QualityError
from analysis.quality import NullSettings, judge_matches

ITEMS = [f"q{number:02}" for number in range(22)]


def likert(seed, *, rows, loading=0.6, satisfied=0.0, items=22):
    """Honest answers of 1–5 with one factor behind them; a higher `satisfied` makes them more alike."""
    random = np.random.default_rng(seed)
    level = loading * random.normal(size=(rows, 1)) + random.normal(0, 0.3, items)
    values = level + np.sqrt(1 - loading**2) * random.normal(size=(rows, items)) + satisfied
    codes = np.searchsorted([-2.2, -1.4, -0.5, 0.7], values.ravel()).reshape(rows, items) + 1
    return pd.DataFrame(codes, columns=ITEMS[:items]).assign(
        unit=np.arange(rows) // 100, enumerator=[f"e{row % 5}" for row in range(rows)]
    )


def test_a_homogeneous_batch_of_honest_answers_is_not_flagged():
    """Trap 13: by the 85 % rule nearly everybody in a satisfied unit would be a fraud."""
    frame = likert(1, rows=200, loading=0.3, satisfied=1.9)
    found = judge_matches(frame, ITEMS, within="unit")
    assert (found.percent_match.values >= 0.85).mean() > 0.8
    assert found.near_duplicate.sum() == 0


def test_a_short_battery_of_honest_answers_is_not_flagged():
    """Trap 13, in a battery of seven items: the rule would flag honest answers of an ordinary unit too."""
    frame = likert(2, rows=300, satisfied=0.8, items=7)
    found = judge_matches(frame, ITEMS[:7], within="unit")
    assert (found.percent_match.values >= 0.85).mean() > 0.6
    assert found.near_duplicate.sum() == 0


def test_straight_lines_of_satisfied_people_are_not_near_duplicates():
    frame = likert(3, rows=100)
    frame.loc[:29, ITEMS] = 5
    assert judge_matches(frame, ITEMS, within="unit").near_duplicate.sum() == 0


def test_honest_units_are_flagged_as_rarely_as_the_level_says():
    settings = NullSettings(replicates=39, level=0.05)
    flagged = [
        judge_matches(likert(seed, rows=60), ITEMS, settings=settings).near_duplicate.any()
        for seed in range(100)
    ]
    assert sum(flagged) <= 11  # of 100 honest units at 5 %: more has a chance below 1 in 100


def copied(frame, *, sources, copies, changed):
    frame = frame.copy()
    random = np.random.default_rng(9)
    for source, copy in zip(sources, copies, strict=True):
        frame.loc[copy, ITEMS] = frame.loc[source, ITEMS]
        frame.loc[copy, list(random.choice(ITEMS, changed, replace=False))] = 3
    return frame


def test_copies_among_varied_answers_are_flagged_with_their_sources():
    frame = copied(likert(4, rows=200), sources=[3, 40], copies=[77, 90], changed=1)
    found = judge_matches(frame, ITEMS, within="unit")
    assert np.flatnonzero(found.near_duplicate).tolist() == [3, 40, 77, 90]
    assert (found.probability[[3, 40, 77, 90]] == 1 / 200).all()
    assert str(found).startswith(
        "4 of 200 responses more alike than chance allows (level 0.01 a unit; 199 perm"
    )


def test_copies_in_another_unit_are_another_comparison():
    frame = copied(likert(5, rows=200), sources=[3], copies=[150], changed=0)
    assert judge_matches(frame, ITEMS, within="unit").near_duplicate.sum() == 0
    assert judge_matches(frame, ITEMS).near_duplicate[[3, 150]].all()


def test_the_enumerator_who_copies_stands_out():
    frame = likert(6, rows=200)
    mine = frame.index[frame["enumerator"] == "e2"]
    frame = copied(frame, sources=mine[:10], copies=mine[10:20], changed=4)
    table = judge_matches(frame, ITEMS, within="unit", enumerator="enumerator").enumerators
    assert table.loc[table["flagged"], "enumerator"].tolist() == ["e2"]
    assert table["responses"].tolist() == [40] * 5


def test_the_same_seed_gives_the_same_judgement():
    frame = likert(7, rows=150)
    first, second = (judge_matches(frame, ITEMS, within="unit") for _ in range(2))
    assert (first.probability == second.probability).all()
    other = judge_matches(frame, ITEMS, within="unit", settings=NullSettings(seed=2))
    assert not (first.probability == other.probability).all()


def test_a_score_of_its_own_may_be_named():
    frame = likert(8, rows=100)
    found = judge_matches(frame.assign(overall=frame["q00"]), ITEMS, score="overall")
    assert found.method == "199 permutations of each item within overall"
    assert list(found.to_frame()) == [
        "percent_match",
        "expected_match",
        "excess",
        "probability",
        "near_duplicate",
    ]


def test_who_is_alone_in_a_unit_is_not_judged():
    frame = likert(9, rows=3).assign(unit=[1, 1, 2])
    found = judge_matches(frame, ITEMS, within="unit")
    for numbers in (found.expected, found.excess, found.probability):
        assert np.isnan(numbers).tolist() == [False, False, True]
    assert not found.near_duplicate[2]


def test_an_enumerator_whose_responses_nobody_can_be_compared_with_is_not_judged():
    frame = likert(9, rows=5).assign(unit=[1, 1, 1, 1, 2], enumerator=["a", "a", "b", "b", "c"])
    judged = judge_matches(frame, ITEMS, within="unit", enumerator="enumerator").enumerators
    assert judged["responses"].tolist() == [2, 2, 0]
    assert judged["mean_excess"].isna().tolist() == [False, False, True]
    assert judged["probability"].isna().tolist() == [False, False, True]
    assert not judged["flagged"].iloc[2]


def test_too_few_permutations_for_the_level_are_refused():
    with pytest.raises(QualityError, match="49 permutations cannot show anything"):
        NullSettings(replicates=49)


def test_unknown_columns_are_refused():
    with pytest.raises(QualityError, match="no column asker"):
        judge_matches(likert(1, rows=5), ITEMS, enumerator="asker")
