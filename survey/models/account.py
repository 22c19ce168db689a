"""Accounts, roles bound to a unit and its subtree, and tokens of other programmes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Base
from survey.models.organisation import Organisation


class Account(Base):
    """Somebody who may sign in. `session_key` changes with the password, which signs out every session."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(255))
    session_key: Mapped[str] = mapped_column(String(64), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    assignments: Mapped[list[RoleAssignment]] = relationship(
        back_populates="account", order_by="RoleAssignment.id", lazy="selectin"
    )


class Role(Base):
    """A named set of permissions; roles are data, so a province can add its own."""

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    names: Mapped[dict[str, str]]
    permissions: Mapped[list[str]]  # values of survey.domain.permissions.Permission


class RoleAssignment(Base):
    """An account holds a role over a unit and everything below it."""

    __tablename__ = "role_assignment"
    __table_args__ = (UniqueConstraint("account_id", "role_code", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    role_code: Mapped[str] = mapped_column(ForeignKey("role.code"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))

    account: Mapped[Account] = relationship(back_populates="assignments")
    role: Mapped[Role] = relationship(lazy="joined")
    organisation: Mapped[Organisation] = relationship()


class ApiToken(Base):
    """A programme's key: only its SHA-256 is kept. `organisation_id` limits it to a subtree, if set."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]  # values of survey.domain.permissions.TokenScope
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
