"""Columns: what was answered can be read back, whatever order and version it came in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forms.definitions import load_definition
from survey.domain.columns import (
    INVALID,
    MISSING,
    REFUSED,
    ResponseColumns,
    SnapshotDamagedError,
    digest_of,
    from_bytes,
    joined,
    to_bytes,
)
from survey.domain.row_encoding import AnsweredRow, columns_from_rows

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SIPAS = load_definition("sipas-2017")
RATING = load_definition("rating")
LEADERS = load_definition("leaders-cross-assessment")
QUESTIONNAIRES = {1: SIPAS, 2: RATING, 3: LEADERS}


def row(number: int, version: int, answers: dict[str, Any], **values: Any) -> AnsweredRow:
    return AnsweredRow(
        **{
            "response_id": number,
            "questionnaire_version_id": version,
            "mode": "tablet",
            "language": "vi",
            "service_point_id": None,
            "sample_unit_id": None,
            "organisation_id": None,
            "is_supplement": False,
            "captured_at": datetime(2026, 3, 1, 18, 30, tzinfo=UTC),
            "answers": answers,
            **values,
        }
    )


def columns(*rows: AnsweredRow) -> ResponseColumns:
    return columns_from_rows(rows, QUESTIONNAIRES, zone=ZONE)


def test_levels_keep_why_there_is_none() -> None:
    statuses = [{"status": "refused"}, {"status": "invalid", "raw": "3,5", "reason": "not_whole"}]
    made = columns(
        row(1, 1, {"f1_1": 4}), row(2, 1, {}), *(row(3, 1, {"f1_1": status}) for status in statuses)
    )
    assert made.levels(SIPAS.items_by_code["f1_1"]).tolist() == [4, MISSING, REFUSED, INVALID]


def test_day_and_hour_are_those_of_the_province() -> None:
    made = columns(row(1, 2, {"overall": 5}))
    assert (made.row("day").tolist(), made.row("hour").tolist()) == ([date(2026, 3, 2).toordinal()], [1])


def test_choices_are_read_by_their_codes() -> None:
    item = SIPAS.items_by_code["sex"]
    codes = [choice.code for choice in item.choices]
    made = columns(row(1, 1, {"sex": codes[1]}), row(2, 1, {"sex": {"status": "refused"}}), row(3, 1, {}))
    column = made.choices(item)
    assert (column.labels[column.codes[0]], column.codes[1:].tolist()) == (codes[1], [REFUSED, MISSING])


def test_marks_tell_chosen_from_not_chosen_from_not_answered() -> None:
    made = columns(row(1, 2, {"overall": 1, "reasons": ["late", "fees"]}), row(2, 2, {"overall": 5}))
    marks = made.marks(RATING.items_by_code["reasons"])
    assert {code: marks[code].tolist() for code in ("late", "attitude")} == {
        "late": [1, -1],
        "attitude": [0, -1],
    }


def test_rows_of_several_versions_stand_side_by_side() -> None:
    made = columns(row(1, 2, {"overall": 5}), row(2, 1, {"f1_1": 2}), row(3, 2, {"overall": 1}))
    assert made.levels(RATING.items_by_code["overall"]).tolist() == [5, MISSING, 1]
    assert made.levels(SIPAS.items_by_code["f1_1"]).tolist() == [MISSING, 2, MISSING]


def test_runs_with_other_columns_and_labels_join() -> None:
    first = columns(row(1, 2, {"overall": 5}, mode="qr"))
    second = columns(
        row(2, 1, {"f1_1": 2, "sex": "male"}, mode="paper"), row(3, 2, {"overall": 4}, mode="qr")
    )
    both = joined([first, second])
    modes = both.labelled("mode")
    assert [modes.labels[code] for code in modes.codes] == ["qr", "paper", "qr"]
    assert both.levels(RATING.items_by_code["overall"]).tolist() == [5, MISSING, 4]
    sex = both.choices(SIPAS.items_by_code["sex"])
    assert [sex.labels[code] if code >= 0 else None for code in sex.codes] == [None, "male", None]


def test_grids_join_and_follow_their_rows() -> None:
    item = LEADERS.items_by_code["q1"]
    first = columns(row(1, 3, {"q1": {"A": 5, "B": 3}}))
    second = columns(row(2, 2, {"overall": 4}), row(3, 3, {"q1": {"C": 1, "A": 2}}))
    both = joined([first, second])
    grid = both.grid(item)
    cells = [
        (r, grid.units.labels[u], level)
        for r, u, level in zip(grid.rows, grid.units.codes, grid.levels, strict=True)
    ]
    assert cells == [(0, "A", 5), (0, "B", 3), (2, "C", 1), (2, "A", 2)]
    kept = both.where(np.array([False, True, True])).grid(item)
    assert (kept.rows.tolist(), kept.levels.tolist()) == ([1, 1], [1, 2])


def test_archive_is_read_back_and_always_the_same() -> None:
    made = columns(row(1, 1, {"f1_1": 4, "sex": "female"}), row(2, 2, {"overall": 2}))
    content = to_bytes(made)
    back = from_bytes(content, digest=digest_of(content))
    assert (to_bytes(back), to_bytes(made)) == (content, content)
    assert back.levels(SIPAS.items_by_code["f1_1"]).tolist() == [4, MISSING]


def test_archive_that_does_not_match_its_digest_is_refused() -> None:
    content = to_bytes(columns(row(1, 2, {"overall": 2})))
    with pytest.raises(SnapshotDamagedError, match="does not match its digest"):
        from_bytes(content + b"x", digest=digest_of(content))


def test_text_is_not_captured() -> None:
    made = columns(row(1, 2, {"overall": 1, "comment": "Cô Lan ở quầy 3"}))
    assert [name for name in made.arrays if "comment" in name] == []
