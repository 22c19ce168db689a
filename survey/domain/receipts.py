"""The short code a respondent can keep and quote."""

from __future__ import annotations

import hashlib
import uuid

# Crockford's base 32: no I, L, O or U, so that a code survives being read aloud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8


def receipt_code(response_uuid: uuid.UUID) -> str:
    """`XXXX-XXXX`, the same for the same response; it reveals nothing about the answers."""
    number = int.from_bytes(hashlib.sha256(response_uuid.bytes).digest()[:5])
    letters = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(LENGTH)))
    return f"{letters[:4]}-{letters[4:]}"
