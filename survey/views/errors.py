"""Errors become pages and API answers here and nowhere else."""

from __future__ import annotations

import logging

from flask import Flask, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, TooManyRequests

from survey.errors import ImportRefusedError, NotFoundError, NotPermittedError, NotPrintableError
from survey.models.database_faults import DatabaseFault, fault_of
from survey.views.access import UnauthenticatedTokenError

logger = logging.getLogger(__name__)

RETRY_SECONDS = 30
SECONDS_OF_A_LIMIT = 60  # every limit counts by the minute


def register(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(NotFoundError, lambda error: answer(404, error.render(_)))
    app.register_error_handler(UnauthenticatedTokenError, unauthenticated_token)
    app.register_error_handler(NotPermittedError, lambda error: answer(403))
    app.register_error_handler(NotPrintableError, lambda error: answer(422, error.render(_)))
    app.register_error_handler(ImportRefusedError, import_refused)
    app.register_error_handler(CSRFError, lambda error: answer(400, csrf_detail()))
    app.register_error_handler(SQLAlchemyError, database_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)


def answer(status: int, detail: str = "") -> ResponseReturnValue:
    """A page for people, JSON for programmes, the status telling the truth in both."""
    title, help_text = explanation(status)
    if wants_json():
        return jsonify(error={"status": status, "title": title, "detail": detail or help_text}), status
    page = render_template(
        "errors/error.html", status=status, title=title, help=detail or help_text, is_staff=shows_menu(status)
    )
    return page, status


def shows_menu(status: int) -> bool:
    """Whether the page keeps the menu: for staff, unless the failure may lie in what the menu reads."""
    return status < 500 and bool(current_user.is_authenticated)


def wants_json() -> bool:
    """Whether a programme is asking."""
    return request.path.startswith("/api/") or request.is_json


def csrf_detail() -> str:
    """What to do when the page was open longer than its session."""
    detail: str = _(
        "This page was open too long. Nothing was saved. Please go back, reload the page and send again."
    )
    return detail


def unauthenticated_token(_error: Exception) -> ResponseReturnValue:
    """401 with the scheme, as RFC 6750 asks."""
    body = answer(401, _("Send a valid token: Authorization: Bearer <token>."))
    return (*body, {"WWW-Authenticate": "Bearer"}) if isinstance(body, tuple) and len(body) == 2 else body


def import_refused(error: ImportRefusedError) -> ResponseReturnValue:
    """422 with every problem of the file."""
    problems = [
        {"message": p.message, "file": p.file, "line": p.line, "column": p.column} for p in error.problems
    ]
    title = _("The file was not accepted; nothing was saved")
    if wants_json():
        return jsonify(error={"status": 422, "title": title, "problems": problems}), 422
    page = render_template(
        "errors/import_refused.html", title=title, problems=error.problems, is_staff=shows_menu(422)
    )
    return page, 422


def http_error(error: HTTPException) -> ResponseReturnValue:
    """The status as it is; a database that went away while an error page was drawn is told as such."""
    original = getattr(error, "original_exception", None)
    if isinstance(original, SQLAlchemyError):
        return database_error(original)
    if isinstance(error, TooManyRequests):
        answered = make_response(answer(429))
        answered.headers["Retry-After"] = str(SECONDS_OF_A_LIMIT)
        return answered
    return answer(error.code or 500)


def database_error(error: SQLAlchemyError) -> ResponseReturnValue:
    """503 while the database is away or has no tables, 409 when somebody else was faster, else 500."""
    fault = fault_of(error)
    if fault is None:
        return unexpected(error)
    if fault is DatabaseFault.TAKEN:
        logger.warning("Stored by another at the same moment, at %s", request.path, exc_info=error)
        return answer(409, _("Somebody else saved the same thing at the same moment. Please look again."))
    if fault is DatabaseFault.NOT_MIGRATED:
        logger.critical("The database lacks tables that this version needs; run: flask db upgrade. %s", error)
    else:
        logger.error("The database cannot be reached or is busy, at %s", request.path, exc_info=error)
    return unavailable()


def unavailable() -> ResponseReturnValue:
    """503 without asking the database anything; a page that was only to be shown tries again by itself."""
    title, help_text = explanation(503)
    headers = {"Retry-After": str(RETRY_SECONDS)}
    if wants_json():
        return jsonify(error={"status": 503, "title": title, "detail": help_text}), 503, headers
    # Not render_template: Flask-Login's context processor would look up who is signed in.
    page = current_app.jinja_env.get_template("errors/unavailable.html").render(
        title=title, help=help_text, seconds=RETRY_SECONDS, retry=request.method == "GET"
    )
    return page, 503, headers


def unexpected(error: Exception) -> ResponseReturnValue:
    """500; the cause goes to the log, never to the page."""
    logger.error("Unhandled error at %s", request.path, exc_info=error)
    return answer(500)


def explanation(status: int) -> tuple[str, str]:
    """Title and help for a status."""
    known = {
        400: (
            _("The request could not be read"),
            _("Please go back, check what was entered and send again."),
        ),
        401: (_("Please sign in"), _("This page is for staff. Sign in and open it again.")),
        403: (
            _("You may not open this"),
            _("Your account has no right to this page. Ask your administrator."),
        ),
        404: (_("There is nothing here"), _("Check the address, or start again from the first page.")),
        405: (_("This address does not take that"), _("Please go back and use the buttons of the page.")),
        409: (_("This was already sent with other content"), _("The first one stands; nothing was changed.")),
        413: (_("This is too large"), _("Send less at once.")),
        429: (_("Too many attempts"), _("Please wait a minute and try again.")),
        503: (
            _("The service is resting for a moment"),
            _("What was confirmed to you is kept. Please try again in a minute."),
        ),
    }
    return known.get(
        status,
        (_("Something went wrong here"), _("It is not your fault. What was confirmed to you is kept.")),
    )
