"""Two-way tables count people, not rows, and know their shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import EstimationError
from analysis.estimation import EstimationSettings, MissingRule, mean
from analysis.sample import Sample
from analysis.testing import cross_table


def test_cells_are_sums_of_weights(small: Sample) -> None:
    table = cross_table(small, rows="sex", columns="answer")
    assert table.rows.labels == ("F", "M")
    assert table.columns.labels == ("no", "yes")
    assert table.counts.tolist() == [[3.0, 4.0], [5.0, 3.0]]
    assert table.respondents.tolist() == [[2, 3], [3, 3]]
    assert (table.total, table.respondent_count) == (15.0, 11)


def test_shares_of_rows_are_the_means_of_the_domains(small: Sample) -> None:
    frame = small.frame.assign(yes=small.frame["answer"].map({"yes": 1.0, "no": 0.0}))
    expected = mean(Sample(frame, small.design), "yes", by="sex")
    shares = cross_table(small, rows="sex", columns="answer").row_shares
    for sex in ("F", "M"):
        ours = shares.get("answer", category="yes", sex=sex)
        assert ours.value == pytest.approx(expected.get("yes", sex=sex).value, rel=1e-14)
        assert ours.standard_error == pytest.approx(expected.get("yes", sex=sex).standard_error, rel=1e-13)


def test_to_frame_has_one_row_a_cell_with_both_shares(small: Sample) -> None:
    frame = cross_table(small, rows="sex", columns="answer").to_frame()
    assert frame[["sex", "answer"]].to_numpy().tolist() == [
        ["F", "no"],
        ["F", "yes"],
        ["M", "no"],
        ["M", "yes"],
    ]
    assert frame["row_share"].tolist() == pytest.approx([3 / 7, 4 / 7, 5 / 8, 3 / 8])
    assert frame["column_share"].tolist() == pytest.approx([3 / 8, 4 / 7, 5 / 8, 3 / 7])
    assert (frame["row_share_ci_low"] < frame["row_share"]).all()


def test_cramers_v_is_one_when_one_variable_tells_the_other(small: Sample) -> None:
    frame = small.frame.assign(same=small.frame["region"].str.lower())
    table = cross_table(Sample(frame, small.design), rows="region", columns="same")
    assert table.cramers_v == pytest.approx(1.0, rel=1e-14)


def test_cramers_v_does_not_depend_on_the_scale_of_the_weights(small: Sample) -> None:
    frame = small.frame.assign(weight=small.frame["weight"] * 1000)
    scaled = cross_table(Sample(frame, small.design), rows="region", columns="answer")
    plain = cross_table(small, rows="region", columns="answer")
    assert scaled.cramers_v == pytest.approx(plain.cramers_v, rel=1e-13)


def test_a_declared_category_nobody_chose_is_a_column_of_zeros(small: Sample) -> None:
    declared = pd.Categorical(small.frame["answer"], categories=["yes", "no", "refused"])
    sample = Sample(small.frame.assign(answer=declared), small.design)
    table = cross_table(sample, rows="sex", columns="answer")
    assert table.columns.labels == ("yes", "no", "refused")
    assert table.counts[:, 2].tolist() == [0.0, 0.0]
    assert table.cramers_v is None


def test_a_domain_where_nobody_answered_has_a_table_of_zeros(small: Sample) -> None:
    declared = small.frame.assign(
        answer=pd.Categorical(small.frame["answer"]), sex=pd.Categorical(small.frame["sex"])
    )
    sample = Sample(declared, small.design).where(np.zeros(12, dtype=bool))
    table = cross_table(sample, rows="sex", columns="answer")
    assert table.counts.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert table.cramers_v is None
    assert np.isnan(table.shares).all()


def test_missing_answers_can_be_refused(small: Sample) -> None:
    settings = EstimationSettings(missing=MissingRule.REFUSE)
    with pytest.raises(EstimationError, match="Answers are missing in rows 4"):
        cross_table(small, rows="sex", columns="answer", settings=settings)


def test_a_variable_against_itself_is_refused(small: Sample) -> None:
    with pytest.raises(EstimationError, match="sex is crossed with itself"):
        cross_table(small, rows="sex", columns="sex")


def test_an_unknown_column_is_named(small: Sample) -> None:
    with pytest.raises(EstimationError, match="There is no column colour"):
        cross_table(small, rows="sex", columns="colour")


def test_a_table_prints_its_counts_and_respondents(small: Sample) -> None:
    assert str(cross_table(small, rows="sex", columns="answer")).splitlines() == [
        "answer  no  yes",
        "sex            ",
        "F      3.0  4.0",
        "M      5.0  3.0",
        "11 respondents",
    ]
