"""The kiosk, as plain forms and as its script sends them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import Mode
from survey.domain.receipts import receipt_code
from survey.models import Response, ServicePoint
from tests.factories import make_service_point, make_survey_round

JSON = {"Accept": "application/json"}


@pytest.fixture
def point(session: Session) -> ServicePoint:
    round_ = make_survey_round(session, code="taps")
    point = make_service_point(session, public_code="abc", round_id=round_.id)
    session.commit()
    return point


def rows(session: Session) -> list[Response]:
    session.expire_all()
    return list(session.scalars(select(Response).order_by(Response.id)))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_looking_records_nothing_and_makes_a_new_uuid_each_time(
    client: FlaskClient, point: ServicePoint, session: Session
):
    uuids = {hidden(client.get("/kiosk/abc").text, "uuid") for _ in range(3)}
    client.head("/kiosk/abc")
    assert len(uuids) == 3
    assert {UUID(uuid).version for uuid in uuids} == {4}
    assert rows(session) == []


def test_a_tap_by_the_script_is_stored_with_a_receipt(
    client: FlaskClient, point: ServicePoint, session: Session
):
    uuid = uuid4()
    form = {"uuid": uuid, "version": 1, "language": "en", "overall": 5}
    answer = client.post("/kiosk/abc", data={**form, "captured_at": "2026-03-02T01:59:58.123Z"}, headers=JSON)
    assert (answer.status_code, answer.get_json()) == (
        201,
        {"outcome": "stored", "code": receipt_code(uuid), "problems": []},
    )
    row = rows(session)[0]
    assert (row.uuid, row.mode, row.language, row.answers) == (uuid, Mode.KIOSK, "en", {"overall": 5})
    assert row.service_point_id == point.id
    assert row.captured_at == datetime(2026, 3, 2, 1, 59, 58, 123_000, tzinfo=UTC)


def test_the_same_tap_again_is_a_success_and_another_answer_under_its_uuid_a_conflict(
    client: FlaskClient, point: ServicePoint, session: Session, clock
):
    form = {"uuid": str(uuid4()), "version": 1, "language": "vi", "overall": 2}
    first = client.post("/kiosk/abc", data=form, headers=JSON)
    clock.advance(minutes=10)
    again = client.post("/kiosk/abc", data=form, headers=JSON)
    other = client.post("/kiosk/abc", data={**form, "overall": 5}, headers=JSON)
    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 409]
    assert [row.answers for row in rows(session)] == [{"overall": 2}]


@pytest.mark.parametrize(("level", "screen"), [(1, "reasons"), (2, "reasons"), (3, "thanks"), (5, "thanks")])
def test_a_plain_form_goes_on_to_reasons_after_the_two_lowest_levels_and_else_to_thanks(
    client: FlaskClient, point: ServicePoint, level: int, screen: str
):
    uuid = str(uuid4())
    answer = client.post("/kiosk/abc", data={"uuid": uuid, "version": 1, "language": "vi", "overall": level})
    assert (answer.status_code, answer.location) == (303, f"/kiosk/abc/{uuid}?language=vi")
    page = client.get(answer.location)
    pane = page.text.partition('data-pane="en"')[0]
    assert re.findall(r'data-screen="(\w+)">', pane) == [screen]
    assert page.headers["Refresh"].endswith("url=/kiosk/abc")


def test_reasons_by_a_plain_form_are_a_supplement_and_lead_to_thanks(
    client: FlaskClient, point: ServicePoint, session: Session
):
    uuid = str(uuid4())
    client.post("/kiosk/abc", data={"uuid": uuid, "version": 1, "language": "vi", "overall": 1})
    page = client.get(f"/kiosk/abc/{uuid}?language=vi").text
    assert hidden(page, "supplements") == uuid
    answer = client.post(
        "/kiosk/abc",
        data={
            "uuid": str(uuid4()),
            "version": 1,
            "language": "vi",
            "supplements": uuid,
            "reasons": ["late", "fees"],
        },
    )
    assert (answer.status_code, answer.location) == (303, f"/kiosk/abc/{uuid}?sent=1&language=vi")
    tap, supplement = rows(session)
    assert (supplement.supplements, supplement.answers) == (tap.uuid, {"reasons": ["late", "fees"]})
    assert receipt_code(tap.uuid) in client.get(answer.location).text


def test_a_refusal_is_told_to_the_script_and_shown_to_a_plain_form(
    client: FlaskClient, point: ServicePoint, session: Session
):
    form = {"uuid": str(uuid4()), "version": 1, "language": "vi", "overall": 9}
    told = client.post("/kiosk/abc", data=form, headers=JSON)
    shown = client.post("/kiosk/abc?language=vi", data=form)
    assert (told.status_code, told.get_json()["problems"][0]["item"]) == (422, "overall")
    assert shown.status_code == 422
    assert re.findall(r'data-screen="(\w+)">', shown.text.partition('data-pane="en"')[0]) == ["refused"]
    assert rows(session) == []


@pytest.mark.parametrize(
    "change",
    [{"uuid": "nonsense"}, {"uuid": ""}, {"version": "x"}, {"captured_at": "now"}, {"supplements": "x"}],
)
def test_an_envelope_no_page_of_ours_sends_is_a_bad_request(
    client: FlaskClient, point: ServicePoint, session: Session, change: dict[str, str]
):
    form = {"uuid": str(uuid4()), "version": "1", "language": "vi", "overall": "4", **change}
    assert client.post("/kiosk/abc", data=form, headers=JSON).status_code == 400
    assert rows(session) == []


def test_an_unknown_field_is_refused(client: FlaskClient, point: ServicePoint, session: Session):
    form = {"uuid": str(uuid4()), "version": 1, "language": "vi", "overall": 4, "url": "http://spam.example"}
    answer = client.post("/kiosk/abc", data=form, headers=JSON)
    assert [problem["item"] for problem in answer.get_json()["problems"]] == ["url"]
    assert rows(session) == []


def test_every_language_of_the_questionnaire_is_on_the_page_and_the_asked_one_is_shown(
    client: FlaskClient, point: ServicePoint
):
    page = client.get("/kiosk/abc?language=en").text
    panes = re.findall(r'<div class="pane" lang="(\w+)" data-pane="\w+"( hidden)?>', page)
    assert panes == [("vi", " hidden"), ("en", "")]


def test_a_language_remembered_by_an_earlier_visitor_does_not_greet_the_next(
    client: FlaskClient, point: ServicePoint
):
    client.post("/language", data={"language": "en"})
    assert re.findall(r'<html lang="(\w+)"', client.get("/kiosk/abc").text) == ["vi"]


def test_a_counter_without_an_open_round_says_so_and_looks_again(
    client: FlaskClient, point: ServicePoint, session: Session, clock
):
    point.round.closes_on = date(2026, 3, 1)
    session.commit()
    page = client.get("/kiosk/abc")
    assert (page.status_code, page.headers["Refresh"]) == (200, "300; url=/kiosk/abc")
    assert re.findall("<form", page.text) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_address_is_a_kind_404(client: FlaskClient, app: Flask, method: str):
    assert getattr(client, method)("/kiosk/nowhere").status_code == 404


def test_the_thanks_of_a_rating_given_elsewhere_are_not_shown(
    client: FlaskClient, point: ServicePoint, session: Session
):
    make_service_point(session, public_code="other", round_id=point.round_id)
    session.commit()
    uuid = str(uuid4())
    client.post("/kiosk/abc", data={"uuid": uuid, "version": 1, "language": "vi", "overall": 1})
    assert client.get(f"/kiosk/other/{uuid}").status_code == 404
    assert client.get(f"/kiosk/abc/{uuid4()}").status_code == 404


def page_token(page: str) -> str:
    found = re.search(r'name="kiosk-token" content="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def guarded(app: Flask, client: FlaskClient, point: ServicePoint) -> FlaskClient:
    """A client of the service with its guards against forged requests switched on."""
    app.config["WTF_CSRF_ENABLED"] = True
    return client


def tap_form() -> dict[str, object]:
    return {"uuid": str(uuid4()), "version": 1, "language": "vi", "overall": 4}


def test_a_request_without_a_token_of_the_page_is_refused(guarded: FlaskClient, session: Session):
    guarded.get("/kiosk/abc")
    by_script = guarded.post("/kiosk/abc", data=tap_form(), headers=JSON)
    by_form = guarded.post("/kiosk/abc", data=tap_form())
    assert (by_script.status_code, by_form.status_code) == (400, 400)
    assert session.scalar(select(func.count(Response.id))) == 0


def test_a_plain_form_is_taken_with_its_own_token(guarded: FlaskClient):
    token = hidden(guarded.get("/kiosk/abc").text, "csrf_token")
    assert guarded.post("/kiosk/abc", data={**tap_form(), "csrf_token": token}).status_code == 303


def test_the_script_needs_no_cookie_and_is_set_none(app: Flask, guarded: FlaskClient):
    token = page_token(guarded.get("/kiosk/abc").text)
    without_cookies = app.test_client(use_cookies=False)
    answer = without_cookies.post("/kiosk/abc", data=tap_form(), headers={**JSON, "X-Kiosk-Token": token})
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (201, None)


def test_a_page_token_is_good_for_its_own_counter_and_not_to_be_forged(
    guarded: FlaskClient, point: ServicePoint, session: Session
):
    make_service_point(session, public_code="other", round_id=point.round_id)
    session.commit()
    token = page_token(guarded.get("/kiosk/other").text)
    for forged in (token, token.replace("other", "abc"), "abc/x.y", ""):
        answer = guarded.post("/kiosk/abc", data=tap_form(), headers={**JSON, "X-Kiosk-Token": forged})
        assert answer.status_code == 400
    assert session.scalar(select(func.count(Response.id))) == 0
