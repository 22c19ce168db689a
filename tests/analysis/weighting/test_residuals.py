"""Errors that know the calibration, against R survey 4.5, the jackknife, and by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.estimation.variance import covariance_of_totals
from analysis.models.matrix import model_matrix
from analysis.sample import Sample
from analysis.weighting import (
    Auxiliaries,
    Linear,
    Logit,
    RakingRatio,
    Redistribution,
    TrimmingPasses,
    calibrate,
    poststratify,
    trim,
)
from tests.golden.comparison.cases import read_table

STYPE = {"stype": {"E": 4421, "H": 755, "M": 1018}}
API99 = {"api99": 3914069}


REFERENCE = Path(__file__).resolve().parents[2] / "golden" / "reference"


def table(name: str) -> pd.DataFrame:
    return read_table(REFERENCE / name)


def stratified() -> Sample:
    return Sample(table("apistrat.csv"), Design(strata="stype", population="fpc", weight="pw"))


def one_stage() -> Sample:
    return Sample(table("apiclus1.csv"), Design(psu="dnum", population="fpc", weight="pw"))


def two_stages() -> Sample:
    design = Design(psu=["dnum", "snum"], population=["fpc1", "fpc2"])
    return Sample(table("apiclus2.csv"), design)


def interactions(sample: Sample) -> Auxiliaries:
    matrix = model_matrix("~ stype * sch.wide", sample.frame)
    return Auxiliaries(matrix.columns, matrix.values, np.array([6194.0, 755, 1018, 5122, 500, 800]))


def cells() -> dict[object, float]:
    return {
        ("E", "No"): 600,
        ("H", "No"): 255,
        ("M", "No"): 218,
        ("E", "Yes"): 3821,
        ("H", "Yes"): 500,
        ("M", "Yes"): 800,
    }


EQUAL = Redistribution.EQUAL
# R 4.2.2, survey 4.5, November 2026, epsilon 1e-12: minimum, maximum and sum of squares of the weights, then
# total and standard error of api00 and enroll (svytotal(~api00 + enroll, na.rm = TRUE)); calls beside.
GOLDEN = {
    # calibrate(apiclus1, ~stype + api99, totals, calfun = "raking", aggregate.stage = 1)
    "raking by cluster": (
        lambda: calibrate(
            one_stage(), margins=STYPE, auxiliaries=API99, distance=RakingRatio(), aggregate_stage=1
        ),
        (8.0404329717548872, 101.71223691484229, 294164.24850048521),
        (4124936.4371588486, 24049.279381341988, 3181291.7201569192, 195449.343252139166),
    ),
    # calibrate(apiclus1, ~stype + api99, totals, calfun = "logit", bounds = c(.2, 4), aggregate.stage = 1)
    "logit by cluster": (
        lambda: calibrate(
            one_stage(), margins=STYPE, auxiliaries=API99, distance=Logit(0.2, 4), aggregate_stage=1
        ),
        (9.4947016604214642, 99.472623351607169, 293393.78834237781),
        (4126250.2281816634, 24540.836143252509, 3186819.7352588442, 195548.576170386921),
    ),
    # calibrate(apistrat, ~stype + api99, totals, calfun = "raking", bounds = c(.97, 1.03))
    "raking within bounds": (
        lambda: calibrate(stratified(), margins=STYPE, auxiliaries=API99, distance=RakingRatio(0.97, 1.03)),
        (14.647000370025633, 45.536299057006836, 227672.611017449380597),
        (4116693.4950836985, 11769.679138217167, 3679984.7731979205, 110648.507180086628),
    ),
    # calibrate(apistrat, ~stype * sch.wide, totals)
    "interactions": (
        lambda: calibrate(stratified(), auxiliaries=interactions(stratified())),
        (10.625, 66.555555555555515, 234169.518345543299802),
        (4108917.5758852260, 57816.453647672999, 3629867.5704517704, 106512.615230522293),
    ),
    # calibrate(apiclus2, ~stype + api99, totals, variance = apiclus2$api99)
    "unequal variances, two stages": (
        lambda: calibrate(two_stages(), margins=STYPE, auxiliaries=API99, variance="api99"),
        (17.431599164131843, 414.685845607901456, 935512.172668818151578),
        (3996795.4381728335, 68434.164138996537, 3078786.5542102242, 302906.923553382570),
    ),
    # calibrate(apiclus2, ~stype + api99, totals, calfun = "logit", bounds = c(.2, 4))
    "logit, two stages": (
        lambda: calibrate(two_stages(), margins=STYPE, auxiliaries=API99, distance=Logit(0.2, 4)),
        (16.09681965291994, 402.07993991444050, 933977.13329525070731),
        (3997272.5410274821, 67742.902446119231, 3079591.8716155374, 304569.882080923649),
    ),
    # postStratify(apistrat, ~stype + sch.wide, totals)
    "post-strata of two variables": (
        lambda: poststratify(stratified(), by=["stype", "sch.wide"], totals=cells()),
        (10.625, 66.666666666666657, 234218.751556776522193),
        (4108865.2108058603, 57821.614113512587, 3629870.6205128203, 106510.527464329687),
    ),
    # trimWeights(calibrate(apistrat, ~stype + api99, totals), upper = 43, lower = 15)
    "trimmed once after calibration": (
        lambda: trim(
            calibrate(stratified(), margins=STYPE, auxiliaries=API99),
            lower=15,
            upper=43,
            redistribution=EQUAL,
            passes=TrimmingPasses.ONE,
        ),
        (15.0, 44.281571845611218, 222122.146032868971815),
        (4100995.3048046106, 13257.964609420857, 3752155.9134372910, 114029.468687898800),
    ),
    # trimWeights(calibrate(apistrat, ~stype + api99, totals), upper = 43, lower = 15, strict = TRUE)
    "trimmed until within after calibration": (
        lambda: trim(
            calibrate(stratified(), margins=STYPE, auxiliaries=API99),
            lower=15,
            upper=43,
            redistribution=EQUAL,
        ),
        (15.0, 43.0, 221617.07673539352),
        (4102975.0302241673, 13448.156363010261, 3756960.4193823631, 114053.990401630756),
    ),
}


@pytest.mark.golden
@pytest.mark.parametrize("name", GOLDEN)
def test_weights_totals_and_errors_agree_with_r(name: str) -> None:
    make, weights, totals = GOLDEN[name]
    calibrated = make()
    w = calibrated.weights
    assert (w.min(), w.max(), (w**2).sum()) == pytest.approx(weights, rel=1e-9)
    answers = calibrated.frame[["api00", "enroll"]].astype(float)
    complete = answers.notna().all(axis=1).to_numpy()
    influence = w[:, None] * np.where(complete[:, None], answers, 0)
    value, error = influence.sum(axis=0), np.sqrt(np.diag(covariance_of_totals(calibrated, influence)))
    assert np.column_stack([value, error]).reshape(-1) == pytest.approx(totals, rel=1e-9)


def jackknife_error(
    frame: pd.DataFrame, estimate: Callable[[pd.DataFrame], float], groups: int = 200
) -> float:
    """Delete a random group of rows, weigh up the others, estimate again."""
    group = np.random.default_rng(5).permutation(len(frame)) % groups
    factors = (np.where(group == left_out, 0, groups / (groups - 1)) for left_out in range(groups))
    found = np.array([estimate(frame.assign(w=frame["w"] * factor)) for factor in factors])
    return float(np.sqrt((groups - 1) / groups * ((found - found.mean()) ** 2).sum()))


def test_several_calibrations_leave_the_residual_that_replicates_confirm() -> None:
    """The last calibration is taken out first. R survey 4.5 goes the other way: 230 here instead of 253."""
    random = np.random.default_rng(3)
    sex = random.integers(0, 2, 4000)
    region = np.where(random.random(4000) < 0.8, sex, 1 - sex)
    frame = pd.DataFrame(
        {
            "sex": sex,
            "region": region,
            "y": 10 * sex - 9 * region + random.normal(size=4000),
            "w": random.uniform(1, 2, 4000),
        }
    )
    people = float(frame["w"].sum())

    def calibrated(rows: pd.DataFrame) -> Sample:
        once = poststratify(
            Sample(rows, Design(weight="w")), by="sex", totals={0: 0.5 * people, 1: 0.5 * people}
        )
        return poststratify(once, by="region", totals={0: 0.45 * people, 1: 0.55 * people})

    def total(rows: pd.DataFrame) -> float:
        return float(calibrated(rows).weights @ rows["y"].to_numpy())

    twice = calibrated(frame)
    influence = (twice.weights * frame["y"].to_numpy())[:, None]
    error = np.sqrt(covariance_of_totals(twice, influence)[0, 0])
    assert error == pytest.approx(253.2, abs=0.1)
    assert error == pytest.approx(jackknife_error(frame, total), rel=0.03)
    the_other_way = influence
    for calibration in twice.calibrations:
        the_other_way = calibration.residual(the_other_way)
    assert np.sqrt((the_other_way**2).sum()) == pytest.approx(230.2, abs=0.1)


def test_row_whose_bounds_leave_it_no_weight_has_no_influence_left() -> None:
    frame = pd.DataFrame({"x": [1.0, 2, 3, 10], "one": 1.0, "w": 1.0})
    calibrated = calibrate(
        Sample(frame, Design(weight="w")), auxiliaries={"one": 4, "x": 7}, distance=Linear(0, 3)
    )
    assert calibrated.weights[3] == 0
    influence = (calibrated.weights * frame["x"].to_numpy())[:, None]
    assert covariance_of_totals(calibrated, influence)[0, 0] == 0


def test_known_totals_of_a_domain_tie_rows_outside_it() -> None:
    """A domain's error counts what calibration moves in the rows outside: zeros have residuals, too."""
    sample = poststratify(stratified(), by="sch.wide", totals={"No": 1072, "Yes": 5122})
    inside = (sample.frame["stype"] == "E").to_numpy()
    influence = (sample.weights * inside)[:, None]
    rate = pd.Series(sample.design_weights * inside).groupby(sample.frame["sch.wide"]).sum()
    rate /= pd.Series(sample.design_weights).groupby(sample.frame["sch.wide"]).sum()
    expected = sample.weights * (inside - sample.frame["sch.wide"].map(rate).to_numpy())
    assert sample.residual(influence)[:, 0] == pytest.approx(expected)
