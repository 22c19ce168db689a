"""Values: turning one raw answer into its typed form, or saying why not."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeAlias

from forms.messages import AnswerProblemCode as Code
from forms.questionnaire import Item, ItemKind

DEFAULT_MAX_LENGTH = 2000
"""Characters a text answer may have where the item does not say."""

MAX_DIGITS = 15
"""Digits a number may have in all: what every database and reader of JSON holds exactly."""

MAX_RAW_LENGTH = 500
"""Characters kept of a mark on paper that is no answer."""

_SHOWN_LENGTH = 40


class InvalidReason(StrEnum):
    """Why a mark on paper is not a valid answer."""

    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    NOT_AS_PRINTED = "not_as_printed"
    """The right number, but not as the form prints it: 07, 7.0, +7."""
    OFF_SCALE = "off_scale"
    SEVERAL_MARKS = "several_marks"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_DATE = "not_a_date"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    UNREADABLE_TEXT = "unreadable_text"


@dataclass(frozen=True)
class Refused:
    """The respondent declined to answer: asked, but not in any denominator. `raw` is the mark on paper."""

    raw: str = ""


REFUSED = Refused()


@dataclass(frozen=True)
class InvalidAnswer:
    """A mark that is no answer, kept as it was keyed in (`raw`), with the reason."""

    raw: str
    reason: InvalidReason


TypedAnswer: TypeAlias = (
    int | str | Decimal | date | tuple[str, ...] | Mapping[str, int] | Refused | InvalidAnswer
)


class ValueRefusedError(Exception):
    """One value is not acceptable; carries the problem code and what its message needs."""

    def __init__(self, code: Code, **params: str | int) -> None:
        self.code = code
        self.params = params
        super().__init__(code)


def shown(value: object) -> str:
    """A value cut short and made printable, for messages."""
    if isinstance(value, int) and value.bit_length() > 64:
        return "…"
    text = ascii(value) if not isinstance(value, str) or not value.isprintable() else value
    return text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "…"


def is_blank(value: object) -> bool:
    """Whether a raw value means that nothing was answered."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], (), {})


def typed_value(item: Item, value: object) -> TypedAnswer:
    """The typed form of a raw (JSON) value.

    Raises ValueRefusedError. Unit codes of a unit grid are not checked here, since they are known at run
    time only.
    """
    return _READERS[item.kind](item, value)


def stored_value(answer: TypedAnswer) -> object:
    """The JSON form of a typed answer; typed_value(item, stored_value(answer)) == answer."""
    match answer:
        case date():
            return answer.isoformat()
        case Decimal():
            return format(answer, "f")
        case tuple():
            return list(answer)
        case Mapping():
            return dict(answer)
        case Refused(raw):
            return {"status": "refused", "raw": raw} if raw else {"status": "refused"}
        case InvalidAnswer(raw, reason):
            return {"status": "invalid", "raw": raw, "reason": str(reason)}
        case _:
            return answer


def _level(item: Item, value: object) -> int:
    # bool is an int to Python; true must not be read as level 1.
    if type(value) is int and value in item.codes:
        return value
    raise ValueRefusedError(Code.NOT_ON_SCALE, value=shown(value))


def _choice(item: Item, value: object) -> str:
    if isinstance(value, str) and value in item.codes:
        return value
    raise ValueRefusedError(Code.NOT_A_CHOICE, value=shown(value))


def _choices(item: Item, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueRefusedError(Code.WRONG_TYPE)
    picked = [_choice(item, choice) for choice in value]
    for choice in picked:
        if picked.count(choice) > 1:
            raise ValueRefusedError(Code.REPEATED_CHOICE, value=choice)
    return tuple(sorted(picked, key=item.choice_positions.__getitem__))


def _integer(item: Item, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueRefusedError(Code.NOT_WHOLE)
    _check_range(item, value)
    return value


def _decimal(item: Item, value: object) -> Decimal:
    number = _number(value)
    _check_range(item, number)
    _, digits, exponent = number.as_tuple()
    if len(digits) > MAX_DIGITS or (isinstance(exponent, int) and exponent < -MAX_DIGITS):
        raise ValueRefusedError(Code.TOO_LONG, limit=MAX_DIGITS)
    # One spelling for one number, so that 7.50 and 7.5 are the same content; adding 0 also turns -0 into 0.
    plain = number.normalize() + 0
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueRefusedError(Code.NOT_A_NUMBER)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueRefusedError(Code.NOT_A_NUMBER)
    if isinstance(value, str) and not (value.isascii() and len(value) <= _SHOWN_LENGTH and "_" not in value):
        raise ValueRefusedError(Code.NOT_A_NUMBER)
    try:
        # A float came from JSON text; its repr is that text, its binary value is not.
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        raise ValueRefusedError(Code.NOT_A_NUMBER) from None
    if not number.is_finite():
        raise ValueRefusedError(Code.NOT_A_NUMBER)
    return number


def _check_range(item: Item, value: int | Decimal) -> None:
    bound = Decimal(10) ** MAX_DIGITS - 1
    minimum = -bound if item.minimum is None else item.minimum
    maximum = bound if item.maximum is None else item.maximum
    if value < minimum:
        raise ValueRefusedError(Code.TOO_SMALL, limit=format(minimum, "f"))
    if value > maximum:
        raise ValueRefusedError(Code.TOO_LARGE, limit=format(maximum, "f"))


def _text(item: Item, value: object) -> str:
    if not isinstance(value, str):
        raise ValueRefusedError(Code.WRONG_TYPE)
    text = clean_text(value)
    limit = item.max_length or DEFAULT_MAX_LENGTH
    if len(text) > limit:
        raise ValueRefusedError(Code.TOO_LONG, limit=limit)
    return text


def clean_text(value: str) -> str:
    """Text as it is stored: NFC, plain line ends, no space around it.

    Raises ValueRefusedError for control characters (PostgreSQL's JSON has no U+0000) and half surrogates.
    """
    # NFC can expose no new white space or control character, so the order of these steps does not matter.
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(is_unstorable(char) for char in text):
        raise ValueRefusedError(Code.UNREADABLE_TEXT)
    return text


def is_unstorable(char: str) -> bool:
    """Whether a character is a control character (line end and tab aside) or half of a surrogate pair."""
    return char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cs")


def _date(_item: Item, value: object) -> date:
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    if not isinstance(value, str):
        raise ValueRefusedError(Code.NOT_A_DATE)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueRefusedError(Code.NOT_A_DATE) from None
    # Python also reads 20201231 and 2020-W53-4; one day has one spelling here.
    if day.isoformat() != value:
        raise ValueRefusedError(Code.NOT_A_DATE)
    return day


def _unit_levels(item: Item, value: object) -> Mapping[str, int]:
    if not isinstance(value, Mapping):
        raise ValueRefusedError(Code.WRONG_TYPE)
    return {unit: _unit_level(item, unit, value[unit]) for unit in sorted(value) if not is_blank(value[unit])}


def _unit_level(item: Item, unit: str, level: object) -> int:
    try:
        return _level(item, level)
    except ValueRefusedError as refusal:
        raise ValueRefusedError(refusal.code, **refusal.params, unit=unit) from None


_READERS: Mapping[ItemKind, Callable[[Item, object], TypedAnswer]] = {
    ItemKind.SCALE: _level,
    ItemKind.SINGLE_CHOICE: _choice,
    ItemKind.MULTIPLE_CHOICE: _choices,
    ItemKind.INTEGER: _integer,
    ItemKind.DECIMAL: _decimal,
    ItemKind.TEXT: _text,
    ItemKind.DATE: _date,
    ItemKind.UNIT_GRID: _unit_levels,
}
