"""Pages and the API: read the input, call one service or query, render."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from survey.config import LANGUAGES
from survey.views import (
    accounts,
    devices,
    errors,
    headers,
    index,
    index_api,
    interviews,
    kiosk,
    kiosk_devices,
    languages,
    menu,
    numbers,
    on_site,
    on_site_api,
    opening_hours,
    organisations,
    qr,
    responses_api,
    scores,
    scores_api,
    service_points,
    sessions,
    tokens,
)
from survey.views.access import public

BLUEPRINTS = (
    accounts.blueprint,
    devices.blueprint,
    index.blueprint,
    index_api.blueprint,
    interviews.blueprint,
    kiosk.blueprint,
    kiosk_devices.blueprint,
    opening_hours.blueprint,
    on_site.blueprint,
    on_site_api.blueprint,
    organisations.blueprint,
    qr.blueprint,
    responses_api.blueprint,
    scores.blueprint,
    scores_api.blueprint,
    service_points.blueprint,
    sessions.blueprint,
    tokens.blueprint,
)


def register(app: Flask) -> None:
    """Attach every blueprint, and refuse a view that does not say who may open it."""
    app.config.setdefault("CLOCK", lambda: datetime.now(UTC))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    public(app.view_functions["static"])
    errors.register(app)
    headers.register(app)
    app.jinja_env.filters.update(text_in=languages.text_in, **numbers.FILTERS)
    app.jinja_env.globals.update(
        languages=LANGUAGES,
        language_names=languages.LANGUAGE_NAMES,
        get_locale=languages.page_language,
        menu=menu.menu,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    refuse_unmarked(app.view_functions)


def refuse_unmarked(view_functions: dict[str, Callable[..., Any]]) -> None:
    """Every view must be marked with who may open it."""
    unmarked = sorted(name for name, view in view_functions.items() if not hasattr(view, "access"))
    if unmarked:
        raise TypeError(f"These views do not say who may open them: {', '.join(unmarked)}")
