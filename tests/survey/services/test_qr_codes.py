"""QR codes hold the address that is meant, drawn so that phones find it."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from survey.services.qr_codes import PIXELS_PER_MODULE, QUIET_MODULES, qr_png, qr_svg
from tests.support.qr_reader import modules_of, read_qr

ADDRESSES = [
    "http://127.0.0.1:8000/q/bcdfghjk",
    "https://danhgia.baclieu.gov.vn/q/7f3k9m2p",
    "https://danh-gia-su-hai-long.camau.gov.vn/q/zzzzzzzz",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_png_holds_the_address(address: str) -> None:
    assert read_qr(qr_png(address)) == address


@pytest.mark.parametrize("address", ADDRESSES)
def test_svg_draws_the_same_modules_as_the_png(address: str) -> None:
    svg = qr_svg(address).decode()
    module = 3.2  # the library's unit for 32 tenths of a millimetre
    cells = {
        (round(float(y) / module) - QUIET_MODULES, round(float(x) / module) - QUIET_MODULES)
        for x, y in re.findall(r"M([\d.]+),([\d.]+)H", svg)
    }
    assert cells == {(int(row), int(column)) for row, column in np.argwhere(modules_of(qr_png(address)))}


def test_quiet_zone_is_four_white_modules_on_every_side() -> None:
    black = ~np.asarray(Image.open(io.BytesIO(qr_png(ADDRESSES[1]))))
    rows, columns = np.flatnonzero(black.any(axis=1)), np.flatnonzero(black.any(axis=0))
    margin = QUIET_MODULES * PIXELS_PER_MODULE
    size = black.shape[0]
    assert [rows[0], columns[0], size - 1 - rows[-1], size - 1 - columns[-1]] == [margin] * 4


def test_another_address_gives_another_text() -> None:
    assert read_qr(qr_png("https://a.vn/q/22222222")) != read_qr(qr_png("https://a.vn/q/33333333"))
