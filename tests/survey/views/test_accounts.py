"""The pages of accounts: a password shown once, roles given within the administrator's own reach."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.orm import Session

from survey.extensions import db
from survey.models import Account
from survey.queries import accounts as account_queries
from tests.conftest import Clock
from tests.factories import make_organisation
from tests.support.races import held_up_by
from tests.support.statements import counted_statements

SignIn = Callable[[str, str], FlaskClient]
MakeAccount = Callable[[str, str], tuple[str, str]]

NEW = {"display_name": "Nguyễn Thị Lan", "username": "lan.nguyen", "role": "viewer", "unit": "D"}


@pytest.fixture(autouse=True)
def units(session: Session) -> None:
    """BL over the districts D and E, commune C under D."""
    province = make_organisation(session, code="BL")
    district = make_organisation(session, code="D", kind_code="district", parent_id=province.id)
    make_organisation(session, code="E", kind_code="district", parent_id=province.id)
    make_organisation(session, code="C", kind_code="commune", parent_id=district.id)
    session.commit()


def stored(session: Session, username: str) -> Account:
    session.expire_all()
    account = account_queries.account_by_username(session, username)
    assert account is not None
    return account


def roles_of(session: Session, username: str) -> list[tuple[str, str]]:
    return [(each.role_code, each.organisation.code) for each in stored(session, username).assignments]


def secret_on(page: str) -> list[str]:
    return re.findall(r"<output>(.*?)</output>", page)


def can_sign_in(app: Flask, username: str, password: str) -> bool:
    answer = app.test_client().post("/sign-in", data={"username": username, "password": password})
    return answer.status_code == 303


def test_new_account_signs_in_with_the_password_shown_once(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    client = sign_in("administrator", "BL")
    answer = client.post("/accounts/new", data=NEW)
    (password,) = secret_on(answer.text)
    later = client.get(f"/accounts/{stored(session, 'lan.nguyen').id}")
    assert (answer.status_code, secret_on(later.text)) == (201, [])
    assert roles_of(session, "lan.nguyen") == [("viewer", "D")]
    assert can_sign_in(app, "lan.nguyen", password)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"display_name": ""}, {"display_name"}),
        ({"display_name": "x" * 121}, {"display_name"}),
        ({"username": "Lan Nguyễn"}, {"username"}),
        ({"username": "la"}, {"username"}),
        ({"role": ""}, {"role"}),
        ({"unit": ""}, {"unit"}),
        (
            {"display_name": "", "username": "", "role": "", "unit": ""},
            {"display_name", "username", "role", "unit"},
        ),
    ],
)
def test_form_names_every_wrong_field_and_keeps_what_was_entered(
    sign_in: SignIn, changed: dict[str, str], wrong: set[str]
) -> None:
    answer = sign_in("administrator", "BL").post("/accounts/new", data={**NEW, **changed})
    summary = re.search(r'id="error-summary".*?</div>', answer.text, re.DOTALL)[0]
    assert (answer.status_code, set(re.findall(r'href="#(\w+)"', summary))) == (422, wrong)
    if "username" not in wrong:
        assert re.search(r'name="username"[^>]*value="(.*?)"', answer.text)[1] == "lan.nguyen"


def test_taken_user_name_is_told(sign_in: SignIn) -> None:
    client = sign_in("administrator", "BL")
    client.post("/accounts/new", data=NEW)
    again = client.post("/accounts/new", data=NEW)
    assert (again.status_code, again.text.count('id="username-error"'), secret_on(again.text)) == (422, 1, [])


def test_name_that_another_takes_at_the_same_moment_is_told(
    app: Flask, session: Session, sign_in: SignIn, clock: Clock
) -> None:
    client = sign_in("administrator", "BL")
    session.rollback()  # signing in shares this session and leaves it in a transaction
    with db.engine.connect() as faster:
        values = {"username": "lan.nguyen", "display_name": "Lê Thị Lan", "password_hash": "-"}
        faster.execute(insert(Account).values(**values, session_key="k", is_active=True, created_at=clock()))
        answer = held_up_by(faster, app, lambda: client.post("/accounts/new?language=en", data=NEW))
    message = "This user name is taken. Please choose another one."
    assert (answer.status_code, answer.text.count('id="username-error"'), message in answer.text) == (
        422,
        1,
        True,
    )
    assert stored(session, "lan.nguyen").display_name == "Lê Thị Lan"


@pytest.mark.parametrize("unit", ["BL", "E"])
def test_district_administrator_cannot_give_roles_above_or_beside(
    session: Session, sign_in: SignIn, make_account: MakeAccount, unit: str
) -> None:
    client = sign_in("administrator", "D")
    other, _ = make_account("viewer", "C")
    made = client.post("/accounts/new", data={**NEW, "unit": unit})
    given = client.post(f"/accounts/{stored(session, other).id}/roles", data={"role": "viewer", "unit": unit})
    assert (made.status_code, given.status_code) == (403, 403)
    assert account_queries.account_by_username(session, "lan.nguyen") is None
    assert roles_of(session, other) == [("viewer", "C")]


def test_units_offered_are_the_administrators_own(sign_in: SignIn) -> None:
    page = sign_in("administrator", "D").get("/accounts/new").text
    select = re.search(r'<select[^>]*name="unit".*?</select>', page, re.DOTALL)[0]
    assert re.findall(r'value="(\w*)"', select) == ["", "D", "C"]


def test_account_out_of_the_district_is_not_found(
    session: Session, sign_in: SignIn, make_account: MakeAccount
) -> None:
    client = sign_in("administrator", "D")
    other, _ = make_account("viewer", "E")
    account = stored(session, other)
    paths = ["roles", f"roles/{account.assignments[0].id}/removal", "closing", "opening", "password"]
    answers = [client.get(f"/accounts/{account.id}")] + [
        client.post(f"/accounts/{account.id}/{path}") for path in paths
    ]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert stored(session, other).is_active


def test_password_of_a_higher_account_cannot_be_taken_over(
    app: Flask, session: Session, sign_in: SignIn, make_account: MakeAccount
) -> None:
    """An account with a small role in the district and a great one above is not the district's to open."""
    client = sign_in("administrator", "D")
    other, password = make_account("administrator", "BL")
    give = sign_in("administrator", "BL")
    account_id = stored(session, other).id
    give.post(f"/accounts/{account_id}/roles", data={"role": "viewer", "unit": "D"})
    assert client.get(f"/accounts/{account_id}").status_code == 200
    assert [
        client.post(f"/accounts/{account_id}/{path}").status_code for path in ("password", "closing")
    ] == [
        403,
        403,
    ]
    above = next(each.id for each in stored(session, other).assignments if each.organisation.code == "BL")
    assert client.post(f"/accounts/{account_id}/roles/{above}/removal").status_code == 403
    assert can_sign_in(app, other, password)


def test_roles_are_given_and_taken_away_but_for_the_last(
    session: Session, sign_in: SignIn, make_account: MakeAccount
) -> None:
    client = sign_in("administrator", "BL")
    other, _ = make_account("viewer", "D")
    account_id = stored(session, other).id
    client.post(f"/accounts/{account_id}/roles", data={"role": "enumerator", "unit": "C"})
    assert roles_of(session, other) == [("viewer", "D"), ("enumerator", "C")]
    for _time in range(2):
        first = stored(session, other).assignments[0].id
        assert client.post(f"/accounts/{account_id}/roles/{first}/removal").status_code == 303
    assert roles_of(session, other) == [("enumerator", "C")]


def test_closing_ends_the_session_and_opening_lets_in_again(
    app: Flask, session: Session, sign_in: SignIn, make_account: MakeAccount
) -> None:
    client = sign_in("administrator", "BL")
    username, password = make_account("viewer", "D")
    person = app.test_client()
    person.post("/sign-in", data={"username": username, "password": password})
    account_id = stored(session, username).id
    assert person.get("/organisations").status_code == 200
    client.post(f"/accounts/{account_id}/closing")
    assert person.get("/organisations").status_code == 303
    assert not can_sign_in(app, username, password)
    client.post(f"/accounts/{account_id}/opening")
    assert can_sign_in(app, username, password)


def test_new_password_replaces_the_old_one(
    app: Flask, session: Session, sign_in: SignIn, make_account: MakeAccount
) -> None:
    client = sign_in("administrator", "BL")
    username, old = make_account("viewer", "D")
    (new,) = secret_on(client.post(f"/accounts/{stored(session, username).id}/password").text)
    assert (can_sign_in(app, username, old), can_sign_in(app, username, new)) == (False, True)


def test_nobody_changes_their_own_roles_or_closes_themselves(
    app: Flask, session: Session, make_account: MakeAccount
) -> None:
    username, password = make_account("administrator", "BL")
    client = app.test_client()
    client.post("/sign-in", data={"username": username, "password": password})
    account = stored(session, username)
    paths = ["roles", f"roles/{account.assignments[0].id}/removal", "closing", "password"]
    assert [client.post(f"/accounts/{account.id}/{path}").status_code for path in paths] == [403] * 4


def test_list_shows_the_subtrees_accounts_and_costs_the_same_for_one_row_and_for_three(
    session: Session, sign_in: SignIn, make_account: MakeAccount
) -> None:
    client = sign_in("administrator", "D")
    counts = []
    for new in (0, 2):
        for _time in range(new):
            make_account("viewer", "C")
        make_account("viewer", "E")
        session.expire_all()
        with counted_statements() as sent:
            page = client.get("/accounts").text
        counts.append((len(re.findall(r'href="/accounts/\d+"', page)), len(sent)))
    assert [rows for rows, _ in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]


def test_pages_with_secrets_are_not_cached(sign_in: SignIn) -> None:
    answer = sign_in("administrator", "BL").post("/accounts/new", data=NEW)
    assert answer.headers["Cache-Control"] == "no-store"
