"""Pieces fill what is kept, and marks stand outside it and on the paper."""

import pytest

from survey.domain.sheet_geometry import GEOMETRIES, MARK_DISTANCE, MARK_LENGTH, Box, SheetGeometry, SheetKind

KINDS = pytest.mark.parametrize("kind", list(SheetKind))


def test_pieces_of_every_kind_have_the_size_that_people_ask_for() -> None:
    sizes = {
        kind: [(piece.width, piece.height) for piece in geometry.pieces()]
        for kind, geometry in GEOMETRIES.items()
    }
    assert sizes == {
        SheetKind.POSTER: [(210, 297)],
        SheetKind.TENT: [(190, 277)],
        SheetKind.STRIP: [(80, 66)] * 8,
    }


def test_pieces_follow_each_other_row_by_row_from_the_top() -> None:
    geometry = SheetGeometry(page_width=100, page_height=100, trimmed=Box(20, 30, 60, 40), columns=2, rows=2)
    assert [(piece.left, piece.bottom) for piece in geometry.pieces()] == [
        (20, 50),
        (50, 50),
        (20, 30),
        (50, 30),
    ]


def test_marks_stand_at_every_cut_and_every_fold() -> None:
    geometry = SheetGeometry(
        page_width=100, page_height=100, trimmed=Box(20, 30, 60, 40), columns=2, rows=1, folds=(50,)
    )
    upright = {mark.x1 for mark in geometry.crop_marks() if mark.x1 == mark.x2}
    level = {mark.y1 for mark in geometry.crop_marks() if mark.y1 == mark.y2}
    folds = {mark.y1 for mark in geometry.fold_marks()}
    assert (upright, level, folds) == ({20, 50, 80}, {30, 70}, {50})


@KINDS
def test_marks_lie_outside_what_is_kept_and_on_the_paper(kind: SheetKind) -> None:
    geometry = GEOMETRIES[kind]
    kept = geometry.trimmed
    marks = (*geometry.crop_marks(), *geometry.fold_marks())
    distances = {
        max(
            kept.left - max(mark.x1, mark.x2),
            min(mark.x1, mark.x2) - kept.right,
            kept.bottom - max(mark.y1, mark.y2),
            min(mark.y1, mark.y2) - kept.top,
        )
        for mark in marks
    }
    lengths = {abs(mark.x2 - mark.x1) + abs(mark.y2 - mark.y1) for mark in marks}
    on_paper = {
        0 <= x <= geometry.page_width and 0 <= y <= geometry.page_height
        for mark in marks
        for x, y in ((mark.x1, mark.y1), (mark.x2, mark.y2))
    }
    assert (distances, lengths, on_paper) == ({MARK_DISTANCE}, {MARK_LENGTH}, {True})


@KINDS
def test_a_sheet_is_folded_only_in_the_middle_of_a_piece(kind: SheetKind) -> None:
    geometry = GEOMETRIES[kind]
    middles = {round(piece.bottom + piece.height / 2, 6) for piece in geometry.pieces()}
    assert set(geometry.folds) <= middles
