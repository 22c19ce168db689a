"""What the door checks before a packet is stored: where it belongs, under which version, and every answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from forms.answers import AnswerProblem, CheckedAnswers, Completeness, Entry, check_answers
from survey.domain.content import content_hash, packet_content
from survey.domain.enums import Mode, Selection
from survey.domain.packets import Packet, PacketProblem
from survey.domain.packets import PacketProblemCode as Code
from survey.queries.admission import Admission, RoundTerms, StoredQuestionnaire

# A device's clock is kept even when it is wrong, as evidence; outside these bounds it says nothing at all.
EARLIEST_CAPTURE = datetime(2000, 1, 1, tzinfo=UTC)
LARGEST_LEAD = timedelta(days=2)

# Modes in which respondents choose themselves whether to answer.
SELF_SELECTED_MODES = frozenset({Mode.KIOSK, Mode.QR})
ENTRIES: Mapping[Mode, Entry] = {
    Mode.KIOSK: Entry.RESPONDENT,
    Mode.QR: Entry.RESPONDENT,
    Mode.INVITED: Entry.RESPONDENT,
    Mode.TABLET: Entry.INTERVIEWER,
    Mode.PAPER: Entry.KEYED,
}

Row: TypeAlias = dict[str, Any]  # a row's values by column, each of its own type


@dataclass(frozen=True)
class CheckedPacket:
    """A packet after all checks.

    `row` holds the columns of the response, empty when there are problems. `content_hash` is empty when the
    content could not be established, for example because an answer is not readable.
    """

    uuid: UUID
    problems: tuple[PacketProblem | AnswerProblem, ...]
    content_hash: str
    row: Row


def check_packet(
    packet: Packet, *, admission: Admission, supplements_of_call: Collection[UUID], now: datetime
) -> CheckedPacket:
    """Check everything about one packet and find every problem at once.

    `supplements_of_call` are the uuids of the supplements that arrive in the same call.
    """
    terms = admission.rounds.get(packet.round_code)
    stored = admission.questionnaires.get((packet.questionnaire_code, packet.questionnaire_version))
    problems: list[PacketProblem | AnswerProblem] = [
        *_round_problems(packet, terms, now=now),
        *_questionnaire_problems(packet, terms, stored),
        *_place_problems(packet, terms, admission),
        *_clock_problems(packet, now=now),
    ]
    if packet.supplements is not None:
        problems += _supplement_problems(packet, terms, admission, supplements_of_call)
    if stored is None:
        return CheckedPacket(packet.uuid, tuple(problems), "", {})
    answers = _check_answers(packet, stored)
    problems += answers.problems
    if packet.supplements is not None and not answers.problems and not answers.document:
        problems.append(PacketProblem("answers", Code.EMPTY_SUPPLEMENT))
    if answers.problems or terms is None:
        return CheckedPacket(packet.uuid, tuple(problems), "", {})
    digest = _digest(packet, answers, admission)
    row = (
        {}
        if problems
        else _row(packet, answers, round_id=terms.id, version_id=stored.id, digest=digest, now=now)
    )
    return CheckedPacket(packet.uuid, tuple(problems), digest, row)


def _round_problems(packet: Packet, terms: RoundTerms | None, *, now: datetime) -> Iterator[PacketProblem]:
    if terms is None:
        yield PacketProblem("round", Code.UNKNOWN_ROUND, {"value": packet.round_code})
        return
    if (packet.mode in SELF_SELECTED_MODES) != (terms.selection is Selection.SELF_SELECTED):
        yield PacketProblem("mode", Code.MODE_NOT_TAKEN, {"value": packet.mode.value})
    # Field work is keyed in after its round has closed. A tap counts if it was made while the round was open,
    # by either clock: a kiosk that was offline sends it later.
    if packet.mode in SELF_SELECTED_MODES and not (
        terms.is_open_at(now) or (packet.captured_at is not None and terms.is_open_at(packet.captured_at))
    ):
        yield PacketProblem("round", Code.ROUND_NOT_OPEN)


def _questionnaire_problems(
    packet: Packet, terms: RoundTerms | None, stored: StoredQuestionnaire | None
) -> Iterator[PacketProblem]:
    name = f"{packet.questionnaire_code} v{packet.questionnaire_version}"
    if stored is None:
        yield PacketProblem("questionnaire", Code.UNKNOWN_QUESTIONNAIRE, {"value": name})
        return
    # Versions before the round's present one stay accepted: a device may have shown them for weeks.
    if terms is not None and (
        packet.questionnaire_code != terms.questionnaire_code
        or packet.questionnaire_version > terms.questionnaire_version
    ):
        yield PacketProblem("questionnaire", Code.WRONG_QUESTIONNAIRE, {"value": name})
    if packet.language not in stored.questionnaire.languages:
        yield PacketProblem("language", Code.UNKNOWN_LANGUAGE, {"value": packet.language})


def _place_problems(
    packet: Packet, terms: RoundTerms | None, admission: Admission
) -> Iterator[PacketProblem]:
    if packet.service_point_id is None:
        if packet.mode in SELF_SELECTED_MODES:
            yield PacketProblem("service_point", Code.SERVICE_POINT_MISSING)
    elif packet.service_point_id not in admission.service_point_codes:
        yield PacketProblem("service_point", Code.UNKNOWN_SERVICE_POINT, {"value": packet.service_point_id})
    if packet.sample_unit_id is not None:
        unit = admission.sample_units.get(packet.sample_unit_id)
        if unit is None or (terms is not None and unit.round_id != terms.id):
            value = packet.sample_unit_id if unit is None else unit.code
            yield PacketProblem("sample_unit", Code.UNKNOWN_SAMPLE_UNIT, {"value": value})


def _clock_problems(packet: Packet, *, now: datetime) -> Iterator[PacketProblem]:
    captured_at = packet.captured_at
    if captured_at is not None and not EARLIEST_CAPTURE <= captured_at <= now + LARGEST_LEAD:
        yield PacketProblem("captured_at", Code.IMPLAUSIBLE_CLOCK, {"value": captured_at.isoformat()})


def _supplement_problems(
    packet: Packet,
    terms: RoundTerms | None,
    admission: Admission,
    supplements_of_call: Collection[UUID],
) -> Iterator[PacketProblem]:
    if packet.supplements is None:
        return
    if packet.supplements == packet.uuid:
        yield PacketProblem("supplements", Code.SUPPLEMENT_OF_ITSELF)
        return
    place = admission.places.get(packet.supplements)
    if (
        packet.supplements in supplements_of_call
        or packet.uuid in admission.supplemented
        or (place is not None and place.is_supplement)
    ):
        yield PacketProblem("supplements", Code.SUPPLEMENT_OF_SUPPLEMENT)
    if place is not None and terms is not None:
        here = (terms.id, packet.service_point_id, packet.sample_unit_id)
        if (place.round_id, place.service_point_id, place.sample_unit_id) != here:
            yield PacketProblem("supplements", Code.SUPPLEMENT_ELSEWHERE)


def _check_answers(packet: Packet, stored: StoredQuestionnaire) -> CheckedAnswers:
    # A supplement is checked without the packet it adds to, even if that is here already: the same packet
    # must have the same content in whatever order the two arrive.
    completeness = packet.completeness if packet.supplements is None else Completeness.SUPPLEMENT
    return check_answers(
        stored.questionnaire,
        packet.answers,
        language=packet.language,
        completeness=completeness,
        entry=ENTRIES[packet.mode],
        units=packet.units,
    )


def _digest(packet: Packet, answers: CheckedAnswers, admission: Admission) -> str:
    point, unit = packet.service_point_id, packet.sample_unit_id
    drawn = None if unit is None else admission.sample_units.get(unit)
    return content_hash(
        packet_content(
            packet,
            answers=answers.document,
            service_point_code=None if point is None else admission.service_point_codes.get(point),
            sample_unit_code=None if drawn is None else drawn.code,
        )
    )


def _row(
    packet: Packet, answers: CheckedAnswers, *, round_id: int, version_id: int, digest: str, now: datetime
) -> Row:
    return {
        "uuid": packet.uuid,
        "round_id": round_id,
        "questionnaire_version_id": version_id,
        "mode": packet.mode,
        "language": packet.language,
        "service_point_id": packet.service_point_id,
        "sample_unit_id": packet.sample_unit_id,
        "entered_by_id": packet.entered_by_id,
        "supplements": packet.supplements,
        "answers": dict(answers.document),
        "content_hash": digest,
        # Without a device clock the server's stands in; the content hash shows that the client gave none.
        "captured_at": now if packet.captured_at is None else packet.captured_at,
        "received_at": now,
    }
