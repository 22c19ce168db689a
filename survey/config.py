"""Settings, read once from the environment; production refuses to start unsafe."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from survey.errors import ConfigurationError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
INSTANCE_FOLDER = PROJECT_ROOT / "instance"
MINIMUM_SECRET_LENGTH = 32
LANGUAGES = ("vi", "en")
DEFAULT_LANGUAGE = "vi"
TIME_ZONE = "Asia/Ho_Chi_Minh"
# Nobody waits longer for a database that is away; the page then says so.
CONNECT_TIMEOUT_SECONDS = 10


def settings_from_environment(environment: Mapping[str, str] | None = None) -> dict[str, object]:
    """Flask settings from environment variables (docs/operations.md lists them).

    Raises ConfigurationError naming every setting that is missing or unsafe in production.
    """
    environment = os.environ if environment is None else environment
    production = environment.get("HAI_LONG_ENVIRONMENT", "development") == "production"
    database = database_address(environment.get("DATABASE_URL"))
    settings: dict[str, object] = {
        "PRODUCTION": production,
        "SECRET_KEY": environment.get("SECRET_KEY") or (None if production else development_secret()),
        "SQLALCHEMY_DATABASE_URI": database,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(database),
        "PUBLIC_ADDRESS": environment.get("PUBLIC_ADDRESS", "http://127.0.0.1:8000").rstrip("/"),
        "TRUSTED_PROXY_COUNT": int(environment.get("TRUSTED_PROXY_COUNT", "0")),
        "RATELIMIT_STORAGE_URI": environment.get("RATE_LIMIT_STORAGE", "memory://"),
        "MAX_CONTENT_LENGTH": 4 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "SESSION_COOKIE_NAME": "hai_long",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": production,
        "WTF_CSRF_TIME_LIMIT": None,  # a kiosk page stays open all day; the session ends the token instead
        "BABEL_DEFAULT_LOCALE": DEFAULT_LANGUAGE,
        "BABEL_DEFAULT_TIMEZONE": TIME_ZONE,
        "BABEL_TRANSLATION_DIRECTORIES": str(PROJECT_ROOT / "survey" / "translations"),
    }
    if production:
        refuse_unsafe(settings, environment)
    return settings


def database_address(address: str | None) -> str:
    """The SQLAlchemy address: SQLite in the instance folder unless one is given; psycopg for PostgreSQL."""
    if not address:
        INSTANCE_FOLDER.mkdir(exist_ok=True)
        return f"sqlite:///{INSTANCE_FOLDER / 'hai-long.sqlite3'}"
    scheme, separator, rest = address.partition("://")
    if separator and scheme in {"postgres", "postgresql"}:
        return f"postgresql+psycopg://{rest}"
    return address


def engine_options(database: str) -> dict[str, object]:
    """Pool and durability of every connection; the SQLite half is set in survey.models.engine."""
    if database.startswith("postgresql"):
        # An acknowledged answer is on disk: never inherit a relaxed server or role default.
        return {
            "pool_pre_ping": False,
            "pool_size": 8,
            "max_overflow": 8,
            "connect_args": {
                "options": "-c synchronous_commit=on -c timezone=UTC",
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            },
        }
    return {"pool_size": 8, "max_overflow": 8}


def development_secret() -> str:
    """A secret made on first start and kept in the instance folder, readable by its owner alone."""
    INSTANCE_FOLDER.mkdir(exist_ok=True)
    path = INSTANCE_FOLDER / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def refuse_unsafe(settings: Mapping[str, object], environment: Mapping[str, str]) -> None:
    """Raise ConfigurationError listing everything that makes a production start unsafe."""
    problems = []
    if len(str(settings["SECRET_KEY"] or "")) < MINIMUM_SECRET_LENGTH:
        problems.append(f"SECRET_KEY must be set to at least {MINIMUM_SECRET_LENGTH} random characters.")
    if not environment.get("DATABASE_URL"):
        problems.append("DATABASE_URL must name the database.")
    if not str(settings["PUBLIC_ADDRESS"]).startswith("https://"):
        problems.append("PUBLIC_ADDRESS must be the https:// address that citizens open.")
    if settings["RATELIMIT_STORAGE_URI"] == "memory://":
        problems.append(
            "RATE_LIMIT_STORAGE must name a store that all processes share, for example redis://host:6379."
        )
    if problems:
        raise ConfigurationError("\n".join(["Refusing to start in production:", *problems]))
