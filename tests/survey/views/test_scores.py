"""The scores page: three figures side by side, and every number it draws in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.models import Organisation, SurveyRound
from survey.queries.organisations import get_organisation
from tests.factories import (
    make_organisation,
    make_response,
    make_sample_unit,
    make_service_point,
    make_survey_round,
)
from tests.support.sampled_rounds import make_sampled_round
from tests.support.statements import counted_statements

SignIn = Callable[[str, str], FlaskClient]


@pytest.fixture
def province(session: Session) -> Organisation:
    """A province with four districts."""
    province = make_organisation(session, code="95", names={"vi": "Tỉnh Bạc Liêu", "en": "Bạc Liêu province"})
    for code, name in (
        ("D1", "Huyện Hồng Dân"),
        ("D2", "Huyện Hòa Bình"),
        ("D3", "Huyện Đông Hải"),
        ("D4", "Thị xã Giá Rai"),
    ):
        make_organisation(
            session, kind_code="district", code=code, parent_id=province.id, names={"vi": name, "en": name}
        )
    session.commit()
    return province


def sampled(session: Session, province: Organisation) -> SurveyRound:
    """Forty people in each of two districts, and twelve, too few to be published, in each of two more."""
    round_ = make_sampled_round(
        session,
        [],
        code="sample",
        questionnaire="sipas-2017",
        organiser_id=province.id,
        opens_on=date(2026, 1, 1),
    )
    for code, count in (("D1", 40), ("D2", 40), ("D3", 12), ("D4", 12)):
        district = get_organisation(session, code)
        for number in range(count):
            unit = make_sample_unit(
                session,
                round_id=round_.id,
                stratum=code,
                psu=f"{code}-{number // 2}",
                organisation_id=district.id,
            )
            level = 2 if number % 4 == 0 or (code == "D2" and number % 2) else 5
            answers = {"f1_1": level, "f2_1": 4, "sex": ["male", "female"][number % 2]}
            make_response(session, round_, answers=answers, sample_unit_id=unit.id)
    session.commit()
    return round_


def text_of(page: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def cells(page: str, row_name: str) -> list[str]:
    """The texts of the cells of the table row with this name."""
    row = next(part for part in page.split("<tr") if re.search(rf">\s*{row_name}\s*<", part))
    return [text_of(cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]


def test_without_rounds_the_page_says_what_will_be_here(sign_in: SignIn, province: Organisation) -> None:
    page = sign_in("viewer", "95").get("/scores?language=en")
    assert (page.status_code, "There is no survey round yet" in page.text) == (200, True)


def test_a_round_without_answers_says_so(sign_in: SignIn, session: Session, province: Organisation) -> None:
    make_survey_round(session, code="empty")
    session.commit()
    page = sign_in("viewer", "95").get("/scores?round=empty&language=en")
    assert (page.status_code, "No answers yet" in page.text) == (200, True)


def test_three_figures_stand_side_by_side_and_are_labelled(
    sign_in: SignIn, session: Session, province: Organisation
) -> None:
    sampled(session, province)
    counters = make_survey_round(session, code="counters", organiser_id=province.id, is_demonstration=True)
    for level in [5] * 27 + [1] * 3:
        make_response(session, counters, answers={"overall": level})
    session.commit()
    page = text_of(sign_in("viewer", "95").get("/scores?language=en").text)
    found = [
        re.search(pattern, page) is not None
        for pattern in (
            r"Satisfied, sample survey 77\.9% ± \d+\.\d",
            r"SIPAS index, official calculation 77\.9% unweighted",
            r"Ratings at the counters voluntary 90\.0% 30 ratings; people chose themselves to rate",
            r"Demonstration data: what stands on this page is invented",
        )
    ]
    assert found == [True] * 4


def test_rows_have_figure_interval_and_n_or_the_reason(
    sign_in: SignIn, session: Session, province: Organisation
) -> None:
    sampled(session, province)
    page = sign_in("viewer", "95").get("/scores?language=en").text
    shown, interval, n, _plot = cells(page, "Huyện Hồng Dân")
    assert (shown, re.fullmatch(r"\d+\.\d – \d+\.\d", interval) is not None, n) == ("87.5", True, "40")
    assert cells(page, "Huyện Đông Hải") == ["–", "", "12", "not published: fewer than 30 answers"]


def test_small_groups_open_up_for_internal_use(
    sign_in: SignIn, session: Session, province: Organisation
) -> None:
    sampled(session, province)
    page = sign_in("viewer", "95").get("/scores?language=en&audience=internal").text
    assert cells(page, "Huyện Đông Hải")[0] == "87.5"


def test_differences_that_cannot_be_told_apart_are_said_in_words(
    sign_in: SignIn, session: Session, province: Organisation
) -> None:
    sampled(session, province)
    page = text_of(sign_in("viewer", "95").get("/scores?language=en&by=organisation").text)
    assert "with correction for 1 comparisons" in page


def test_the_table_can_be_about_an_item(sign_in: SignIn, session: Session, province: Organisation) -> None:
    sampled(session, province)
    page = sign_in("viewer", "95").get("/scores?language=en&topic=item:f1_1").text
    assert cells(page, "Huyện Hồng Dân")[0] == "75.0"


def test_an_unknown_division_falls_back_to_what_the_round_has(
    sign_in: SignIn, session: Session, province: Organisation
) -> None:
    sampled(session, province)
    page = sign_in("viewer", "95").get("/scores?by=nonsense&language=en")
    assert (page.status_code, "By unit" in page.text) == (200, True)


def test_an_unknown_round_or_unit_is_not_found(
    sign_in: SignIn, session: Session, province: Organisation
) -> None:
    sampled(session, province)
    client = sign_in("viewer", "95")
    assert [client.get(f"/scores?{query}").status_code for query in ("round=x", "unit=x")] == [404, 404]


def test_a_unit_sees_its_own_answers_alone(sign_in: SignIn, session: Session, province: Organisation) -> None:
    sampled(session, province)
    client = sign_in("unit-leader", "D1")
    page = client.get("/scores?language=en").text
    assert ("Satisfaction, Huyện Hồng Dân" in page, "Huyện Hòa Bình" in page) == (True, False)
    assert client.get("/scores?unit=D2").status_code == 404


def test_counter_ratings_are_drawn_with_their_numbers(
    sign_in: SignIn, session: Session, province: Organisation
) -> None:
    counters = make_survey_round(session, code="counters", organiser_id=province.id)
    point = make_service_point(
        session, organisation=get_organisation(session, "D1"), names={"vi": "Quầy 1", "en": "Counter 1"}
    )
    for level in [5] * 27 + [1] * 3:
        make_response(session, counters, answers={"overall": level}, service_point_id=point.id)
    session.commit()
    page = sign_in("viewer", "95").get("/scores?round=counters&by=service_point&language=en").text
    assert cells(page, "Counter 1 · Civil status")[:2] == ["90.0", "30"]
    assert (cells(page, "02/03/2026"), cells(page, "09:00–09:59")) == (["30"], ["30"])
    assert "Ratings a day, at most 30; the numbers stand in the table below" in page


def test_the_number_of_queries_is_fixed(sign_in: SignIn, session: Session, province: Organisation) -> None:
    round_ = sampled(session, province)
    client = sign_in("viewer", "95")
    client.get("/scores")
    session.commit()
    with counted_statements() as few:
        client.get("/scores")
    session.add(round_)
    for number in range(3):
        district = make_organisation(session, kind_code="district", code=f"N{number}", parent_id=province.id)
        for place in range(30):
            unit = make_sample_unit(
                session,
                round_id=round_.id,
                stratum=f"N{number}",
                psu=f"N{place}",
                organisation_id=district.id,
            )
            make_response(session, round_, answers={"f1_1": 5, "f2_1": place % 5 + 1}, sample_unit_id=unit.id)
    session.commit()
    with counted_statements() as many:
        client.get("/scores")
    assert len(few) == len(many)
