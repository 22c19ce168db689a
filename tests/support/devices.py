"""A device outside a browser: it makes its key, enrols and signs as the kiosk's script does."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import Session

from survey.models import Device, ServicePoint
from survey.services import devices as device_services

SECRET = "tests-secret-key-of-enough-length-0123456789"


class SigningDevice:
    """A P-256 key and what is done with it; `uuid` is set by enrolling."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.uuid = ""
        self.counter = 0

    @property
    def public_key(self) -> str:
        told = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(told).decode()

    def sign(self, message: bytes) -> bytes:
        """r and s of 32 bytes each, as browsers make a signature."""
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def enrol(
        self, session: Session, point: ServicePoint, *, now: datetime, name: str = "Màn hình"
    ) -> Device:
        """Enrol at a counter with a fresh code."""
        made = device_services.make_enrolment_code(
            session, point=point, device_name=name, secret=SECRET, account=None, now=now
        )
        device = device_services.enrol_device(
            session,
            code=made.code,
            public_key=self.public_key,
            proof=self.sign(device_services.enrolment_message(made.code)),
            secret=SECRET,
            now=now,
        )
        self.uuid = str(device.uuid)
        return device

    def heartbeat(self, now: datetime, **changes: Any) -> tuple[bytes, bytes]:
        """A heartbeat sent at this moment and its signature; the counter grows unless it is given."""
        self.counter += 1
        body = {
            "device": self.uuid,
            "counter": self.counter,
            "sent_at": int(now.timestamp() * 1000),
            "clock_offset": 0,
            "queue": 0,
            "version": "abcd1234",
            "screen": "ready",
            "storage": "working",
            **changes,
        }
        told = json.dumps(body).encode()
        return told, self.sign(b"heartbeat " + told)
