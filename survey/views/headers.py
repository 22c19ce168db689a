"""Security headers on every answer."""

from __future__ import annotations

from flask import Flask, Response, current_app

# Nothing comes from outside, nothing is inline: a page that is injected into cannot run or send anything.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PRODUCTION_HEADERS = HEADERS | {"Strict-Transport-Security": "max-age=31536000"}


def register(app: Flask) -> None:
    """Add the headers after every request."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Set the headers that a view has not set itself."""
    present = set(response.headers.keys(lower=True))
    wanted = PRODUCTION_HEADERS if current_app.config["PRODUCTION"] else HEADERS
    response.headers.extend([(name, value) for name, value in wanted.items() if name.lower() not in present])
    return response
