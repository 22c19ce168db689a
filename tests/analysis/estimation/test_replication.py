"""Estimates from replicates: what a pass over the rows for every replicate gives, without making one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.estimation import (
    EstimationSettings,
    IntervalMethod,
    OnePsuDomains,
    Status,
    count,
    mean,
    ratio,
    share,
    total,
)
from analysis.estimation.variance import covariance_of_statistics, covariance_of_totals
from analysis.replicate_design import ReplicateCentre, ReplicateMethod
from analysis.replicates import Replicates
from analysis.sample import Sample
from analysis.stages import FloatArray
from analysis.weighting import calibrate, poststratify, rake
from analysis.weighting.bootstrap import bootstrap
from analysis.weighting.replicate_weights import jackknife
from tests.golden.reference import read_reference_table

CLUSTERS = Design(psu="dnum", weight="pw", population="fpc")
TOTALS = {"E": 4421, "H": 755, "M": 1018}
ESTIMATING = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)


def schools(centre: ReplicateCentre = ReplicateCentre.MEAN) -> Sample:
    return jackknife(Sample(read_reference_table("apiclus1.csv"), CLUSTERS), centre=centre)


def naive(sample: Sample, statistic: Callable[[FloatArray], float]) -> float:
    """The standard error from one estimate a replicate, row by row."""
    assert sample.replicates is not None
    replicated = np.array([statistic(weights) for weights in sample.replicates.weights()])
    centre = replicated.mean()
    return float(
        np.sqrt(sample.replicates.scale * (sample.replicates.rscales * (replicated - centre) ** 2).sum())
    )


def variants() -> list[Sample]:
    plain = schools()
    stratified = poststratify(plain, by="stype", totals=TOTALS)
    return [
        plain,
        stratified,
        rake(stratified, margins={"stype": TOTALS, "sch.wide": {"No": 1072, "Yes": 5122}}),
        calibrate(plain, margins={"stype": TOTALS}, auxiliaries={"api99": 3914069}),
    ]


@pytest.mark.parametrize("sample", variants(), ids=["plain", "poststratified", "raked twice", "calibrated"])
def test_every_statistic_is_that_of_a_pass_over_the_rows(sample: Sample) -> None:
    y, x = (sample.frame[name].to_numpy(dtype=float) for name in ("api00", "ell"))
    inside = (sample.frame["awards"] == "Yes").to_numpy()
    expected = [
        (total(sample, "api00"), lambda w: w @ y),
        (mean(sample, "api00"), lambda w: w @ y / w.sum()),
        (ratio(sample, "api00", to="ell"), lambda w: (w @ y) / (w @ x)),
        (mean(sample.where(inside), "api00"), lambda w: (w * inside) @ y / (w * inside).sum()),
        (share(sample, "stype", categories=["H"]), lambda w: w[sample.frame["stype"] == "H"].sum() / w.sum()),
        (count(sample.where(inside), "awards", categories=["Yes"]), lambda w: w[inside].sum()),
    ]
    for estimates, statistic in expected:
        assert estimates.standard_errors[0] == pytest.approx(naive(sample, statistic), rel=1e-9, abs=1e-8)


def test_domains_and_their_covariances_are_one_family() -> None:
    estimates = mean(schools(), ["api00", "api99"], by="stype")
    covariance = estimates.covariance()
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), estimates.standard_errors, rtol=1e-12)
    sample, y = schools(), schools().frame["api00"].to_numpy(dtype=float)
    of_type = [(sample.frame["stype"] == label).to_numpy() for label in ("E", "H")]

    def difference(weights: FloatArray) -> float:
        first, second = ((weights * each) @ y / (weights * each).sum() for each in of_type)
        return float(first - second)

    contrast = np.array([1, -1, 0, 0, 0, 0.0])
    assert np.sqrt(contrast @ covariance @ contrast) == pytest.approx(naive(sample, difference), rel=1e-10)


def test_a_replicate_without_a_domain_is_left_out_for_it() -> None:
    """As R survey 4.5, svrVar: the mean of the rest is then what the replicates are measured from."""
    frame = pd.DataFrame(
        {"psu": [1, 1, 2, 2, 3, 3, 4, 4], "w": 1.0, "y": np.arange(8.0) ** 2, "g": list("abababaa")}
    )
    sample = jackknife(Sample(frame, Design(psu="psu", weight="w")))
    replicated = []
    for weights in list(sample.replicates.weights()) if sample.replicates else []:
        inside = weights * (frame["g"] == "b")
        replicated.append(float(inside @ frame["y"] / inside.sum()))
    assert mean(sample, "y", by="g").get("y", g="b").standard_error == pytest.approx(
        np.sqrt(3 / 4 * ((np.array(replicated) - np.mean(replicated)) ** 2).sum()), rel=1e-12
    )
    only_one = frame.assign(g=list("bbaaaaaa"))
    alone = mean(jackknife(Sample(only_one, Design(psu="psu", weight="w"))), "y", by="g", settings=ESTIMATING)
    assert alone.get("y", g="b").standard_error == 0.0  # all replicates but one agree, one has no value
    assert alone.get("y", g="a").standard_error or 0 > 0


def test_a_domain_inside_one_psu_has_no_error() -> None:
    """Trap 1."""
    frame = pd.DataFrame({"psu": [1, 1, 2, 2, 3, 3], "w": 1.0, "y": np.arange(6.0), "g": list("bbaaaa")})
    sample = jackknife(Sample(frame, Design(psu="psu", weight="w")))
    assert mean(sample, "y", by="g").get("y", g="b").status is Status.ONE_PSU


def test_the_log_odds_of_a_share_have_their_own_variance() -> None:
    sample = schools()
    good = (sample.frame["api00"] > 600).to_numpy().astype(float)
    sample = sample.with_columns({"good": good})
    by_log_odds = share(sample, "good", categories=[1])[0]
    error = naive(sample, lambda w: float(np.log((w @ good) / (w @ (1 - good)))))
    log_odds = np.log((by_log_odds.value or 0) / (1 - (by_log_odds.value or 0)))
    t = 2.1447866879169273  # 14 degrees of freedom
    assert by_log_odds.lower == pytest.approx(1 / (1 + np.exp(t * error - log_odds)), rel=1e-12)
    delta = share(
        sample, "good", categories=[1], settings=EstimationSettings(share_interval=IntervalMethod.XLOGIT)
    )[0]
    assert delta.standard_error == by_log_odds.standard_error
    assert (delta.lower or 0) > (by_log_odds.lower or 0)


def test_log_odds_that_are_endless_in_a_replicate_fall_back_on_the_share_itself() -> None:
    frame = pd.DataFrame({"psu": np.repeat(range(6), 2), "w": 1.0, "good": [1, 1] + [0] * 10})
    sample = jackknife(Sample(frame, Design(psu="psu", weight="w")))
    xlogit = EstimationSettings(share_interval=IntervalMethod.XLOGIT)
    assert (
        share(sample, "good", categories=[1])[0].lower
        == share(sample, "good", categories=[1], settings=xlogit)[0].lower
    )


def test_thousand_replicates_of_many_estimates_are_that_of_one_at_a_time() -> None:
    generator = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"psu": generator.integers(0, 60, 900), "g": generator.integers(0, 7, 900), "w": 1.5}
    )
    items = [f"q{item}" for item in range(4)]
    for item in items:
        frame[item] = np.where(generator.random(900) < 0.1, np.nan, generator.integers(1, 6, 900))
    sample = bootstrap(Sample(frame, Design(psu="psu", weight="w")), replicates=1000, seed=1)
    together = mean(sample, items, by="g")
    for item in items:
        for label in range(7):
            apart = mean(sample.where((frame["g"] == label).to_numpy()), item)[0]
            assert together.get(item, g=label).standard_error == pytest.approx(
                apart.standard_error, rel=1e-10
            )


def test_statistics_and_totals_of_influences_come_from_the_replicates_too() -> None:
    for sample in variants():
        y = sample.frame["api00"].to_numpy(dtype=float)
        own = np.array([sample.weights @ y])
        by_statistic = covariance_of_statistics(
            sample,
            estimate=own,
            influence=lambda: np.empty((0, 1)),
            statistic=lambda w: np.array([w @ y]),  # noqa: B023 -- called at once
        )
        by_influence = covariance_of_totals(sample, (sample.weights * y)[:, None])
        assert by_influence[0, 0] == pytest.approx(by_statistic[0, 0], rel=1e-9)


def test_zero_rscales_count_nothing_not_even_in_the_centre() -> None:
    factors = np.array([[0.0, 2.0, 5.0], [2.0, 0.0, 5.0]])
    replicates = Replicates(
        method=ReplicateMethod.OTHER,
        base=np.ones(2),
        unit=np.arange(2),
        factors=factors,
        scale=1.0,
        rscales=np.array([1.0, 1.0, 0.0]),
    )
    totals = np.array([[1.0], [3.0], [100.0]])
    assert replicates.variance(totals, estimate=np.array([2.0])).tolist() == [2.0]


def test_nothing_replicated_is_no_variance() -> None:
    replicates = schools().replicates
    assert replicates is not None
    nothing = np.full((replicates.count, 1), np.nan)
    assert np.isnan(replicates.variance(nothing, estimate=np.array([1.0]))).all()
    around = schools(ReplicateCentre.ESTIMATE).replicates
    assert around is not None
    assert np.isnan(around.variance(nothing, estimate=np.array([1.0]))).all()
