"""Who may open a page: every view says it, and what the account sees is limited to its units."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import current_app, g, request
from flask_login import UserMixin, current_user

from survey.domain.permissions import Permission, TokenScope
from survey.errors import NotPermittedError
from survey.extensions import csrf, db, login_manager
from survey.models import Account, ApiToken
from survey.queries import accounts as account_queries
from survey.queries import organisations as organisation_queries

P = ParamSpec("P")
R = TypeVar("R")


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """The account of this session, in the form that Flask-Login asks for."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        """The session key: it changes with the password."""
        return self.account.session_key

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything the account may do somewhere."""
        return account_queries.permissions_of(self.account)

    def may(self, permission: Permission) -> bool:
        """Whether the account may do this somewhere (menus ask it)."""
        return permission in self.permissions

    def organisations_for(self, permission: Permission) -> frozenset[int]:
        """Ids of the units within which the account may do this, subtrees included."""
        roots = account_queries.roots_for(self.account, permission)
        return organisation_queries.subtree_ids(db.session(), roots)


def load_signed_in(session_key: str) -> SignedIn | None:
    """The active account with this session key."""
    account = account_queries.active_account_by_session_key(db.session(), session_key)
    return None if account is None else SignedIn(account)


def signed_in() -> SignedIn:
    """The signed-in account; only for views behind `requires`."""
    return cast("SignedIn", current_user._get_current_object())


def organisation_scope(permission: Permission) -> frozenset[int]:
    """Ids of the units within which the signed-in account may do this."""
    return signed_in().organisations_for(permission)


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody may open it."""
    return _marked(view, "public")


def signed_in_only(view: Callable[P, R]) -> Callable[P, R]:
    """Every signed-in account may open it, whatever its roles."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not current_user.is_authenticated:
            return cast("R", login_manager.unauthorized())
        return view(*args, **kwargs)

    return _marked(guarded, "signed-in")


def requires(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only accounts that hold the permission somewhere may open it; the view limits to their units."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not current_user.is_authenticated:
                return cast("R", login_manager.unauthorized())
            if not signed_in().may(permission):
                raise NotPermittedError
            return view(*args, **kwargs)

        return _marked(guarded, permission.value)

    return decorate


def requires_token(scope: TokenScope) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only programmes with a valid bearer token of this scope; no cookie counts, so CSRF does not apply."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.api_token = _token_of_request(scope)
            return view(*args, **kwargs)

        return csrf.exempt(_marked(guarded, f"token {scope.value}"))  # type: ignore[no-any-return]  # no types

    return decorate


def api_token() -> ApiToken:
    """The token of this request; only for views behind `requires_token`."""
    return cast("ApiToken", g.api_token)


def _token_of_request(scope: TokenScope) -> ApiToken:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        raise UnauthenticatedTokenError
    token = account_queries.valid_token(db.session(), secret.strip(), now=current_app.config["CLOCK"]())
    if token is None:
        raise UnauthenticatedTokenError
    if scope.value not in token.scopes:
        raise NotPermittedError
    return token


class UnauthenticatedTokenError(NotPermittedError):
    """No valid token came with the request."""


def _marked(view: Callable[..., Any], access: str) -> Callable[..., Any]:
    view.access = access  # type: ignore[attr-defined]  # read by tests/test_access.py and by `unmarked views fail`
    return view
