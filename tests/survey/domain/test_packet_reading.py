"""Reading packets from JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from forms.answers import Completeness
from survey.domain.enums import Mode
from survey.domain.packet_reading import PacketDocument, UnreadablePacket, read_packet_document

TAP = {
    "uuid": "6f1c2f52-9f0e-4a43-8f0a-0d5f0a3c9b1e",
    "round": "taps",
    "questionnaire": "rating",
    "version": 1,
    "mode": "kiosk",
    "language": "vi",
    "answers": {"overall": 4},
}


def problems_of(document: object) -> list[tuple[str, str]]:
    read = read_packet_document(document)
    assert isinstance(read, UnreadablePacket)
    return [(problem.item, problem.code.value) for problem in read.problems]


def test_a_full_packet_is_read_field_by_field():
    document = {
        **TAP,
        "captured_at": "2026-03-02T09:00:00+07:00",
        "service_point": "P1",
        "sample_unit": "S1",
        "supplements": "00000000-0000-4000-8000-000000000001",
        "completeness": "partial",
    }
    assert read_packet_document(document) == PacketDocument(
        uuid=UUID("6f1c2f52-9f0e-4a43-8f0a-0d5f0a3c9b1e"),
        round="taps",
        questionnaire="rating",
        version=1,
        mode=Mode.KIOSK,
        language="vi",
        answers={"overall": 4},
        captured_at=datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
        service_point="P1",
        sample_unit="S1",
        supplements=UUID("00000000-0000-4000-8000-000000000001"),
        completeness=Completeness.PARTIAL,
    )


def test_null_counts_as_left_out():
    read = read_packet_document({**TAP, "captured_at": None, "service_point": None})
    assert isinstance(read, PacketDocument)
    assert (read.captured_at, read.service_point) == (None, None)


def test_every_missing_unknown_and_unreadable_field_is_named_at_once():
    document = {**TAP, "mode": "telepathy", "version": "1", "rating": 5}
    del document["round"]
    assert problems_of(document) == [
        ("rating", "unknown_field"),
        ("round", "field_missing"),
        ("version", "unreadable_field"),
        ("mode", "unreadable_field"),
    ]


@pytest.mark.parametrize("document", [None, 5, "packet", [], [TAP]])
def test_anything_but_an_object_is_no_packet(document):
    assert problems_of(document) == [("", "not_an_object")]


@pytest.mark.parametrize(
    "uuid",
    [
        "6f1c2f529f0e4a438f0a0d5f0a3c9b1e",
        "{6f1c2f52-9f0e-4a43-8f0a-0d5f0a3c9b1e}",
        "urn:uuid:6f1c2f52-9f0e-4a43-8f0a-0d5f0a3c9b1e",
        "6f1c2f52-9f0e-4a43-8f0a",
        7,
        True,
    ],
)
def test_a_uuid_has_one_spelling(uuid):
    assert problems_of({**TAP, "uuid": uuid}) == [("uuid", "unreadable_field")]


@pytest.mark.parametrize("version", [True, 0, -1, 1.5, "1", 10**9])
def test_a_version_is_a_whole_number_from_one(version):
    assert problems_of({**TAP, "version": version}) == [("version", "unreadable_field")]


@pytest.mark.parametrize(
    "moment", ["2026-03-02T09:00:00", "yesterday", 1772416800, "0001-01-01T00:00:00+14:00"]
)
def test_a_moment_needs_a_zone_and_a_plausible_form(moment):
    assert problems_of({**TAP, "captured_at": moment}) == [("captured_at", "unreadable_field")]


def test_what_cannot_be_shown_is_cut_and_made_printable():
    read = read_packet_document({**TAP, "language": "v\x00" * 100})
    assert isinstance(read, UnreadablePacket)
    assert (
        read.problems[0]
        .render(str)
        .startswith("This must be the code of a language, such as vi, not 'v\\x00")
    )
    assert read.uuid == TAP["uuid"]


def test_a_problem_is_told_in_the_language_of_the_request_with_its_expectation():
    read = read_packet_document({**TAP, "version": 0})
    assert isinstance(read, UnreadablePacket)
    vietnamese = {
        "This must be %(expected)s, not %(value)s.": "Ở đây phải là %(expected)s, không phải %(value)s.",
        "a whole number from 1": "một số nguyên từ 1",
    }
    told = read.problems[0].render(lambda message: vietnamese[message])
    assert told == "Ở đây phải là một số nguyên từ 1, không phải 0."
