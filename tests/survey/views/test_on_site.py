"""Pages of the on-site evaluation: who sees what, what they say, and the import."""

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import ServedDossier
from tests.factories import make_on_site_statement, make_organisation, make_served_dossier

SignIn = Callable[[str, str], FlaskClient]
HEADER = "code,unit_code,procedure_code,received_at\n"


@pytest.fixture
def tree(session: Session) -> None:
    province = make_organisation(session, code="BL")
    for code in ("STP", "SXD"):
        unit = make_organisation(
            session, code=code, kind_code="department", parent_id=province.id, names={"vi": code, "en": code}
        )
        make_served_dossier(session, code=f"H-{code}", organisation_id=unit.id, officer_code=f"{code}-CB1")
    session.commit()


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    ["/on-site", "/on-site/units/STP", "/on-site/units/STP/dossiers", "/on-site/units/STP/officers"],
)
def test_every_report_says_that_the_scheme_is_not_verified(tree: None, sign_in: SignIn, address: str) -> None:
    text = page(sign_in("home-affairs-analyst", "BL"), f"{address}?language=en")
    assert text.count("2018 scheme, read from secondary sources.") == 1
    assert text.count("tt-01-2018, version 1") == 1


def test_a_unit_sees_itself_and_nobody_else(tree: None, sign_in: SignIn) -> None:
    client = sign_in("unit-leader", "STP")
    text = page(client, "/on-site")
    assert ("/units/STP" in text, "/units/SXD" in text) == (True, False)
    statuses = [client.get(f"/on-site/units/SXD{end}").status_code for end in ("", "/dossiers", "/officers")]
    assert statuses == [404, 404, 404]


def test_officers_are_shown_to_those_who_lead_them_only(tree: None, sign_in: SignIn) -> None:
    seen = {}
    for role in ("unit-officer", "unit-leader"):
        client = sign_in(role, "STP")
        seen[role] = [
            "STP-CB1" in page(client, "/on-site/units/STP/dossiers"),
            "STP-CB1" in page(client, "/on-site/units/STP/dossiers.csv"),
            client.get("/on-site/units/STP/officers").status_code,
            client.get("/on-site/units/STP/officers.csv").status_code,
        ]
    assert seen == {"unit-officer": [False, False, 403, 403], "unit-leader": [True, True, 200, 200]}


def test_a_unit_without_all_indices_has_no_total_and_the_page_names_them(
    tree: None, session: Session, sign_in: SignIn
) -> None:
    unit_id = session.scalars(
        select(ServedDossier.organisation_id).where(ServedDossier.code == "H-STP")
    ).one()
    for measure in ("index-5-self", "index-8-self"):
        make_on_site_statement(session, organisation_id=unit_id, measure=measure)
    session.commit()
    client = sign_in("unit-leader", "STP")
    assert page(client, "/on-site/units/STP?language=en").count("no total: missing index 9") == 1
    make_on_site_statement(session, organisation_id=unit_id, measure="index-9-self", value=0)
    session.commit()
    text = page(client, "/on-site/units/STP?language=en")
    assert (text.count("no total"), text.count("<strong>16.0</strong>"), text.count("Excellent")) == (0, 1, 1)


def test_the_files_hold_what_the_pages_show_and_say_by_which_scheme(tree: None, sign_in: SignIn) -> None:
    client = sign_in("home-affairs-analyst", "BL")
    lines = page(client, "/on-site/units.csv").removeprefix("\ufeff").splitlines()
    header = lines[0].split(",")
    row = dict(zip(header, lines[1].split(","), strict=True))
    told = [
        row[name]
        for name in ("scheme", "scheme_version", "scheme_is_verified", "unit_code", "index_1", "total")
    ]
    assert told == ["tt-01-2018", "1", "false", "STP", "2.0", ""]
    dossier = page(client, "/on-site/units/STP/dossiers.csv").removeprefix("\ufeff").splitlines()
    assert dossier[0].endswith("index_1,index_2,index_3,index_4,index_6,index_7")
    assert dossier[1].endswith("2,2,2,2,2,2")


@pytest.mark.parametrize("quarter", ["2026-Q9", "soon"])
def test_a_quarter_that_does_not_exist_is_not_found(tree: None, sign_in: SignIn, quarter: str) -> None:
    assert sign_in("unit-leader", "STP").get(f"/on-site?quarter={quarter}").status_code == 404


def test_an_empty_quarter_says_what_will_stand_here(session: Session, sign_in: SignIn) -> None:
    make_organisation(session, code="BL")
    session.commit()
    text = page(sign_in("home-affairs-analyst", "BL"), "/on-site?language=en")
    assert text.count("No dossiers of your units in this quarter") == 1


def test_the_pages_of_dossiers_hold_a_hundred(tree: None, session: Session, sign_in: SignIn) -> None:
    unit_id = session.scalars(
        select(ServedDossier.organisation_id).where(ServedDossier.code == "H-STP")
    ).one()
    for _place in range(100):
        make_served_dossier(session, organisation_id=unit_id)
    session.commit()
    client = sign_in("unit-leader", "STP")
    counts = [
        page(client, f"/on-site/units/STP/dossiers?page={number}").count("1.000001") for number in (1, 2, 9)
    ]
    assert counts == [100, 1, 1]


def upload(client: FlaskClient, content: str, kind: str = "dossiers"):
    data = {"kind": kind, "file": (io.BytesIO(content.encode()), "hồ sơ.csv")}
    return client.post("/on-site/import?language=en", data=data, content_type="multipart/form-data")


def count(session: Session) -> int:
    return session.scalar(select(func.count(ServedDossier.id))) or 0


def test_a_file_is_taken_in_and_the_next_page_says_so(tree: None, session: Session, sign_in: SignIn) -> None:
    client = sign_in("home-affairs-analyst", "BL")
    answer = upload(client, HEADER + "N1,STP,2.1,2026-02-02\n")
    assert (answer.status_code, count(session)) == (303, 3)
    assert page(client, "/on-site/import?language=en").count("1 dossiers taken in, 0 changed, 0 known") == 1
    statements = "unit_code,quarter,measure,value\nSTP,2026-Q1,index-8-self,1\n"
    assert upload(client, statements, "statements").status_code == 303


def test_a_refused_file_lists_every_problem_and_stores_nothing(
    tree: None, session: Session, sign_in: SignIn
) -> None:
    client = sign_in("home-affairs-analyst", "BL")
    answer = upload(client, HEADER + "N1,STP,2.1,2026-02-02\nN2,HN,2.1,never\n")
    text = answer.get_data(as_text=True)
    assert (answer.status_code, count(session)) == (422, 2)
    assert (text.count(":3, unit_code:"), text.count(":3, received_at:")) == (1, 1)


def test_the_import_reaches_no_further_than_the_account(
    tree: None, session: Session, sign_in: SignIn
) -> None:
    client = sign_in("home-affairs-analyst", "SXD")
    assert (upload(client, HEADER + "N1,STP,2.1,2026-02-02\n").status_code, count(session)) == (422, 2)


def test_a_form_without_a_file_is_shown_again(tree: None, sign_in: SignIn) -> None:
    answer = sign_in("home-affairs-analyst", "BL").post("/on-site/import", data={"kind": "dossiers"})
    assert answer.status_code == 422
