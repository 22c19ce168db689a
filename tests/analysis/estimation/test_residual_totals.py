"""Residuals taken from sums by cell are those of the rows, whatever the design and the calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, SinglePsu, SinglePsuInDomain
from analysis.estimation import (
    Estimates,
    EstimationSettings,
    MissingRule,
    OnePsuDomains,
    count,
    mean,
    ratio,
    share,
    total,
)
from analysis.estimation.residual_totals import has_cells
from analysis.pps import PpsMethod
from analysis.sample import Calibration, Sample
from analysis.stages import FloatArray
from analysis.weighting import poststratify, rake, trim

ANY_DOMAIN = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
SEX = {"F": 900.0, "M": 1100.0}
AGE = {0: 700.0, 1: 600.0, 2: 700.0}


@dataclass(frozen=True)
class RowByRow:
    """A calibration that does not tell that it is constant in cells."""

    calibration: Calibration

    def residual(self, influence: FloatArray) -> FloatArray:
        return self.calibration.residual(influence)


def row_by_row(sample: Sample) -> Sample:
    """The same sample, but its calibrations show residuals of rows only."""
    result = Sample(sample.frame, sample.design)
    for calibration in sample.calibrations:
        result = result.reweighted(sample.weights, RowByRow(calibration))
    return result.where(sample.members)


def people(seed: int = 1, size: int = 60) -> pd.DataFrame:
    """Three districts with five wards each; a fourth with one ward, in which one person lives."""
    random = np.random.default_rng(seed)
    district = random.integers(0, 3, size)
    frame = pd.DataFrame(
        {
            "district": district,
            "ward": district * 10 + random.integers(0, 5, size),
            "person": np.arange(size),
            "wards": 9,
            "people": 80,
            "weight": random.uniform(0.5, 20, size),
            "sex": np.where(np.arange(size) % 2 == 0, "F", "M"),
            "age": random.integers(0, 3, size),
            "score": random.choice([1.0, 2, 3, 4, 5, np.nan], size),
            "income": random.lognormal(8, 1, size),
            "spent": random.lognormal(7, 1, size),
        }
    )
    alone = frame.iloc[[0]].assign(district=7, ward=77, person=size, weight=5.0, score=4.0)
    return pd.concat([frame, alone], ignore_index=True)


DESIGNS = {
    "one stage": Design(strata="district", psu="ward", weight="weight", single_psu=SinglePsu.REMOVE),
    "single ward adjusted": Design(
        strata="district", psu="ward", weight="weight", single_psu=SinglePsu.ADJUST
    ),
    "two stages": Design(
        strata="district",
        psu=["ward", "person"],
        population=["wards", "people"],
        weight="weight",
        single_psu=SinglePsu.CERTAINTY,
    ),
    "two stages, singles adjusted": Design(
        strata="district",
        psu=["ward", "person"],
        population=["wards", "people"],
        weight="weight",
        single_psu=SinglePsu.ADJUST,
    ),
    "single ward averaged": Design(
        strata="district", psu="ward", weight="weight", population="wards", single_psu=SinglePsu.AVERAGE
    ),
    "elements": Design(strata="district", weight="weight", population="people", single_psu=SinglePsu.ADJUST),
    "elements averaged": Design(strata="district", weight="weight", single_psu=SinglePsu.AVERAGE),
    "elements, single in domain": Design(
        strata="district",
        weight="weight",
        single_psu=SinglePsu.ADJUST,
        single_psu_in_domains=SinglePsuInDomain.APPLY,
    ),
}


def calibrated(kind: str, sample: Sample) -> Sample:
    match kind:
        case "post-stratified":
            return poststratify(sample, by="sex", totals=SEX)
        case "raked":
            return rake(sample, margins={"sex": SEX, "age": AGE})
        case "post-stratified, then raked":
            return rake(calibrated("post-stratified", sample), margins={"sex": SEX, "age": AGE})
    return trim(calibrated("raked", sample), upper=60.0)


KINDS = ["post-stratified", "raked", "post-stratified, then raked", "trimmed"]


def estimates(sample: Sample) -> list[Estimates]:
    listwise = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE, missing=MissingRule.LISTWISE)
    return [
        mean(sample, ["score", "income"], by="age", settings=ANY_DOMAIN),
        total(sample, "score", by=["sex", "age"], settings=ANY_DOMAIN),
        share(sample, "score", by="age", settings=ANY_DOMAIN),
        share(sample, ["score", "age"], categories=[1, 2], by="sex", settings=listwise),
        count(sample, "sex", settings=ANY_DOMAIN),
        ratio(sample, "spent", to="income", by="district", settings=ANY_DOMAIN),
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("design", DESIGNS)
def test_sums_by_cell_leave_the_residuals_of_the_rows(design: str, kind: str) -> None:
    sample = calibrated(kind, Sample(people(), DESIGNS[design]))
    assert has_cells(sample)
    by_row = row_by_row(sample)
    assert not has_cells(by_row)
    for ours, theirs in zip(estimates(sample), estimates(by_row), strict=True):
        scale = np.nanmax(np.abs(theirs.values)) + 1
        assert ours.standard_errors == pytest.approx(
            theirs.standard_errors, rel=1e-9, abs=2e-8 * scale, nan_ok=True
        )
        squares = np.abs(theirs.covariance()).max(initial=1e-300, where=~np.isnan(theirs.covariance()))
        assert ours.covariance() == pytest.approx(
            theirs.covariance(), rel=1e-8, abs=1e-11 * squares, nan_ok=True
        )


@pytest.mark.parametrize("kind", KINDS)
def test_conditions_leave_the_residuals_of_the_rows(kind: str) -> None:
    whole = calibrated(kind, Sample(people(2), DESIGNS["two stages, singles adjusted"]))
    young = whole.frame["age"] < 2
    ours, theirs = (
        mean(sample.where(young), "score", by="sex", settings=ANY_DOMAIN)
        for sample in (whole, row_by_row(whole))
    )
    assert ours.values == pytest.approx(theirs.values, rel=1e-13)
    assert ours.standard_errors == pytest.approx(theirs.standard_errors, rel=1e-9)


def test_known_totals_have_no_error_at_any_stage() -> None:
    for design in DESIGNS.values():
        sample = rake(Sample(people(3), design), margins={"sex": SEX, "age": AGE})
        for by in ("sex", "age"):
            known = total(
                sample.with_columns({"one": np.ones(len(sample))}), "one", by=by, settings=ANY_DOMAIN
            )
            assert np.nan_to_num(known.standard_errors) == pytest.approx(0, abs=1e-9)


def test_units_of_unequal_probabilities_count_in_every_domain() -> None:
    """The variance of a domain is that of a variable that is zero outside it."""
    random = np.random.default_rng(5)
    frame = people(5, 40).iloc[:-1].copy()
    probability = dict(zip(frame["ward"].unique(), random.uniform(0.2, 0.8, 20), strict=False))
    frame["p"] = frame["ward"].map(probability)
    design = Design(psu="ward", weight="weight", sampling_fraction="p", pps=PpsMethod())
    sample = Sample(frame, design)
    women = total(sample, "income", by="sex", settings=ANY_DOMAIN).get("income", sex="F")
    zeroed = Sample(frame.assign(income=frame["income"].where(frame["sex"] == "F", 0.0)), design)
    assert women.standard_error == pytest.approx(total(zeroed, "income")[0].standard_error, rel=1e-12)
