"""The menu of the staff pages: every page with the permission that opens it, in the order of the work."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import current_app
from flask_babel import lazy_gettext

from survey.domain.permissions import Permission
from survey.extensions import db
from survey.queries import devices as device_queries
from survey.views.access import organisation_scope, signed_in

DEVICES = "devices.list_devices"


@dataclass(frozen=True)
class MenuEntry:
    """A line of the menu; a heading has no endpoint."""

    label: object = ""
    endpoint: str = ""
    permission: Permission | None = None
    heading: object = ""
    count: int = 0


ENTRIES: tuple[MenuEntry, ...] = (
    MenuEntry(lazy_gettext("Satisfaction scores"), "scores.scores", Permission.READ_SCORES),
    MenuEntry(lazy_gettext("Interviews"), "interviews.rounds", Permission.ENTER_INTERVIEWS),
    MenuEntry(
        lazy_gettext("Service points and QR codes"),
        "service_points.list_points",
        Permission.MANAGE_SERVICE_POINTS,
    ),
    MenuEntry(lazy_gettext("Devices"), DEVICES, Permission.MANAGE_SERVICE_POINTS),
    MenuEntry(lazy_gettext("On-site evaluation"), "on_site.overview", Permission.READ_ON_SITE),
    MenuEntry(heading=lazy_gettext("Reform index")),
    MenuEntry(lazy_gettext("Index results"), "index.rounds", Permission.READ_INDEX),
    MenuEntry(heading=lazy_gettext("Administration")),
    MenuEntry(lazy_gettext("Organisations"), "organisations.tree", Permission.READ_ORGANISATIONS),
    MenuEntry(lazy_gettext("Accounts"), "accounts.list_accounts", Permission.MANAGE_ACCOUNTS),
    MenuEntry(lazy_gettext("Tokens of programmes"), "tokens.list_tokens", Permission.MANAGE_TOKENS),
)


def menu() -> list[MenuEntry]:
    """What the signed-in account may open; beside the devices, how many alerts of its units are open."""
    entries = entries_for(signed_in().permissions)
    return [replace(entry, count=_alert_count()) if entry.endpoint == DEVICES else entry for entry in entries]


def _alert_count() -> int:
    return device_queries.open_alert_count(
        db.session(), organisation_ids=organisation_scope(Permission.MANAGE_SERVICE_POINTS)
    )


def entries_for(permissions: frozenset[Permission]) -> list[MenuEntry]:
    """The lines these permissions open; a heading only with something under it."""
    allowed = [
        entry
        for entry in ENTRIES
        if entry.heading or (entry.permission in permissions and entry.endpoint in current_app.view_functions)
    ]
    return [
        entry
        for place, entry in enumerate(allowed)
        if not entry.heading or (place + 1 < len(allowed) and not allowed[place + 1].heading)
    ]
