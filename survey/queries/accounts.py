"""Who an account is, and what it may do where."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, selectinload

from survey.domain.permissions import Permission
from survey.models import Account, ApiToken, Organisation, Role, RoleAssignment
from survey.queries.organisations import subtree_ids


def active_account_by_session_key(session: Session, session_key: str) -> Account | None:
    """The account that may still use a session with this key."""
    return session.scalar(select(Account).where(Account.session_key == session_key, Account.is_active))


def account_by_username(session: Session, username: str) -> Account | None:
    """The account of this name, active or not."""
    return session.scalar(select(Account).where(Account.username == username))


def list_accounts(session: Session) -> Sequence[Account]:
    """All accounts by name, with their roles and units at hand."""
    return session.scalars(_accounts().order_by(Account.username)).all()


def list_accounts_within(session: Session, organisation_ids: Collection[int]) -> Sequence[Account]:
    """Accounts with a role over one of these units, by name, with their roles and units at hand."""
    within = Account.assignments.any(RoleAssignment.organisation_id.in_(organisation_ids))
    return session.scalars(_accounts().where(within).order_by(Account.username)).all()


def account_by_id(session: Session, account_id: int) -> Account | None:
    """The account with this id, with its roles and units at hand."""
    return session.scalar(_accounts().where(Account.id == account_id))


def _accounts() -> Select[Account]:
    return select(Account).options(selectinload(Account.assignments).joinedload(RoleAssignment.organisation))


@dataclass(frozen=True)
class Rights:
    """Where an account may do what: ids of units by permission, subtrees included."""

    units: Mapping[Permission, frozenset[int]]

    def may(self, permission: Permission, organisation_id: int) -> bool:
        """Whether the account may do this in the unit."""
        return organisation_id in self.units[permission]


def rights_of(session: Session, account: Account) -> Rights:
    """Everything the account may do, unit by unit."""
    roots = {permission: roots_for(account, permission) for permission in Permission}
    subtrees = {each: subtree_ids(session, each) for each in set(roots.values())}
    return Rights(units={permission: subtrees[each] for permission, each in roots.items()})


def list_roles(session: Session) -> Sequence[Role]:
    """All roles by code."""
    return session.scalars(select(Role).order_by(Role.code)).all()


def role_by_code(session: Session, code: str) -> Role | None:
    """The role with this code, if there is one."""
    return session.get(Role, code)


def permissions_of(account: Account) -> frozenset[Permission]:
    """Everything the account may do somewhere."""
    return frozenset(
        Permission(value) for assignment in account.assignments for value in assignment.role.permissions
    )


def roots_for(account: Account, permission: Permission) -> frozenset[int]:
    """Ids of the units over which the account was given the permission; it reaches down their subtrees."""
    return frozenset(
        assignment.organisation_id
        for assignment in account.assignments
        if permission.value in assignment.role.permissions
    )


def token_hash(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def valid_token(session: Session, secret: str, *, now: datetime) -> ApiToken | None:
    """The token with this secret, unless it expired or was revoked."""
    token = session.scalar(select(ApiToken).where(ApiToken.token_hash == token_hash(secret)))
    if token is None or token.revoked_at is not None:
        return None
    return None if token.expires_at is not None and token.expires_at <= now else token


@dataclass(frozen=True)
class TokenRow:
    """A token and the unit it is limited to, if any."""

    token: ApiToken
    organisation: Organisation | None


def list_tokens(
    session: Session, organisation_ids: Collection[int], *, unlimited: Literal["listed", "left out"]
) -> list[TokenRow]:
    """Tokens limited to one of these units, newest first; those limited to none on demand."""
    within: ColumnElement[bool] = ApiToken.organisation_id.in_(organisation_ids)
    if unlimited == "listed":
        within = or_(within, ApiToken.organisation_id.is_(None))
    rows = session.execute(
        select(ApiToken, Organisation)
        .outerjoin(Organisation, Organisation.id == ApiToken.organisation_id)
        .where(within)
        .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
    )
    return [TokenRow(token=token, organisation=organisation) for token, organisation in rows]
