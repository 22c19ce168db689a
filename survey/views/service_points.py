"""Counters for staff: their addresses, their QR codes, and the sheets to print and hang up."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from survey.domain import public_codes
from survey.domain.permissions import Permission
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import ServicePoint
from survey.queries import service_points as service_point_queries
from survey.services import qr_codes
from survey.views import calendar
from survey.views.access import organisation_scope, requires

blueprint = Blueprint("service_points", __name__, url_prefix="/service-points")


@dataclass(frozen=True)
class SheetWords:
    """The sentences of a printed sheet in one language; the sheet bears Vietnamese and English together."""

    question: str
    scan: str
    check: str
    privacy: str
    demonstration: str


@blueprint.get("")
@requires(Permission.MANAGE_SERVICE_POINTS)
def list_points() -> ResponseReturnValue:
    """Every counter by centre, with its kiosk and its QR code."""
    centres = service_point_queries.list_by_centre(db.session(), organisation_ids=_scope())
    return render_template(
        "service_points/list.html",
        centres=centres,
        today=calendar.today(),
        rating_address=rating_address,
        kiosk_address=kiosk_address,
        printed_address=public_codes.printed_address,
    )


@blueprint.get("/<code>/qr.svg")
@requires(Permission.MANAGE_SERVICE_POINTS)
def qr_svg(code: str) -> ResponseReturnValue:
    """The QR code for the screen and for drawing programmes."""
    return Response(qr_codes.qr_svg(rating_address(_point(code))), mimetype="image/svg+xml")


@blueprint.get("/<code>/qr.png")
@requires(Permission.MANAGE_SERVICE_POINTS)
def qr_png(code: str) -> ResponseReturnValue:
    """The QR code for text programmes."""
    return Response(qr_codes.qr_png(rating_address(_point(code))), mimetype="image/png")


@blueprint.get("/<code>/sheet")
@requires(Permission.MANAGE_SERVICE_POINTS)
def sheet(code: str) -> ResponseReturnValue:
    """The sheet of one counter."""
    point = _point(code)
    return _sheets([point], title=_("Sheet of %(code)s", code=point.code))


@blueprint.get("/centre/<centre_code>/sheets")
@requires(Permission.MANAGE_SERVICE_POINTS)
def centre_sheets(centre_code: str) -> ResponseReturnValue:
    """The sheets of every counter of a centre that is still open, one page each."""
    today = calendar.today()
    for group in service_point_queries.list_by_centre(db.session(), organisation_ids=_scope()):
        if group.centre.code == centre_code:
            open_points = [
                point for point in group.points if point.valid_to is None or point.valid_to >= today
            ]
            return _sheets(open_points, title=_("Sheets of %(code)s", code=centre_code))
    raise NotFoundError(N_("No centre of yours with service points has the code %(code)s."), code=centre_code)


def rating_address(point: ServicePoint) -> str:
    """The address in the counter's QR code."""
    return public_codes.rating_address(current_app.config["PUBLIC_ADDRESS"], point.public_code)


def kiosk_address(point: ServicePoint) -> str:
    """The address that the counter's kiosk opens."""
    return public_codes.kiosk_address(current_app.config["PUBLIC_ADDRESS"], point.public_code)


def _sheets(points: list[ServicePoint], *, title: str) -> str:
    words = {}
    for language in ("vi", "en"):
        with force_locale(language):
            words[language] = _sheet_words()
    return render_template(
        "service_points/sheets.html",
        points=points,
        title=title,
        words=words,
        address_of=lambda point: public_codes.printed_address(rating_address(point)),
    )


def _sheet_words() -> SheetWords:
    return SheetWords(
        question=_("How satisfied are you with the service you just received?"),
        scan=_("Point your phone's camera at the code, or type the address:"),
        check=_(
            "The page must open at this address and name this counter. "
            "If it does not, please enter nothing and tell a member of staff."
        ),
        privacy=_("It takes half a minute. No name is asked; the staff do not see who answered."),
        demonstration=_("Demonstration sheet, not for a real counter."),
    )


def _scope() -> frozenset[int]:
    return organisation_scope(Permission.MANAGE_SERVICE_POINTS)


def _point(code: str) -> ServicePoint:
    point = service_point_queries.find_service_point(db.session(), code, organisation_ids=_scope())
    if point is None:
        raise NotFoundError(N_("No service point has the code %(code)s."), code=code)
    return point
