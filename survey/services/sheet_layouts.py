"""How poster, table tent and receipt strip are laid out; each names counter and address beside its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from survey.domain.sheet_geometry import Box, Mark, SheetKind
from survey.services.sheet_drawing import (
    BRAND,
    SEMIBOLD,
    SOFT,
    WHITE,
    Paragraph,
    draw_code,
    draw_frame,
    draw_panel,
    draw_rule,
    draw_text,
)


@dataclass(frozen=True)
class CounterLabel:
    """What a sheet says about a counter: its names in Vietnamese and English, and its address.

    `address` stands in the code, `typed_address` is what people read and type.
    """

    code: str
    address: str
    typed_address: str
    centre_names: dict[str, str]
    names: dict[str, str]
    organisation_names: dict[str, str]
    service_names: dict[str, str]
    is_demonstration: bool

    def in_english(self) -> str:
        """Counter, organisation and service in one line."""
        texts = (self.names, self.organisation_names, self.service_names)
        return "\u00a0· ".join(each["en"] for each in texts if each.get("en"))  # no line begins with the dot


@dataclass(frozen=True)
class SheetWords:
    """The sentences of a sheet in one language."""

    kinds: Mapping[SheetKind, str]
    call: str
    question: str
    scan: str
    genuine: str
    check: str
    privacy: str
    demonstration: str


@dataclass(frozen=True)
class BothWords:
    """The sentences in the two languages that every sheet bears."""

    vi: SheetWords
    en: SheetWords


def draw_piece(canvas: Canvas, kind: SheetKind, piece: Box, label: CounterLabel, words: BothWords) -> None:
    """One poster, tent or strip inside its cut edges."""
    canvas.saveState()
    canvas.translate(piece.left * mm, piece.bottom * mm)
    at_origin = Box(0, 0, piece.width, piece.height)
    if kind is SheetKind.POSTER:
        _draw_poster(canvas, label, words)
    elif kind is SheetKind.TENT:
        _draw_tent(canvas, at_origin, label, words)
    else:
        _draw_strip(canvas, label, words)
    canvas.restoreState()


def _draw_poster(canvas: Canvas, label: CounterLabel, words: BothWords) -> None:
    """210 × 297 mm: the call above, the counter and its code in one frame, how to know a true sheet below."""
    draw_text(
        canvas,
        Box(15, 265, 180, 21),
        [
            *_demonstration(label, words, size=11),
            Paragraph(label.centre_names["vi"], 16, SEMIBOLD),
            Paragraph(label.centre_names.get("en", ""), 11, colour=SOFT),
        ],
        across="centre",
        along="middle",
    )
    draw_rule(canvas, Mark(15, 262, 195, 262))
    draw_text(
        canvas,
        Box(15, 224, 180, 36),
        [
            Paragraph(words.vi.call, 46, SEMIBOLD, BRAND),
            Paragraph(words.vi.question, 15.5, gap=-2),
            Paragraph(f"{words.en.call}. {words.en.question}", 11, colour=SOFT, gap=2),
        ],
        across="centre",
        along="middle",
    )
    draw_panel(canvas, Box(25, 186, 160, 35), radius=5, corners="upper")
    draw_text(canvas, Box(32, 188, 146, 31), _counter(label, size=30), across="centre", along="middle")
    draw_code(canvas, Box(42.5, 61, 125, 125), label.address)
    draw_text(
        canvas,
        Box(30, 53, 150, 9),
        [Paragraph(words.vi.scan, 11), Paragraph(words.en.scan, 8, colour=SOFT)],
        across="centre",
        along="middle",
    )
    draw_text(
        canvas,
        Box(30, 43, 150, 10),
        [Paragraph(label.typed_address, 21, SEMIBOLD)],
        across="centre",
        along="middle",
    )
    draw_frame(canvas, Box(25, 41, 160, 180), radius=5, line=1)
    draw_text(
        canvas,
        Box(15, 11, 180, 27),
        [
            Paragraph(words.vi.genuine, 12.5, SEMIBOLD),
            Paragraph(f"{words.vi.check} {words.vi.privacy}", 9.5, gap=1),
            Paragraph(f"{words.en.genuine} {words.en.check} {words.en.privacy}", 8, colour=SOFT, gap=1.5),
        ],
        across="centre",
        along="middle",
    )


def _draw_tent(canvas: Canvas, piece: Box, label: CounterLabel, words: BothWords) -> None:
    """190 × 277 mm, folded in the middle: the upper face stands on its head, and both are upright then."""
    half = piece.height / 2
    _draw_face(canvas, label, words)
    canvas.translate(piece.width * mm, (half * 2) * mm)
    canvas.rotate(180)
    _draw_face(canvas, label, words)


def _draw_face(canvas: Canvas, label: CounterLabel, words: BothWords) -> None:
    """190 × 138.5 mm: the code at the left, who asks and which counter at the right."""
    draw_code(canvas, Box(11, 43, 83, 83), label.address)
    draw_text(
        canvas,
        Box(13, 36, 79, 7.5),
        [Paragraph(words.vi.scan, 8.5), Paragraph(words.en.scan, 6.8, colour=SOFT)],
        across="centre",
        along="middle",
    )
    draw_text(
        canvas,
        Box(13, 29, 79, 7),
        [Paragraph(label.typed_address, 14, SEMIBOLD)],
        across="centre",
        along="middle",
    )
    draw_frame(canvas, Box(10, 27, 85, 101), radius=4, line=0.8)
    draw_text(
        canvas,
        Box(102, 114, 78, 14),
        [
            *_demonstration(label, words, size=8),
            Paragraph(label.centre_names["vi"], 10.5, SEMIBOLD),
            Paragraph(label.centre_names.get("en", ""), 7.5, colour=SOFT),
        ],
    )
    draw_text(
        canvas,
        Box(102, 73, 78, 39),
        [
            Paragraph(words.vi.call, 29, SEMIBOLD, BRAND),
            Paragraph(words.vi.question, 12, gap=2),
            Paragraph(f"{words.en.call}. {words.en.question}", 8.5, colour=SOFT, gap=2),
        ],
        along="middle",
    )
    draw_panel(canvas, Box(102, 27, 78, 44), radius=4)
    draw_text(canvas, Box(107, 30, 68, 38), _counter(label, size=24), along="middle")
    draw_text(
        canvas,
        Box(10, 7.5, 170, 17),
        [
            Paragraph(words.vi.genuine, 9.5, SEMIBOLD),
            Paragraph(f"{words.vi.check} {words.vi.privacy}", 7.5, gap=0.5),
            Paragraph(f"{words.en.genuine} {words.en.check}", 6.5, colour=SOFT, gap=0.5),
        ],
        along="middle",
    )


def _draw_strip(canvas: Canvas, label: CounterLabel, words: BothWords) -> None:
    """80 × 66 mm: handed out with the receipt."""
    draw_text(
        canvas,
        Box(4, 51.5, 72, 12),
        [
            *_demonstration(label, words, size=6),
            Paragraph(label.centre_names["vi"], 6.8, SEMIBOLD),
            Paragraph(words.vi.call, 15, SEMIBOLD, BRAND),
            Paragraph(words.en.call, 7.5, colour=SOFT, gap=-1.5),
        ],
        along="middle",
    )
    draw_code(canvas, Box(2, 13.5, 38.5, 38.5), label.address)
    draw_panel(canvas, Box(43, 17.5, 33, 30.5), radius=2)
    draw_text(canvas, Box(45, 18.5, 29, 28.5), _counter(label, size=14), along="middle")
    draw_text(
        canvas,
        Box(4, 8.8, 72, 5.2),
        [Paragraph(label.typed_address, 10, SEMIBOLD)],
        across="centre",
        along="middle",
    )
    draw_text(
        canvas,
        Box(4, 2.8, 72, 6),
        [
            Paragraph(words.vi.genuine, 5.8),
            Paragraph(words.en.genuine, 5.2, colour=SOFT, gap=0.3),
        ],
        across="centre",
        along="middle",
    )


def _counter(label: CounterLabel, *, size: float) -> list[Paragraph]:
    """The counter on the coloured panel: its name large, whom it serves and with what."""
    return [
        Paragraph(label.names["vi"], size, SEMIBOLD, WHITE),
        Paragraph(label.organisation_names["vi"], size * 0.47, SEMIBOLD, WHITE),
        Paragraph(label.service_names.get("vi", ""), size * 0.43, colour=WHITE),
        Paragraph(label.in_english(), size * 0.34, colour=WHITE, gap=size * 0.06),
    ]


def _demonstration(label: CounterLabel, words: BothWords, *, size: float) -> list[Paragraph]:
    """The warning that no citizen should meet this sheet."""
    if not label.is_demonstration:
        return []
    return [Paragraph(f"{words.vi.demonstration} {words.en.demonstration}", size, SEMIBOLD)]
