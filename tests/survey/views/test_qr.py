"""The QR page."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.enums import Mode
from survey.domain.receipts import receipt_code
from survey.models import Response, ServicePoint
from tests.factories import make_service_point, make_survey_round


@pytest.fixture
def point(session: Session) -> ServicePoint:
    round_ = make_survey_round(session, code="taps")
    point = make_service_point(session, public_code="abc", round_id=round_.id)
    session.commit()
    return point


def rows(session: Session) -> list[Response]:
    session.expire_all()
    return list(session.scalars(select(Response).order_by(Response.id)))


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the hidden fields."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def test_looking_records_nothing_and_makes_a_new_uuid_each_time(
    client: FlaskClient, point: ServicePoint, session: Session
):
    uuids = {fields_of(client.get("/q/abc").text)["uuid"] for _ in range(3)}
    previewer = client.get("/q/abc", headers={"User-Agent": "facebookexternalhit/1.1"})
    head = client.head("/q/abc")
    assert len(uuids) == 3
    assert (previewer.status_code, head.status_code, head.data) == (200, 200, b"")
    assert rows(session) == []


def test_the_page_needs_no_script_and_preselects_nothing(client: FlaskClient, point: ServicePoint):
    page = client.get("/q/abc").text
    assert re.findall(r"<script|<link[^>]*font|\bchecked\b|style=", page) == []
    assert re.findall(r'type="radio" name="overall" value="(\d)"', page) == ["5", "4", "3", "2", "1"]


def test_a_rating_is_stored_and_thanked_for_with_its_receipt(
    client: FlaskClient, point: ServicePoint, session: Session
):
    form = {**fields_of(client.get("/q/abc").text), "overall": "4", "comment": "Nhanh, lịch sự."}
    answer = client.post("/q/abc?language=vi", data=form)
    uuid = UUID(form["uuid"])
    assert (answer.status_code, answer.location) == (303, f"/q/abc/{uuid}?language=vi")
    row = rows(session)[0]
    assert (row.uuid, row.mode, row.answers) == (
        uuid,
        Mode.QR,
        {"overall": 4, "comment": "Nhanh, lịch sự."},
    )
    thanks = client.get(answer.location).text
    assert re.findall(r'<b class="code">([^<]+)</b>', thanks) == [receipt_code(uuid)]
    assert re.findall("<form", thanks) == []


def test_sent_twice_it_is_one_answer_and_both_times_a_success(
    client: FlaskClient, point: ServicePoint, session: Session, clock
):
    form = {**fields_of(client.get("/q/abc").text), "overall": "4"}
    first = client.post("/q/abc", data=form)
    clock.advance(seconds=40)
    second = client.post("/q/abc", data=form)
    assert (first.status_code, second.status_code, second.location) == (303, 303, first.location)
    assert len(rows(session)) == 1


def test_the_same_form_with_another_answer_is_refused_and_the_first_stands(
    client: FlaskClient, point: ServicePoint, session: Session
):
    form = {**fields_of(client.get("/q/abc").text), "overall": "4"}
    client.post("/q/abc", data=form)
    answer = client.post("/q/abc", data={**form, "overall": "1"})
    assert answer.status_code == 409
    assert [row.answers for row in rows(session)] == [{"overall": 4}]


def test_a_missing_answer_is_asked_for_and_nothing_that_was_entered_is_cleared(
    client: FlaskClient, point: ServicePoint, session: Session
):
    form = {**fields_of(client.get("/q/abc").text), "comment": 'Chờ <b>lâu</b> & "mệt"'}
    answer = client.post("/q/abc?language=vi", data=form)
    assert answer.status_code == 422
    assert re.findall(r'<a href="#(\w+)">', answer.text) == ["overall"]
    assert re.findall(r"<textarea[^>]*>([^<]*)</textarea>", answer.text) == [
        "Chờ &lt;b&gt;lâu&lt;/b&gt; &amp; &#34;mệt&#34;"
    ]
    assert fields_of(answer.text)["uuid"] == form["uuid"]
    assert rows(session) == []


def test_a_comment_that_is_too_long_keeps_the_chosen_level(client: FlaskClient, point: ServicePoint):
    form = {**fields_of(client.get("/q/abc").text), "overall": "2", "comment": "x" * 1_001}
    answer = client.post("/q/abc", data=form)
    assert answer.status_code == 422
    assert re.findall(r'value="(\d)"[^>]* checked', answer.text) == ["2"]
    assert re.findall(r'<a href="#(\w+)">', answer.text) == ["comment"]


def test_after_a_low_level_reasons_can_be_added_as_a_supplement(
    client: FlaskClient, point: ServicePoint, session: Session
):
    form = {**fields_of(client.get("/q/abc").text), "overall": "2"}
    thanks = client.get(client.post("/q/abc", data=form).location).text
    reasons = fields_of(thanks)
    assert reasons["supplements"] == form["uuid"]
    empty = client.post("/q/abc", data=reasons)
    assert empty.status_code == 422
    assert re.findall(r'<a href="#(\w+)">', empty.text) == ["reasons"]
    answer = client.post("/q/abc", data={**reasons, "reasons": ["late", "other"]})
    assert (answer.status_code, answer.location) == (303, f"/q/abc/{form['uuid']}?sent=1")
    tap, supplement = rows(session)
    assert (supplement.supplements, supplement.answers) == (tap.uuid, {"reasons": ["late", "other"]})
    assert re.findall("<form", client.get(answer.location).text) == []


@pytest.mark.parametrize(
    ("language", "label"), [("vi", "Rất hài lòng"), ("en", "Very satisfied"), ("km", "Rất hài lòng")]
)
def test_the_address_chooses_the_language(
    client: FlaskClient, point: ServicePoint, language: str, label: str
):
    page = client.get(f"/q/abc?language={language}").text
    assert re.findall(r'value="5"[^>]*>([^<]+)<', page) == [label]


def test_the_questions_to_businesses_are_all_on_the_page(client: FlaskClient, session: Session):
    round_ = make_survey_round(session, questionnaire="rating-business")
    make_service_point(session, public_code="dn", round_id=round_.id)
    session.commit()
    page = client.get("/q/dn").text
    names = list(dict.fromkeys(re.findall(r'name="(\w+)"', page.partition("<fieldset")[2])))
    assert names == ["overall", "business_type", "business_size", "comment"]
    form = {**fields_of(page), "overall": "5", "business_type": "cooperative"}
    assert client.post("/q/dn", data=form).status_code == 303
    assert rows(session)[0].answers == {"overall": 5, "business_type": "cooperative"}


def test_an_unknown_code_is_a_kind_404_on_looking_and_on_sending(client: FlaskClient, app: Flask):
    looked, sent = client.get("/q/nowhere"), client.post("/q/nowhere", data={"overall": "4"})
    assert (looked.status_code, sent.status_code) == (404, 404)


def test_an_expired_code_is_a_kind_404(client: FlaskClient, point: ServicePoint, session: Session):
    point.valid_to = date(2026, 3, 1)
    session.commit()
    assert client.get("/q/abc").status_code == 404


def test_a_code_typed_by_hand_may_have_capitals(client: FlaskClient, point: ServicePoint):
    assert client.get("/q/ABC").status_code == 200


def test_a_closed_counter_shows_no_form_and_takes_nothing(
    client: FlaskClient, point: ServicePoint, session: Session, clock
):
    form = {**fields_of(client.get("/q/abc").text), "overall": "4"}
    point.round.closes_on = date(2026, 3, 1)
    session.commit()
    clock.advance(seconds=6)
    looked, sent = client.get("/q/abc"), client.post("/q/abc", data=form)
    assert (looked.status_code, re.findall("<form", looked.text)) == (200, [])
    assert (sent.status_code, re.findall("<form", sent.text)) == (422, [])
    assert rows(session) == []


def test_a_rating_without_the_pages_token_is_refused(
    app: Flask, client: FlaskClient, point: ServicePoint, session: Session
):
    app.config["WTF_CSRF_ENABLED"] = True
    form = {**fields_of(client.get("/q/abc").text), "overall": "4"}
    without = client.post("/q/abc", data={**form, "csrf_token": ""})
    with_token = client.post("/q/abc", data=form)
    assert (without.status_code, with_token.status_code) == (400, 303)
    assert len(rows(session)) == 1


def test_the_thanks_of_an_unknown_rating_are_a_404(client: FlaskClient, point: ServicePoint):
    assert client.get(f"/q/abc/{uuid4()}").status_code == 404
