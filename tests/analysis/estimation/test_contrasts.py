"""Contrasts of estimates; agreement with R's svycontrast is in test_reference.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from analysis.design import Design
from analysis.errors import EstimationError
from analysis.estimation import (
    Estimates,
    PValueAdjustment,
    Smooth,
    Status,
    contrast,
    difference,
    log_quotient,
    mean,
    pairwise,
    quotient,
    ratio,
    share,
    total,
)
from analysis.estimation.contrast_result import adjusted
from analysis.sample import Sample
from tests.golden.reference import read_reference_table


def schools() -> Sample:
    return Sample(read_reference_table("apiclus1.csv"), Design(psu="dnum", population="fpc", weight="pw"))


def by_type() -> Estimates:
    return mean(schools(), "api00", by="stype")


def test_difference_of_domains_in_the_same_psus_knows_their_covariance() -> None:
    estimates = by_type()
    told = difference(estimates, "E", "H")
    variance = estimates.covariance()
    assert told.value == pytest.approx(estimates[0].value - estimates[1].value)  # type: ignore[operator]
    assert told.standard_error == pytest.approx(np.sqrt(variance[0, 0] + variance[1, 1] - 2 * variance[0, 1]))
    assert variance[0, 1] > 0  # as if independent, the standard error would be too large
    assert told.name == "E - H"


def test_degrees_of_freedom_are_the_fewest_of_those_involved() -> None:
    """Trap 3: the schools of a type lie in fewer districts than the whole sample."""
    estimates = by_type()
    assert [each.degrees_of_freedom for each in estimates] == [14, 7, 11]
    told = difference(estimates, "E", "H")
    assert told.degrees_of_freedom == 7
    assert told.t == pytest.approx(told.value / told.standard_error)  # type: ignore[operator]
    assert told.p_value == pytest.approx(2 * student.sf(abs(told.t), 7))  # type: ignore[arg-type]
    reach = student.ppf(0.975, 7) * told.standard_error
    assert (told.lower, told.upper) == pytest.approx((told.value - reach, told.value + reach))
    given = contrast(estimates, {"d": {"E": 1, "H": -1}}, degrees_of_freedom=14)[0]
    assert given.degrees_of_freedom == 14


def test_ratio_of_two_totals_is_the_ratio_estimator() -> None:
    sample = schools()
    direct = ratio(sample, "api.stu", to="enroll")[0]
    told = quotient(total(sample, ["api.stu", "enroll"]), "api.stu", "enroll")
    assert told.value == pytest.approx(direct.value)
    assert told.standard_error == pytest.approx(direct.standard_error)


def test_numerical_derivatives_agree_with_given_ones() -> None:
    estimates = mean(schools(), ["api00", "api99"])
    by_hand = quotient(estimates, "api00", "api99")
    told = contrast(estimates, {"r": Smooth(["api00", "api99"], lambda at: float(at[0] / at[1]))})[0]
    assert told.standard_error == pytest.approx(by_hand.standard_error, rel=1e-11)
    assert log_quotient(estimates, "api00", "api99").standard_error == pytest.approx(
        by_hand.standard_error / by_hand.value  # type: ignore[operator]
    )


def test_several_contrasts_have_a_covariance() -> None:
    told = contrast(
        by_type(), {"E - H": {"E": 1, "H": -1}, "E - M": {"E": 1, "M": -1}, "H - M": {"H": 1, "M": -1}}
    )
    variance = told.covariance()
    assert np.sqrt(np.diag(variance)) == pytest.approx(told.standard_errors)
    back = np.array([[-1.0, 1, -1]])  # H - M = (E - M) - (E - H)
    assert back @ variance @ back.T == pytest.approx(0, abs=1e-9)


def test_large_contrasts_and_small_ones_have_the_same_variance() -> None:
    estimates = mean(schools(), ["api00", "api99", "ell"], by="stype")
    factors = {(each.item, *each.domain.values()): place for place, each in enumerate(estimates, start=-4)}
    told = contrast(estimates, {"all": factors})[0]
    slope = np.arange(-4.0, 5)
    assert told.standard_error == pytest.approx(np.sqrt(slope @ estimates.covariance() @ slope))


def test_pairwise_compares_the_domains_of_each_item() -> None:
    told = pairwise(mean(schools(), ["api00", "ell"], by="stype"))
    assert [each.name for each in told] == [
        *("api00: E - H", "api00: E - M", "api00: H - M"),
        *("ell: E - H", "ell: E - M", "ell: H - M"),
    ]
    assert told[0].standard_error == pytest.approx(difference(by_type(), "E", "H").standard_error)
    assert [each.name for each in pairwise(by_type())] == ["E - H", "E - M", "H - M"]


@pytest.mark.parametrize(
    ("adjustment", "expected"),  # p.adjust(c(.01, .04, .03, .2), …) in R 4.2.2
    [
        (PValueAdjustment.HOLM, [0.04, 0.09, 0.09, 0.2]),
        (PValueAdjustment.BONFERRONI, [0.04, 0.16, 0.12, 0.8]),
        (PValueAdjustment.NONE, [0.01, 0.04, 0.03, 0.2]),
    ],
)
def test_p_values_are_adjusted_as_in_r(adjustment: PValueAdjustment, expected: list[float]) -> None:
    told = adjusted(np.array([0.01, 0.04, np.nan, 0.03, 0.2]), adjustment)
    assert np.delete(told, 2) == pytest.approx(expected)
    assert np.isnan(told[2])


def test_adjusted_p_value_stays_at_most_one() -> None:
    assert adjusted(np.array([0.6, 0.7]), PValueAdjustment.HOLM).tolist() == [1, 1]


def test_contrast_of_an_estimate_that_is_not_available_is_not_available() -> None:
    frame = pd.DataFrame({"q": [1.0, 2, 4, 8, 9], "unit": ["a", "a", "b", "b", "c"], "weight": [1.0] * 5})
    estimates = mean(Sample(frame, Design(weight="weight")), "q", by="unit")
    told = contrast(estimates, {"a - c": {"a": 1, "c": -1}, "a - b": {"a": 1, "b": -1, "c": 0}})
    assert (told[0].value, told[0].p_value, told[0].status) == (None, None, Status.ONE_RESPONDENT)
    assert str(told[0]) == "a - c: not available. Only one person in this domain answered."
    assert told[1].status == Status.AVAILABLE
    assert told.to_frame()["estimate"].isna().tolist() == [True, False]


def test_estimates_without_error_give_no_test() -> None:
    frame = pd.DataFrame({"q": [1.0, 1, 2, 2], "unit": ["a", "a", "b", "b"], "weight": [1.0] * 4})
    told = difference(mean(Sample(frame, Design(weight="weight")), "q", by="unit"), "a", "b")
    assert (told.value, told.standard_error, told.t, told.p_value) == (-1, 0, None, None)


def test_names_are_as_short_as_they_are_clear() -> None:
    shares = share(schools(), "awards", by=["stype", "sch.wide"])
    one, other = ("Yes", "E", "Yes"), ("awards", "Yes", "H", "Yes")
    assert contrast(shares, {"c": {one: 1, other: -1}})[0].status == Status.AVAILABLE
    with pytest.raises(EstimationError, match="E × Yes is the name of 2 estimates"):
        contrast(shares, {"c": {("E", "Yes"): 1}})
    with pytest.raises(EstimationError, match="no estimate K"):
        difference(by_type(), "E", "K")


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(EstimationError, match="no contrast"):
        contrast(by_type(), {})
    with pytest.raises(EstimationError, match="no two domains"):
        pairwise(mean(schools(), "api00"))
    with pytest.raises(EstimationError, match="no contrast K"):
        pairwise(by_type()).get("K")


def test_contrasts_print_themselves_and_have_a_frame() -> None:
    told = pairwise(by_type())
    one = "E - H: 30.2966, SE 30.03, 95% -40.7074 to 101.301, p = 0.3466"
    assert str(told[0]) == f"{one} (holm: {told[0].adjusted_p_value:.4g})"
    assert str(difference(by_type(), "E", "H")) == one
    assert list(told.to_frame().columns) == [
        *("contrast", "estimate", "standard_error", "ci_low", "ci_high", "degrees_of_freedom", "t"),
        *("p_value", "adjusted_p_value", "status", "reason"),
    ]
    assert told.get("H - M") is told[2]
