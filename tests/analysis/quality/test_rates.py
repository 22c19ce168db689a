"""Field-work rates: exact, named, and absent rather than zero when there is nothing to divide by."""

from decimal import Decimal
from fractions import Fraction

import pytest

from analysis.display import percentage
from analysis.errors import QualityError
from analysis.quality import Dispositions, back_check_rate, response_rate_1, response_rate_2, valid_rate


@pytest.mark.golden
def test_o1_valid_forms_of_the_national_survey_of_2019():
    rate = valid_rate(issued=36_630, valid=35_268)
    assert (rate.rate, percentage(rate.rate)) == (Fraction(35_268, 36_630), Decimal("96.28"))


@pytest.mark.golden
def test_o2_back_checks_of_binh_duong_2019():
    rate = back_check_rate(checked=97, completed=480)
    assert (rate.formula, percentage(rate.rate)) == ("back-checked ÷ completed", Decimal("20.21"))


def test_response_rates_count_unknown_eligibility_in_the_denominator():
    fate = Dispositions(
        complete=600,
        partial=50,
        refusal=120,
        non_contact=80,
        other=10,
        unknown_household=100,
        unknown_other=40,
    )
    assert (response_rate_1(fate).formula, response_rate_1(fate).rate) == ("AAPOR RR1", Fraction(3, 5))
    assert (response_rate_2(fate).formula, response_rate_2(fate).rate) == ("AAPOR RR2", Fraction(13, 20))
    assert response_rate_2(fate).denominator == 1000


def test_nothing_issued_is_no_rate():
    assert valid_rate(issued=0, valid=0).rate is None
    assert response_rate_1(Dispositions(complete=0)).rate is None


def test_more_valid_forms_than_issued_are_refused():
    with pytest.raises(QualityError, match="11 of 10"):
        valid_rate(issued=10, valid=11)


def test_a_negative_disposition_is_refused():
    with pytest.raises(QualityError):
        Dispositions(complete=10, refusal=-1)
