"""Field-work rates: exact, named, and absent rather than zero when there is nothing to divide by."""

from decimal import Decimal
from fractions import Fraction

import pytest

from analysis.display import percentage
from analysis.errors import QualityError
from analysis.quality import (
    Dispositions,
    back_check_rate,
    eligibility_share,
    response_rate_1,
    response_rate_2,
    response_rate_3,
    response_rate_4,
    response_rate_5,
    response_rate_6,
    valid_rate,
)

FATE = Dispositions(
    complete=600,
    partial=50,
    refusal=120,
    non_contact=80,
    other=10,
    unknown_household=100,
    unknown_other=40,
)


@pytest.mark.golden
def test_o1_valid_forms_of_the_national_survey_of_2019():
    rate = valid_rate(issued=36_630, valid=35_268)
    assert (rate.rate, percentage(rate.rate)) == (Fraction(35_268, 36_630), Decimal("96.28"))


@pytest.mark.golden
def test_o2_back_checks_of_binh_duong_2019():
    rate = back_check_rate(checked=97, completed=480)
    assert (rate.formula, percentage(rate.rate)) == ("back-checked ÷ completed", Decimal("20.21"))


def test_response_rates_count_unknown_eligibility_in_the_denominator():
    assert (response_rate_1(FATE).formula, response_rate_1(FATE).rate) == ("AAPOR RR1", Fraction(3, 5))
    assert (response_rate_2(FATE).formula, response_rate_2(FATE).rate) == ("AAPOR RR2", Fraction(13, 20))
    assert response_rate_2(FATE).denominator == 1000


def test_nothing_issued_is_no_rate():
    assert valid_rate(issued=0, valid=0).rate is None
    assert response_rate_1(Dispositions(complete=0)).rate is None


def test_more_valid_forms_than_issued_are_refused():
    with pytest.raises(QualityError, match="11 of 10"):
        valid_rate(issued=10, valid=11)


def test_a_negative_disposition_is_refused():
    with pytest.raises(QualityError):
        Dispositions(complete=10, refusal=-1)


def test_unknown_cases_count_by_the_share_that_is_eligible():
    e = eligibility_share(FATE, not_eligible=215)
    assert e == Fraction(860, 1075) == Fraction(4, 5)
    third, fourth = (rate(FATE, eligible_share=e) for rate in (response_rate_3, response_rate_4))
    assert (third.formula, third.numerator, third.denominator) == ("AAPOR RR3, e = 4/5", 600, 860 + 112)
    assert (third.rate, fourth.rate) == (Fraction(600, 972), Fraction(650, 972))


def test_rates_run_from_all_unknown_cases_eligible_to_none():
    """RR1 is RR3 with e = 1, RR5 is RR3 with e = 0; likewise RR2, RR4, RR6 (AAPOR Standard Definitions)."""
    for least, middle, most in (
        (response_rate_1, response_rate_3, response_rate_5),
        (response_rate_2, response_rate_4, response_rate_6),
    ):
        assert middle(FATE, eligible_share=Fraction(1)).rate == least(FATE).rate
        assert middle(FATE, eligible_share=Fraction(0)).rate == most(FATE).rate
        assert least(FATE).rate < middle(FATE, eligible_share=Fraction(1, 3)).rate < most(FATE).rate
    assert (response_rate_5(FATE).rate, response_rate_6(FATE).formula) == (Fraction(600, 860), "AAPOR RR6")


def test_an_eligible_share_is_a_share_of_something():
    with pytest.raises(QualityError, match="cannot be 2"):
        response_rate_3(FATE, eligible_share=Fraction(2))
    with pytest.raises(QualityError, match="say nothing about the unknown"):
        eligibility_share(Dispositions(complete=0, unknown_other=9), not_eligible=0)
