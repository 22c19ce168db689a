"""Encoding: stored responses become columns of small integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import numpy as np

from forms.questionnaire import Item, ItemKind, Questionnaire
from survey.domain.columns import (
    INVALID,
    LABELS,
    MISSING,
    NOBODY,
    REFUSED,
    Array,
    IntArray,
    ResponseColumns,
    empty_column,
    scale_reference,
)

_STATUS_CODES = {"refused": REFUSED, "invalid": INVALID}


@dataclass(frozen=True)
class AnsweredRow:
    """One stored response as the columns need it; `organisation_id` is the unit served or drawn from."""

    response_id: int
    questionnaire_version_id: int
    mode: str
    language: str
    service_point_id: int | None
    sample_unit_id: int | None
    organisation_id: int | None
    is_supplement: bool
    captured_at: datetime
    answers: Mapping[str, Any]


def columns_from_rows(
    rows: Sequence[AnsweredRow], questionnaires: Mapping[int, Questionnaire], *, zone: tzinfo
) -> ResponseColumns:
    """Turn stored responses into columns; `questionnaires` by version id, `zone` decides day and hour."""
    local = [row.captured_at.astimezone(zone) for row in rows]
    numbers: tuple[tuple[str, list[int], type[Any]], ...] = (
        ("response_id", [row.response_id for row in rows], np.int64),
        ("questionnaire_version_id", [row.questionnaire_version_id for row in rows], np.int32),
        ("service_point_id", [_or_nobody(row.service_point_id) for row in rows], np.int32),
        ("sample_unit_id", [_or_nobody(row.sample_unit_id) for row in rows], np.int64),
        ("organisation_id", [_or_nobody(row.organisation_id) for row in rows], np.int32),
        ("is_supplement", [int(row.is_supplement) for row in rows], np.int8),
        ("day", [moment.date().toordinal() for moment in local], np.int32),
        ("hour", [moment.hour for moment in local], np.int8),
    )
    arrays: dict[str, Array] = {
        f"row/{name}": np.array(values, dtype=dtype) for name, values, dtype in numbers
    }
    for name, texts in (("mode", [row.mode for row in rows]), ("language", [row.language for row in rows])):
        labels = _extended_labels(arrays, f"label/{name}", texts)
        arrays[f"label/{name}"] = np.array([labels[text] for text in texts], dtype=np.int16)
    versions = arrays["row/questionnaire_version_id"]
    for version_id in dict.fromkeys(versions.tolist()):
        places = np.flatnonzero(versions == version_id)
        for item in questionnaires[version_id].items:
            values = [rows[place].answers.get(item.code) for place in places.tolist()]
            _put_item(arrays, item, _Given(values=values, places=places, row_count=len(rows)))
    return ResponseColumns(arrays)


@dataclass(frozen=True)
class _Given:
    """The stored values of one item in the responses at these places."""

    values: Sequence[Any]
    places: IntArray
    row_count: int

    def put(self, arrays: dict[str, Array], name: str, codes: Sequence[int | float]) -> None:
        """Write codes into the column of that name, making it when it is not there."""
        column = arrays.setdefault(name, empty_column(name, self.row_count))
        column[self.places] = codes


def _put_item(arrays: dict[str, Array], item: Item, given: _Given) -> None:
    match item.kind:
        case ItemKind.SCALE:
            codes = [value if type(value) is int else _status_code(value) for value in given.values]
            given.put(arrays, f"level/{item.code}/{scale_reference(item)}", codes)
        case ItemKind.SINGLE_CHOICE:
            labels = _extended_labels(arrays, f"choice/{item.code}", [choice.code for choice in item.choices])
            codes = [
                labels.get(value, INVALID) if isinstance(value, str) else _status_code(value)
                for value in given.values
            ]
            given.put(arrays, f"choice/{item.code}", codes)
        case ItemKind.MULTIPLE_CHOICE:
            for choice in item.choices:
                marks = [_mark(choice.code, value) for value in given.values]
                given.put(arrays, f"mark/{item.code}/{choice.code}", marks)
        case ItemKind.INTEGER | ItemKind.DECIMAL:
            given.put(arrays, f"amount/{item.code}", [_amount(value) for value in given.values])
        case ItemKind.UNIT_GRID:
            _put_grid(arrays, item, given)
        case ItemKind.TEXT | ItemKind.DATE:
            pass  # free text and dates can point at persons and are no figures: they stay in the response


def _or_nobody(number: int | None) -> int:
    return NOBODY if number is None else number


def _status_code(value: Any) -> int:
    return _STATUS_CODES[value["status"]] if isinstance(value, Mapping) else MISSING


def _mark(choice: str, value: Any) -> int:
    return int(choice in value) if isinstance(value, list) else NOBODY


def _amount(value: Any) -> float:
    return float(value) if isinstance(value, int | str) else np.nan


def _extended_labels(arrays: dict[str, Array], name: str, codes: Sequence[str]) -> dict[str, int]:
    known = [str(label) for label in arrays.get(name + LABELS, ())]
    labels = list(dict.fromkeys([*known, *codes]))
    arrays[name + LABELS] = np.array(labels, dtype=np.str_)
    return {label: code for code, label in enumerate(labels)}


def _put_grid(arrays: dict[str, Array], item: Item, given: _Given) -> None:
    name = f"grid/{item.code}/{scale_reference(item)}"
    cells = [
        (place, unit, level)
        for place, value in zip(given.places.tolist(), given.values, strict=True)
        if isinstance(value, Mapping) and "status" not in value
        for unit, level in value.items()
    ]
    labels = _extended_labels(arrays, f"{name}/unit", [unit for _, unit, _ in cells])
    for part, numbers, dtype in (
        ("row", [place for place, _, _ in cells], np.int32),
        ("unit", [labels[unit] for _, unit, _ in cells], np.int16),
        ("level", [level for _, _, level in cells], np.int16),
    ):
        before = arrays.get(f"{name}/{part}", np.zeros(0, dtype=dtype))
        arrays[f"{name}/{part}"] = np.concatenate([before, np.array(numbers, dtype=dtype)])
