"""Devices for staff: how each is doing, enrolling, renaming, moving and revoking them."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from survey.domain import device_keys, public_codes
from survey.domain.permissions import Permission
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import Device, ServicePoint
from survey.queries import devices as device_queries
from survey.queries import service_points as service_point_queries
from survey.services import device_overview, device_watch
from survey.services import devices as device_services
from survey.views import device_texts
from survey.views.access import organisation_scope, requires, signed_in
from survey.views.kiosk_versions import kiosk_version
from survey.views.languages import text_in
from survey.views.ratings import now

blueprint = Blueprint("devices", __name__, url_prefix="/devices")


class PlaceForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The name of a device and the counter it stands at."""

    point = SelectField(
        lazy_gettext("Counter"),
        [InputRequired(lazy_gettext("Please choose a counter."))],
        validate_choice=False,
    )
    name = StringField(
        lazy_gettext("Name of the device"),
        [
            InputRequired(lazy_gettext("Please enter a name, for example what stands on its label.")),
            Length(max=80, message=lazy_gettext("Please use at most %(max)d characters.")),
        ],
    )


@blueprint.get("")
@requires(Permission.MANAGE_SERVICE_POINTS)
def list_devices() -> ResponseReturnValue:
    """Every device of the account's counters, alerts first."""
    device_watch.catch_up(db.session(), now=now())
    rows = device_overview.overview(db.session(), organisation_ids=_scope(), now=now())
    return render_template(
        "devices/list.html",
        rows=rows,
        alert_count=sum(row.condition == "silent" for row in rows),
        texts=device_texts,
        current_version=kiosk_version(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_SERVICE_POINTS)
def enrol() -> ResponseReturnValue:
    """Make a code for a new device; it is shown once, large."""
    form = PlaceForm()
    points = _offer(form)
    if not form.validate_on_submit():
        return render_template("devices/enrol.html", form=form, points=points), 422 if form.errors else 200
    point = _point(form.point.data)
    made = device_services.make_enrolment_code(
        db.session(),
        point=point,
        device_name=form.name.data.strip(),
        secret=current_app.config["SECRET_KEY"],
        account=signed_in().account,
        now=now(),
    )
    db.session.commit()
    address = f"{current_app.config['PUBLIC_ADDRESS']}{url_for('kiosk_devices.enrolment')}"
    return (
        render_template(
            "devices/code.html",
            code=device_keys.written_code(made.code),
            row=made.row,
            point=point,
            address=public_codes.printed_address(address),
            is_secure=address.startswith(("https://", "http://127.0.0.1", "http://localhost")),
        ),
        201,
    )


@blueprint.get("/<int:device_id>")
@requires(Permission.MANAGE_SERVICE_POINTS)
def detail(device_id: int) -> ResponseReturnValue:
    """One device: what it says, where it stood, its alerts, and what may be done to it."""
    return _detail(_device(device_id))


@blueprint.post("/<int:device_id>/place")
@requires(Permission.MANAGE_SERVICE_POINTS)
def place(device_id: int) -> ResponseReturnValue:
    """Rename the device or move it to another counter."""
    device = _device(device_id)
    form = PlaceForm()
    _offer(form)
    if not form.validate_on_submit():
        return _detail(device, form=form), 422
    try:
        placed = device_services.place_device(
            db.session(),
            device,
            point=_point(form.point.data),
            name=form.name.data.strip(),
            account=signed_in().account,
            now=now(),
        )
    except device_services.DeviceError as error:
        form.form_errors.append(error.render(_))
        return _detail(device, form=form), 422
    db.session.commit()
    flash(
        _("Nothing changed.") if placed is None else _("Saved. The device follows with its next heartbeat.")
    )
    return redirect(url_for(".detail", device_id=device.id), 303)


@blueprint.route("/<int:device_id>/revocation", methods=["GET", "POST"])
@requires(Permission.MANAGE_SERVICE_POINTS)
def revoke(device_id: int) -> ResponseReturnValue:
    """Ask whether the device is to be taken out of use, and do it."""
    device = _device(device_id)
    form = FlaskForm()
    if not form.validate_on_submit():
        return render_template(
            "devices/revoke.html", form=form, device=device, placement=device_queries.placement_of(device)
        )
    device_services.revoke_device(db.session(), device, account=signed_in().account, now=now())
    db.session.commit()
    flash(_("The device is revoked; its screen will say so."))
    return redirect(url_for(".detail", device_id=device.id), 303)


def _detail(device: Device, *, form: PlaceForm | None = None) -> str:
    placement = device_queries.placement_of(device)
    if form is None:
        form = PlaceForm(formdata=None, point=placement.service_point.code, name=placement.name)
        _offer(form)
    return render_template(
        "devices/detail.html",
        row=device_overview.rows_of(db.session(), [device], now=now())[0],
        alerts=device_queries.alerts_of(db.session(), device),
        form=form,
        texts=device_texts,
        current_version=kiosk_version(),
    )


def _scope() -> frozenset[int]:
    return organisation_scope(Permission.MANAGE_SERVICE_POINTS)


def _device(device_id: int) -> Device:
    device = device_queries.find_device_within(db.session(), device_id, organisation_ids=_scope())
    if device is None:
        raise NotFoundError(N_("There is no such device in your units."))
    return device


def _point(code: str) -> ServicePoint:
    point = service_point_queries.find_service_point(db.session(), code, organisation_ids=_scope())
    if point is None:
        raise NotFoundError(N_("No service point has the code %(code)s."), code=code)
    return point


def _offer(form: PlaceForm) -> Sequence[ServicePoint]:
    """Offer the account's counters by centre; none is preselected."""
    centres = service_point_queries.list_by_centre(db.session(), organisation_ids=_scope())
    form.point.choices = [
        SelectChoice("", _("Choose a counter")),
        *(
            SelectChoice(
                point.code, f"{text_in(point.names)}, {text_in(point.organisation.names)} ({point.code})"
            )
            for group in centres
            for point in group.points
        ),
    ]
    return [point for group in centres for point in group.points]
