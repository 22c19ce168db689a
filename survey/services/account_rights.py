"""What an administrator may do to accounts and tokens: never more than they hold, only in their own units."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from survey.domain.permissions import Permission, TokenScope
from survey.models import Account, Role
from survey.queries.accounts import Rights

# What somebody must hold to give a programme the scope.
SCOPE_PERMISSIONS: Mapping[TokenScope, Permission] = {
    TokenScope.READ_SCORES: Permission.READ_SCORES,
    TokenScope.WRITE_RESPONSES: Permission.MANAGE_ROUNDS,
    TokenScope.WRITE_DOSSIERS: Permission.MANAGE_ON_SITE,
}


def may_grant(rights: Rights, role: Role, organisation_id: int) -> bool:
    """Whether the role may be given over the unit: managing accounts and all it permits are held there."""
    needed = [Permission.MANAGE_ACCOUNTS, *(Permission(value) for value in role.permissions)]
    return all(rights.may(permission, organisation_id) for permission in needed)


def may_administer(rights: Rights, administrator: Account, account: Account) -> bool:
    """Whether the account may be closed, opened or given a new password.

    Whoever sets a password can act as that account, so every role of it must be one they could give. Nobody
    administers themselves, so that the last administrator cannot shut the door behind them.
    """
    return account.id != administrator.id and all(
        may_grant(rights, assignment.role, assignment.organisation_id) for assignment in account.assignments
    )


def may_make_token(rights: Rights, scopes: Collection[TokenScope], organisation_ids: Collection[int]) -> bool:
    """Whether a token with the scopes may be made over these units: one, or all for an unlimited token."""
    needed = [Permission.MANAGE_TOKENS, *(SCOPE_PERMISSIONS[scope] for scope in scopes)]
    return all(rights.units[permission].issuperset(organisation_ids) for permission in needed)
