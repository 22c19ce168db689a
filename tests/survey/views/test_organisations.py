"""The page of organisations: the account's own subtree on a day, with what became of whom."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.models import Organisation
from tests.factories import make_organisation, make_organisation_succession
from tests.support.statements import counted_statements

SignIn = Callable[[str, str], FlaskClient]


@pytest.fixture
def province(session: Session) -> Organisation:
    province = make_organisation(session, code="BL")
    session.commit()
    return province


def shown(page: str) -> list[tuple[int, str]]:
    """Depth and code of every row."""
    rows = re.findall(r'<tr class="depth-(\d)">.*?/organisations/([^"]+)"', page, re.DOTALL)
    return [(int(depth), code) for depth, code in rows]


def test_tree_shows_the_subtree_of_the_account_alone(
    session: Session, province: Organisation, sign_in: SignIn
) -> None:
    for code in ("D1", "D2"):
        district = make_organisation(session, code=code, kind_code="district", parent_id=province.id)
        make_organisation(session, code=f"{code}-C", kind_code="commune", parent_id=district.id)
    session.commit()
    whole = sign_in("viewer", "BL").get("/organisations").text
    part = sign_in("viewer", "D2").get("/organisations").text
    assert shown(whole) == [(0, "BL"), (1, "D1"), (2, "D1-C"), (1, "D2"), (2, "D2-C")]
    assert shown(part) == [(0, "D2"), (1, "D2-C")]


def test_day_is_chosen_as_people_write_it(session: Session, province: Organisation, sign_in: SignIn) -> None:
    make_organisation(
        session, code="NEW", kind_code="commune", parent_id=province.id, valid_from=date(2025, 7, 1)
    )
    session.commit()
    client = sign_in("viewer", "BL")
    assert [shown(client.get(f"/organisations?on={day}").text) for day in ("30/06/2025", "2025-07-01")] == [
        [(0, "BL")],
        [(0, "BL"), (1, "NEW")],
    ]


@pytest.mark.usefixtures("province")
def test_day_that_does_not_exist_is_told_and_kept(sign_in: SignIn) -> None:
    answer = sign_in("viewer", "BL").get("/organisations?on=31/02/2025")
    assert (answer.status_code, re.search(r'name="on".*?value="(.*?)"', answer.text)[1]) == (
        422,
        "31/02/2025",
    )


@pytest.mark.usefixtures("province")
def test_day_without_units_says_so(sign_in: SignIn) -> None:
    answer = sign_in("viewer", "BL").get("/organisations?on=01/01/1990")
    assert (answer.status_code, shown(answer.text), answer.text.count('class="empty"')) == (200, [], 1)


def test_account_of_a_dissolved_unit_sees_its_last_day(session: Session, sign_in: SignIn) -> None:
    make_organisation(session, code="OLD", valid_to=date(2025, 6, 30))
    session.commit()
    page = sign_in("viewer", "OLD").get("/organisations").text
    assert (shown(page), re.search(r'name="on".*?value="(.*?)"', page)[1]) == ([(0, "OLD")], "30/06/2025")


def test_list_costs_the_same_for_one_row_and_for_three(
    session: Session, province: Organisation, sign_in: SignIn
) -> None:
    client = sign_in("viewer", "BL")
    counts = []
    for new in (0, 2):
        for number in range(new):
            old = make_organisation(session, kind_code="commune", parent_id=province.id)
            make_organisation_succession(session, predecessor_id=old.id, successor_id=province.id)
            old.code = f"C{number}"
        session.commit()
        with counted_statements() as sent:
            page = client.get("/organisations").text
        counts.append((len(shown(page)), len(sent)))
    assert [rows for rows, _ in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]


def test_unit_page_shows_path_children_and_succession(
    session: Session, province: Organisation, sign_in: SignIn
) -> None:
    district = make_organisation(session, code="D", kind_code="district", parent_id=province.id)
    old = make_organisation(session, code="C", kind_code="commune", parent_id=district.id)
    new = make_organisation(session, code="N", kind_code="commune", parent_id=province.id)
    make_organisation_succession(session, predecessor_id=old.id, successor_id=new.id)
    session.commit()
    client = sign_in("viewer", "BL")
    client.post("/language", data={"language": "en"})
    page = client.get("/organisations/C").text
    crumb = re.search(r'<nav class="crumb".*?>(.*?)</nav>', page)[1]
    assert re.findall(r'href="/organisations/(.*?)"', crumb) == ["BL", "D"]
    assert re.findall(r"<li>(.*?)\s*</li>", page, re.DOTALL) == [
        f"became part of {new.names['en']} (N) on 01/07/2025"
    ]
    assert re.findall(r'<a href="/organisations/(\w+)">', client.get("/organisations/D").text)[-1:] == ["C"]


def test_unit_outside_the_account_is_not_found(
    session: Session, province: Organisation, sign_in: SignIn
) -> None:
    make_organisation(session, code="D", kind_code="district", parent_id=province.id)
    session.commit()
    client = sign_in("viewer", "D")
    assert [client.get(f"/organisations/{code}").status_code for code in ("D", "BL", "none")] == [
        200,
        404,
        404,
    ]
