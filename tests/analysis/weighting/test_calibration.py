"""Calibrated weights meet known totals, or every misfit is named; R's entries: test_reference.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import WeightingError
from analysis.estimation import mean, share
from analysis.estimation.variance import covariance_of_totals
from analysis.sample import Sample
from analysis.weighting import (
    Auxiliaries,
    HyperbolicSine,
    Linear,
    Logit,
    RakingRatio,
    calibrate,
    poststratify,
)

SEX = {"F": 40, "M": 60}


def sample(**columns: object) -> Sample:
    people = {"sex": ["F", "F", "M", "M"], "age": [1, 2, 1, 2], "weight": [1.0, 3, 1, 1], "q": [1, 2, 3, 4]}
    return Sample(pd.DataFrame(people | columns), Design(weight="weight"))


def town(**columns: object) -> Sample:
    """Twelve people of four wards: enough of them for every total below."""
    people = {
        "ward": [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4],
        "sex": ["F", "M", "F", "M", "F", "M", "F", "M", "F", "M", "F", "M"],
        "income": [3.0, 5, 4, 8, 2, 6, 7, 3, 5, 4, 6, 9],
        "weight": [2.0, 2, 2, 3, 3, 3, 1, 1, 1, 2, 2, 2],
        "q": [1.0, 2, 3, 4, 3, 2, 5, 4, 3, 3, 1, 2],
    }
    return Sample(pd.DataFrame(people | columns), Design(psu="ward", weight="weight"))


def total_of(calibrated: Sample, name: str) -> float:
    return float(calibrated.weights @ calibrated.frame[name].to_numpy(dtype=float))


def problems_of(refused: Sample, **arguments: object) -> list[str]:
    with pytest.raises(WeightingError) as refusal:
        calibrate(refused, **arguments)  # type: ignore[arg-type]
    return [str(problem) for problem in refusal.value.problems]


def test_weights_of_a_post_stratum_add_up_to_its_total() -> None:
    assert list(poststratify(sample(), by="sex", totals=SEX).weights) == [10, 30, 30, 30]


def test_crossed_variables_take_tuples() -> None:
    totals = {("F", 1): 5, ("F", 2): 6, ("M", 1): 7, ("M", 2): 8}
    assert list(poststratify(sample(), by=["sex", "age"], totals=totals).weights) == [5, 6, 7, 8]


def test_sample_itself_stays_as_it_was() -> None:
    before = sample()
    after = poststratify(before, by="sex", totals=SEX)
    assert list(before.weights) == [1, 3, 1, 1]
    assert list(after.design_weights) == [1, 3, 1, 1]


def test_share_of_the_post_strata_has_no_error_left() -> None:
    known = poststratify(sample(), by="sex", totals=SEX)
    women = share(known, "sex").get("sex", category="F")
    assert women.value == pytest.approx(0.4)
    assert women.standard_error == pytest.approx(0, abs=1e-15)


def test_standard_error_comes_from_residuals_within_post_strata() -> None:
    known = poststratify(sample(weight=[1.0] * 4), by="sex", totals={"F": 50, "M": 50})
    estimate = mean(known, "q")[0]
    by_hand = ((0.5**2 * 4) * (25 / 100) ** 2 * 4 / 3) ** 0.5  # residuals ±0.5, weights 25 of 100
    assert estimate.standard_error == pytest.approx(by_hand)
    assert estimate.standard_error < mean(sample(weight=[1.0] * 4), "q")[0].standard_error


def test_row_of_weight_zero_needs_no_post_stratum() -> None:
    silent = sample(sex=["F", "F", "M", None], weight=[1.0, 1, 1, 0])
    assert list(poststratify(silent, by="sex", totals=SEX).weights) == [20, 20, 60, 0]


def test_every_misfit_is_named_at_once() -> None:
    with pytest.raises(WeightingError) as refusal:
        poststratify(sample(sex=["F", None, "M", "X"]), by="sex", totals={"F": 40, "M": 0, "child": 9})
    assert [str(problem) for problem in refusal.value.problems] == [
        "rows 1: sex is missing; give it a label or weight 0",
        "sex X: has respondents but no known total; add the total",
        "sex M: has a known total of 0, which is not above 0",
        "sex child: has a known total of 9 but no respondent; join it with a neighbouring class",
    ]


@pytest.mark.parametrize(
    "distance", [Linear(), Linear(0.5, 2), RakingRatio(), Logit(0.5, 2), HyperbolicSine()], ids=str
)
def test_margins_and_numbers_are_met_together(distance: Linear) -> None:
    calibrated = calibrate(
        town(), margins={"sex": {"F": 13, "M": 14}}, auxiliaries={"income": 145}, distance=distance
    )
    assert calibrated.weights[calibrated.frame["sex"] == "F"].sum() == pytest.approx(13, rel=1e-12)
    assert total_of(calibrated, "income") == pytest.approx(145, rel=1e-12)


def test_linear_distance_is_the_generalized_regression_estimator() -> None:
    """Särndal, Swensson & Wretman 1992, §6.4: Σ d y + (t - Σ d x)'B."""
    calibrated = calibrate(town(), margins={"sex": {"F": 13, "M": 14}}, auxiliaries={"income": 145})
    frame, d = calibrated.frame, calibrated.design_weights
    x = np.column_stack([frame["sex"] == "F", frame["sex"] == "M", frame["income"]]).astype(float)
    y = frame["q"].to_numpy()
    slope = np.linalg.solve(x.T @ (d[:, None] * x), x.T @ (d * y))
    assert total_of(calibrated, "q") == pytest.approx(d @ y + (np.array([13, 14, 145]) - d @ x) @ slope)


def test_unequal_variances_move_the_weights_of_rows_less_that_vary_less() -> None:
    """The ratio estimator is calibration on x with a residual variance in proportion to x."""
    calibrated = calibrate(town(), auxiliaries={"income": 145}, variance="income")
    before = float(calibrated.design_weights @ calibrated.frame["income"].to_numpy())
    assert calibrated.weights == pytest.approx(calibrated.design_weights * 145 / before)


def test_rows_of_a_unit_get_one_factor() -> None:
    calibrated = calibrate(
        town(), auxiliaries={"income": 145}, margins={"sex": {"F": 13, "M": 14}}, aggregate_stage=1
    )
    factor = pd.Series(calibrated.weights / calibrated.design_weights)
    assert (factor.groupby(calibrated.frame["ward"]).nunique(dropna=False) >= 1).all()
    assert factor.groupby(calibrated.frame["ward"]).agg(np.ptp).max() == pytest.approx(0, abs=1e-12)
    assert total_of(calibrated, "income") == pytest.approx(145)


def test_rows_of_a_unit_get_one_factor_where_their_weights_differ() -> None:
    uneven = town(weight=[1.0, 2, 4, 3, 1, 3, 1, 5, 1, 2, 2, 1])
    calibrated = calibrate(uneven, auxiliaries={"income": 145}, aggregate_stage=1)
    assert total_of(calibrated, "income") == pytest.approx(145)


def test_known_total_has_no_error_left() -> None:
    calibrated = calibrate(town(), auxiliaries={"income": 145}, distance=RakingRatio())
    influence = calibrated.weights[:, None] * calibrated.frame[["income"]].to_numpy()
    assert covariance_of_totals(calibrated, influence)[0, 0] == 0


def test_matrix_of_auxiliaries_says_what_columns_cannot() -> None:
    income = town().frame["income"].to_numpy()
    powers = Auxiliaries(("one", "income", "income²"), np.vander(income, 3, increasing=True), [27, 145, 900])
    calibrated = calibrate(town(), auxiliaries=powers)
    assert calibrated.weights @ powers.values == pytest.approx([27, 145, 900])


def test_margin_that_follows_from_another_is_no_contradiction() -> None:
    nested = town(side=["W", "W", "W", "W", "W", "W", "E", "E", "E", "E", "E", "E"])
    wards = {1: 6, 2: 8, 3: 5, 4: 8}
    with_both = calibrate(nested, margins={"ward": wards, "side": {"W": 14, "E": 13}})
    assert with_both.weights == pytest.approx(calibrate(nested, margins={"ward": wards}).weights)


def test_margin_that_contradicts_what_follows_from_another_is_refused() -> None:
    nested = town(side=["W", "W", "W", "W", "W", "W", "E", "E", "E", "E", "E", "E"])
    margins = {"ward": {1: 6, 2: 8, 3: 5, 4: 8}, "side": {"W": 15, "E": 12}}
    assert problems_of(nested, margins=margins) == [
        "side W: follows from the others, which make its total 14, not 15; correct one"
    ]


def test_auxiliary_that_is_a_combination_of_others_is_refused() -> None:
    doubled = town(double=2 * town().frame["income"].to_numpy(), none=0.0)
    assert problems_of(doubled, auxiliaries={"income": 145, "double": 290, "none": 5}) == [
        "double: is a combination of the others and adds nothing; leave it out",
        "none: is 0 in every row, yet its total is 5; collapse it with a similar class",
    ]


def test_bounds_within_which_a_total_cannot_be_met_are_told_with_what_can_be() -> None:
    assert problems_of(town(), margins={"sex": {"F": 40, "M": 13}}, distance=Logit(0.5, 2)) == [
        "sex F: has the total 40; with factors between 0.5 and 2 it is 5.5 to 22; "
        "widen the bounds or join classes"
    ]


def test_totals_that_only_together_break_the_bounds_are_told_with_what_is_reached() -> None:
    told = problems_of(
        town(),
        margins={"sex": {"F": 12, "M": 15}},
        auxiliaries={"income": 88.0},
        distance=Linear(0.6, 1.4),
    )
    assert told[-1].startswith("income: has the total 88 and stays at ")


def test_every_fault_of_what_is_given_is_named_at_once() -> None:
    empty = town(income=[3.0, np.nan, 4, 8, 2, 6, 7, 3, 5, 4, 6, 9], spread=[1.0] * 11 + [0])
    told = problems_of(
        empty,
        margins={"sex": {"F": 27}},
        auxiliaries={"income": 145},
        variance="spread",
        aggregate_stage=3,
    )
    assert told == [
        "aggregate_stage: there is no stage 3: the design has 1, counted from 1",
        "sex M: has respondents but no known total; add the total",
        "auxiliary income: has no number in rows 1; impute it, or give them weight 0",
        "variance: is no number above 0 in rows 11",
    ]


def test_calibration_without_a_total_is_refused() -> None:
    assert problems_of(town()) == ["calibration: there is no known total; give margins or auxiliaries"]


def test_unknown_auxiliary_is_refused() -> None:
    assert problems_of(town(), auxiliaries={"wage": 1}) == ["auxiliary wage: the sample has no such column"]


def test_auxiliaries_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(WeightingError, match="2 names, values of shape"):
        Auxiliaries(("a", "b"), np.ones((3, 1)), np.ones(2))
    with pytest.raises(WeightingError, match="auxiliary a: is given twice\n- auxiliary a: has the total nan"):
        Auxiliaries(("a", "a"), np.ones((3, 2)), [np.nan, 1])
