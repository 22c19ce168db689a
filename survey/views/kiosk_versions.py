"""The version of the kiosk's programme: a fingerprint of its scripts, so that an old one is seen."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import current_app


def kiosk_version() -> str:
    """Eight characters that change whenever a script of the kiosk does."""
    return _fingerprint(str(current_app.static_folder))


@lru_cache(maxsize=2)
def _fingerprint(static_folder: str) -> str:
    digest = hashlib.sha256()
    for script in sorted((Path(static_folder) / "js").glob("kiosk*.js")):
        digest.update(script.read_bytes())
    return digest.hexdigest()[:8]
