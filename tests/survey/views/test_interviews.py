"""The interview pages work without JavaScript: nothing entered is lost, nothing is counted twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey.domain.enums import Disposition, OutcomeReason, Selection
from survey.domain.receipts import receipt_code
from survey.models import Account, Response, SampleUnit, SampleUnitOutcome
from tests.conftest import Clock
from tests.factories import make_organisation, make_sample_unit, make_survey_round

SignIn = Callable[[str, str], FlaskClient]


class FormReader(HTMLParser):
    """What a browser would send from a page: hidden fields, ticked boxes, texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.entries: list[tuple[str, str]] = []
        self.names: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name = values.get("name")
        if tag != "input" or name is None:
            return
        self.names.add(name)
        is_box = values.get("type") in ("radio", "checkbox")
        if not is_box or "checked" in values:
            self.entries.append((name, values.get("value") or ""))


def form_of(answer: TestResponse) -> dict[str, Any]:
    """The form's entries as the test client sends them."""
    data: dict[str, Any] = {}
    for name, value in FormReader(answer.text).entries:
        data.setdefault(name, []).append(value)
    return data


def heading(answer: TestResponse) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found is not None
    return found[1]


@pytest.fixture
def unit(session: Session) -> SampleUnit:
    """A unit of an open SIPAS round in the ward C1 of the province BL."""
    province = make_organisation(session, code="BL")
    ward = make_organisation(session, code="C1", kind_code="ward", parent_id=province.id)
    make_organisation(session, code="C2", kind_code="ward", parent_id=province.id)
    round_ = make_survey_round(
        session,
        code="sipas-2026",
        questionnaire="sipas-2023",
        selection=Selection.PROBABILITY_SAMPLE,
        opens_on=date(2026, 3, 1),
        closes_on=date(2026, 3, 31),
    )
    unit = make_sample_unit(session, round_id=round_.id, code="S-1", psu="p1", organisation_id=ward.id)
    session.commit()
    return unit


def post(client: FlaskClient, unit_id: int, action: str, data: dict[str, Any]) -> TestResponse:
    return client.post(f"/interviews/units/{unit_id}?language=en", data={**data, "action": action})


def test_an_interview_is_made_section_by_section_and_ends_with_a_receipt(
    session: Session, unit: SampleUnit, sign_in: SignIn
) -> None:
    unit_id = unit.id
    client = sign_in("enumerator", "C1")
    page = client.get(f"/interviews/units/{unit_id}?language=en")
    headings = [heading(page)]
    answers: list[dict[str, Any]] = [
        {"sex": "female", "age_band": "age_35_49", "ethnicity": "other", "ethnicity_other": "Khmer"},
        {"c1_1": "3", "c2": ["2", "5"]},
        {"c9_i_a_1": "5", "c9_ii_e_3": "2"},
        {"c10_other": "Cảm ơn"},
    ]
    names = FormReader(page.text).names
    answers[1]["c2"] = choices_of(post(client, unit_id, "next", form_of(page)), "c2")[:2]
    for entered in answers:
        data = {**form_of(page), **entered}
        is_last = entered is answers[-1]
        page = post(client, unit_id, "finish" if is_last else "next", data)
        if not is_last:
            headings.append(heading(page))
    assert {"sex", "age_band", "packet", "place"} <= names
    assert headings == [
        "PART A: ABOUT THE RESPONDENT",
        headings[1],
        "QUESTION 9: SATISFACTION",
        "QUESTION 10: NEEDS AND EXPECTATIONS",
    ]
    assert (page.status_code, page.location) == (303, f"/interviews/units/{unit_id}")
    response = session.scalars(select(Response)).one()
    assert response.answers == {
        "sex": "female",
        "age_band": "age_35_49",
        "ethnicity": "other",
        "ethnicity_other": "Khmer",
        "c1_1": 3,
        "c2": answers[1]["c2"],
        "c9_i_a_1": 5,
        "c9_ii_e_3": 2,
        "c10_other": "Cảm ơn",
    }
    assert response.entered_by_id == session.scalars(select(Account.id)).one()
    done = client.get(page.location)
    assert receipt_code(response.uuid) in done.text


def choices_of(answer: TestResponse, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', answer.text)


def test_nothing_is_preselected(session: Session, unit: SampleUnit, sign_in: SignIn) -> None:
    client = sign_in("enumerator", "C1")
    page = client.get(f"/interviews/units/{unit.id}")
    assert set(form_of(page)) == {"csrf_token", "packet", "place", "ethnicity_other"} - (
        set() if "csrf_token" in page.text else {"csrf_token"}
    )
    assert " checked" not in page.text


def test_changing_the_language_keeps_every_answer_and_the_section(unit: SampleUnit, sign_in: SignIn) -> None:
    client = sign_in("enumerator", "C1")
    first = {**form_of(client.get(f"/interviews/units/{unit.id}")), "sex": "male"}
    second = {**form_of(post(client, unit.id, "next", first)), "c1_2": "4"}
    english = post(client, unit.id, "language", second)
    vietnamese = client.post(
        f"/interviews/units/{unit.id}?language=vi", data={**form_of(english), "action": "language"}
    )
    entries = form_of(vietnamese)
    assert (entries["sex"], entries["c1_2"], entries["place"]) == (["male"], ["4"], ["1"])
    assert entries["packet"] == first["packet"]
    assert heading(english) != heading(vietnamese)
    assert english.status_code == vietnamese.status_code == 200


def test_going_back_keeps_every_answer(unit: SampleUnit, sign_in: SignIn) -> None:
    client = sign_in("enumerator", "C1")
    first = {**form_of(client.get(f"/interviews/units/{unit.id}")), "sex": "male"}
    second = {**form_of(post(client, unit.id, "next", first)), "c1_2": "4"}
    back = form_of(post(client, unit.id, "back", second))
    assert (back["sex"], back["c1_2"], back["place"]) == (["male"], ["4"], ["0"])


@pytest.fixture
def rating_unit(session: Session, unit: SampleUnit) -> SampleUnit:
    """A unit of a round whose questionnaire has a required question."""
    round_ = make_survey_round(session, questionnaire="rating", selection=Selection.PROBABILITY_SAMPLE)
    unit = make_sample_unit(session, round_id=round_.id, organisation_id=unit.organisation_id)
    session.commit()
    return unit


def test_a_missing_answer_is_asked_for_above_and_at_its_question(
    session: Session, rating_unit: SampleUnit, sign_in: SignIn
) -> None:
    client = sign_in("enumerator", "C1")
    page = client.get(f"/interviews/units/{rating_unit.id}?language=en")
    refused = post(client, rating_unit.id, "finish", {**form_of(page), "comment": "Nhanh"})
    assert refused.status_code == 422
    assert '<li><a href="#overall">' in refused.text
    assert 'id="overall-error">Please answer this question.' in refused.text
    assert form_of(refused)["packet"] == form_of(page)["packet"]
    assert "Nhanh" in refused.text
    assert session.scalar(select(func.count(Response.id))) == 0


def test_a_respondent_may_decline_a_required_question(
    session: Session, rating_unit: SampleUnit, sign_in: SignIn
) -> None:
    client = sign_in("enumerator", "C1")
    page = client.get(f"/interviews/units/{rating_unit.id}")
    answer = post(client, rating_unit.id, "finish", {**form_of(page), "declined": "overall"})
    assert answer.status_code == 303
    assert session.scalars(select(Response)).one().answers == {"overall": {"status": "refused"}}


def test_the_same_page_sent_twice_is_one_interview(
    session: Session, unit: SampleUnit, sign_in: SignIn
) -> None:
    client = sign_in("enumerator", "C1")
    data = {**form_of(client.get(f"/interviews/units/{unit.id}")), "sex": "male"}
    answers = [post(client, unit.id, "finish", data) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [
        (303, f"/interviews/units/{unit.id}")
    ] * 2
    assert session.scalar(select(func.count(Response.id))) == 1


def test_a_second_interview_is_refused_kindly_and_the_first_stands(
    session: Session, unit: SampleUnit, sign_in: SignIn
) -> None:
    first, second = sign_in("enumerator", "C1"), sign_in("supervisor", "BL")
    pages = [client.get(f"/interviews/units/{unit.id}") for client in (first, second)]
    post(first, unit.id, "finish", {**form_of(pages[0]), "sex": "male"})
    late = post(second, unit.id, "finish", {**form_of(pages[1]), "sex": "female"})
    assert (late.status_code, heading(late)) == (409, "This unit has its interview already")
    assert session.scalars(select(Response)).one().answers == {"sex": "male"}


def test_a_page_without_its_identity_records_nothing(
    session: Session, unit: SampleUnit, sign_in: SignIn
) -> None:
    client = sign_in("enumerator", "C1")
    assert post(client, unit.id, "finish", {"sex": "male"}).status_code == 404
    assert session.scalar(select(func.count(Response.id))) == 0


def test_a_reason_for_no_interview_is_recorded_and_shown_in_the_list(
    session: Session, unit: SampleUnit, sign_in: SignIn
) -> None:
    unit_id = unit.id
    client = sign_in("enumerator", "C1")
    address = f"/interviews/units/{unit_id}/outcome?language=en"
    empty = client.post(address, data={"note": "gặp lại chiều mai"})
    assert empty.status_code == 422
    assert "Please choose what happened." in empty.text
    assert "gặp lại chiều mai" in empty.text
    saved = client.post(address, data={"reason": "absent", "note": "gặp lại chiều mai"})
    assert (saved.status_code, saved.location) == (303, "/interviews/rounds/sipas-2026")
    outcome = session.scalars(select(SampleUnitOutcome)).one()
    assert (outcome.reason, outcome.note) == (OutcomeReason.ABSENT, "gặp lại chiều mai")
    assert session.get_one(SampleUnit, unit_id).disposition is Disposition.NOT_CONTACTED
    listed = client.get("/interviews/rounds/sipas-2026?status=other&language=en")
    assert "gặp lại chiều mai" in listed.text


def test_lists_show_what_is_left_and_what_is_done(unit: SampleUnit, sign_in: SignIn) -> None:
    client = sign_in("enumerator", "C1")
    rounds = client.get("/interviews/?language=en")
    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", rounds.text) == [
        ("Drawn", "1"),
        ("Interviewed", "0"),
        ("Refused", "0"),
        ("Other outcome", "0"),
        ("To do", "1"),
    ]
    data = {**form_of(client.get(f"/interviews/units/{unit.id}")), "sex": "male"}
    post(client, unit.id, "finish", data)
    left = client.get("/interviews/rounds/sipas-2026?language=en")
    done = client.get("/interviews/rounds/sipas-2026?status=complete&language=en")
    assert ("Nothing in this list" in left.text, "S-1" in left.text) == (True, False)
    assert "S-1" in done.text


def test_units_of_others_are_not_there(unit: SampleUnit, sign_in: SignIn) -> None:
    client = sign_in("enumerator", "C2")
    addresses = [
        f"/interviews/units/{unit.id}",
        f"/interviews/units/{unit.id}/outcome",
        "/interviews/rounds/sipas-2026",
    ]
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    assert client.post(f"/interviews/units/{unit.id}").status_code == 404
    assert "No interviews are waiting for you" in client.get("/interviews/?language=en").text


def test_a_round_that_is_not_open_says_when_it_is(unit: SampleUnit, sign_in: SignIn, clock: Clock) -> None:
    client = sign_in("enumerator", "C1")
    clock.now = datetime(2026, 3, 31, 17, 0, tzinfo=UTC)  # midnight in Việt Nam, the first of April
    page = client.get(f"/interviews/units/{unit.id}?language=en")
    assert (page.status_code, heading(page)) == (409, "The round is not open today")
    assert "Interviews are made from 01/03/2026 to 31/03/2026." in page.text
