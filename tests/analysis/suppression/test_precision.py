"""Standards for proportions: every limit at its edge, every reason told, and Korn–Graubard as defined."""

import numpy as np
import pytest
from scipy.stats import beta, t

from analysis.errors import SuppressionError
from analysis.suppression import DecisionReason, ProportionStandards, proportion_precision

STANDARDS = ProportionStandards(code="nchs-series-2-no-175/1", widest_relative_error=np.inf)


def precision(share, *, n=1000, variance=None, df=60, at_ends=None):
    spread = share * (1 - share) / n if variance is None else variance
    return proportion_precision(
        np.array([float(share)]),
        variance=np.array([spread]),
        respondent_count=np.array([float(n)]),
        degrees_of_freedom=np.array([float(df)]),
        effective_at_ends=np.array([float(n if at_ends is None else at_ends)]),
    )


def reasons(*arguments, standards=STANDARDS, **more):
    found = precision(*arguments, **more).reasons(standards)
    return {reason for reason, applies in found.items() if applies[0]}


def test_limits_are_korn_and_graubards():
    found = precision(0.3, n=400, variance=0.3 * 0.7 / 150, df=20)
    assert found.effective_sample_size[0] == pytest.approx(150)
    effective = 150 * (t.ppf(0.975, 399) / t.ppf(0.975, 20)) ** 2
    success, failure = 0.3 * effective, 0.7 * effective
    assert found.lower[0] == pytest.approx(beta.ppf(0.025, success, failure + 1))
    assert found.upper[0] == pytest.approx(beta.ppf(0.975, success + 1, failure))


def test_effective_samples_are_never_larger_than_samples():
    found = precision(0.3, n=100, variance=0.3 * 0.7 / 500)
    assert found.effective_sample_size[0] == 100
    assert found.upper[0] == pytest.approx(precision(0.3, n=100).upper[0])


def test_a_precise_proportion_of_a_large_sample_passes():
    assert reasons(0.5) == set()


@pytest.mark.parametrize(("n", "applies"), [(29, True), (30, False)])
def test_sample_size_at_its_edge(n, applies):
    standards = ProportionStandards(widest_interval=1, narrow_interval=1)
    found = reasons(0.5, n=n, standards=standards)
    assert (DecisionReason.SAMPLE_TOO_SMALL in found) is applies
    assert (DecisionReason.EFFECTIVE_SAMPLE_TOO_SMALL in found) is applies


def test_effective_sample_size_counts_the_design():
    found = reasons(0.5, n=300, variance=0.25 / 29.9)
    assert DecisionReason.EFFECTIVE_SAMPLE_TOO_SMALL in found
    assert DecisionReason.SAMPLE_TOO_SMALL not in found
    assert DecisionReason.INTERVAL_TOO_WIDE in found  # every reason is told, not only the first


@pytest.mark.parametrize(("df", "applies"), [(7, True), (8, False)])
def test_degrees_of_freedom_at_their_edge(df, applies):
    assert (DecisionReason.FEW_DEGREES_OF_FREEDOM in reasons(0.5, df=df)) is applies


def test_relative_width_matters_between_the_absolute_limits_only():
    # width 0.058 around 0.04: more than 130 %; the complement is as sure as can be
    assert reasons(0.04, n=180) == {DecisionReason.RELATIVE_INTERVAL_TOO_WIDE}
    # width below 0.05 is shown however small the proportion
    assert reasons(0.001, n=1000) == set()
    # the same interval seen from the other side is a footnote
    assert reasons(0.96, n=180) == {DecisionReason.COMPLEMENT_UNCERTAIN}


def test_zero_and_one_have_honest_intervals_and_are_looked_at():
    """Trap 4: no variance shows at 0 and 1; the interval stays open on one side."""
    for share in (0, 1):
        found = precision(share, n=100, at_ends=50)
        assert found.effective_sample_size[0] == 50
        assert 0 < found.upper[0] - found.lower[0] < 0.1
        assert reasons(share, n=100, at_ends=50) == {DecisionReason.ZERO_OR_ONE}


def test_without_degrees_of_freedom_nothing_is_known():
    assert reasons(0.5, df=0) == {DecisionReason.NO_STANDARD_ERROR, DecisionReason.FEW_DEGREES_OF_FREEDOM}


def test_a_missing_proportion_has_no_reasons_of_precision():
    assert reasons(np.nan) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"narrow_interval": 0.4},
        {"widest_interval": 30},
        {"least_sample_size": 0},
        {"widest_relative_interval": 0},
        {"confidence_level": 95},
    ],
)
def test_limits_that_contradict_each_other_are_refused(wrong):
    with pytest.raises(SuppressionError, match="Standards nchs-series-2-no-175"):
        ProportionStandards(**wrong)
