"""Accounts, their passwords and roles, and tokens of programmes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.domain.permissions import Permission, TokenScope
from survey.domain.public_codes import ALPHABET
from survey.domain.wording import N_
from survey.errors import HaiLongError, NotFoundError
from survey.models import Account, ApiToken, Organisation, Role, RoleAssignment
from survey.models.database_faults import DatabaseFault, fault_of
from survey.queries import accounts as account_queries

ROLES_FILE = Path(__file__).resolve().parent.parent / "data" / "roles.yaml"
MINIMUM_PASSWORD_LENGTH = 12
PASSWORD_GROUPS = 4
PASSWORD_GROUP_LENGTH = 4

_hasher = PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """Checked when the name is unknown, so that the time of the answer does not tell which names exist."""
    return _hasher.hash(secrets.token_urlsafe(16))


class AccountError(HaiLongError):
    """An account cannot be made or changed this way."""


class UsernameTakenError(AccountError):
    """Another account has this user name, since long ago or since this very moment."""


@dataclass(frozen=True)
class NewToken:
    """A token just made; `secret` is shown once and not kept."""

    token: ApiToken
    secret: str


def load_roles(session: Session) -> None:
    """Make the shipped roles agree with survey/data/roles.yaml; roles the province added stay."""
    entries: list[dict[str, Any]] = yaml.safe_load(ROLES_FILE.read_text(encoding="utf-8"))
    for entry in entries:
        permissions = [Permission(value).value for value in entry["permissions"]]
        session.merge(Role(code=entry["code"], names=entry["names"], permissions=permissions))
    session.flush()


def create_account(
    session: Session, *, username: str, display_name: str, password: str, now: datetime
) -> Account:
    """A new account without a role.

    Raises UsernameTakenError for a taken name, and AccountError for a short password.
    """
    account = Account(
        username=username,
        display_name=display_name,
        password_hash=hash_password(password),
        session_key=secrets.token_urlsafe(32),
        is_active=True,
        created_at=now,
    )
    if not _insert(session, account):
        raise UsernameTakenError(N_("The user name %(username)s is taken."), username=username)
    return account


def new_password() -> str:
    """A random password of 77 bits, in groups that can be read aloud and typed."""
    letters = [secrets.choice(ALPHABET) for _ in range(PASSWORD_GROUPS * PASSWORD_GROUP_LENGTH)]
    return "-".join(
        "".join(letters[start : start + PASSWORD_GROUP_LENGTH])
        for start in range(0, len(letters), PASSWORD_GROUP_LENGTH)
    )


def hash_password(password: str) -> str:
    """The Argon2id hash; raises AccountError when the password is too short."""
    if len(password) < MINIMUM_PASSWORD_LENGTH:
        raise AccountError(
            N_("A password needs at least %(count)d characters."), count=MINIMUM_PASSWORD_LENGTH
        )
    return _hasher.hash(password)


def change_password(session: Session, account: Account, *, password: str) -> None:
    """Set the password and end every session of the account."""
    account.password_hash = hash_password(password)
    account.session_key = secrets.token_urlsafe(32)
    session.flush()


def set_active(session: Session, account: Account, *, is_active: bool) -> None:
    """Open or close an account; closing ends its sessions."""
    account.is_active = is_active
    account.session_key = secrets.token_urlsafe(32)
    session.flush()


def assign_role(
    session: Session, account: Account, *, role_code: str, organisation: Organisation
) -> RoleAssignment:
    """Give a role over a unit and its subtree; the same assignment twice is one. Raises NotFoundError."""
    role = session.get(Role, role_code)
    if role is None:
        raise NotFoundError(N_("No role has the code %(code)s."), code=role_code)
    _lock(session, account)
    for assignment in account.assignments:
        if (assignment.role_code, assignment.organisation_id) == (role_code, organisation.id):
            return assignment
    assignment = RoleAssignment(account=account, role=role, organisation=organisation)
    session.add(assignment)
    session.flush()
    return assignment


def remove_role(session: Session, assignment: RoleAssignment) -> None:
    """Take a role away. The last one stays, so that somebody is in charge of the account: close it instead.

    What an account may do is read anew on every request. Taking away what is gone already changes nothing.
    Raises AccountError for the last role.
    """
    account = assignment.account
    _lock(session, account)
    if assignment not in account.assignments:
        return
    if len(account.assignments) == 1:
        raise AccountError(N_("An account keeps at least one role; close the account instead."))
    account.assignments.remove(assignment)
    session.delete(assignment)
    session.flush()


def authenticate(session: Session, *, username: str, password: str) -> Account | None:
    """The account, when name and password fit and it is active."""
    account = account_queries.account_by_username(session, username)
    try:
        _hasher.verify(_nobodys_hash() if account is None else account.password_hash, password)
    except VerifyMismatchError:
        return None
    return account if account is not None and account.is_active else None


def create_token(
    session: Session,
    *,
    name: str,
    scopes: Sequence[TokenScope],
    organisation: Organisation | None,
    expires_at: datetime | None,
    now: datetime,
) -> NewToken:
    """A token for a programme, limited to a subtree when an organisation is given."""
    secret = secrets.token_urlsafe(32)
    token = ApiToken(
        name=name,
        token_hash=account_queries.token_hash(secret),
        scopes=[scope.value for scope in scopes],
        organisation_id=None if organisation is None else organisation.id,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    return NewToken(token=token, secret=secret)


def revoke_token(session: Session, token: ApiToken, *, now: datetime) -> None:
    """End a token; the first time stands."""
    token.revoked_at = token.revoked_at or now
    session.flush()


def _insert(session: Session, account: Account) -> bool:
    """Insert the account; False when its name is taken: the unique constraint decides, not a look before."""
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        if fault_of(error) is not DatabaseFault.TAKEN:
            raise
        return False
    return True


def _lock(session: Session, account: Account) -> None:
    """Hold the account until the transaction ends, with its roles as they stand now: changes take turns."""
    session.refresh(account, with_for_update=True)
