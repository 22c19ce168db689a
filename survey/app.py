"""Assembly: settings, extensions, pages and commands become one application."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from survey import cli, views
from survey.config import PROJECT_ROOT, settings_from_environment
from survey.extensions import attempt_store, babel, csrf, db, login_manager, migrate
from survey.models.engine import configure_engine, declare_intent
from survey.views import access, languages

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def create_app(overrides: Mapping[str, object] | None = None) -> Flask:
    """Build the application from the environment; `overrides` win (tests use them)."""
    app = Flask(__name__, template_folder=str(PROJECT_ROOT / "templates"), static_folder="static")
    app.config.from_mapping(settings_from_environment())
    app.config.from_mapping(overrides or {})
    hops = app.config["TRUSTED_PROXY_COUNT"]
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask documents it
    app.before_request(_declare_intent)
    connect_extensions(app)
    views.register(app)
    cli.register(app)
    return app


def connect_extensions(app: Flask) -> None:
    """Give every extension its application."""
    db.init_app(app)
    with app.app_context():
        configure_engine(db.engine)
    migrate.init_app(app, db, directory=str(PROJECT_ROOT / "survey" / "migrations"), render_as_batch=True)
    csrf.init_app(app)
    attempt_store.init_app(app)
    babel.init_app(app, locale_selector=languages.selected_language)
    login_manager.init_app(app)
    login_manager.user_loader(access.load_signed_in)


def _declare_intent() -> None:
    declare_intent(may_write=request.method not in SAFE_METHODS)
