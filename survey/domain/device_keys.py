"""Keys and codes of devices: checking what a device signed, and the short code that enrols it.

A device makes an ECDSA key on the curve P-256 in its browser; the private half cannot be read out of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from survey.domain.wording import N_
from survey.errors import HaiLongError

CODE_LENGTH = 10  # digits: a kiosk has only them; 10¹⁰ codes, a few minutes, and limited guesses
HALF = 32  # bytes of each of the two numbers of a P-256 signature


class BadKeyError(HaiLongError):
    """What was sent is no key that this service can use."""


def checked_public_key(text: str) -> str:
    """The key as it was sent (SubjectPublicKeyInfo, base64) if it is one. Raises BadKeyError."""
    _key(text)
    return text


def is_signed_by(public_key: str, *, message: bytes, signature: bytes) -> bool:
    """Whether the signature (r and s, 32 bytes each, as browsers make it) is that of this key."""
    if len(signature) != 2 * HALF:
        return False
    r, s = (int.from_bytes(part, "big") for part in (signature[:HALF], signature[HALF:]))
    try:
        _key(public_key).verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def read_base64(text: str) -> bytes:
    """The bytes of a text in base64. Raises BadKeyError."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKeyError(N_("What the device sent cannot be read.")) from error


def new_code() -> str:
    """A random code of ten digits."""
    return "".join(secrets.choice("0123456789") for _ in range(CODE_LENGTH))


def typed_code(text: str) -> str:
    """The digits of what somebody typed."""
    return "".join(character for character in text if character.isascii() and character.isdigit())


def written_code(code: str) -> str:
    """The code as it is shown: in two groups."""
    return f"{code[:5]} {code[5:]}"


def code_hash(code: str, *, secret: str) -> str:
    """What is stored of a code: without the service's secret nobody can try out all codes on it."""
    return hmac.new(secret.encode(), f"enrolment code {code}".encode(), hashlib.sha256).hexdigest()


def _key(text: str) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(read_base64(text))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKeyError(N_("What the device sent cannot be read.")) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadKeyError(N_("What the device sent cannot be read."))
    return key
