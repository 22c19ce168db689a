"""Quantiles from a compact table are those of its rows, however they were divided into parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design, SinglePsu
from analysis.errors import EstimationError
from analysis.estimation import (
    EstimationSettings,
    MissingRule,
    OnePsuDomains,
    QuantileInterval,
    QuantileRule,
    Quantiles,
    quantile,
    tabulate,
)
from analysis.sample import Sample

ANY_DOMAIN = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
DESIGNS: Mapping[str, tuple[Design, str | None]] = {
    "one stage": (Design(psu="ward", weight="weight"), None),
    "stratified": (Design(strata="district", psu="ward", weight="weight", single_psu=SinglePsu.REMOVE), None),
    "finite population": (
        Design(
            strata="district", psu="ward", weight="weight", population="wards", single_psu=SinglePsu.ADJUST
        ),
        None,
    ),
    "two stages": (
        Design(
            strata="district",
            psu=["ward", "person"],
            population=["wards", "people"],
            weight="weight",
            single_psu=SinglePsu.ADJUST,
        ),
        "person",
    ),
    "weights from the populations": (
        Design(
            strata="district",
            psu=["ward", "person"],
            population=["wards", "people"],
            single_psu=SinglePsu.ADJUST,
        ),
        "person",
    ),
    "elements": (
        Design(strata="district", weight="weight", population="people", single_psu=SinglePsu.ADJUST),
        None,
    ),
}
QUESTIONS: Sequence[Mapping[str, Any]] = [
    {},
    {"p": [0.0, 0.25, 0.5, 0.9, 1.0]},
    {"p": [0.25, 0.75], "by": "sex"},
    {"p": [0.3, 0.5], "by": ["sex", "age"], "rule": QuantileRule.SCHOOL},
    {"by": "age", "interval": QuantileInterval.SCORE},
    {"by": "age", "interval": QuantileInterval.XLOGIT, "rule": QuantileRule.HF3},
    {"by": "sex", "interval": QuantileInterval.BETA},
]


def people(random: np.random.Generator, size: int) -> pd.DataFrame:
    district, ward = random.integers(0, 3, size), random.integers(0, 4, size)
    return pd.DataFrame(
        {
            "district": district,
            "ward": district * 10 + ward,
            "person": np.arange(size),
            "wards": 9,
            "people": 80,
            "weight": random.choice([0.0, 1.5, 2.0, 7.25, 11.0], size, p=[0.05, 0.3, 0.3, 0.2, 0.15]),
            "sex": np.where(random.random(size) < 0.5, "F", "M"),
            "age": random.choice([0.0, 1.0, 2.0, np.nan], size, p=[0.3, 0.3, 0.3, 0.1]),
            "score": random.choice([1.0, 2.0, 3.0, 4.0, 5.0, np.nan], size),
            "level": random.choice([-1, 0, 7], size),
            "word": random.choice(["good", "poor", None], size),
            "income": random.lognormal(8, 1, size),
        }
    )


def agree(ours: Quantiles, theirs: Quantiles) -> None:
    assert len(ours) == len(theirs)
    for one, two in zip(ours, theirs, strict=True):
        assert (one.item, one.probability, one.domain) == (two.item, two.probability, two.domain)
        assert (one.status, one.rule, one.interval) == (two.status, two.rule, two.interval)
        assert (one.degrees_of_freedom, one.respondent_count) == (
            two.degrees_of_freedom,
            two.respondent_count,
        )
    for name in ("values", "standard_errors", "lower", "upper"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-12, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", DESIGNS)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(20, 70), cut=st.integers(1, 19))
@settings(deadline=None, max_examples=12)
def test_quantiles_of_added_parts_are_those_of_all_rows(name: str, seed: int, size: int, cut: int) -> None:
    design, row_id = DESIGNS[name]
    frame = people(np.random.default_rng(seed), size)
    table = tabulate(
        [frame[:cut], frame[cut:]], design, of=["score", "level"], by=["sex", "age"], row_id=row_id
    )
    for asked in QUESTIONS:
        ours = quantile(table, ["score", "level"], settings=ANY_DOMAIN, **asked)
        agree(ours, quantile(Sample(frame, design), ["score", "level"], settings=ANY_DOMAIN, **asked))


def test_half_of_a_tie_is_read_between_two_levels() -> None:
    frame = pd.DataFrame({"ward": [1, 2, 3, 4], "weight": 1.0, "q": [1, 1, 4, 5]})
    table = tabulate([frame[:1], frame[1:]], Design(psu="ward", weight="weight"), of="q")
    assert quantile(table, "q").values.tolist() == [1.0]
    assert quantile(table, "q", rule=QuantileRule.SCHOOL).values.tolist() == [2.5]


def test_what_a_table_cannot_answer_is_refused_with_a_way_out() -> None:
    frame = people(np.random.default_rng(2), 80)
    design, _ = DESIGNS["one stage"]
    table = tabulate(frame, design, of=["score", "level", "word", "income"], by="sex")
    with pytest.raises(EstimationError, match=r"income has too many different numbers.*classes"):
        quantile(table, "income")
    with pytest.raises(EstimationError, match="word is words"):
        quantile(table, "word")
    with pytest.raises(EstimationError, match="no item age"):
        quantile(table, "age")
    with pytest.raises(EstimationError, match="no domain variable age"):
        quantile(table, "score", by="age")
    with pytest.raises(EstimationError, match=r"hf7 looks at every row.*math"):
        quantile(table, "score", rule=QuantileRule.HF7)
    with pytest.raises(EstimationError, match=r"no replicates.*Sample"):
        quantile(table, "score", interval=QuantileInterval.REPLICATES)
    with pytest.raises(EstimationError, match="answered all items"):
        quantile(table, ["score", "level"], settings=EstimationSettings(missing=MissingRule.LISTWISE))
    with pytest.raises(EstimationError, match="Answers to score are missing"):
        quantile(table, "score", settings=EstimationSettings(missing=MissingRule.REFUSE))
    silent = tabulate(frame.assign(score=np.nan, word="x"), design, of=["score", "word"])
    with pytest.raises(EstimationError, match="Nobody answered score"):
        quantile(silent, "score")
