"""Drawing on a printed sheet: text that shrinks until it fits, QR codes as vectors, marks for the cutter."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from survey.domain.sheet_geometry import Box, Mark
from survey.services.qr_codes import QUIET_MODULES, qr_modules

INK, SOFT, BRAND = HexColor("#16222c"), HexColor("#4c5a66"), HexColor("#0b5c6b")
WHITE = white
FONTS = Path(__file__).resolve().parent.parent / "data" / "fonts"
REGULAR, SEMIBOLD = "BeVietnamPro-Regular", "BeVietnamPro-SemiBold"
BREAKS = re.compile(r"[^\S\u00a0]+")  # a no-break space holds two words together
LINE_HEIGHT = 1.3  # of the size; Vietnamese capitals bear two marks, one above the other
SHRINKING = 0.97  # one step of the search for a size that fits

Across = Literal["left", "centre"]
Along = Literal["top", "middle", "bottom"]


@dataclass(frozen=True)
class Paragraph:
    """A text in one size (points) and colour; `gap` is the space above it (points)."""

    text: str
    size: float
    font: str = REGULAR
    colour: Color = INK
    gap: float = 0

    def scaled(self, factor: float) -> Paragraph:
        """The same in another size."""
        return replace(self, size=self.size * factor, gap=self.gap * factor)


@dataclass(frozen=True)
class _Block:
    """Paragraphs as wrapped for one width; lengths in points."""

    lines: tuple[tuple[Paragraph, tuple[str, ...]], ...]
    height: float
    width: float


@functools.cache
def load_fonts() -> tuple[TTFont, ...]:
    """The two fonts, made known to the library once in a process."""
    fonts = tuple(TTFont(name, str(FONTS / f"{name}.ttf")) for name in (REGULAR, SEMIBOLD))
    for font in fonts:
        pdfmetrics.registerFont(font)
    return fonts


def composed(text: str) -> str:
    """The text with every Vietnamese letter as one character, which is how the fonts hold them."""
    return unicodedata.normalize("NFC", text)


def missing_letters(text: str) -> set[str]:
    """The letters of the text that the fonts cannot draw."""
    return {
        letter
        for letter in composed(text)
        if not letter.isspace() and any(ord(letter) not in font.face.charToGlyph for font in load_fonts())
    }


def draw_text(
    canvas: Canvas,
    box: Box,
    paragraphs: Sequence[Paragraph],
    *,
    across: Across = "left",
    along: Along = "top",
) -> None:
    """The paragraphs in the box, all made smaller by one factor where they would not fit."""
    block = _fitted([each for each in paragraphs if each.text.strip()], box)
    spare = box.height * mm - block.height
    y = box.top * mm - {"top": 0.0, "middle": spare / 2, "bottom": spare}[along]
    for place, (paragraph, lines) in enumerate(block.lines):
        y -= paragraph.gap if place else 0
        canvas.setFont(paragraph.font, paragraph.size)
        canvas.setFillColor(paragraph.colour)
        for line in lines:
            y -= paragraph.size * LINE_HEIGHT
            baseline = y + paragraph.size * (LINE_HEIGHT - 1) / 2 + paragraph.size * 0.2
            if across == "left":
                canvas.drawString(box.left * mm, baseline, line)
            else:
                canvas.drawCentredString((box.left + box.width / 2) * mm, baseline, line)


def draw_code(canvas: Canvas, box: Box, address: str) -> None:
    """The QR code of the address as one vector path on white; the quiet zone lies inside the (square) box."""
    modules = qr_modules(address)
    side = box.width * mm / (len(modules) + 2 * QUIET_MODULES)
    canvas.setFillColor(white)
    canvas.rect(box.left * mm, box.bottom * mm, box.width * mm, box.height * mm, stroke=0, fill=1)
    path = canvas.beginPath()
    for row, cells in enumerate(modules):
        y = box.top * mm - (QUIET_MODULES + row + 1) * side
        for begin, end in _runs(cells):
            path.rect(box.left * mm + (QUIET_MODULES + begin) * side, y, (end - begin) * side, side)
    canvas.setFillColor(black)
    canvas.drawPath(path, stroke=0, fill=1)


def draw_panel(canvas: Canvas, box: Box, *, radius: float, corners: Literal["all", "upper"] = "all") -> None:
    """A filled area; these corners are rounded."""
    canvas.setFillColor(BRAND)
    canvas.roundRect(
        box.left * mm, box.bottom * mm, box.width * mm, box.height * mm, radius * mm, stroke=0, fill=1
    )
    if corners == "upper":
        canvas.rect(box.left * mm, box.bottom * mm, box.width * mm, radius * mm, stroke=0, fill=1)


def draw_frame(canvas: Canvas, box: Box, *, radius: float, line: float) -> None:
    """A line around the box; it lies inside it."""
    canvas.setStrokeColor(BRAND)
    canvas.setLineWidth(line * mm)
    canvas.roundRect(
        (box.left + line / 2) * mm,
        (box.bottom + line / 2) * mm,
        (box.width - line) * mm,
        (box.height - line) * mm,
        (radius - line / 2) * mm,
        stroke=1,
        fill=0,
    )


def draw_rule(canvas: Canvas, line: Mark) -> None:
    """A fine line that parts two areas."""
    canvas.setStrokeColor(BRAND)
    canvas.setLineWidth(0.35 * mm)
    canvas.line(line.x1 * mm, line.y1 * mm, line.x2 * mm, line.y2 * mm)


def draw_marks(canvas: Canvas, *, crop: Iterable[Mark], fold: Iterable[Mark]) -> None:
    """Crop marks as hairlines, fold marks dashed."""
    canvas.setStrokeColor(black)
    canvas.setLineWidth(0.25)
    for marks, dashes in ((crop, ()), (fold, (3.0, 2.0))):
        canvas.setDash(dashes)
        for mark in marks:
            canvas.line(mark.x1 * mm, mark.y1 * mm, mark.x2 * mm, mark.y2 * mm)
    canvas.setDash(())


def _runs(cells: Sequence[bool]) -> list[tuple[int, int]]:
    """Begin and end of every run of black cells."""
    edges = [
        place
        for place in range(len(cells) + 1)
        if (place < len(cells) and cells[place]) != (place > 0 and cells[place - 1])
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _fitted(paragraphs: Sequence[Paragraph], box: Box) -> _Block:
    """The largest setting that fits; ends because a small enough text fits every box."""
    load_fonts()
    factor = 1.0
    while True:
        block = _wrapped([each.scaled(factor) for each in paragraphs], box.width * mm)
        if block.height <= box.height * mm and block.width <= box.width * mm:
            return block
        factor *= SHRINKING


def _wrapped(paragraphs: Sequence[Paragraph], width: float) -> _Block:
    lines = tuple((each, _balanced(each, width)) for each in paragraphs)
    height = sum(len(texts) * each.size * LINE_HEIGHT + each.gap for each, texts in lines)
    widest = max((_length(each, text) for each, texts in lines for text in texts), default=0)
    return _Block(lines=lines, height=height - (lines[0][0].gap if lines else 0), width=widest)


def _balanced(paragraph: Paragraph, width: float) -> tuple[str, ...]:
    """Lines of nearly equal length: the narrowest setting that needs no more lines."""
    lines = _broken(paragraph, width)
    for share in range(95, 45, -5):
        narrower = _broken(paragraph, width * share / 100)
        if len(narrower) > len(lines) or any(
            _length(paragraph, each) > width * share / 100 for each in narrower
        ):
            break
        lines = narrower
    return lines


def _broken(paragraph: Paragraph, width: float) -> tuple[str, ...]:
    """Broken at spaces, as many words to a line as fit."""
    lines = [""]
    for word in BREAKS.split(composed(paragraph.text).strip()):
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and _length(paragraph, longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)


def _length(paragraph: Paragraph, text: str) -> float:
    return float(pdfmetrics.stringWidth(text, paragraph.font, paragraph.size))
