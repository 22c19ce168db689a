"""Enumerators are compared where they met, with corrected p-values; F and ρ agree with R's anova."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import QualityError
from analysis.quality import enumerator_effect

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.mark.golden
def test_variance_ratio_and_intraclass_correlation_agree_with_r():
    expected = json.loads((GOLDEN / "reliability" / "expected.json").read_text())["enumerators"]
    frame = pd.read_csv(GOLDEN / "reference" / "synth_open.csv")
    frame["enumerator"] = frame["stratum"] + "-" + (frame["id"] % 3).astype(str)
    found = enumerator_effect(frame, score="overall", enumerator="enumerator", within="stratum")
    assert found.between.variance_ratio == pytest.approx(expected["f"], rel=1e-9)
    assert found.between.value == pytest.approx(expected["icc"], rel=1e-9)
    assert (found.between.lower, found.between.upper) == pytest.approx(
        (expected["lower"], expected["upper"]), rel=1e-9
    )
    assert found.between.interviewer_design_effect == 1  # an estimate below none is none
    assert found.flagged.sum() == 0


def interviews(*, shift=0.0, between_units=0.0, seed=1):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"unit": np.repeat(np.arange(6), 60), "enumerator": np.tile(np.arange(6), 60)})
    frame["enumerator"] += frame["unit"] // 2 * 10  # enumerators 0–5, 10–15, 20–25 in two units each
    score = random.normal(size=360) + between_units * frame["unit"]
    return frame.assign(score=score + shift * (frame["enumerator"] == 12))


def test_one_who_asks_otherwise_stands_apart():
    found = enumerator_effect(interviews(shift=1.5), score="score", enumerator="enumerator", within="unit")
    assert np.array(found.labels)[found.flagged].tolist() == [12]
    frame = interviews(shift=1.5)
    units = frame["unit"].isin([2, 3])
    own = frame["enumerator"] == 12
    by_unit = [
        frame.loc[own & (frame["unit"] == unit), "score"].mean()
        - frame.loc[~own & (frame["unit"] == unit), "score"].mean()
        for unit in (2, 3)
    ]
    assert units.sum() == 120
    assert found.difference[list(found.labels).index(12)] == pytest.approx(np.mean(by_unit))


def test_differences_between_units_are_not_those_of_enumerators():
    frame = interviews(between_units=1.0)
    mixed = enumerator_effect(frame, score="score", enumerator="enumerator")
    within = enumerator_effect(frame, score="score", enumerator="enumerator", within="unit")
    assert mixed.between.value > 0.4
    assert within.between.value < 0.05
    assert within.flagged.sum() == 0


def test_honest_enumerators_are_flagged_as_rarely_as_the_level_says():
    flagged = [
        enumerator_effect(
            interviews(seed=seed), score="score", enumerator="enumerator", within="unit"
        ).flagged.any()
        for seed in range(200)
    ]
    assert sum(flagged) <= 19  # of 200 at 5 % for all together: more has a chance below 1 in 100


def test_two_enumerators_of_one_unit_are_a_pooled_t_test():
    frame = pd.DataFrame({"e": ["a"] * 3 + ["b"] * 3, "y": [1.0, 2, 3, 3, 5, 4]})
    found = enumerator_effect(frame, score="y", enumerator="e")
    assert found.difference.tolist() == [-2, 2]
    assert found.standard_error == pytest.approx(np.sqrt([2 / 3, 2 / 3]))
    # t = 2.449 with 4 degrees of freedom, p = 0.0705, twice for two enumerators
    assert found.probability == pytest.approx([0.1410, 0.1410], abs=1e-4)
    assert found.between.variance_ratio == pytest.approx(6)


def test_intraclass_correlation_finds_what_was_put_in():
    random = np.random.default_rng(3)
    effect = np.repeat(random.normal(size=300), 20)
    frame = pd.DataFrame({"e": np.repeat(np.arange(300), 20), "y": effect + 3 * random.normal(size=6000)})
    found = enumerator_effect(frame, score="y", enumerator="e")
    assert found.between.lower < 0.1 < found.between.upper
    assert found.between.value == pytest.approx(0.1, abs=0.03)
    assert found.between.interviewer_design_effect == pytest.approx(1 + 19 * found.between.value)


def test_enumerators_who_never_met_are_not_compared():
    frame = pd.DataFrame({"e": ["a", "a", "b", "b"], "unit": [1, 1, 2, 2], "y": [1.0, 2, 8, 9]})
    found = enumerator_effect(frame, score="y", enumerator="e", within="unit")
    assert found.between is None
    assert np.isnan(found.difference).all()
    assert found.flagged.sum() == 0
    assert str(found) == (
        "2 enumerators on y, within unit: not available. "
        "Nowhere do two enumerators with repeated answers meet."
    )


def test_rows_without_score_or_enumerator_are_left_out():
    frame = pd.DataFrame({"e": ["a", "a", None, "b", "b"], "y": [1.0, 2, 9, np.nan, 4]})
    table = enumerator_effect(frame, score="y", enumerator="e").to_frame()
    assert table["responses"].tolist() == [2, 1]
    assert table["mean"].tolist() == [1.5, 4]


def test_refusals_name_the_trouble():
    frame = pd.DataFrame({"e": ["a"], "y": [1.0]})
    with pytest.raises(QualityError, match="no column asker"):
        enumerator_effect(frame, score="y", enumerator="asker")
    with pytest.raises(QualityError, match="level is 5"):
        enumerator_effect(frame, score="y", enumerator="e", level=5)
