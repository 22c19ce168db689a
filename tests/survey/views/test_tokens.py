"""The page of tokens: made within one's own units and rights, shown once, revoked at once."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.permissions import TokenScope
from survey.models import ApiToken
from survey.queries import accounts as account_queries
from tests.conftest import Clock
from tests.factories import make_organisation
from tests.support.statements import counted_statements

SignIn = Callable[[str, str], FlaskClient]
MakeToken = Callable[..., str]

NEW = {"name": "Hệ thống báo cáo", "scopes": "scores:read", "unit": "D", "expires_on": "31/12/2026"}


@pytest.fixture(autouse=True)
def units(session: Session) -> None:
    province = make_organisation(session, code="BL")
    make_organisation(session, code="D", kind_code="district", parent_id=province.id)
    make_organisation(session, code="E", kind_code="district", parent_id=province.id)
    session.commit()


def tokens(session: Session) -> list[ApiToken]:
    session.expire_all()
    return list(session.scalars(select(ApiToken).order_by(ApiToken.id)))


def test_analyst_makes_a_token_that_is_shown_once_and_lasts_to_the_end_of_the_day(
    session: Session, sign_in: SignIn, clock: Clock
) -> None:
    client = sign_in("home-affairs-analyst", "BL")
    answer = client.post("/tokens", data=NEW)
    (secret,) = re.findall(r"<output>(.*?)</output>", answer.text)
    (token,) = tokens(session)
    assert (answer.status_code, token.scopes, token.expires_at.isoformat()) == (
        201,
        ["scores:read"],
        "2026-12-31T17:00:00+00:00",
    )
    assert account_queries.valid_token(session, secret, now=clock()) is token
    assert re.findall(r"<output>", client.get("/tokens").text) == []


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": "everything"}, "scopes"),
        ({"unit": ""}, "unit"),
        ({"expires_on": ""}, "expires_on"),
        ({"expires_on": "soon"}, "expires_on"),
        ({"expires_on": "01/03/2026"}, "expires_on"),  # yesterday
        ({"expires_on": "01/01/2030"}, "expires_on"),
    ],
)
def test_form_tells_what_is_wrong(
    session: Session, sign_in: SignIn, changed: dict[str, object], wrong: str
) -> None:
    answer = sign_in("administrator", "BL").post("/tokens", data={**NEW, **changed})
    summary = re.search(r'id="error-summary".*?</div>', answer.text, re.DOTALL)[0]
    assert (answer.status_code, set(re.findall(r'href="#(\w+)"', summary))) == (422, {wrong})
    assert tokens(session) == []


@pytest.mark.parametrize("unit", ["BL", "E", "*"])
def test_token_over_more_than_ones_own_units_is_refused(session: Session, sign_in: SignIn, unit: str) -> None:
    answer = sign_in("administrator", "D").post("/tokens", data={**NEW, "unit": unit})
    assert (answer.status_code, tokens(session)) == (403, [])


def test_unlimited_token_is_for_those_who_manage_every_unit(session: Session, sign_in: SignIn) -> None:
    answer = sign_in("administrator", "BL").post("/tokens", data={**NEW, "unit": "*"})
    assert (answer.status_code, [token.organisation_id for token in tokens(session)]) == (201, [None])


def test_revoked_token_is_refused_at_once(
    session: Session, sign_in: SignIn, api_token: MakeToken, clock: Clock
) -> None:
    secret = api_token([TokenScope.READ_SCORES], "D")
    client = sign_in("administrator", "BL")
    answer = client.post(f"/tokens/{tokens(session)[0].id}/revocation")
    assert answer.status_code == 303
    assert account_queries.valid_token(session, secret, now=clock()) is None


def test_tokens_of_other_units_are_neither_shown_nor_revoked(
    session: Session, sign_in: SignIn, api_token: MakeToken
) -> None:
    for unit in ("E", None, "D"):
        api_token([TokenScope.READ_SCORES], unit)
    client = sign_in("administrator", "D")
    other, unlimited, own = (token.id for token in tokens(session))
    assert re.findall(r"/tokens/(\d+)/revocation", client.get("/tokens").text) == [str(own)]
    assert [client.post(f"/tokens/{each}/revocation").status_code for each in (other, unlimited)] == [
        404,
        404,
    ]
    assert [token.revoked_at for token in tokens(session)] == [None, None, None]


def test_list_costs_the_same_for_one_row_and_for_three(
    session: Session, sign_in: SignIn, api_token: MakeToken
) -> None:
    client = sign_in("administrator", "BL")
    counts = []
    for new in (1, 2):
        for _time in range(new):
            api_token([TokenScope.READ_SCORES], "D")
        session.expire_all()
        with counted_statements() as sent:
            page = client.get("/tokens").text
        counts.append((len(re.findall("/revocation", page)), len(sent)))
    assert [rows for rows, _ in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]


def test_empty_list_says_what_a_token_is_for(sign_in: SignIn) -> None:
    assert sign_in("administrator", "BL").get("/tokens").text.count('class="empty"') == 1
