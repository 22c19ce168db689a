"""The data of charts: everything a drawing needs, in order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import EstimationError
from analysis.estimation import forest_plot, likert_chart, mean, share
from analysis.estimation.charts import ForestRow, LikertSegment
from analysis.sample import Sample


def answers() -> Sample:
    unit = pd.Categorical(["u", "u", "u", "v"], categories=["u", "v", "w"])
    frame = pd.DataFrame(
        {"q1": [1.0, 1, 3, 5], "q2": [2.0, 2, 3, np.nan], "unit": unit, "weight": [1.0, 1, 2, 1]}
    )
    return Sample(frame, Design(weight="weight"))


def test_forest_plot_has_a_row_an_estimate() -> None:
    estimates = mean(answers(), "q1", by="unit")
    told = forest_plot(estimates, reference=2.5, title="How satisfied")
    assert (told.title, told.reference, told.confidence_level) == ("How satisfied", 2.5, 0.95)
    first = estimates[0]
    assert told.rows[0] == ForestRow("u", first.value, first.lower, first.upper, 3, None)
    assert told.rows[2] == ForestRow("w", None, None, None, 0, "Nobody in this domain answered.")


def test_rows_are_labelled_by_what_tells_them_apart() -> None:
    both = forest_plot(mean(answers(), ["q1", "q2"], by="unit"))
    assert [row.label for row in both.rows][:2] == ["q1, u", "q1, v"]
    assert [row.label for row in forest_plot(mean(answers(), ["q1", "q2"])).rows] == ["q1", "q2"]
    assert [row.label for row in forest_plot(share(answers(), "q1")).rows] == [
        "q1, 1.0",
        "q1, 3.0",
        "q1, 5.0",
    ]


def test_likert_bar_runs_through_its_categories() -> None:
    told = likert_chart(share(answers(), "q1", by="unit"), categories=[5.0, 4.0, 3.0, 2.0, 1.0])
    assert told.categories == (5.0, 4.0, 3.0, 2.0, 1.0)
    assert [(bar.label, bar.respondent_count) for bar in told.bars] == [("u", 3), ("v", 1), ("w", 0)]
    assert told.bars[0].segments == (
        LikertSegment(5.0, 0.0, 0.0, 0.0),
        LikertSegment(4.0, 0.0, 0.0, 0.0),
        LikertSegment(3.0, 0.5, 0.0, 0.5),
        LikertSegment(2.0, 0.0, 0.5, 0.5),
        LikertSegment(1.0, 0.5, 0.5, 1.0),
    )


def test_bar_of_a_domain_without_answers_says_why() -> None:
    told = likert_chart(share(answers(), "q1", by="unit")).bars[2]
    assert (told.segments, told.reason) == ((), "Nobody in this domain answered.")


def test_bar_shows_every_answer() -> None:
    with pytest.raises(EstimationError, match=r"leaves out 5\.0"):
        likert_chart(share(answers(), "q1"), categories=[1.0, 3.0])
    with pytest.raises(EstimationError, match="share of every category"):
        likert_chart(share(answers(), "q1", categories=[5]))


def test_nothing_to_draw_is_refused() -> None:
    frame = pd.DataFrame({"q": [1.0, 2], "unit": [None, None], "weight": [1.0, 1]})
    empty = mean(Sample(frame, Design(weight="weight")), "q", by="unit")
    with pytest.raises(EstimationError, match="nothing to draw"):
        forest_plot(empty)
