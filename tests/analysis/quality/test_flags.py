"""Flags: checks are made as the rules say, nothing is deleted, estimates stand side by side."""

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import QualityError
from analysis.estimation import mean
from analysis.quality import (
    Check,
    QualityColumns,
    QualityRules,
    flag_responses,
    judge_matches,
    with_and_without,
)
from analysis.sample import Sample

ITEMS = [f"q{number}" for number in range(8)]


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(1)
    values = random.integers(1, 6, size=(120, 8)).astype(float)
    table = pd.DataFrame(values, columns=ITEMS).assign(
        seconds=80.0, unit=np.repeat(["u1", "u2"], 60), enumerator=np.tile(["e1", "e2", "e3"], 40), w=2.0
    )
    table.loc[0, ITEMS] = 5
    table.loc[1, "seconds"] = 8
    table.loc[2, "seconds"] = 30
    table.loc[3, "seconds"] = np.nan
    return table


COLUMNS = QualityColumns(items=ITEMS, seconds="seconds", unit="unit", enumerator="enumerator")


def test_the_default_rules_do_not_take_satisfaction_for_carelessness(frame):
    found = flag_responses(frame, COLUMNS)
    assert list(found.flags) == [Check.TOO_FAST, Check.OUTLYING, Check.NEAR_DUPLICATE]
    assert np.flatnonzero(found.flags[Check.TOO_FAST]).tolist() == [1, 2]
    assert not found.flagged[0]
    assert len(found.to_frame()) == len(frame)


def test_every_check_can_be_asked_for(frame):
    factors = {"a": ["q0", "q1"], "b": ["q2", "q3"], "c": ["q4", "q5"], "d": ["q6", "q7"]}
    rules = QualityRules(
        code="strict/1",
        straight_line_share=1.0,
        least_variability=0.1,
        least_even_odd=-0.99,
        least_person_total=-0.8,
    )
    columns = QualityColumns(items=ITEMS, factors=factors, seconds="seconds", unit="unit")
    found = flag_responses(frame, columns, rules=rules)
    assert set(found.flags) == set(Check)
    assert np.flatnonzero(found.flags[Check.STRAIGHT_LINING]).tolist() == [0]
    assert np.flatnonzero(found.flags[Check.LOW_VARIABILITY]).tolist() == [0]
    assert str(found).startswith(f"{found.flagged.sum()} of 120 responses flagged under strict/1: ")


def test_checks_without_their_columns_are_not_made(frame):
    rules = QualityRules(matches=None, outlying_level=None)
    assert flag_responses(frame, QualityColumns(items=ITEMS), rules=rules).flags == {}


def test_each_enumerator_has_one_row(frame):
    table = flag_responses(frame, COLUMNS).enumerators
    assert table["enumerator"].tolist() == ["e1", "e2", "e3"]
    assert table["too_fast_share"].tolist() == [0, 1 / 40, 1 / 40]
    judged = judge_matches(frame, ITEMS, within="unit", enumerator="enumerator").enumerators
    assert table["match_probability"].tolist() == judged["probability"].tolist()


@pytest.mark.parametrize(
    "wrong", [{"straight_line_share": 85}, {"least_seconds_per_item": 0}, {"outlying_level": 0.0}]
)
def test_thresholds_out_of_their_range_are_refused(wrong):
    with pytest.raises(QualityError, match=next(iter(wrong))):
        QualityRules(**wrong)


def test_an_unknown_enumerator_column_is_refused(frame):
    columns = QualityColumns(items=ITEMS, enumerator="asker")
    with pytest.raises(QualityError, match="no column asker"):
        flag_responses(frame, columns, rules=QualityRules(matches=None))


def test_estimates_without_the_flagged_keep_the_design(frame):
    sample = Sample(frame, Design(strata="unit", weight="w"))
    flagged = flag_responses(frame, COLUMNS).flagged
    found = with_and_without(sample, flagged, lambda part: mean(part, ["q0", "q1"], by="unit"))
    expected = frame[~flagged].groupby("unit")["q0"].mean()
    assert [each.value for each in found.unflagged][:2] == pytest.approx(expected.tolist())
    assert found.flagged_count == flagged.sum()
    assert found.everybody.degrees_of_freedom == 118
    table = found.to_frame()
    assert table["difference"].tolist() == pytest.approx(
        [after.value - before.value for before, after in zip(found.everybody, found.unflagged, strict=True)]
    )
    assert table["difference_in_standard_errors"].iloc[0] == pytest.approx(
        found.difference[0] / found.everybody[0].standard_error
    )
    assert str(found).splitlines()[0] == f"{flagged.sum()} of 120 responses set aside"


def test_a_domain_of_flagged_responses_only_has_no_difference(frame):
    sample = Sample(frame, Design(weight="w"))
    found = with_and_without(
        sample, (frame["unit"] == "u1").to_numpy(), lambda part: mean(part, "q0", by="unit")
    )
    assert np.isnan(found.difference).tolist() == [True, False]
    assert "nan" not in str(found)


def test_flags_of_another_table_are_refused(frame):
    with pytest.raises(QualityError, match="one truth value for each of the 120 rows"):
        with_and_without(Sample(frame, Design(weight="w")), np.ones(3, dtype=bool), lambda part: part)
