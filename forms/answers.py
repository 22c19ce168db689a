"""Answers: checking a packet of raw answers against the questionnaire it was given under.

A packet is a JSON object {item code: value}. Two special values stand for "asked but no usable answer":
{"status": "refused"} and, on keyed-in paper only, {"status": "invalid", "raw": "7.5", "reason": "not_whole"};
there a refusal may keep its mark too, {"status": "refused", "raw": "r"}.

An answer to an item that is not asked is blanked and noted, never a reason to refuse the packet: a page
without scripts shows every question, and losing a citizen's rating for a stray tick would be worse. An answer
to an item the questionnaire does not have is refused: it means the wrong version or a forged packet.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from forms.messages import MESSAGES
from forms.messages import AnswerProblemCode as Code
from forms.questionnaire import Item, ItemKind, Questionnaire
from forms.routing import relevance
from forms.rules import evaluate
from forms.values import (
    MAX_RAW_LENGTH,
    REFUSED,
    InvalidAnswer,
    InvalidReason,
    Refused,
    TypedAnswer,
    ValueRefusedError,
    clean_text,
    is_blank,
    shown,
    stored_value,
    typed_value,
)


class Completeness(StrEnum):
    """How much of the questionnaire a packet claims to carry."""

    COMPLETE = "complete"
    """Every required item that is asked must be answered (or refused, or invalid)."""
    PARTIAL = "partial"
    """Stopped early: nothing is required."""
    SUPPLEMENT = "supplement"
    """Belongs to another packet that may not be here yet: nothing is required, and an item whose relevance
    hangs on answers outside this packet is accepted."""


class Entry(StrEnum):
    """Whose hand wrote the packet, which decides the special values it may carry."""

    RESPONDENT = "respondent"
    """Kiosk, QR, invitation: neither refused nor invalid; a question is simply left."""
    INTERVIEWER = "interviewer"
    """Tablet or phone: refused."""
    KEYED = "keyed"
    """Typed in from paper: refused and invalid."""


_ALLOWED_STATUSES: Mapping[Entry, frozenset[str]] = {
    Entry.RESPONDENT: frozenset(),
    Entry.INTERVIEWER: frozenset({"refused"}),
    Entry.KEYED: frozenset({"refused", "invalid"}),
}


@dataclass(frozen=True)
class AnswerProblem:
    """One reason to refuse a packet.

    `item` is an item code ("" for the packet as a whole), `unit` a unit code inside a unit grid. `message` is
    an English sentence with %(name)s places for `params`, to be translated; where the definition brings its
    own sentence (constraints), `own_text` has it in the language asked for.
    """

    item: str
    code: Code
    params: Mapping[str, str | int] = field(default_factory=dict)
    unit: str | None = None
    own_text: str | None = None

    @property
    def message(self) -> str:
        return MESSAGES[self.code]

    def render(self, translate: Callable[[str], str]) -> str:
        """The whole sentence; `translate` is gettext or str."""
        return self.own_text if self.own_text is not None else translate(self.message) % self.params


@dataclass(frozen=True)
class BlankedAnswer:
    """An answer left out because its item is not asked after the other answers; `value` is what was sent."""

    item: str
    value: object


@dataclass(frozen=True)
class CheckedAnswers:
    """What became of a packet.

    `answers` and `document` hold what was accepted, in questionnaire order; use neither when there are
    problems. `document` is the JSON form of `answers`, with texts in NFC: store that.
    """

    answers: Mapping[str, TypedAnswer]
    document: Mapping[str, object]
    problems: tuple[AnswerProblem, ...] = ()
    blanked: tuple[BlankedAnswer, ...] = ()

    @property
    def is_accepted(self) -> bool:
        return not self.problems


def check_answers(
    questionnaire: Questionnaire,
    raw: object,
    *,
    language: str | None = None,
    completeness: Completeness = Completeness.COMPLETE,
    entry: Entry = Entry.INTERVIEWER,
    units: Collection[str] = (),
    known: Mapping[str, TypedAnswer] | None = None,
) -> CheckedAnswers:
    """Check a packet and give its typed answers, every problem at once.

    `language` chooses the language of the definition's own messages (default: its first); `units` are the
    codes of the assessed units, for unit grids; `known` are typed answers of the packet this one supplements,
    used for routing and constraints only.
    """
    if not isinstance(raw, Mapping):
        return CheckedAnswers({}, {}, (AnswerProblem("", Code.NOT_A_DOCUMENT),))
    answers, problems = _read(questionnaire, raw, allowed=_ALLOWED_STATUSES[entry], units=units)
    visible = {**known, **answers} if known else answers
    states = relevance(questionnaire, visible) if questionnaire.conditional_items else {}
    blanked = _blank(answers, raw, states=states, completeness=completeness)
    if questionnaire.constrained_items:
        visible = {**known, **answers} if known else answers
        problems += _broken_constraints(questionnaire, answers, visible=visible, language=language)
    if completeness is Completeness.COMPLETE:
        troubled = {problem.item for problem in problems}
        problems += _missing(questionnaire, answers, states=states, units=units, troubled=troubled)
    if len(answers) > 1:
        answers = {code: answers[code] for code in questionnaire.items_by_code if code in answers}
    document = {code: stored_value(answer) for code, answer in answers.items()}
    return CheckedAnswers(answers, document, tuple(problems), blanked)


def _read(
    questionnaire: Questionnaire,
    raw: Mapping[str, object],
    *,
    allowed: frozenset[str],
    units: Collection[str],
) -> tuple[dict[str, TypedAnswer], list[AnswerProblem]]:
    answers: dict[str, TypedAnswer] = {}
    problems: list[AnswerProblem] = []
    items = questionnaire.items_by_code
    for code, value in raw.items():
        item = items.get(code)
        if item is None:
            problems.append(AnswerProblem(code, Code.UNKNOWN_ITEM, {"value": shown(code)}))
        elif not is_blank(value):
            try:
                answers[code] = _typed(item, value, allowed=allowed, units=units)
            except ValueRefusedError as refusal:
                unit = refusal.params.get("unit")
                problems.append(
                    AnswerProblem(
                        code, refusal.code, refusal.params, unit=None if unit is None else str(unit)
                    )
                )
    return answers, problems


def _typed(item: Item, value: object, *, allowed: frozenset[str], units: Collection[str]) -> TypedAnswer:
    if isinstance(value, Mapping):
        if "status" in value:
            return _special(value, allowed=allowed)
        for unit in value:
            if item.kind is ItemKind.UNIT_GRID and unit not in units:
                raise ValueRefusedError(Code.UNKNOWN_UNIT, value=shown(unit), unit=str(unit))
    return typed_value(item, value)


def _special(value: Mapping[object, object], *, allowed: frozenset[str]) -> Refused | InvalidAnswer:
    status = value["status"]
    if status == "refused" and len(value) == 1:
        answer: Refused | InvalidAnswer = REFUSED
    elif status == "refused" and value.keys() == {"status", "raw"} and "invalid" in allowed:
        answer = Refused(_raw_mark(value["raw"]))
    elif status == "invalid" and value.keys() == {"status", "raw", "reason"}:
        answer = _invalid(value["raw"], value["reason"])
    else:
        raise ValueRefusedError(Code.MALFORMED_STATUS)
    if status not in allowed:
        raise ValueRefusedError(Code.STATUS_NOT_ALLOWED, value=shown(status))
    return answer


def _invalid(raw: object, reason: object) -> InvalidAnswer:
    if not isinstance(reason, str) or reason not in set(InvalidReason):
        raise ValueRefusedError(Code.MALFORMED_STATUS)
    return InvalidAnswer(raw=_raw_mark(raw), reason=InvalidReason(reason))


def _raw_mark(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueRefusedError(Code.MALFORMED_STATUS)
    if len(raw) > MAX_RAW_LENGTH:
        raise ValueRefusedError(Code.TOO_LONG, limit=MAX_RAW_LENGTH)
    return clean_text(raw)


def _blank(
    answers: dict[str, TypedAnswer],
    raw: Mapping[str, object],
    *,
    states: Mapping[str, bool | None],
    completeness: Completeness,
) -> tuple[BlankedAnswer, ...]:
    """Take answers to items that are not asked out of `answers`, which belongs to the one check at hand."""
    blanked = []
    for code, state in states.items():
        tolerated = state is None and completeness is Completeness.SUPPLEMENT
        if code in answers and state is not True and not tolerated:
            del answers[code]
            blanked.append(BlankedAnswer(code, raw[code]))
    return tuple(blanked)


def _broken_constraints(
    questionnaire: Questionnaire,
    answers: Mapping[str, TypedAnswer],
    *,
    visible: Mapping[str, TypedAnswer],
    language: str | None,
) -> list[AnswerProblem]:
    spoken = language if language in questionnaire.languages else questionnaire.languages[0]
    problems = []
    for item in questionnaire.constrained_items:
        if item.constraint is None or item.code not in answers:
            continue
        if evaluate(item.constraint.rule, visible) is False:
            own_text = item.constraint.messages[spoken]
            problems.append(AnswerProblem(item.code, Code.CONSTRAINT, own_text=own_text))
    return problems


def _missing(
    questionnaire: Questionnaire,
    answers: Mapping[str, TypedAnswer],
    *,
    states: Mapping[str, bool | None],
    units: Collection[str],
    troubled: Collection[str],
) -> list[AnswerProblem]:
    problems = []
    for item in questionnaire.required_items:
        if states.get(item.code, True) is not True or item.code in troubled:
            continue
        answer = answers.get(item.code)
        if answer is None:
            problems.append(AnswerProblem(item.code, Code.REQUIRED))
        elif isinstance(answer, Mapping):
            left = [unit for unit in units if unit not in answer]
            if left:
                problems.append(AnswerProblem(item.code, Code.UNITS_MISSING, {"units": ", ".join(left)}))
    return problems


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_json(document: object) -> str:
    """One spelling for one content: keys sorted, no spaces, texts in NFC. Hash its UTF-8 bytes.

    Raises TypeError or ValueError for what JSON cannot hold.
    """
    return _ENCODER.encode(_composed(document))


def _composed(value: object) -> object:
    # Strings are composed one by one: over the finished JSON text an escape could swallow a combining mark.
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {_composed(key): _composed(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_composed(entry) for entry in value]
    return value
