"""The batch API for answers."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import Selection
from survey.domain.permissions import TokenScope
from survey.models import Response
from tests.factories import make_organisation, make_sample_unit, make_service_point, make_survey_round

ADDRESS = "/api/v1/responses"


@pytest.fixture
def post(session: Session, client: FlaskClient, api_token: Callable[..., str]):
    province = make_organisation(session, code="BL")
    justice = make_organisation(session, code="STP", kind_code="department", parent_id=province.id)
    health = make_organisation(session, code="SYT", kind_code="department", parent_id=province.id)
    round_ = make_survey_round(session, code="taps")
    make_service_point(session, code="Q7", organisation=justice, round_id=round_.id)
    make_service_point(session, code="Q8", organisation=health, round_id=round_.id)
    session.commit()
    everywhere = api_token([TokenScope.WRITE_RESPONSES])

    def send(packets: object, token: str = everywhere, **options):
        return client.post(
            ADDRESS, json={"packets": packets}, headers={"Authorization": f"Bearer {token}"}, **options
        )

    return send


def tap(**changes: object) -> dict[str, object]:
    return {
        "uuid": str(uuid4()),
        "round": "taps",
        "questionnaire": "rating",
        "version": 1,
        "mode": "kiosk",
        "language": "vi",
        "service_point": "Q7",
        "answers": {"overall": 4},
        **changes,
    }


def outcomes(answer) -> list[str]:
    return [receipt["outcome"] for receipt in answer.get_json()["receipts"]]


def stored_count(session: Session) -> int:
    return session.scalar(select(func.count(Response.id))) or 0


def test_one_packet_answers_with_its_own_status(post):
    packet = tap()
    assert [
        post([packet]).status_code,
        post([packet]).status_code,
        post([{**packet, "answers": {"overall": 1}}]).status_code,
        post([tap(answers={"overall": 6})]).status_code,
    ] == [201, 200, 409, 422]


def test_a_receipt_says_what_became_of_the_packet(post):
    packet = tap()
    receipt = post([packet]).get_json()["receipts"][0]
    assert receipt == {
        "uuid": packet["uuid"],
        "outcome": "stored",
        "status": 201,
        "code": receipt["code"],
        "problems": [],
    }
    assert len(receipt["code"]) == 9


def test_of_300_packets_with_7_bad_ones_293_are_stored_and_7_explained(post, session: Session):
    packets = [tap() for _ in range(300)]
    for place in (3, 50, 51, 120, 200, 201, 299):
        packets[place]["answers"] = {"overall": 4, "nonsense": 1}
    answer = post(packets)
    assert answer.status_code == 207
    body = answer.get_json()
    assert body["counts"] == {"stored": 293, "duplicate": 0, "conflict": 0, "rejected": 7}
    explained = [receipt["problems"] for receipt in body["receipts"] if receipt["outcome"] == "rejected"]
    assert [[(problem["item"], problem["code"]) for problem in problems] for problems in explained] == [
        [("nonsense", "unknown_item")]
    ] * 7
    assert stored_count(session) == 293


def test_a_batch_of_which_all_is_kept_is_a_plain_success(post):
    known = tap()
    post([known])
    answer = post([tap(), known])
    assert (answer.status_code, outcomes(answer)) == (200, ["stored", "duplicate"])


def test_problems_are_told_in_the_language_of_the_request(post):
    answer = post([tap(answers={})], query_string={"language": "en"})
    assert answer.get_json()["receipts"][0]["problems"] == [
        {"item": "overall", "code": "required", "message": "Please answer this question."}
    ]


@pytest.mark.parametrize(
    ("packets", "status"),
    [([], 400), ("text", 400), (None, 400), ([tap()] * 1_001, 413)],
    ids=["empty", "no list", "null", "too many"],
)
def test_a_batch_that_is_none_is_refused_as_a_whole(post, session: Session, packets, status):
    answer = post(packets)
    assert answer.status_code == status
    assert answer.get_json()["error"]["status"] == status
    assert stored_count(session) == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"packets": [', b'[{"uuid": 1}]', b'{"packets": [], "more": 1}', b"\xff"]
)
def test_a_body_that_is_no_batch_is_explained(client: FlaskClient, api_token, body: bytes):
    token = api_token([TokenScope.WRITE_RESPONSES])
    answer = client.post(
        ADDRESS, data=body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 400
    assert answer.get_json()["error"]["detail"] != ""


def test_a_body_beyond_the_size_limit_is_refused_with_413(client: FlaskClient, api_token):
    token = api_token([TokenScope.WRITE_RESPONSES])
    answer = client.post(
        ADDRESS,
        data=b'{"packets": ["' + b"x" * 5_000_000 + b'"]}',
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 413


def test_a_packet_that_is_no_object_spoils_nothing(post, session: Session):
    answer = post([tap(), 7, None, {"uuid": "nonsense"}, tap()])
    assert outcomes(answer) == ["stored", "rejected", "rejected", "rejected", "stored"]
    assert [receipt["uuid"] for receipt in answer.get_json()["receipts"]][1:4] == [None, None, "nonsense"]
    assert stored_count(session) == 2


def test_a_token_of_a_unit_writes_for_its_own_counters_only(post, api_token, session: Session):
    token = api_token([TokenScope.WRITE_RESPONSES], "STP")
    answer = post([tap(), tap(service_point="Q8"), tap(service_point="Q9")], token=token)
    assert outcomes(answer) == ["stored", "rejected", "rejected"]
    codes = [receipt["problems"][0]["code"] for receipt in answer.get_json()["receipts"][1:]]
    assert codes == ["outside_token", "unknown_service_point"]
    assert stored_count(session) == 1


def test_a_token_of_a_unit_writes_nothing_that_belongs_to_no_unit(post, api_token, session: Session):
    token = api_token([TokenScope.WRITE_RESPONSES], "STP")
    packet = tap(mode="paper")
    del packet["service_point"]
    answer = post([packet], token=token)
    assert answer.get_json()["receipts"][0]["problems"][0]["code"] == "outside_token"


def test_interviews_name_their_drawn_unit_by_code(post, session: Session):
    round_ = make_survey_round(session, code="sample", selection=Selection.PROBABILITY_SAMPLE)
    unit = make_sample_unit(session, round_id=round_.id, code="H-17")
    session.commit()
    packet = tap(round="sample", mode="tablet", sample_unit="H-17")
    del packet["service_point"]
    assert post([packet]).status_code == 201
    assert session.scalars(select(Response.sample_unit_id)).all() == [unit.id]
    unknown = post([{**packet, "uuid": str(uuid4()), "sample_unit": "H-18"}])
    assert unknown.get_json()["receipts"][0]["problems"][0]["code"] == "unknown_sample_unit"


def test_a_second_interview_of_one_person_is_rejected_in_words(post, session: Session):
    round_ = make_survey_round(session, code="sample", selection=Selection.PROBABILITY_SAMPLE)
    make_sample_unit(session, round_id=round_.id, code="H-17")
    session.commit()
    first = tap(round="sample", mode="tablet", sample_unit="H-17")
    del first["service_point"]
    answer = post([first, {**first, "uuid": str(uuid4())}, tap()], query_string={"language": "en"})
    assert (answer.status_code, outcomes(answer), stored_count(session)) == (
        207,
        ["stored", "rejected", "stored"],
        2,
    )
    assert answer.get_json()["receipts"][1]["problems"] == [
        {
            "item": "sample_unit",
            "code": "already_interviewed",
            "message": "The drawn unit H-17 has its interview already; each drawn person is counted once.",
        }
    ]


def test_without_a_token_of_this_scope_nothing_is_taken(client: FlaskClient, app: Flask, api_token):
    reader = api_token([TokenScope.READ_SCORES])
    statuses = [
        client.post(ADDRESS, json={"packets": [tap()]}).status_code,
        client.post(
            ADDRESS, json={"packets": [tap()]}, headers={"Authorization": "Bearer nonsense"}
        ).status_code,
        client.post(
            ADDRESS, json={"packets": [tap()]}, headers={"Authorization": f"Bearer {reader}"}
        ).status_code,
    ]
    assert statuses == [401, 401, 403]


def test_no_cookie_is_set_and_no_csrf_token_asked_for(app: Flask, post):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = post([tap()])
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (201, None)
