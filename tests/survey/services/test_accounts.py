"""Accounts, passwords, roles and tokens: what is kept, what ends, who may give what."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from survey.domain.permissions import Permission, TokenScope
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import Account, Organisation, Role, RoleAssignment
from survey.queries import accounts as account_queries
from survey.services import account_rights
from survey.services import accounts as account_services
from survey.services.accounts import AccountError
from tests.conftest import Clock
from tests.factories import make_organisation
from tests.support.races import held_up_by

PASSWORD = "a long enough password"


@pytest.fixture
def units(session: Session) -> dict[str, Organisation]:
    """P over D and E, C under D."""
    account_services.load_roles(session)
    p = make_organisation(session, code="P")
    d = make_organisation(session, code="D", kind_code="district", parent_id=p.id)
    e = make_organisation(session, code="E", kind_code="district", parent_id=p.id)
    c = make_organisation(session, code="C", kind_code="commune", parent_id=d.id)
    return {unit.code: unit for unit in (p, d, e, c)}


def make_account(session: Session, clock: Clock, username: str, *roles: tuple[str, Organisation]) -> Account:
    account = account_services.create_account(
        session, username=username, display_name="Thử", password=PASSWORD, now=clock()
    )
    for role_code, organisation in roles:
        account_services.assign_role(session, account, role_code=role_code, organisation=organisation)
    return account


def test_password_is_kept_as_argon2id_hash_alone(session: Session, clock: Clock) -> None:
    account = make_account(session, clock, "lan")
    assert account.password_hash[:10] == "$argon2id$"


@pytest.mark.parametrize(
    ("username", "password", "is_active", "fits"),
    [
        ("lan", PASSWORD, True, True),
        ("lan", PASSWORD + " ", True, False),
        ("lan", "", True, False),
        ("Lan", PASSWORD, True, False),
        ("nobody", PASSWORD, True, False),
        ("lan", PASSWORD, False, False),
    ],
)
def test_only_the_right_password_of_an_open_account_fits(
    session: Session, clock: Clock, username: str, password: str, is_active: bool, fits: bool
) -> None:
    account = make_account(session, clock, "lan")
    account_services.set_active(session, account, is_active=is_active)
    found = account_services.authenticate(session, username=username, password=password)
    assert found is (account if fits else None)


def test_taken_name_and_short_password_are_refused(session: Session, clock: Clock) -> None:
    make_account(session, clock, "lan")
    with pytest.raises(AccountError, match="taken"):
        make_account(session, clock, "lan")
    with pytest.raises(AccountError, match="at least 12"):
        account_services.hash_password("eleven char")


def test_new_password_and_closing_end_the_sessions(session: Session, clock: Clock) -> None:
    account = make_account(session, clock, "lan")
    keys = [account.session_key]
    account_services.change_password(session, account, password="another long password")
    keys.append(account.session_key)
    account_services.set_active(session, account, is_active=False)
    keys.append(account.session_key)
    assert len(set(keys)) == 3
    assert account_queries.active_account_by_session_key(session, account.session_key) is None


def test_generated_passwords_differ_and_can_be_typed() -> None:
    made = {account_services.new_password() for _ in range(50)}
    assert len(made) == 50
    assert [
        word
        for word in made
        if not re.fullmatch(r"([2-9b-df-hjkmnp-tv-z]{4}-){3}[2-9b-df-hjkmnp-tv-z]{4}", word)
    ] == []


def test_same_role_twice_is_one_and_the_last_one_stays(
    session: Session, clock: Clock, units: dict[str, Organisation]
) -> None:
    account = make_account(session, clock, "lan", ("viewer", units["D"]), ("viewer", units["D"]))
    assert len(account.assignments) == 1
    with pytest.raises(AccountError, match="at least one role"):
        account_services.remove_role(session, account.assignments[0])
    account_services.assign_role(session, account, role_code="enumerator", organisation=units["C"])
    account_services.remove_role(session, account.assignments[0])
    assert [(each.role_code, each.organisation_id) for each in account.assignments] == [
        ("enumerator", units["C"].id)
    ]


def test_same_role_given_twice_at_once_is_one(
    app: Flask, session: Session, clock: Clock, units: dict[str, Organisation]
) -> None:
    account_id, unit_id = make_account(session, clock, "lan").id, units["D"].id
    session.commit()

    def give() -> int:
        account = db.session.get_one(Account, account_id)
        unit = db.session.get_one(Organisation, unit_id)
        account_services.assign_role(db.session(), account, role_code="viewer", organisation=unit)
        db.session.commit()
        return len(account.assignments)

    with db.engine.connect() as faster:
        faster.execute(select(Account.id).where(Account.id == account_id).with_for_update())
        values = {"account_id": account_id, "role_code": "viewer", "organisation_id": unit_id}
        faster.execute(insert(RoleAssignment).values(**values))
        assert held_up_by(faster, app, give) == 1


def test_last_two_roles_taken_away_at_once_leave_one(
    app: Flask, session: Session, clock: Clock, units: dict[str, Organisation]
) -> None:
    account = make_account(session, clock, "lan", ("viewer", units["D"]), ("enumerator", units["D"]))
    first, second = (each.id for each in account.assignments)
    account_id = account.id
    session.commit()

    def take_away() -> bool:
        assignment = db.session.get_one(RoleAssignment, second)
        try:
            account_services.remove_role(db.session(), assignment)
        except AccountError:
            return False
        db.session.commit()
        return True

    with db.engine.connect() as faster:
        faster.execute(select(Account.id).where(Account.id == account_id).with_for_update())
        faster.execute(delete(RoleAssignment).where(RoleAssignment.id == first))
        assert held_up_by(faster, app, take_away) is False
    session.expire_all()
    assert [each.id for each in session.get_one(Account, account_id).assignments] == [second]


def test_unknown_role_is_not_found(session: Session, clock: Clock, units: dict[str, Organisation]) -> None:
    with pytest.raises(NotFoundError):
        make_account(session, clock, "lan", ("emperor", units["P"]))


def test_shipped_roles_are_refreshed_and_the_provinces_own_stay(session: Session) -> None:
    session.add(Role(code="auditor", names={"vi": "Kiểm toán"}, permissions=["score:read"]))
    session.add(Role(code="viewer", names={"vi": "cũ"}, permissions=["account:manage"]))
    account_services.load_roles(session)
    roles = {role.code: role for role in account_queries.list_roles(session)}
    assert roles["auditor"].permissions == ["score:read"]
    assert "account:manage" not in roles["viewer"].permissions
    assert frozenset(roles["administrator"].permissions) == frozenset(Permission)


def test_rights_reach_down_and_never_up_or_sideways(
    session: Session, clock: Clock, units: dict[str, Organisation]
) -> None:
    account = make_account(session, clock, "lan", ("administrator", units["D"]), ("viewer", units["E"]))
    rights = account_queries.rights_of(session, account)
    manages = {code for code, unit in units.items() if rights.may(Permission.MANAGE_ACCOUNTS, unit.id)}
    reads = {code for code, unit in units.items() if rights.may(Permission.READ_SCORES, unit.id)}
    assert (manages, reads) == ({"D", "C"}, {"D", "C", "E"})


@pytest.mark.parametrize(
    ("role_code", "unit_code", "allowed"),
    [
        ("viewer", "D", True),
        ("viewer", "C", True),
        ("administrator", "C", True),
        ("viewer", "P", False),
        ("viewer", "E", False),
        ("administrator", "E", False),
    ],
)
def test_district_administrator_gives_roles_in_the_district_alone(
    session: Session,
    clock: Clock,
    units: dict[str, Organisation],
    role_code: str,
    unit_code: str,
    allowed: bool,
) -> None:
    account = make_account(session, clock, "lan", ("administrator", units["D"]))
    rights = account_queries.rights_of(session, account)
    role = account_queries.role_by_code(session, role_code)
    assert role is not None
    assert account_rights.may_grant(rights, role, units[unit_code].id) is allowed


def test_nobody_gives_a_permission_that_they_do_not_hold(
    session: Session, clock: Clock, units: dict[str, Organisation]
) -> None:
    session.add(Role(code="clerk", names={"vi": "Văn thư"}, permissions=["account:manage", "round:read"]))
    session.flush()
    account = make_account(session, clock, "lan", ("clerk", units["P"]))
    rights = account_queries.rights_of(session, account)
    given = {
        role.code
        for role in account_queries.list_roles(session)
        if account_rights.may_grant(rights, role, units["P"].id)
    }
    assert given == {"clerk"}


def test_account_with_a_role_out_of_reach_is_not_administered(
    session: Session, clock: Clock, units: dict[str, Organisation]
) -> None:
    administrator = make_account(session, clock, "admin", ("administrator", units["D"]))
    own = make_account(session, clock, "own", ("viewer", units["C"]))
    shared = make_account(session, clock, "shared", ("viewer", units["C"]), ("viewer", units["P"]))
    rights = account_queries.rights_of(session, administrator)
    assert [
        account_rights.may_administer(rights, administrator, account)
        for account in (own, shared, administrator)
    ] == [True, False, False]


def test_token_needs_the_rights_that_it_gives(
    session: Session, clock: Clock, units: dict[str, Organisation]
) -> None:
    session.add(Role(code="keeper", names={"vi": "Giữ khóa"}, permissions=["token:manage", "score:read"]))
    session.flush()
    account = make_account(session, clock, "lan", ("keeper", units["D"]))
    rights = account_queries.rights_of(session, account)
    reads, writes = [TokenScope.READ_SCORES], [TokenScope.WRITE_RESPONSES]
    assert [
        account_rights.may_make_token(rights, scopes, reach)
        for scopes, reach in (
            (reads, {units["D"].id}),
            (reads, {units["P"].id}),
            (reads, {unit.id for unit in units.values()}),
            (writes, {units["D"].id}),
            ([*reads, *writes], {units["D"].id}),
        )
    ] == [True, False, False, False, False]


def test_token_is_valid_until_it_expires_or_is_revoked(session: Session, clock: Clock) -> None:
    def made(expires_at: datetime | None) -> account_services.NewToken:
        return account_services.create_token(
            session,
            name="báo cáo",
            scopes=[TokenScope.READ_SCORES],
            organisation=None,
            expires_at=expires_at,
            now=clock(),
        )

    endless, short, revoked = made(None), made(clock() + timedelta(days=1)), made(None)
    account_services.revoke_token(session, revoked.token, now=clock())
    first_revocation = revoked.token.revoked_at
    clock.advance(days=1)
    account_services.revoke_token(session, revoked.token, now=clock())
    assert [
        account_queries.valid_token(session, each.secret, now=clock()) for each in (endless, short, revoked)
    ] == [endless.token, None, None]
    assert revoked.token.revoked_at == first_revocation
    assert (
        account_queries.valid_token(session, short.secret, now=clock() - timedelta(seconds=1)) is short.token
    )
    assert account_queries.valid_token(session, endless.secret + "x", now=clock()) is None


def test_secret_of_a_token_is_not_kept(session: Session, clock: Clock) -> None:
    made = account_services.create_token(
        session, name="x", scopes=[], organisation=None, expires_at=None, now=clock()
    )
    assert made.secret not in str(vars(made.token))
