"""Shares can be held against given ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.design import Design
from analysis.errors import EstimationError
from analysis.sample import Sample
from analysis.testing import HypothesisStatus, goodness_of_fit
from analysis.weighting.replicate_weights import jackknife

SCHOOLS = {"E": 0.70, "H": 0.12, "M": 0.18}


@pytest.mark.golden
def test_it_is_that_of_r(schools: Sample) -> None:
    """R 4.2.2, survey 4.5: svygofchisq(~stype, p = c(.7, .12, .18), dclus1), which keeps population scale."""
    test = goodness_of_fit(schools, "stype", shares=SCHOOLS)
    population = 6194.0003242492676
    assert test.pearson == pytest.approx(229.23714222123436 * 183 / population, rel=1e-10)
    assert test.statistic == pytest.approx(229.23714222123436 / 71.830058639095313, rel=1e-10)
    assert test.degrees_of_freedom == pytest.approx(1.4833188196383864, rel=1e-10)
    assert test.p_value == pytest.approx(0.13054136124209403, rel=1e-10)


@pytest.mark.golden
def test_it_knows_the_second_stage(two_stage_schools: Sample) -> None:
    """R 4.2.2, survey 4.5: svygofchisq(~stype, p = c(.7, .12, .18), dclus2)."""
    test = goodness_of_fit(two_stage_schools, "stype", shares=SCHOOLS)
    assert test.p_value == pytest.approx(0.83815843307968219, rel=1e-10)


@pytest.mark.golden
def test_it_knows_domains_and_replicates(schools: Sample) -> None:
    """R 4.2.2, survey 4.5: subset(dclus1, meals > 40) and as.svrepdesign(dclus1)."""
    domain = schools.where(schools.frame["meals"] > 40)
    assert goodness_of_fit(domain, "stype", shares=SCHOOLS).p_value == pytest.approx(
        0.0010738899308739638, rel=1e-9
    )
    replicated = goodness_of_fit(jackknife(schools), "stype", shares=SCHOOLS)
    assert replicated.p_value == pytest.approx(0.13054136124209464, rel=1e-9)


def test_a_simple_random_sample_has_pearsons_test() -> None:
    answers = np.repeat(["a", "b", "c"], [48, 30, 22])
    sample = Sample(pd.DataFrame({"w": 1.0, "answer": answers}), Design(weight="w"))
    test = goodness_of_fit(sample, "answer", shares={"a": 50, "b": 30, "c": 20})
    expected = stats.chisquare([48, 30, 22], [50, 30, 20])
    assert test.pearson == pytest.approx(expected.statistic, rel=1e-12)
    assert test.p_value == pytest.approx(expected.pvalue, rel=0.02)  # n / (n - 1), and estimated shares
    assert test.degrees_of_freedom == pytest.approx(2, rel=0.01)


def test_a_given_category_nobody_chose_counts(small: Sample) -> None:
    test = goodness_of_fit(small, "answer", shares={"yes": 0.5, "no": 0.4, "refused": 0.1})
    assert test.labels == ("yes", "no", "refused")
    assert test.estimated == pytest.approx((7 / 15, 8 / 15, 0.0))
    assert test.given == pytest.approx((0.5, 0.4, 0.1))
    assert test.is_available


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"yes": 1.0, "maybe": 1.0}, "no given share for answer no"),
        ({"yes": 1.0, "no": 0.0}, "share of answer no is not above 0"),
        ({"yes": 1.0, "no": np.nan}, "share of answer no is not above 0"),
    ],
)
def test_shares_that_do_not_fit_the_answers_are_refused(
    small: Sample, shares: dict[object, float], message: str
) -> None:
    with pytest.raises(EstimationError, match=message):
        goodness_of_fit(small, "answer", shares=shares)


def test_one_share_is_refused(small: Sample) -> None:
    yes = small.where(small.frame["answer"] == "yes")
    with pytest.raises(EstimationError, match="one given share only"):
        goodness_of_fit(yes, "answer", shares={"yes": 1.0})


def test_a_whole_population_shows_no_variance() -> None:
    sample = Sample(pd.DataFrame({"N": 4, "answer": list("aabb")}), Design(population="N"))
    test = goodness_of_fit(sample, "answer", shares={"a": 1, "b": 3})
    assert (test.p_value, test.status) == (None, HypothesisStatus.NO_VARIANCE)


def test_it_prints_as_a_sentence(schools: Sample) -> None:
    assert str(goodness_of_fit(schools, "stype", shares=SCHOOLS)) == (
        "shares of stype as given: X²(1.483) = 3.191, p = 0.1305 (Pearson's X², Rao–Scott second order); "
        "183 respondents"
    )


def test_without_degrees_of_freedom_there_is_no_p_value(schools: Sample) -> None:
    """A chi-square has no denominator, so that one PSU a stratum would pass for knowledge of the variance."""
    design = Design(strata="dnum", psu="dnum", weight="pw", single_psu="adjust")
    test = goodness_of_fit(Sample(schools.frame, design), "stype", shares=SCHOOLS)
    assert (test.p_value, test.status) == (None, HypothesisStatus.NO_DEGREES_OF_FREEDOM)
    assert test.statistic is not None
