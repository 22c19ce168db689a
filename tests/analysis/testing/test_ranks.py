"""Rank tests estimate ranks in the population and know the design."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.design import Design
from analysis.errors import EstimationError
from analysis.sample import Sample
from analysis.testing import HypothesisStatus, RankScore, TieRank, rank_test
from analysis.weighting.replicate_weights import jackknife
from tests.golden.reference import read_reference_table


@pytest.mark.golden
def test_the_finite_population_is_not_dropped(stratified_schools: Sample) -> None:
    """Peers ignore it: t 1.855 for 1.881. R 4.2.2, survey 4.5, svyranktest(api00~comp.imp)."""
    test = rank_test(stratified_schools, "api00", between="comp.imp", ties=TieRank.ROW_ORDER)
    assert test.statistic == pytest.approx(1.881188645765715872, rel=1e-10)
    assert test.estimate == pytest.approx(0.086184198522911509, rel=1e-10)
    assert test.p_value == pytest.approx(0.061428900564257323, rel=1e-10)
    endless = Sample(stratified_schools.frame, Design(strata="stype", weight="pw"))
    peer = rank_test(endless, "api00", between="comp.imp", ties=TieRank.ROW_ORDER)
    assert peer.statistic == pytest.approx(1.855370952460481337, rel=1e-10)


def test_there_is_one_degree_of_freedom_less_than_the_design_has(stratified_schools: Sample) -> None:
    """Trap 3: 200 schools in three strata have 197 degrees of freedom, the rank test 196."""
    assert stratified_schools.degrees_of_freedom == 197
    assert rank_test(stratified_schools, "api00", between="comp.imp").degrees_of_freedom == 196
    three = rank_test(stratified_schools, "api00", between="stype")
    assert (three.degrees_of_freedom, three.denominator_degrees_of_freedom) == (2, 195)


@pytest.mark.golden
def test_replicates_count(schools: Sample) -> None:
    """R 4.2.2, survey 4.5: svyranktest(api00~comp.imp, as.svrepdesign(dclus1))."""
    test = rank_test(jackknife(schools), "api00", between="comp.imp")
    assert test.statistic == pytest.approx(0.79267710888444165, rel=1e-10)
    assert test.p_value == pytest.approx(0.44219249785135828, rel=1e-10)


@pytest.mark.parametrize("score", list(RankScore))
def test_neither_the_order_of_rows_nor_the_scale_of_answers_matters(score: RankScore) -> None:
    """R's ranks of tied answers with unequal weights depend on the order of the rows; ours do not."""
    frame = read_reference_table("synth_open.csv")
    design = Design(psu="psu", weight="w")
    shuffled = frame.sample(frac=1, random_state=3).assign(overall=lambda rows: rows["overall"] ** 3)
    ours = rank_test(Sample(frame, design), "overall", between="region", score=score)
    changed = rank_test(Sample(shuffled, design), "overall", between="region", score=score)
    assert changed.statistic == pytest.approx(ours.statistic, rel=1e-10)
    if score is not RankScore.MEDIAN:
        by_rows = [
            rank_test(
                Sample(rows, design), "overall", between="region", score=score, ties=TieRank.ROW_ORDER
            ).statistic
            for rows in (frame, shuffled)
        ]
        assert by_rows[0] != pytest.approx(by_rows[1], rel=1e-6)


def test_mean_scores_are_those_of_ranks_in_the_population() -> None:
    """Answers 1, 2, 2, 3 of 1, 2, 1 and 4 people: ranks 0.5/8, 2.5/8, 2.5/8 and 6/8."""
    frame = pd.DataFrame({"w": [1.0, 2, 1, 4], "y": [1, 2, 2, 3], "g": ["a", "a", "b", "b"]})
    test = rank_test(Sample(frame, Design(weight="w")), "y", between="g")
    assert [group.mean for group in test.groups] == pytest.approx([(0.5 + 2 * 2.5) / 24, (2.5 + 4 * 6) / 40])
    assert test.estimate == pytest.approx((2.5 + 24) / 40 - 5.5 / 24)


def test_a_simple_random_sample_has_nearly_wilcoxons_test() -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"w": 1.0, "y": rng.normal(size=400), "g": rng.integers(0, 2, 400)})
    frame["y"] += 0.2 * frame["g"]
    test = rank_test(Sample(frame, Design(weight="w")), "y", between="g")
    textbook = stats.mannwhitneyu(frame["y"][frame["g"] == 1], frame["y"][frame["g"] == 0])
    assert test.p_value == pytest.approx(textbook.pvalue, rel=0.1)


def test_the_median_answer_itself_is_not_in_the_upper_half() -> None:
    frame = pd.DataFrame({"w": [0.1] * 7, "y": [1, 2, 3, 4, 5, 6, 7], "g": list("abababa")})
    test = rank_test(Sample(frame, Design(weight="w")), "y", between="g", score=RankScore.MEDIAN)
    assert [group.mean for group in test.groups] == pytest.approx([0.5, 1 / 3])


def test_one_group_and_no_respondent_are_refused(small: Sample) -> None:
    north = small.where(small.frame["region"] == "N")
    with pytest.raises(EstimationError, match=r"region has one category only \(N\)"):
        rank_test(north, "score", between="region")
    with pytest.raises(EstimationError, match="no respondent who answered score and region"):
        rank_test(small.where(np.zeros(12, dtype=bool)), "score", between="region")


def test_more_groups_than_sampling_units_leave_no_p_value(small: Sample) -> None:
    few = small.where(small.frame["ward"].isin([1, 3]))
    frame = few.frame.assign(group=list("abcc") * 3)
    test = rank_test(Sample(frame, small.design).where(few.members), "score", between="group")
    assert test.p_value is None
    assert test.status in (HypothesisStatus.NO_VARIANCE, HypothesisStatus.NO_DEGREES_OF_FREEDOM)


def test_a_rank_test_prints_as_a_sentence(schools: Sample) -> None:
    assert str(rank_test(schools, "api00", between="comp.imp")) == (
        "wilcoxon scores of api00 by comp.imp, Yes - No = 0: t(13) = 0.7927, p = 0.4422 "
        "(design-based rank test); estimate 0.035338, SE 0.04458, 95% -0.060973 to 0.13165; 183 respondents"
    )
