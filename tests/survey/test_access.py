"""Who may open what: every route with the roles that may use it. A route that is not listed fails."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from survey.domain.permissions import TokenScope
from tests.factories import make_organisation

ADMINISTRATOR = "administrator"
ANALYST = "home-affairs-analyst"
OFFICER = "unit-officer"
LEADER = "unit-leader"
ENUMERATOR = "enumerator"
SUPERVISOR = "supervisor"
VIEWER = "viewer"
ROLES = (ADMINISTRATOR, ANALYST, OFFICER, LEADER, ENUMERATOR, SUPERVISOR, VIEWER)

PUBLIC = frozenset({"anybody", *ROLES})
SIGNED_IN = frozenset(ROLES)
READERS_OF_UNITS = frozenset({ADMINISTRATOR, ANALYST, OFFICER, LEADER, VIEWER})
READERS_OF_RESULTS = frozenset({ADMINISTRATOR, ANALYST, OFFICER, LEADER, VIEWER})
FIELD_WORKERS = frozenset({ADMINISTRATOR, ENUMERATOR, SUPERVISOR})
KEEPERS_OF_COUNTERS = frozenset({ADMINISTRATOR, ANALYST})
KEEPERS_OF_ACCOUNTS = frozenset({ADMINISTRATOR})
READERS_OF_ON_SITE = frozenset({ADMINISTRATOR, ANALYST, OFFICER, LEADER})
READERS_OF_OFFICERS = frozenset({ADMINISTRATOR, ANALYST, LEADER})
KEEPERS_OF_ON_SITE = frozenset({ADMINISTRATOR, ANALYST})
KEEPERS_OF_TOKENS = frozenset({ADMINISTRATOR, ANALYST})

WHO_MAY: dict[str, frozenset[str] | TokenScope] = {
    "accounts.assign": KEEPERS_OF_ACCOUNTS,
    "accounts.close": KEEPERS_OF_ACCOUNTS,
    "accounts.create": KEEPERS_OF_ACCOUNTS,
    "accounts.detail": KEEPERS_OF_ACCOUNTS,
    "accounts.list_accounts": KEEPERS_OF_ACCOUNTS,
    "accounts.remove": KEEPERS_OF_ACCOUNTS,
    "accounts.renew_password": KEEPERS_OF_ACCOUNTS,
    "accounts.reopen": KEEPERS_OF_ACCOUNTS,
    "devices.detail": KEEPERS_OF_COUNTERS,
    "devices.enrol": KEEPERS_OF_COUNTERS,
    "devices.list_devices": KEEPERS_OF_COUNTERS,
    "devices.place": KEEPERS_OF_COUNTERS,
    "devices.revoke": KEEPERS_OF_COUNTERS,
    "index.results_csv": READERS_OF_RESULTS,
    "index.round_results": READERS_OF_RESULTS,
    "index.rounds": READERS_OF_RESULTS,
    "index.sheet": READERS_OF_RESULTS,
    "index_api.results": TokenScope.READ_SCORES,
    "interviews.continue_interview": FIELD_WORKERS,
    "interviews.interview": FIELD_WORKERS,
    "interviews.outcome": FIELD_WORKERS,
    "interviews.rounds": FIELD_WORKERS,
    "interviews.units": FIELD_WORKERS,
    "kiosk.rate": PUBLIC,
    "kiosk.screen": PUBLIC,
    "kiosk.thanks": PUBLIC,
    "kiosk_devices.enrol": PUBLIC,
    "kiosk_devices.enrolment": PUBLIC,
    "kiosk_devices.heartbeat": PUBLIC,
    "opening_hours.close_day": KEEPERS_OF_COUNTERS,
    "opening_hours.hours": KEEPERS_OF_COUNTERS,
    "opening_hours.open_day": KEEPERS_OF_COUNTERS,
    "opening_hours.set_week": KEEPERS_OF_COUNTERS,
    "on_site.dossiers_csv": READERS_OF_ON_SITE,
    "on_site.import_file": KEEPERS_OF_ON_SITE,
    "on_site.import_form": KEEPERS_OF_ON_SITE,
    "on_site.officers": READERS_OF_OFFICERS,
    "on_site.officers_csv": READERS_OF_OFFICERS,
    "on_site.overview": READERS_OF_ON_SITE,
    "on_site.overview_csv": READERS_OF_ON_SITE,
    "on_site.unit": READERS_OF_ON_SITE,
    "on_site.unit_dossiers": READERS_OF_ON_SITE,
    "on_site_api.receive_dossiers": TokenScope.WRITE_DOSSIERS,
    "on_site_api.receive_statements": TokenScope.WRITE_DOSSIERS,
    "organisations.detail": READERS_OF_UNITS,
    "organisations.tree": READERS_OF_UNITS,
    "qr.rate": PUBLIC,
    "qr.send": PUBLIC,
    "qr.thanks": PUBLIC,
    "responses_api.receive": TokenScope.WRITE_RESPONSES,
    "scores.scores": READERS_OF_RESULTS,
    "scores_api.scores": TokenScope.READ_SCORES,
    "service_points.centre_sheets": KEEPERS_OF_COUNTERS,
    "service_points.centre_sheets_file": KEEPERS_OF_COUNTERS,
    "service_points.centre_sheets_stream": KEEPERS_OF_COUNTERS,
    "service_points.list_points": KEEPERS_OF_COUNTERS,
    "service_points.qr_png": KEEPERS_OF_COUNTERS,
    "service_points.qr_svg": KEEPERS_OF_COUNTERS,
    "service_points.sheet": KEEPERS_OF_COUNTERS,
    "service_points.sheet_file": KEEPERS_OF_COUNTERS,
    "sessions.choose_language": PUBLIC,
    "sessions.home": PUBLIC,
    "sessions.password": SIGNED_IN,
    "sessions.sign_in": PUBLIC,
    "sessions.sign_in_form": PUBLIC,
    "sessions.sign_out": PUBLIC,
    "static": PUBLIC,
    "tokens.create": KEEPERS_OF_TOKENS,
    "tokens.list_tokens": KEEPERS_OF_TOKENS,
    "tokens.revoke": KEEPERS_OF_TOKENS,
}
SAMPLE_VALUES = {
    "code": "none",
    "centre_code": "none",
    "public_code": "none",
    "filename": "none",
    "round_code": "none",
}


def pages(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of every page but those for tokens; nothing named in them exists."""
    found = []
    for rule in app.url_map.iter_rules():
        if isinstance(WHO_MAY.get(rule.endpoint), frozenset):
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found += [(rule.endpoint, method, address_of(app, rule)) for method in sorted(methods)]
    return sorted(found)


def address_of(app: Flask, rule: Rule) -> str:
    values: dict[str, object] = {}
    for name in rule.arguments:
        converter = type(rule._converters[name]).__name__
        numbers = {"IntegerConverter": 999_999, "UUIDConverter": "00000000-0000-4000-8000-000000000000"}
        values[name] = numbers.get(converter, SAMPLE_VALUES.get(name, "none"))
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)  # type: ignore[arg-type]


def test_every_route_is_listed_with_who_may_use_it(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(WHO_MAY)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_routes_and_no_others(
    role: str, app: Flask, session: Session, sign_in: Callable[[str, str], FlaskClient]
) -> None:
    make_organisation(session, code="BL")
    session.commit()
    client = sign_in(role, "BL")
    refused = set()
    for endpoint, method, address in pages(app):
        if endpoint not in {"sessions.sign_out", "sessions.password"}:
            status = client.open(address, method=method).status_code
            assert status < 500, (endpoint, method, status)
            if status == 403:
                refused.add(endpoint)
    listed = {endpoint for endpoint, who in WHO_MAY.items() if isinstance(who, frozenset) and role not in who}
    assert refused == listed


def test_nobody_else_gets_past_the_sign_in_page(app: Flask, client: FlaskClient) -> None:
    sent_away = set()
    for endpoint, method, address in pages(app):
        answer = client.open(address, method=method)
        if answer.status_code == 303 and answer.location.startswith("/sign-in?"):
            sent_away.add(endpoint)
    listed = {
        endpoint for endpoint, who in WHO_MAY.items() if isinstance(who, frozenset) and "anybody" not in who
    }
    assert sent_away == listed


def test_token_routes_refuse_no_token_a_wrong_token_and_a_token_of_another_scope(
    app: Flask, client: FlaskClient, api_token: Callable[..., str]
) -> None:
    statuses = {}
    for rule in app.url_map.iter_rules():
        scope = WHO_MAY[rule.endpoint]
        if isinstance(scope, TokenScope):
            other = api_token([next(another for another in TokenScope if another is not scope)])
            method = "POST" if "POST" in (rule.methods or set()) else "GET"
            statuses[rule.endpoint] = [
                client.open(address_of(app, rule), method=method, headers=headers, json={}).status_code
                for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {other}"})
            ]
    expected = {endpoint: [401, 401, 403] for endpoint, who in WHO_MAY.items() if isinstance(who, TokenScope)}
    assert statuses == expected
