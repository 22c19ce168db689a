"""The token of an open kiosk page, which its script sends instead of a session cookie.

A screen stays open for weeks and must go on working when its cookies are cleared. The token travels in a
header that pages of other sites cannot send here, so it guards against forged requests as a CSRF token does.
It names one counter and one opening of its page, and is signed with the service's secret.
"""

from __future__ import annotations

import secrets
from functools import lru_cache

from flask import current_app, request
from itsdangerous import BadSignature, Signer
from werkzeug.exceptions import BadRequest

from survey.extensions import csrf

HEADER = "X-Kiosk-Token"


@lru_cache(maxsize=4)
def _signer(secret: str) -> Signer:
    return Signer(secret, salt="kiosk page")


def new_token(public_code: str) -> str:
    """A token for one opening of the page of this counter."""
    signer = _signer(current_app.config["SECRET_KEY"])
    return signer.sign(f"{public_code}/{secrets.token_urlsafe(9)}").decode()


def guard(public_code: str) -> None:
    """Refuse a request that no kiosk page of this counter sent: a plain form needs its CSRF token, the script
    the page's token. Raises BadRequest."""
    token = request.headers.get(HEADER)
    if token is None:
        if current_app.config["WTF_CSRF_ENABLED"]:
            csrf.protect()
        return
    try:
        value = _signer(current_app.config["SECRET_KEY"]).unsign(token).decode()
    except BadSignature as error:
        raise BadRequest from error
    if value.rpartition("/")[0] != public_code:
        raise BadRequest
