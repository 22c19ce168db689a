"""The code of a counter that stands in its addresses: short, random, and safe to read aloud and to type."""

from __future__ import annotations

import secrets

# No 0 o, 1 i l, and no vowels: nothing is mistaken for something else and no word appears by chance.
ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
LENGTH = 8


def new_public_code() -> str:
    """A random code; 28⁸ are possible, so that nobody finds a counter by guessing."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def typed_public_code(text: str) -> str:
    """The code that somebody typed: phones begin with a capital letter and people add spaces."""
    return "".join(text.split()).lower()


def rating_address(public_address: str, public_code: str) -> str:
    """The address that the QR code holds."""
    return f"{public_address}/q/{public_code}"


def kiosk_address(public_address: str, public_code: str) -> str:
    """The address that the counter's kiosk opens."""
    return f"{public_address}/kiosk/{public_code}"


def printed_address(address: str) -> str:
    """The address as people write it: without the scheme, which browsers add themselves."""
    return address.partition("://")[2] or address
