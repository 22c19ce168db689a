"""Variances, covariances and correlations of items; agreement with R's svyvar is in test_reference.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import DomainIsPsuError, EstimationError
from analysis.estimation import EstimationSettings, OnePsuDomains, Status, covariance_matrix, mean
from analysis.sample import Sample
from tests.golden.reference import read_reference_table


def schools() -> Sample:
    return Sample(read_reference_table("apistrat.csv"), Design(strata="stype", population="fpc", weight="pw"))


def sample_of(design: Design | None = None, **columns: object) -> Sample:
    rows = len(next(iter(columns.values())))  # type: ignore[arg-type]
    return Sample(pd.DataFrame({"weight": [1.0] * rows} | columns), design or Design(weight="weight"))


def test_equal_weights_give_the_textbook_covariance_matrix() -> None:
    x, y = [1.0, 2, 4, 8], [3.0, 1, 5, 9]
    told = covariance_matrix(sample_of(x=x, y=y), ["x", "y"])[0]
    assert told.values == pytest.approx(np.cov(x, y))
    assert told.correlations == pytest.approx(np.corrcoef(x, y))


def test_correlations_have_the_standard_errors_of_r() -> None:
    """R survey 4.5, svycontrast(svyvar(~api00+api99+ell), quote(`api00:ell`/sqrt(…))) on apistrat."""
    told = covariance_matrix(schools(), ["api00", "api99", "ell"])[0]
    assert told.correlations[0, 2] == pytest.approx(-0.6434192407559153, rel=1e-12)
    assert told.correlation_standard_errors[0, 2] == pytest.approx(0.03991224875104134, rel=1e-9)
    assert told.correlations[0, 1] == pytest.approx(0.9759046640641273, rel=1e-12)
    assert told.correlation_standard_errors[0, 1] == pytest.approx(0.003956121557922551, rel=1e-9)


def test_variance_of_an_indicator_is_that_of_its_share() -> None:
    sample = schools()
    share = mean(sample, "hi600")[0].value
    told = covariance_matrix(sample, "hi600")[0]
    assert told.values[0, 0] == pytest.approx(share * (1 - share) * 200 / 199)  # type: ignore[operator]


def test_limits_of_a_correlation_stay_within_one() -> None:
    told = covariance_matrix(schools(), ["api00", "api99"])[0]
    low, high = told.correlation_limits
    assert np.diag(low).tolist() == np.diag(high).tolist() == [1, 1]
    assert 0.96 < low[0, 1] < told.correlations[0, 1] < high[0, 1] < 1


def test_only_rows_with_every_answer_count() -> None:
    told = covariance_matrix(sample_of(x=[1.0, 2, 3, 9], y=[2.0, 1, 3, np.nan]), ["x", "y"])[0]
    assert told.respondent_count == 3
    assert told.values == pytest.approx(np.cov([1, 2, 3], [2, 1, 3]))


def test_domains_are_conditions_on_the_same_sample() -> None:
    sample = schools()
    told = covariance_matrix(sample, ["api00", "ell"], by="awards")
    alone = covariance_matrix(sample.where(sample.frame["awards"] == "No"), ["api00", "ell"])[0]
    assert told.get(awards="No").values == pytest.approx(alone.values)
    assert told.get(awards="No").covariance == pytest.approx(alone.covariance)


def test_item_that_does_not_vary_has_no_correlation() -> None:
    frame = covariance_matrix(sample_of(x=[1.0, 2, 3], y=[4.0, 4, 4]), ["x", "y"]).to_frame()
    assert frame["covariance"].tolist() == [1, 0, 0]
    assert frame["correlation"].isna().tolist() == [False, True, True]


def test_frame_has_each_pair_once() -> None:
    frame = covariance_matrix(schools(), ["api00", "api99", "ell"], by="awards").to_frame()
    assert len(frame) == 12
    assert list(frame.columns) == [
        *("item", "other", "awards", "covariance", "standard_error", "correlation"),
        *("correlation_standard_error", "correlation_ci_low", "correlation_ci_high"),
        *("degrees_of_freedom", "respondents", "status", "reason"),
    ]


def test_domains_with_no_or_one_respondent_are_not_available() -> None:
    unit = pd.Categorical(["a", "a", "a", "b"], categories=["a", "b", "c"])
    told = covariance_matrix(sample_of(x=[1.0, 2, 4, 8], unit=unit), "x", by="unit")
    assert [each.status for each in told] == [
        Status.AVAILABLE,
        Status.ONE_RESPONDENT,
        Status.NO_RESPONDENT,
    ]
    assert told.to_frame()["covariance"].isna().tolist() == [False, True, True]
    assert str(told[2]) == "correlations (unit c): not available. Nobody in this domain answered."


def test_units_that_are_psus_are_refused() -> None:
    design = Design(psu="unit", weight="weight")
    columns = {"x": [1.0, 2, 4, 8], "unit": [1, 1, 2, 2]}
    with pytest.raises(DomainIsPsuError, match="within"):
        covariance_matrix(sample_of(design, **columns), "x", by="unit")
    forced = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
    told = covariance_matrix(sample_of(design, **columns), "x", by="unit", settings=forced)
    assert [each.status for each in told] == [Status.NO_DEGREES_OF_FREEDOM] * 2


def test_unknown_domain_is_told_of() -> None:
    with pytest.raises(EstimationError, match="Domains: No, Yes"):
        covariance_matrix(schools(), "api00", by="awards").get(awards="Maybe")


def test_matrix_prints_its_correlations() -> None:
    text = str(covariance_matrix(schools(), ["api00", "ell"]))
    assert text.splitlines()[0] == "correlations, n = 200"
    assert text.splitlines()[2].split() == ["api00", "1.000", "-0.643"]
