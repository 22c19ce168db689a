"""QR codes: as pictures for the screen and text programmes, as modules for what is drawn in vectors."""

from __future__ import annotations

import io

from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.base import BaseImage
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathFillImage
from qrcode.main import QRCode

QUIET_MODULES = 4  # the standard's margin; without it many phones do not find the code
SMALLEST_VERSION = 3  # so that short and long addresses print at nearly the same size
PIXELS_PER_MODULE = 32  # sharp at 13 cm and 300 dots per inch


def qr_svg(address: str) -> bytes:
    """The code as SVG: one path on white, sharp at any size."""
    return _drawn(address, SvgPathFillImage)


def qr_png(address: str) -> bytes:
    """The code as black and white PNG."""
    return _drawn(address, PilImage)


def qr_modules(address: str) -> tuple[tuple[bool, ...], ...]:
    """The code's modules, rows from the top, True for black, without the quiet zone; for vector drawings."""
    return tuple(tuple(map(bool, row)) for row in _made(address, PilImage).modules)


def _drawn(address: str, image_factory: type[BaseImage]) -> bytes:
    buffer = io.BytesIO()
    _made(address, image_factory).make_image().save(buffer)
    return buffer.getvalue()


def _made(address: str, image_factory: type[BaseImage]) -> QRCode[BaseImage]:
    """Error correction Q: a quarter of the code may be scratched or covered."""
    code = QRCode(
        version=SMALLEST_VERSION,
        error_correction=ERROR_CORRECT_Q,
        box_size=PIXELS_PER_MODULE,
        border=QUIET_MODULES,
        image_factory=image_factory,
    )
    code.add_data(address, optimize=0)
    code.make(fit=True)
    return code
