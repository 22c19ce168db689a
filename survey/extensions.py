"""The libraries that are tied to the application, one object each."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from limits import RateLimitItem
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from survey.models import Base


class AttemptStore:
    """Where attempts are counted, for all processes together when the settings name a shared store."""

    def __init__(self) -> None:
        self.is_enabled = False
        self._windows = FixedWindowRateLimiter(MemoryStorage())

    def init_app(self, app: Flask) -> None:
        """Open the store that the settings name."""
        self.is_enabled = bool(app.config.get("RATELIMIT_ENABLED", True))
        self._windows = FixedWindowRateLimiter(storage_from_string(app.config["RATELIMIT_STORAGE_URI"]))

    def hit(self, limit: RateLimitItem, key: str, *, count: int = 1) -> bool:
        """Count attempts under a key; whether they are still within the limit. Always, while not enabled."""
        return not self.is_enabled or self._windows.hit(limit, key, cost=count)


db = SQLAlchemy(model_class=Base)
migrate = Migrate()
csrf = CSRFProtect()
babel = Babel()
login_manager = LoginManager()
attempt_store = AttemptStore()
