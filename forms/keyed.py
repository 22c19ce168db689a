"""Keyed-in paper: what the text typed in for one item means, with nothing silently coerced.

Valid is what the form prints: a whole number on the scale in plain digits, a choice by its exact label.
White space around it is ignored; `r` or `R` is refused; blank or NA is missing; everything else is invalid,
with its reason. 07, +7 and 7.0 are invalid too (not as printed): maybe a seven, but no form prints them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from forms.messages import AnswerProblemCode as Code
from forms.questionnaire import Item, ItemKind
from forms.values import (
    MAX_RAW_LENGTH,
    InvalidAnswer,
    InvalidReason,
    Refused,
    TypedAnswer,
    ValueRefusedError,
    clean_text,
    is_unstorable,
    stored_value,
    typed_value,
)

_PLAIN = re.compile(r"0|[1-9][0-9]*")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_FRACTION = re.compile(r"[+-]?[0-9]+[.,][0-9]+")
_SEPARATOR = re.compile(r"\s*[;,/&-]\s*|\s+")
_MISSING_MARK = "NA"
_REFUSED_MARKS = ("r", "R")
_LONGEST_NUMBER = 18
_CHOICE_SEPARATOR = ";"


class KeyedStatus(StrEnum):
    """What became of one keyed-in cell; the four add up to the number of cells."""

    VALID = "valid"
    REFUSED = "refused"
    INVALID = "invalid"
    MISSING = "missing"


@dataclass(frozen=True)
class KeyedValue:
    """One cell: `raw` as it was keyed in, `answer` its typed answer (None when missing)."""

    status: KeyedStatus
    raw: str
    answer: TypedAnswer | None = None

    @property
    def stored(self) -> object:
        """What goes into the answers document; None means: leave the item out."""
        return None if self.answer is None else stored_value(self.answer)

    @property
    def reason(self) -> InvalidReason | None:
        """Why the cell is invalid, else None."""
        return self.answer.reason if isinstance(self.answer, InvalidAnswer) else None


class _InvalidMarkError(Exception):
    def __init__(self, reason: InvalidReason) -> None:
        self.reason = reason
        super().__init__(reason)


def read_keyed_value(item: Item, text: str, labels: Mapping[str, str] | None = None) -> KeyedValue:
    """Read what was keyed in for one item (for a unit grid: for one of its cells).

    `labels` maps the file's exact labels to choice codes, such as {"31-40": "31_40"}; without it choices are
    read by their codes. A label wins over the marks for refused and missing.
    """
    mark = text.strip()
    if labels is None or mark not in labels:
        if not mark or mark == _MISSING_MARK:
            return KeyedValue(KeyedStatus.MISSING, text)
        if mark in _REFUSED_MARKS:
            return KeyedValue(KeyedStatus.REFUSED, text, Refused(mark))
    try:
        return KeyedValue(KeyedStatus.VALID, text, _read(item, mark, labels))
    except _InvalidMarkError as invalid:
        reason = invalid.reason
    except ValueRefusedError as refusal:
        reason = _REASONS[refusal.code]
    return KeyedValue(KeyedStatus.INVALID, text, InvalidAnswer(_storable(mark), reason))


def _read(item: Item, mark: str, labels: Mapping[str, str] | None) -> TypedAnswer:
    if item.kind is ItemKind.UNIT_GRID:
        return _level(item, mark, {})
    options = {code: code for code in item.choice_positions} if labels is None else labels
    return typed_value(item, _READERS[item.kind](item, mark, options))


def _storable(mark: str) -> str:
    """The mark as the answers document can hold it; KeyedValue.raw keeps the cell itself."""
    text = "".join("\N{REPLACEMENT CHARACTER}" if is_unstorable(char) else char for char in mark)
    return clean_text(text[:MAX_RAW_LENGTH])


_REASONS: Mapping[Code, InvalidReason] = {
    Code.NOT_ON_SCALE: InvalidReason.OFF_SCALE,
    Code.NOT_A_CHOICE: InvalidReason.NOT_A_CHOICE,
    Code.REPEATED_CHOICE: InvalidReason.SEVERAL_MARKS,
    Code.NOT_WHOLE: InvalidReason.NOT_WHOLE,
    Code.NOT_A_NUMBER: InvalidReason.NOT_A_NUMBER,
    Code.TOO_SMALL: InvalidReason.OUT_OF_RANGE,
    Code.TOO_LARGE: InvalidReason.OUT_OF_RANGE,
    Code.TOO_LONG: InvalidReason.TOO_LONG,
    Code.UNREADABLE_TEXT: InvalidReason.UNREADABLE_TEXT,
    Code.NOT_A_DATE: InvalidReason.NOT_A_DATE,
}


def _plain_integer(mark: str) -> int:
    if _PLAIN.fullmatch(mark) and len(mark) <= _LONGEST_NUMBER:
        return int(mark)
    if _FRACTION.fullmatch(mark):
        fraction = re.split("[.,]", mark)[1]
        whole = not fraction.strip("0")
        raise _InvalidMarkError(InvalidReason.NOT_AS_PRINTED if whole else InvalidReason.NOT_WHOLE)
    if not _INTEGER.fullmatch(mark):
        raise _InvalidMarkError(InvalidReason.NOT_A_NUMBER)
    beyond = len(mark) > _LONGEST_NUMBER or int(mark) < 0
    raise _InvalidMarkError(InvalidReason.OUT_OF_RANGE if beyond else InvalidReason.NOT_AS_PRINTED)


def _level(item: Item, mark: str, _labels: Mapping[str, str]) -> int:
    if _is_several_levels(item, mark):
        raise _InvalidMarkError(InvalidReason.SEVERAL_MARKS)
    try:
        level = _plain_integer(mark)
    except _InvalidMarkError as invalid:
        if invalid.reason is InvalidReason.OUT_OF_RANGE:
            raise _InvalidMarkError(InvalidReason.OFF_SCALE) from None
        whole = invalid.reason is InvalidReason.NOT_AS_PRINTED
        if whole and int(re.split("[.,]", mark)[0]) not in item.codes:
            raise _InvalidMarkError(InvalidReason.OFF_SCALE) from None
        raise
    if level not in item.codes:
        raise _InvalidMarkError(InvalidReason.OFF_SCALE)
    return level


def _is_several_levels(item: Item, mark: str) -> bool:
    """Whether a mark reads as two levels or more: "5/7", "3 4", or run together as in "810" and "42"."""
    printed = {str(code) for code in item.codes}
    if mark in printed or _FRACTION.fullmatch(mark):
        return False
    parts = _SEPARATOR.split(mark)
    if len(parts) > 1:
        return all(part in printed for part in parts)
    return len(mark) <= _LONGEST_NUMBER and _splits_into(mark, printed)


def _splits_into(mark: str, printed: set[str]) -> bool:
    ends = {0}
    for end in range(1, len(mark) + 1):
        if any(mark[start:end] in printed for start in ends):
            ends.add(end)
    return len(mark) in ends


def _integer(_item: Item, mark: str, _labels: Mapping[str, str]) -> int:
    return _plain_integer(mark)


def _choice(_item: Item, mark: str, labels: Mapping[str, str]) -> str:
    if mark in labels:
        return labels[mark]
    parts = [part.strip() for part in mark.split(_CHOICE_SEPARATOR)]
    several = len(parts) > 1 and all(part in labels for part in parts)
    raise _InvalidMarkError(InvalidReason.SEVERAL_MARKS if several else InvalidReason.NOT_A_CHOICE)


def _choices(item: Item, mark: str, labels: Mapping[str, str]) -> list[str]:
    if mark in labels:
        return [labels[mark]]
    return [_choice(item, part.strip(), labels) for part in mark.split(_CHOICE_SEPARATOR)]


def _decimal(_item: Item, mark: str, _labels: Mapping[str, str]) -> str:
    if _PLAIN.fullmatch(mark) or _FRACTION.fullmatch(mark):
        return mark.replace(",", ".")
    raise _InvalidMarkError(InvalidReason.NOT_A_NUMBER)


def _date(_item: Item, mark: str, _labels: Mapping[str, str]) -> str:
    printed = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", mark)
    if printed is None:
        return mark
    day, month, year = (int(part) for part in printed.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise _InvalidMarkError(InvalidReason.NOT_A_DATE) from None


def _text(_item: Item, mark: str, _labels: Mapping[str, str]) -> str:
    return mark


_READERS: Mapping[ItemKind, Callable[[Item, str, Mapping[str, str]], object]] = {
    ItemKind.SCALE: _level,
    ItemKind.SINGLE_CHOICE: _choice,
    ItemKind.MULTIPLE_CHOICE: _choices,
    ItemKind.INTEGER: _integer,
    ItemKind.DECIMAL: _decimal,
    ItemKind.TEXT: _text,
    ItemKind.DATE: _date,
}
