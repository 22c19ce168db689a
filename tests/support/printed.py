"""What a printed sheet shows: its pages as pixels, the codes that a decoder finds on them, its text."""

from __future__ import annotations

import math
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import zxingcpp
from PIL import Image, ImageFilter

MILLIMETRES_PER_INCH = 25.4


@dataclass(frozen=True)
class SeenCode:
    """A code on a page: its text, and where three corners of its black modules lie, (x, y) in pixels."""

    text: str
    upper_left: tuple[int, int]
    upper_right: tuple[int, int]
    lower_left: tuple[int, int]

    @property
    def side(self) -> float:
        """The width of the black modules, in pixels."""
        return math.dist(self.upper_left, self.upper_right)

    def place(self, across: float, down: float) -> tuple[float, float]:
        """The pixel at these shares of the code's own width and height, however the code is turned."""
        x, y = (
            self.upper_left[axis]
            + across * (self.upper_right[axis] - self.upper_left[axis])
            + down * (self.lower_left[axis] - self.upper_left[axis])
            for axis in (0, 1)
        )
        return x, y


def rendered(pdf: bytes, *, dots_per_inch: int) -> list[Image.Image]:
    """The pages as poppler draws them, grey."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sheets.pdf"
        file.write_bytes(pdf)
        command = ["pdftoppm", "-gray", "-r", str(dots_per_inch), str(file), str(Path(folder) / "page")]
        subprocess.run(command, check=True)  # noqa: S603 -- fixed program
        return [Image.open(page).copy() for page in sorted(Path(folder).glob("page-*.pgm"))]


def seen_codes(page: Image.Image) -> list[SeenCode]:
    """The QR codes that ZXing finds, row by row; it shares nothing with what drew them."""
    found = [
        SeenCode(
            text=code.text,
            upper_left=(code.position.top_left.x, code.position.top_left.y),
            upper_right=(code.position.top_right.x, code.position.top_right.y),
            lower_left=(code.position.bottom_left.x, code.position.bottom_left.y),
        )
        for code in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)
    ]
    return sorted(found, key=lambda code: code.place(0.5, 0.5)[::-1])


def blurred(page: Image.Image, *, millimetres: float, dots_per_inch: int) -> Image.Image:
    """The page as a camera out of focus sees it; `millimetres` is the deviation of the blur on paper."""
    return page.filter(ImageFilter.GaussianBlur(millimetres / MILLIMETRES_PER_INCH * dots_per_inch))


def covered(
    page: Image.Image, codes: list[SeenCode], *, share: float, at: tuple[float, float], grey: int
) -> Image.Image:
    """The page with a square patch over every code, `share` of its area, centred `at` shares of its sides."""
    spoiled = page.copy()
    for code in codes:
        patch = round(code.side * share**0.5)
        left, top = (round(middle - patch / 2) for middle in code.place(*at))
        spoiled.paste(grey, (left, top, left + patch, top + patch))
    return spoiled


def told_by(program: str, *options: str, pdf: bytes) -> str:
    """What a program of poppler prints about the file; "-" among the options stands for it."""
    answer = subprocess.run([program, *options], input=pdf, capture_output=True, check=True)  # noqa: S603 -- ours
    return answer.stdout.decode()


def text_of(pdf: bytes) -> str:
    """The text as a reader selects it."""
    return told_by("pdftotext", "-raw", "-enc", "UTF-8", "-", "-", pdf=pdf)
