"""A stream and a sample are brought together only on what both know; all misfits are named at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import NonprobabilityError
from analysis.nonprobability import Sources, fit_participation, read_sources
from analysis.sample import Sample

STREAM = pd.DataFrame(
    {
        "sex": ["F", "M", "F", "M", "F", "M"] * 5,
        "age": ["young", "young", "old", "old", "old", "young"] * 5,
        "wait": np.linspace(1, 60, 30),
        "level": [1, 2, 3, 4, 5, 4] * 5,
        "word": ["good", "bad", "good", "fair", "good", "bad"] * 5,
    }
)
DRAWN = pd.DataFrame(
    {
        "sex": ["F", "M"] * 10,
        "age": ["young", "old", "old", "young"] * 5,
        "wait": np.linspace(5, 40, 20),
        "level": [5, 4, 3, 2] * 5,
        "weight": 50.0,
    }
)


def read(
    *,
    stream: pd.DataFrame = STREAM,
    drawn: pd.DataFrame = DRAWN,
    of: str = "level",
    covariates: str | list[str] = "sex",
    categories: list[object] | None = None,
) -> Sources:
    sample = Sample(drawn, Design(weight="weight"))
    return read_sources(stream, sample, of=of, covariates=covariates, categories=categories)


def problems(refusal: pytest.ExceptionInfo[NonprobabilityError]) -> list[str]:
    return [str(problem) for problem in refusal.value.problems]


def test_a_share_of_categories_leaves_missing_answers_out() -> None:
    sources = read(stream=STREAM.assign(level=STREAM["level"].where(STREAM["level"] != 3)), categories=[4, 5])
    assert (sources.stream_count, sources.left_out_count) == (25, 5)
    assert sources.answer.mean() == 15 / 25
    assert sources.is_share


def test_rows_of_the_stream_without_a_covariate_are_left_out_and_counted() -> None:
    sex = STREAM["sex"].where(np.arange(30) > 3)
    sources = read(stream=STREAM.assign(sex=sex))
    assert (sources.stream_count, sources.left_out_count) == (26, 4)


def test_a_covariate_missing_in_the_sample_is_refused_with_its_rows() -> None:
    drawn = DRAWN.assign(sex=DRAWN["sex"].where(~DRAWN.index.isin([2, 7])))
    with pytest.raises(NonprobabilityError) as refusal:
        read(drawn=drawn)
    assert problems(refusal) == [
        "column sex: is missing for 2 members of the sample in rows 2, 7; "
        "give missing a category of its own, or impute it"
    ]


def test_categories_that_one_of_the_two_lacks_are_all_named() -> None:
    """Nothing in the stream speaks for people it never reached: no weight can make up for them."""
    drawn = DRAWN.assign(age=["young", "old", "older", "oldest"] * 5)
    stream = STREAM.assign(sex=["F", "M", "X"] * 10)
    with pytest.raises(NonprobabilityError) as refusal:
        read(stream=stream, drawn=drawn, covariates=["age", "sex"])
    assert problems(refusal) == [
        "age older: has nobody in the stream; join it with a similar category, or leave it out of both",
        "age oldest: has nobody in the stream; join it with a similar category, or leave it out of both",
        "sex X: has nobody in the sample; join it with a similar category, or leave it out of both",
    ]


def test_a_crossing_the_stream_lacks_is_named() -> None:
    stream = STREAM[~((STREAM["sex"] == "M") & (STREAM["age"] == "young"))]
    with pytest.raises(NonprobabilityError, match="crossing sexM:ageyoung: has nobody in the stream"):
        read(stream=stream, covariates="~ sex * age")


def test_codes_become_categories_by_factor() -> None:
    complete = DRAWN.assign(level=[1, 2, 3, 4, 5] * 4)
    assert len(read(of="wait", covariates="~ factor(level)", drawn=complete).columns) == 5
    with pytest.raises(NonprobabilityError, match=r"factor\(level\) 1: has nobody in the sample"):
        read(of="wait", covariates="~ factor(level)")


def test_numbers_in_one_and_words_in_the_other_are_refused() -> None:
    with pytest.raises(NonprobabilityError, match="column wait: is numbers in the stream only"):
        read(drawn=DRAWN.assign(wait=DRAWN["wait"].astype(str)), covariates="wait")


def test_columns_that_are_not_there_are_all_named() -> None:
    with pytest.raises(NonprobabilityError) as refusal:
        read(of="answer", covariates=["sex", "word", "income"])
    assert problems(refusal) == [
        "column answer: is not in the stream",
        "column income: is not in the stream",
        "column word: is not in the sample",
        "column income: is not in the sample",
    ]


def test_words_need_the_categories_asked_for() -> None:
    with pytest.raises(NonprobabilityError, match=r"column word: is .*name the categories"):
        read(of="word")
    assert read(of="word", categories=["good"]).answer.mean() == 0.5


def test_an_answer_that_all_give_cannot_be_weighted() -> None:
    with pytest.raises(NonprobabilityError, match="is 1 for everybody in the stream"):
        read(of="word", categories=["good", "bad", "fair"])


def test_nobody_left_is_refused() -> None:
    with pytest.raises(NonprobabilityError, match="the stream: has nobody who told level, sex"):
        read(stream=STREAM.assign(level=np.nan))


def test_a_stream_larger_than_the_population_is_refused_with_the_category() -> None:
    drawn = DRAWN.assign(weight=np.where(DRAWN["age"] == "old", 1.0, 50.0))
    with pytest.raises(NonprobabilityError) as refusal:
        fit_participation(read(drawn=drawn, covariates=["sex", "age"]))
    assert problems(refusal) == ["age old: has 15 people in the stream of a population estimated at 10"]
    with pytest.raises(NonprobabilityError, match="everybody: has 30 people in the stream"):
        fit_participation(read(drawn=DRAWN.assign(weight=1.0), covariates="sex"))


def test_propensities_that_no_probabilities_solve_are_refused() -> None:
    stream = STREAM.assign(wait=np.where(np.arange(30) < 29, 1000.0, 1001.0))
    with pytest.raises(NonprobabilityError, match=r"no propensities|runs to 0 or 1"):
        fit_participation(read(stream=stream, covariates="wait"))
