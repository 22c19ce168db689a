"""Who an account is, and what it may do where."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.permissions import Permission
from survey.models import Account, ApiToken, Role


def active_account_by_session_key(session: Session, session_key: str) -> Account | None:
    """The account that may still use a session with this key."""
    return session.scalar(select(Account).where(Account.session_key == session_key, Account.is_active))


def account_by_username(session: Session, username: str) -> Account | None:
    """The account of this name, active or not."""
    return session.scalar(select(Account).where(Account.username == username))


def list_accounts(session: Session) -> Sequence[Account]:
    """All accounts by name."""
    return session.scalars(select(Account).order_by(Account.username)).all()


def list_roles(session: Session) -> Sequence[Role]:
    """All roles by code."""
    return session.scalars(select(Role).order_by(Role.code)).all()


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


def list_tokens(session: Session) -> Sequence[ApiToken]:
    """All tokens, newest first."""
    return session.scalars(select(ApiToken).order_by(ApiToken.created_at.desc(), ApiToken.id.desc())).all()
