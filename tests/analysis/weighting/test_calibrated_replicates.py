"""Weighting a sample with replicates weighs every replicate by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import WeightingError
from analysis.estimation import total
from analysis.sample import Sample
from analysis.weighting import (
    Linear,
    Logit,
    RakingRatio,
    calibrate,
    jackknife,
    poststratify,
    rake,
    trim,
    trim_and_calibrate,
)
from tests.golden.comparison.cases import read_table

REFERENCE = Path(__file__).resolve().parents[2] / "golden" / "reference"
STYPE = {"E": 4421, "H": 755, "M": 1018}
WIDE = {"No": 1072, "Yes": 5122}


def stratified() -> Sample:
    frame = read_table(REFERENCE / "apistrat.csv")
    return jackknife(Sample(frame, Design(strata="stype", population="fpc", weight="pw")))


def people() -> Sample:
    """Eight wards of three people, replicated by leaving out one ward at a time."""
    frame = pd.DataFrame(
        {
            "ward": np.repeat(np.arange(8), 3),
            "sex": ["F", "M", "F", "M", "F", "M"] * 4,
            "age": (["old"] * 3 + ["young"] * 4 + ["old"]) * 3,
            "income": np.arange(24) % 7 + 1.0,
            "weight": 1.0 + np.arange(24) % 3,
        }
    )
    return jackknife(Sample(frame, Design(psu="ward", weight="weight")))


def weights_of(sample: Sample) -> list[np.ndarray]:
    assert sample.replicates is not None
    return list(sample.replicates.weights())


# R 4.2.2, survey 4.5, November 2026; d = as.svrepdesign(apistrat, type = "JKn"), svytotal(~api00 + enroll,
# na.rm = TRUE): totals and standard errors. calibrate(d, ~stype + api99, totals, calfun = "logit",
# bounds = c(.5, 2), epsilon = 1e-12); rake(d, list(~stype, ~sch.wide), totals, list(epsilon = 1e-13)).
@pytest.mark.golden
@pytest.mark.parametrize(
    ("weigh", "expected"),
    [
        (
            lambda sample: calibrate(
                sample,
                margins={"stype": STYPE},
                auxiliaries={"api99": 3914069},
                distance=Logit(0.5, 2),
            ),
            [4116713.0061181453, 3680362.8569961335, 11834.16997178547, 111171.61344343342],
        ),
        (
            lambda sample: rake(sample, margins={"stype": STYPE, "sch.wide": WIDE}),
            [4101738.9623164921, 3688120.4729632600, 57708.178794005369, 115158.783028499063],
        ),
    ],
    ids=["logit", "rake"],
)
def test_totals_and_errors_of_replicates_agree_with_r(
    weigh: Callable[[Sample], Sample], expected: list[float]
) -> None:
    weighted = weigh(stratified())
    complete = weighted.frame["enroll"].notna()
    both = [total(weighted.where(complete), name)[0] for name in ("api00", "enroll")]
    found = [*(each.value for each in both), *(each.standard_error for each in both)]
    assert found == pytest.approx(expected, rel=1e-9)


MARGINS = {"sex": {"F": 120.0, "M": 110.0}, "age": {"old": 100.0, "young": 130.0}}
STEPS: dict[str, Callable[[Sample], Sample]] = {
    "post-stratification": lambda sample: poststratify(sample, by="sex", totals=MARGINS["sex"]),
    "rake": lambda sample: rake(sample, margins=MARGINS),
    "linear": lambda sample: calibrate(sample, margins=MARGINS),
    "rows": lambda sample: calibrate(
        sample, margins=MARGINS, auxiliaries={"income": 900}, distance=RakingRatio()
    ),
    "clusters": lambda sample: calibrate(sample, auxiliaries={"income": 900}, aggregate_stage=1),
    "trim": lambda sample: trim(sample, lower=1.5, upper=2.5),
    "two calibrations": lambda sample: calibrate(rake(sample, margins=MARGINS), auxiliaries={"income": 900}),
    "calibration of rows, then raking": lambda sample: rake(
        calibrate(sample, auxiliaries={"income": 900}, distance=RakingRatio()), margins=MARGINS
    ),
    "trimmed and raked": lambda sample: trim_and_calibrate(
        sample, lambda before: rake(before, margins=MARGINS), lower=5, upper=16
    ),
}


@pytest.mark.parametrize("step", [name for name in STEPS if name != "trimmed and raked"])
def test_replicate_gets_the_weights_a_sample_with_its_weights_would_get(step: str) -> None:
    before = people()
    after = STEPS[step](before)
    for given, weighted in zip(weights_of(before), weights_of(after), strict=True):
        alone = Sample(before.frame.assign(weight=given), Design(psu="ward", weight="weight"))
        assert weighted == pytest.approx(STEPS[step](alone).weights, rel=1e-9, abs=1e-9)


def test_trimmed_and_raked_replicates_meet_the_margins() -> None:
    after = STEPS["trimmed and raked"](people())
    for weights in weights_of(after):
        sums = pd.Series(weights).groupby(after.frame["sex"]).sum()
        assert sums.to_dict() == pytest.approx(MARGINS["sex"])


@pytest.mark.parametrize("step", STEPS)
def test_sample_keeps_as_many_replicates_as_it_had(step: str) -> None:
    after = STEPS[step](people())
    assert after.replicates is not None
    assert after.replicates.count == 8


def test_known_totals_have_no_error_between_replicates() -> None:
    raked = STEPS["rake"](people())
    women = total(raked.with_columns({"woman": (raked.frame["sex"] == "F").to_numpy(float)}), "woman")[0]
    assert women.value == pytest.approx(120)
    assert women.standard_error == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("weigh", "told"),
    [
        (
            lambda sample, totals: poststratify(sample, by="area", totals=totals),
            "replicate 1, area 1: has no respondent left; join it with a neighbouring class",
        ),
        (
            lambda sample, totals: rake(sample, margins={"area": totals}),
            "replicate 1, area 1: has no respondent left; join the category with a similar one",
        ),
        (
            lambda sample, totals: calibrate(sample, margins={"area": totals}),
            "replicate 1, area 1: is 0 in every row, yet its total is 10; collapse it with a similar class",
        ),
    ],
    ids=["post-stratification", "rake", "calibration"],
)
def test_category_that_a_replicate_has_nobody_of_is_told_with_the_replicate(
    weigh: Callable[[Sample, dict[object, float]], Sample], told: str
) -> None:
    drawn = people()
    area = np.where(drawn.frame["ward"] == 0, 1, 2)
    with pytest.raises(WeightingError) as refusal:
        weigh(drawn.with_columns({"area": area}), {1: 10, 2: 90})
    assert [str(problem) for problem in refusal.value.problems] == [told]


def test_replicate_whose_sum_the_limits_cannot_hold_is_told() -> None:
    lopsided = people()
    frame = lopsided.frame.assign(weight=np.where(lopsided.frame["ward"] == 0, 30.0, 1.0))
    drawn = jackknife(Sample(frame, Design(psu="ward", weight="weight")))
    with pytest.raises(WeightingError, match=r"replicate 1, limits: between 2 and 30 cannot hold the sum"):
        trim(drawn, lower=2, upper=30)


def test_replicates_that_bounds_leave_no_way_are_told_with_the_auxiliary() -> None:
    drawn = people()
    income = np.where(drawn.frame["ward"] == 0, 100.0, 1.0)
    with pytest.raises(WeightingError, match=r"replicate 1, income: has the total 610; with factors between"):
        calibrate(
            drawn.with_columns({"income": income}), auxiliaries={"income": 610}, distance=Linear(0.5, 2)
        )
