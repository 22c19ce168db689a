"""Sheets to print for counters as vector PDF; the same input gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from survey.domain import public_codes
from survey.domain.sheet_geometry import GEOMETRIES, SheetKind
from survey.domain.wording import N_, Gettext
from survey.errors import NotPrintableError
from survey.models import ServicePoint
from survey.services.sheet_drawing import REGULAR, draw_marks, load_fonts, missing_letters
from survey.services.sheet_layouts import BothWords, CounterLabel, SheetWords, draw_piece

# File names are Vietnamese, like those who look for them among their downloads, in letters every system has.
FILE_STEMS = MappingProxyType(
    {SheetKind.POSTER: "ap-phich-a4", SheetKind.TENT: "bien-de-ban", SheetKind.STRIP: "phieu-phat-tay"}
)


def file_name(kind: SheetKind, code: str) -> str:
    """What the file of a counter or a centre is called."""
    return f"{FILE_STEMS[kind]}-{code}.pdf"


def both_words(gettext: Gettext, *, speaking: Callable[[str], AbstractContextManager[None]]) -> BothWords:
    """The sentences of every sheet; `gettext` answers in the language that `speaking` sets."""
    found = {}
    for language in ("vi", "en"):
        with speaking(language):
            found[language] = sheet_words(gettext)
    return BothWords(**found)


def sheet_words(gettext: Gettext) -> SheetWords:
    """The sentences in the language of `gettext`."""
    return SheetWords(
        kinds=MappingProxyType(
            {
                SheetKind.POSTER: gettext("A4 poster"),
                SheetKind.TENT: gettext("Table tent"),
                SheetKind.STRIP: gettext("Receipt strips"),
            }
        ),
        call=gettext("Please rate our service"),
        question=gettext("How satisfied are you with the service you just received?"),
        scan=gettext("Point your phone's camera at the code, or type the address:"),
        genuine=gettext("Scan only the code printed on this official sheet, never one on a sticker over it."),
        check=gettext(
            "The page must open at this address and name this counter. "
            "If it does not, please enter nothing and tell a member of staff."
        ),
        privacy=gettext("It takes half a minute. No name is asked; the staff do not see who answered."),
        demonstration=gettext("Demonstration sheet, not for a real counter."),
    )


def counter_label(point: ServicePoint, *, public_address: str) -> CounterLabel:
    """What the sheets say about the counter; raises NotPrintableError for letters that the fonts lack."""
    address = public_codes.rating_address(public_address, point.public_code)
    label = CounterLabel(
        code=point.code,
        address=address,
        typed_address=public_codes.printed_address(address),
        centre_names=dict(point.centre.names),
        names=dict(point.names),
        organisation_names=dict(point.organisation.names),
        service_names=dict(point.service_names),
        is_demonstration=point.round is not None and point.round.is_demonstration,
    )
    _check_letters(label)
    return label


class SheetPrinter:
    """One PDF, drawn counter by counter, so that whoever waits can be told how far it is.

    `subject` is the counter's or the centre's name for the title of the file.
    """

    def __init__(self, kind: SheetKind, *, words: BothWords, subject: str) -> None:
        load_fonts()
        self._kind, self._words, self._geometry = kind, words, GEOMETRIES[kind]
        self._buffer = io.BytesIO()
        kept = self._geometry.trimmed
        # `invariant`: no clock and no chance in the file.
        self._canvas = Canvas(
            self._buffer,
            pagesize=(self._geometry.page_width * mm, self._geometry.page_height * mm),
            pageCompression=1,
            invariant=1,
            trimBox=(kept.left * mm, kept.bottom * mm, kept.right * mm, kept.top * mm),
            lang="vi",
            initialFontName=REGULAR,  # type: ignore[arg-type]  # the stubs want a number, the library a name
        )
        self._canvas.setTitle(f"{words.vi.kinds[kind]} · {subject}")
        self._canvas.setAuthor("Hài Lòng")
        self._canvas.setCreator("Hài Lòng")
        self._canvas.setSubject(f"{words.en.kinds[kind]} · {subject}")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        self._canvas.setViewerPreference(
            "PrintScaling", "None"
        )  # printed smaller, codes would be read from nearer

    def add(self, label: CounterLabel) -> None:
        """One page for the counter."""
        for piece in self._geometry.pieces():
            draw_piece(self._canvas, self._kind, piece, label, self._words)
        draw_marks(self._canvas, crop=self._geometry.crop_marks(), fold=self._geometry.fold_marks())
        self._canvas.showPage()

    def finished(self) -> bytes:
        """The file; at least one page must have been added."""
        self._canvas.save()
        return self._buffer.getvalue()


def print_sheets(labels: Sequence[CounterLabel], kind: SheetKind, *, words: BothWords, subject: str) -> bytes:
    """The PDF with one page per counter, in this order."""
    printer = SheetPrinter(kind, words=words, subject=subject)
    for label in labels:
        printer.add(label)
    return printer.finished()


def _check_letters(label: CounterLabel) -> None:
    names = (label.centre_names, label.names, label.organisation_names, label.service_names)
    missing = missing_letters("".join(each.get(language, "") for each in names for language in ("vi", "en")))
    if missing:
        raise NotPrintableError(
            N_("The names of %(code)s hold letters that the sheets cannot print: %(letters)s"),
            code=label.code,
            letters=" ".join(sorted(missing)),
        )
