"""What may be done, and the roles the service ships with."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One thing an account may do within the subtree of a unit."""

    READ_ORGANISATIONS = "organisation:read"
    MANAGE_ORGANISATIONS = "organisation:manage"
    MANAGE_SERVICE_POINTS = "service_point:manage"
    READ_ROUNDS = "round:read"
    MANAGE_ROUNDS = "round:manage"
    ENTER_INTERVIEWS = "interview:enter"
    SUPERVISE_INTERVIEWS = "interview:supervise"
    READ_SCORES = "score:read"
    READ_INDEX = "index:read"
    MANAGE_INDEX = "index:manage"
    READ_ON_SITE = "on_site:read"
    READ_OFFICERS = "on_site:officers"
    MANAGE_ON_SITE = "on_site:manage"
    MANAGE_ACCOUNTS = "account:manage"
    MANAGE_TOKENS = "token:manage"


class TokenScope(StrEnum):
    """What a programme with a token may do."""

    READ_SCORES = "scores:read"
    WRITE_RESPONSES = "responses:write"
    WRITE_DOSSIERS = "dossiers:write"
