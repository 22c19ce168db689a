"""Raked weights meet every margin at once, or the refusal says which they cannot meet and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import WeightingError
from analysis.estimation.variance import covariance_of_totals
from analysis.sample import Sample
from analysis.weighting import RakingRatio, calibrate, rake

SEX = {"F": 60, "M": 40}
AGE = {"old": 30, "young": 70}
PEOPLE = {
    "sex": ["F", "F", "M", "M", "F", "M"],
    "age": ["young", "old", "young", "old", "young", "young"],
    "weight": [1.0, 3, 1, 1, 2, 2],
    "q": [1.0, 2, 3, 4, 5, 7],
}


def sample(**columns: object) -> Sample:
    return Sample(pd.DataFrame(PEOPLE | columns), Design(weight="weight"))


def problems_of(refused: Sample, **arguments: object) -> list[str]:
    with pytest.raises(WeightingError) as refusal:
        rake(refused, **arguments)  # type: ignore[arg-type]
    return [str(problem) for problem in refusal.value.problems]


def test_both_margins_are_met() -> None:
    raked = rake(sample(), margins={"sex": SEX, "age": AGE})
    for name, totals in (("sex", SEX), ("age", AGE)):
        sums = pd.Series(raked.weights).groupby(raked.frame[name]).sum()
        assert sums.to_dict() == pytest.approx(totals, rel=1e-12)


def test_cross_products_of_the_weights_before_are_kept() -> None:
    """Deming & Stephan 1940: fitting margins leaves the odds ratio of the cells as it was."""
    raked = rake(sample(), margins={"sex": SEX, "age": AGE})

    def odds_ratio(weights: np.ndarray) -> float:
        cells = pd.Series(weights).groupby([raked.frame["sex"], raked.frame["age"]]).sum()
        return float(cells["F", "old"] * cells["M", "young"] / (cells["F", "young"] * cells["M", "old"]))

    assert odds_ratio(raked.weights) == pytest.approx(odds_ratio(raked.design_weights))


def test_crossed_margin_takes_tuples_of_labels() -> None:
    crossed = {("F", "old"): 10, ("F", "young"): 50, ("M", "old"): 20, ("M", "young"): 20}
    area = {1: 45, 2: 55}
    raked = rake(sample(area=[1, 2, 2, 1, 2, 1]), margins={("sex", "age"): crossed, "area": area})
    sums = pd.Series(raked.weights).groupby([raked.frame["sex"], raked.frame["age"]]).sum()
    assert sums.to_dict() == pytest.approx(crossed)


def test_row_of_weight_zero_needs_no_label_and_stays_at_zero() -> None:
    silent = sample(sex=["F", "F", "M", "M", "F", None], weight=[1.0, 3, 1, 1, 2, 0])
    assert rake(silent, margins={"sex": SEX, "age": AGE}).weights[5] == 0


def test_standard_error_is_that_of_the_residual_on_all_margins() -> None:
    """Trap 6: not ten sweeps of unweighted means, but the regression on all margins under design weights."""
    raked = rake(sample(), margins={"sex": SEX, "age": AGE})
    influence = (raked.weights * raked.frame["q"].to_numpy())[:, None]
    x = np.column_stack([np.ones(6), raked.frame["sex"] == "M", raked.frame["age"] == "old"]).astype(float)
    d, q = raked.design_weights, raked.frame["q"].to_numpy()
    slope = np.linalg.solve(x.T @ (d[:, None] * x), x.T @ (d * q))
    u = raked.weights * (q - x @ slope)
    assert covariance_of_totals(raked, influence)[0, 0] == pytest.approx(6 / 5 * ((u - u.mean()) ** 2).sum())


def test_raking_is_calibration_by_the_raking_ratio() -> None:
    margins = {"sex": SEX, "age": AGE}
    raked, calibrated = (
        rake(sample(), margins=margins),
        calibrate(sample(), margins=margins, distance=RakingRatio()),
    )
    assert raked.weights == pytest.approx(calibrated.weights, rel=1e-11)


def test_margins_that_disagree_are_told_with_their_sums() -> None:
    told = problems_of(sample(), margins={"sex": SEX, "age": {"old": 30, "young": 71}})
    assert told == [
        "margins: add up to different populations (sex 100; age 101); take them from one source, "
        "or scale them to one"
    ]


def test_every_misfit_of_every_margin_is_named_at_once() -> None:
    astray = sample(sex=["F", None, "M", "M", "X", "M"])
    totals = {"sex": {"F": 60, "M": 40}, "age": {"old": 30, "young": 65, "child": 5}, "area": {1: 100}}
    assert problems_of(astray, margins=totals) == ["margin area: the sample has no such column"]
    del totals["area"]
    assert problems_of(astray, margins=totals) == [
        "rows 1: sex is missing; give it a label or weight 0",
        "sex X: has respondents but no known total; add the total",
        "age child: has a known total of 5 but no respondent; join it with a neighbouring class",
    ]


def test_margins_no_weights_can_meet_name_the_categories_that_stay_off_and_the_empty_crossings() -> None:
    """Trap 8: with an empty cell a rake may never end; whom to collapse is told."""
    without_old_women = sample(age=["young", "young", "young", "old", "young", "old"])
    told = problems_of(
        without_old_women, margins={"sex": {"F": 80, "M": 20}, "age": {"old": 50, "young": 50}}
    )
    assert told[0].startswith("sex F: has a total of 80 and stays at ")
    assert told[-1].startswith("crossings: nobody is in sex F × age old; collapse categories")


def test_empty_cells_do_no_harm_where_the_margins_can_be_met() -> None:
    without_old_women = sample(age=["young", "young", "young", "old", "young", "old"])
    raked = rake(without_old_women, margins={"sex": SEX, "age": {"old": 30, "young": 70}})
    assert raked.weights[raked.frame["age"] == "old"].sum() == pytest.approx(30)


def test_sample_without_a_margin_is_refused() -> None:
    assert problems_of(sample(), margins={}) == ["margins: there is not one; name a column and its totals"]


def test_negative_weights_are_no_start() -> None:
    pulled = calibrate(sample(), auxiliaries={"q": 500, "weight": 12})
    assert pulled.weights.min() < 0
    rows = ", ".join(map(str, np.flatnonzero(pulled.weights < 0)))
    text = "calibrate to all totals at once, or by a distance that keeps weights positive"
    assert problems_of(pulled, margins={"sex": SEX}) == [f"rows {rows}: have a weight below 0; {text}"]
