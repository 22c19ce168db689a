"""Counters for staff: their addresses, their QR codes, and the sheets to print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, Response, current_app, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from survey.domain import public_codes
from survey.domain.permissions import Permission
from survey.domain.sheet_geometry import SheetKind
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import ServicePoint
from survey.queries import service_points as service_point_queries
from survey.services import qr_codes
from survey.services.printed_sheets import (
    SheetPrinter,
    both_words,
    counter_label,
    file_name,
    print_sheets,
    sheet_words,
)
from survey.services.sheet_layouts import BothWords, CounterLabel
from survey.views import calendar
from survey.views.access import organisation_scope, requires

blueprint = Blueprint("service_points", __name__, url_prefix="/service-points")


@dataclass(frozen=True)
class SheetChoice:
    """One kind of sheet on offer; `kind` as in the addresses of its files."""

    kind: str
    name: str
    file_name: str


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
    """What can be printed for one counter."""
    point = _point(code)
    return render_template("service_points/sheet.html", point=point, choices=_choices(point.code))


@blueprint.get("/<code>/sheets/<kind>.pdf")
@requires(Permission.MANAGE_SERVICE_POINTS)
def sheet_file(code: str, kind: str) -> ResponseReturnValue:
    """The poster, tent or strips of one counter."""
    point = _point(code)
    subject = f"{point.names['vi']} · {point.centre.names['vi']}"
    content = print_sheets([_label(point)], _kind(kind), words=_words(), subject=subject)
    return _pdf(content, name=file_name(_kind(kind), point.code))


@blueprint.get("/centre/<centre_code>/sheets")
@requires(Permission.MANAGE_SERVICE_POINTS)
def centre_sheets(centre_code: str) -> ResponseReturnValue:
    """What can be printed for every counter of a centre that is still open."""
    points = _open_points(centre_code)
    return render_template(
        "service_points/centre_sheets.html",
        centre_code=centre_code,
        points=points,
        choices=_choices(centre_code),
    )


@blueprint.get("/centre/<centre_code>/sheets/<kind>.pdf")
@requires(Permission.MANAGE_SERVICE_POINTS)
def centre_sheets_file(centre_code: str, kind: str) -> ResponseReturnValue:
    """One PDF with the sheets of all open counters of a centre."""
    labels, printer = _started(centre_code, kind)
    for label in labels:
        printer.add(label)
    return _pdf(printer.finished(), name=file_name(_kind(kind), centre_code))


@blueprint.get("/centre/<centre_code>/sheets/<kind>/stream")
@requires(Permission.MANAGE_SERVICE_POINTS)
def centre_sheets_stream(centre_code: str, kind: str) -> ResponseReturnValue:
    """The same PDF after a line for every page drawn, so that a script can show how far it is.

    Lines of "drawn/all", an empty line, then the file. Nothing is kept on the server between the two.
    """
    labels, printer = _started(centre_code, kind)

    def told() -> Iterator[bytes]:
        for number, label in enumerate(labels, start=1):
            printer.add(label)
            yield f"{number}/{len(labels)}\n".encode()
        yield b"\n"
        yield printer.finished()

    # A proxy that collects an answer before it passes it on would hold the lines back.
    return Response(told(), mimetype="application/octet-stream", headers={"X-Accel-Buffering": "no"})


def rating_address(point: ServicePoint) -> str:
    """The address in the counter's QR code."""
    return public_codes.rating_address(current_app.config["PUBLIC_ADDRESS"], point.public_code)


def kiosk_address(point: ServicePoint) -> str:
    """The address that the counter's kiosk opens."""
    return public_codes.kiosk_address(current_app.config["PUBLIC_ADDRESS"], point.public_code)


def _choices(code: str) -> list[SheetChoice]:
    return [
        SheetChoice(kind=kind.value, name=name, file_name=file_name(kind, code))
        for kind, name in sheet_words(_).kinds.items()
    ]


def _started(centre_code: str, kind: str) -> tuple[list[CounterLabel], SheetPrinter]:
    """Everything that needs the database or may be refused, before the first page is drawn."""
    points = _open_points(centre_code)
    if not points:
        raise NotFoundError(N_("This centre has no open counter, so there is nothing to print."))
    printer = SheetPrinter(_kind(kind), words=_words(), subject=points[0].centre.names["vi"])
    return [_label(point) for point in points], printer


def _open_points(centre_code: str) -> list[ServicePoint]:
    return service_point_queries.open_points_of_centre(
        db.session(), centre_code, day=calendar.today(), organisation_ids=_scope()
    )


def _label(point: ServicePoint) -> CounterLabel:
    return counter_label(point, public_address=current_app.config["PUBLIC_ADDRESS"])


def _words() -> BothWords:
    return both_words(_, speaking=force_locale)


def _kind(text: str) -> SheetKind:
    try:
        return SheetKind(text)
    except ValueError as error:
        raise NotFoundError(N_("No kind of sheet is called %(kind)s."), kind=text) from error


def _pdf(content: bytes, *, name: str) -> Response:
    return send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


def _scope() -> frozenset[int]:
    return organisation_scope(Permission.MANAGE_SERVICE_POINTS)


def _point(code: str) -> ServicePoint:
    point = service_point_queries.find_service_point(db.session(), code, organisation_ids=_scope())
    if point is None:
        raise NotFoundError(N_("No service point has the code %(code)s."), code=code)
    return point
