"""The printed sheets as paper: every code is read by another decoder, everything stays inside the cut."""

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy.orm import Session

from survey.domain.sheet_geometry import GEOMETRIES, Box, SheetKind
from survey.domain.wording import english
from survey.errors import NotPrintableError
from survey.services.printed_sheets import both_words, counter_label, file_name, print_sheets
from survey.services.qr_codes import QUIET_MODULES, qr_modules
from survey.services.sheet_layouts import CounterLabel
from tests.factories import make_organisation, make_service_point
from tests.support.printed import (
    MILLIMETRES_PER_INCH,
    blurred,
    covered,
    rendered,
    seen_codes,
    text_of,
    told_by,
)

ROOT = Path(__file__).resolve().parents[3]
DOTS_PER_INCH = 200
PIXELS_PER_MILLIMETRE = DOTS_PER_INCH / MILLIMETRES_PER_INCH
CODES_ON_A_PAGE = {SheetKind.POSTER: 1, SheetKind.TENT: 2, SheetKind.STRIP: 8}
# Where a patch of a tenth of the code takes none of its three finders: shares across and down.
PLACES = {
    "centre": (0.5, 0.5),
    "left": (0.16, 0.5),
    "right": (0.84, 0.5),
    "top": (0.5, 0.16),
    "corner": (0.84, 0.84),
}
WHITE, BLACK = 255, 0
WORDS = both_words(english, speaking=lambda language: nullcontext())
KINDS = pytest.mark.parametrize("kind", list(SheetKind))
LONG = " và các thủ tục liên thông với cơ quan thuế, bảo hiểm xã hội, đất đai, lao động và thương binh"


def label(number: int, **values: object) -> CounterLabel:
    """A counter with an address as long as provinces have."""
    typed = f"danh-gia-su-hai-long.camau.gov.vn/q/bcdfghj{number}"
    return CounterLabel(
        **{
            "code": f"Q{number}",
            "address": f"https://{typed}",
            "typed_address": typed,
            "centre_names": {
                "vi": "Trung tâm Phục vụ hành chính công tỉnh Bạc Liêu",
                "en": "Public Administrative Service Centre of Bạc Liêu province",
            },
            "names": {"vi": f"Quầy số {number}", "en": f"Counter {number}"},
            "organisation_names": {"vi": "Sở Tư pháp", "en": "Department of Justice"},
            "service_names": {"vi": "Lý lịch tư pháp", "en": "Criminal records"},
            "is_demonstration": False,
            **values,
        }
    )


def longest() -> CounterLabel:
    """A counter whose names are longer than any that we have met."""
    return label(
        9,
        names={"vi": f"Quầy số 9{LONG}", "en": f"Counter 9{LONG}"},
        organisation_names={"vi": f"Sở Lao động{LONG}", "en": f"Department of Labour{LONG}"},
        service_names={"vi": f"Người có công{LONG}", "en": f"Merit recipients{LONG}"},
        is_demonstration=True,
    )


def printed(kind: SheetKind, *labels: CounterLabel) -> bytes:
    return print_sheets(labels, kind, words=WORDS, subject="Quầy số 2")


def page_of(kind: SheetKind, counter: CounterLabel) -> Image.Image:
    (page,) = rendered(printed(kind, counter), dots_per_inch=DOTS_PER_INCH)
    return page


def area(page: NDArray[np.uint8], kind: SheetKind, box: Box) -> NDArray[np.uint8]:
    """The pixels of a box given in millimetres from the lower left."""
    height = GEOMETRIES[kind].page_height
    rows = slice(
        round((height - box.top) * PIXELS_PER_MILLIMETRE),
        round((height - box.bottom) * PIXELS_PER_MILLIMETRE),
    )
    columns = slice(round(box.left * PIXELS_PER_MILLIMETRE), round(box.right * PIXELS_PER_MILLIMETRE))
    return page[rows, columns]


@KINDS
def test_every_code_of_every_sheet_is_read_and_holds_its_counters_address_alone(kind: SheetKind) -> None:
    counters = [label(number) for number in (2, 3, 4)]
    pages = rendered(printed(kind, *counters), dots_per_inch=DOTS_PER_INCH)
    read = [[code.text for code in seen_codes(page)] for page in pages]
    assert read == [[counter.address] * CODES_ON_A_PAGE[kind] for counter in counters]


@KINDS
@pytest.mark.parametrize("grey", [WHITE, BLACK], ids=["white", "black"])
@pytest.mark.parametrize("place", PLACES)
def test_codes_are_read_blurred_and_with_a_tenth_covered(kind: SheetKind, place: str, grey: int) -> None:
    counter = label(2)
    page = page_of(kind, counter)
    codes = seen_codes(page)
    module = codes[0].side / PIXELS_PER_MILLIMETRE / len(qr_modules(counter.address))
    spoiled = covered(page, codes, share=0.1, at=PLACES[place], grey=grey)
    seen = blurred(spoiled, millimetres=module / 3, dots_per_inch=DOTS_PER_INCH)
    assert [code.text for code in seen_codes(seen)] == [counter.address] * CODES_ON_A_PAGE[kind]


def test_a_code_covered_by_half_is_not_read() -> None:
    page = page_of(SheetKind.POSTER, label(2))
    assert seen_codes(covered(page, seen_codes(page), share=0.5, at=(0.5, 0.5), grey=WHITE)) == []


@pytest.mark.parametrize(
    ("kind", "least"), [(SheetKind.POSTER, 100), (SheetKind.TENT, 65), (SheetKind.STRIP, 30)]
)
def test_codes_are_as_wide_as_their_reading_distance_asks(kind: SheetKind, least: float) -> None:
    widths = [code.side / PIXELS_PER_MILLIMETRE for code in seen_codes(page_of(kind, label(2)))]
    assert [width >= least for width in widths] == [True] * CODES_ON_A_PAGE[kind]


@KINDS
def test_quiet_zone_of_every_code_is_white(kind: SheetKind) -> None:
    counter = longest()
    page = page_of(kind, counter)
    pixels = np.asarray(page)
    size = len(qr_modules(counter.address))
    darkest = []
    for code in seen_codes(page):
        module = code.side / size
        corners = [code.place(across, down) for across in (0, 1) for down in (0, 1)]
        left, right = min(x for x, _ in corners), max(x for x, _ in corners)
        top, bottom = min(y for _, y in corners), max(y for _, y in corners)
        outside = round((QUIET_MODULES - 0.2) * module)
        ring = pixels[
            round(top) - outside : round(bottom) + outside, round(left) - outside : round(right) + outside
        ].copy()
        ring[outside - 2 : -outside + 2, outside - 2 : -outside + 2] = WHITE
        darkest.append(int(ring.min()))
    assert darkest == [WHITE] * CODES_ON_A_PAGE[kind]


@KINDS
@pytest.mark.parametrize("counter", [label(2), longest()], ids=["short", "longest"])
def test_nothing_but_marks_lies_outside_the_cut_and_nothing_touches_it(
    kind: SheetKind, counter: CounterLabel
) -> None:
    geometry = GEOMETRIES[kind]
    pixels = np.array(page_of(kind, counter))
    for piece in geometry.pieces():
        inner = Box(piece.left + 1.5, piece.bottom + 1.5, piece.width - 3, piece.height - 3)
        assert area(pixels, kind, inner).min() < WHITE
        area(pixels, kind, inner)[:] = WHITE
    for mark in (*geometry.crop_marks(), *geometry.fold_marks()):
        around = Box(
            min(mark.x1, mark.x2) - 0.3,
            min(mark.y1, mark.y2) - 0.3,
            abs(mark.x2 - mark.x1) + 0.6,
            abs(mark.y2 - mark.y1) + 0.6,
        )
        assert area(pixels, kind, around).min() < WHITE
        area(pixels, kind, around)[:] = WHITE
    assert int(pixels.min()) == WHITE


@KINDS
def test_counter_and_address_are_text_with_every_vietnamese_letter(kind: SheetKind) -> None:
    name = "Quầy ẵỡữỹ Đặng Ấp"
    text = text_of(printed(kind, label(2, names={"vi": name, "en": "Counter 2"})))
    joined = " ".join(text.split())  # a name may stand on two lines
    assert [joined.count(each) for each in (name, "danh-gia-su-hai-long.camau.gov.vn/q/bcdfghj2")] == [
        CODES_ON_A_PAGE[kind]
    ] * 2


def test_letters_typed_as_base_and_marks_print_like_composed_ones() -> None:
    assert printed(SheetKind.POSTER, label(2, names={"vi": "Quâ\u0300y", "en": ""})) == printed(
        SheetKind.POSTER, label(2, names={"vi": "Quầy", "en": ""})
    )


@KINDS
def test_file_is_vector_with_embedded_subsets_of_the_fonts(kind: SheetKind) -> None:
    pdf = printed(kind, label(2))
    images = told_by("pdfimages", "-list", "-", pdf=pdf)
    listed = told_by("pdffonts", "-", pdf=pdf)
    fonts = [line.split()[0].partition("+")[2] for line in listed.splitlines()[2:]]
    embedded = [line.split()[-5:-2] for line in listed.splitlines()[2:]]
    assert len(images.splitlines()) == 2  # the head of an empty table
    assert (sorted(fonts), embedded) == (
        ["BeVietnamPro-Regular", "BeVietnamPro-SemiBold"],
        [["yes", "yes", "yes"]] * 2,  # embedded, subset, with its letters named
    )


def test_file_says_its_title_its_language_and_what_is_kept() -> None:
    pdf = printed(SheetKind.POSTER, label(2))
    found = dict(line.split(":", 1) for line in told_by("pdfinfo", "-box", "-", pdf=pdf).splitlines())
    kept = [round(float(each) / 72 * MILLIMETRES_PER_INCH) for each in found["TrimBox"].split()]
    assert (found["Title"].strip(), kept) == ("A4 poster · Quầy số 2", [10, 10, 220, 307])
    assert (pdf.count(b"/Lang (vi)"), pdf.count(b"/PrintScaling /None")) == (1, 1)


def test_same_input_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import sys; from tests.survey.services.test_printed_sheets import *; "
        "sys.stdout.buffer.write(printed(SheetKind.TENT, label(2), longest()))"
    )
    other = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT
    ).stdout
    assert other == printed(SheetKind.TENT, label(2), longest())


def test_label_of_a_counter_holds_its_names_and_addresses(session: Session) -> None:
    point = make_service_point(session, code="Q1", public_code="bcdfghj2")
    made = counter_label(point, public_address="https://danhgia.example")
    assert (made.address, made.typed_address, made.names, made.is_demonstration) == (
        "https://danhgia.example/q/bcdfghj2",
        "danhgia.example/q/bcdfghj2",
        point.names,
        False,
    )


def test_letters_that_the_fonts_lack_are_refused_by_name(session: Session) -> None:
    organisation = make_organisation(session, names={"vi": "Sở ក Tư pháp ខ", "en": "Justice"})
    point = make_service_point(session, code="Q1", organisation=organisation)
    with pytest.raises(
        NotPrintableError, match=r"^The names of Q1 hold letters that the sheets cannot print: ក ខ$"
    ):
        counter_label(point, public_address="https://danhgia.example")


def test_files_of_counters_and_kinds_have_names_of_their_own() -> None:
    assert [file_name(kind, "BL-Q07") for kind in SheetKind] == [
        "ap-phich-a4-BL-Q07.pdf",
        "bien-de-ban-BL-Q07.pdf",
        "phieu-phat-tay-BL-Q07.pdf",
    ]
