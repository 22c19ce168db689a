"""The API of the one-stop software: statuses that tell the truth, all or nothing, and the token's reach."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.permissions import TokenScope
from survey.models import OnSiteStatement, ServedDossier
from survey.views.on_site_api import MOST_DOSSIERS
from tests.factories import make_organisation, make_service_point

DOSSIERS, STATEMENTS = "/api/v1/on-site/dossiers?language=en", "/api/v1/on-site/statements?language=en"


@pytest.fixture
def post(session: Session, client: FlaskClient, api_token: Callable[..., str]):
    province = make_organisation(session, code="BL")
    unit = make_organisation(session, code="STP", kind_code="department", parent_id=province.id)
    make_organisation(session, code="SXD", kind_code="department", parent_id=province.id)
    make_service_point(session, code="Q7", organisation=unit)
    session.commit()
    tokens = {code: api_token([TokenScope.WRITE_DOSSIERS], code) for code in (None, "STP", "SXD")}

    def send(address: str, body: object, unit_code: str | None = None):
        headers = {"Authorization": f"Bearer {tokens[unit_code]}"}
        return client.post(address, json=body, headers=headers)

    return send


def dossier(**changes: object) -> dict[str, object]:
    return {
        "code": "H01.1",
        "unit_code": "STP",
        "procedure_code": "1.000002",
        "service_point": "Q7",
        "received_at": "2026-01-05T08:00:00+07:00",
        "returned_at": "2026-01-09T08:00:00+07:00",
        "agency_times": [{"agency": "STP", "allowed_days": 5, "taken_days": 4.5}],
        "contact_count": 0,
        "complaint": None,
        **changes,
    }


def stored(session: Session) -> int:
    return session.scalar(select(func.count(ServedDossier.id))) or 0


def test_new_known_and_changed_dossiers_are_told_apart(post, session: Session) -> None:
    bodies = [dossier(), dossier(), dossier(contact_count=2)]
    answers = [post(DOSSIERS, {"dossiers": [body]}) for body in bodies]
    told = [(one.status_code, one.get_json()["dossiers"][0]) for one in answers]
    assert told == [
        (201, {"code": "H01.1", "version": 1, "outcome": "stored"}),
        (200, {"code": "H01.1", "version": 1, "outcome": "duplicate"}),
        (201, {"code": "H01.1", "version": 2, "outcome": "changed"}),
    ]
    assert answers[2].get_json()["counts"] == {"stored": 0, "changed": 1, "duplicate": 0}
    assert stored(session) == 2


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"citizen_name": "A"}, "citizen_name"),
        ({"contact_count": True}, "contact_count"),
        ({"contact_count": -1}, "contact_count"),
        ({"contact_count": 1.5}, "contact_count"),
        ({"agency_times": [{"agency": "STP"}]}, "agency_times"),
        ({"agency_times": [{"agency": "STP", "allowed_days": "5:5", "taken_days": 1}]}, "agency_times"),
        ({"agency_times": "STP:5:x"}, "agency_times"),
        ({"code": "a\x00b"}, "code"),
        ({"code": None}, "code"),
        ({"unit_code": ["STP"]}, "unit_code"),
        ({"publication": "maybe"}, "publication"),
        ({"received_at": "2999-01-01"}, "received_at"),
        ({"applicant_fault_count": 1}, "applicant_fault_count"),
    ],
)
def test_one_bad_field_refuses_everything_and_names_it(
    post, session: Session, changes: dict[str, object], column: str
) -> None:
    answer = post(DOSSIERS, {"dossiers": [dossier(code="H01.0"), dossier(**changes)]})
    problems = answer.get_json()["error"]["problems"]
    assert (answer.status_code, stored(session)) == (422, 0)
    assert {(one["file"], one["line"], one["column"]) for one in problems} >= {("dossiers", 2, column)}


def test_problems_are_told_in_the_language_asked_for(post) -> None:
    answer = post("/api/v1/on-site/dossiers?language=en", {"dossiers": [7]})
    assert answer.get_json()["error"]["problems"][0]["message"] == "This must be an object with named fields."


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"dossiers": []}, 400),
        ({"dossiers": {}}, 400),
        ({"rows": []}, 400),
        ([], 400),
        ({"dossiers": [{}] * (MOST_DOSSIERS + 1)}, 413),
    ],
)
def test_bodies_that_hold_no_list_are_refused(post, body: object, status: int) -> None:
    assert post(DOSSIERS, body).status_code == status


def test_a_token_writes_for_its_units_only(post, session: Session) -> None:
    assert post(DOSSIERS, {"dossiers": [dossier()]}, "SXD").status_code == 422
    assert post(DOSSIERS, {"dossiers": [dossier()]}, "STP").status_code == 201
    taken = dossier(unit_code="SXD", service_point=None)
    answer = post(DOSSIERS, {"dossiers": [taken]}, "SXD")
    assert [one["column"] for one in answer.get_json()["error"]["problems"]] == ["code"]
    assert stored(session) == 1


def test_statements_are_stored_once(post, session: Session) -> None:
    body = {"statements": [{"unit_code": "STP", "quarter": "2026-Q1", "measure": "index-5-self", "value": 2}]}
    answers = [post(STATEMENTS, body) for _time in range(2)]
    assert [(one.status_code, one.get_json()["counts"]) for one in answers] == [
        (201, {"stored": 1, "unchanged": 0}),
        (200, {"stored": 0, "unchanged": 1}),
    ]
    body["statements"][0]["value"] = 3
    assert post(STATEMENTS, body).status_code == 422
    assert session.scalar(select(func.count(OnSiteStatement.id))) == 1
