"""What enrolled devices talk to: the page where a code is typed, the enrolment, and the heartbeats."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from survey.domain.device_keys import BadKeyError, read_base64
from survey.extensions import csrf, db
from survey.services import devices as device_services
from survey.services import heartbeats
from survey.views.access import public
from survey.views.attempts import count_enrolment
from survey.views.ratings import now

blueprint = Blueprint("kiosk_devices", __name__)

SIGNATURE_HEADER = "X-Device-Signature"
LARGEST_HEARTBEAT = 2048
STATUSES = {"unreadable": 422, "unknown": 403, "revoked": 403, "clock": 409, "replayed": 409}


@blueprint.get("/enrol")
@public
def enrolment() -> ResponseReturnValue:
    """The page that a new device opens to type its code."""
    return render_template("kiosk_devices/enrolment.html", language=get_locale())


@blueprint.post("/enrol")
@public
def enrol() -> ResponseReturnValue:
    """Spend a code and store the device's key; tells the device who it is and which page to open."""
    count_enrolment()
    told = request.get_json(silent=True)
    told = told if isinstance(told, dict) else {}
    code, public_key, proof = (str(told.get(name, "")) for name in ("code", "public_key", "proof"))
    try:
        device = device_services.enrol_device(
            db.session(),
            code=code,
            public_key=public_key,
            proof=read_base64(proof),
            secret=current_app.config["SECRET_KEY"],
            now=now(),
        )
    except (BadKeyError, device_services.EnrolmentRefusedError) as error:
        db.session.rollback()
        return jsonify(message=error.render(_)), 422
    db.session.commit()
    return jsonify(
        device=str(device.uuid), address=_kiosk_path(device.placements[-1].service_point.public_code)
    )


@blueprint.post("/kiosk/heartbeat")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types; every heartbeat is signed by its device
@public
def heartbeat() -> ResponseReturnValue:
    """Store a signed heartbeat. Every answer tells the service's time, by which the device sets its own."""
    moment = now()
    told = {"now": int(moment.timestamp() * 1000)}
    try:
        signature = read_base64(request.headers.get(SIGNATURE_HEADER, ""))
        body = b"" if (request.content_length or 0) > LARGEST_HEARTBEAT else request.get_data()
        point = heartbeats.receive_heartbeat(db.session(), body, signature=signature, now=moment)
    except heartbeats.HeartbeatRefusedError as error:
        db.session.rollback()
        return jsonify(**told, state=error.reason), STATUSES[error.reason]
    except BadKeyError:
        return jsonify(**told, state=heartbeats.HeartbeatRefusedError.reason), 422
    address = _kiosk_path(point.public_code)
    db.session.commit()
    return jsonify(**told, state="heard", address=address)


def _kiosk_path(public_code: str) -> str:
    return url_for("kiosk.screen", public_code=public_code)
