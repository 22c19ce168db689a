"""The canonical content of a packet."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from survey.domain.content import content_hash, packet_content
from survey.domain.enums import Mode
from survey.domain.packets import Packet

TAP = Packet(
    uuid=UUID("6f1c2f52-9f0e-4a43-8f0a-0d5f0a3c9b1e"),
    round_code="taps",
    questionnaire_code="rating",
    questionnaire_version=1,
    mode=Mode.KIOSK,
    language="vi",
    answers={"overall": 4},
)


def digest(packet: Packet, *, answers: dict[str, object] | None = None, point: str | None = "P1") -> str:
    content = packet_content(
        packet, answers=answers or {"overall": 4}, service_point_code=point, sample_unit_code=None
    )
    return content_hash(content)


def test_content_of_a_plain_tap_has_no_fields_that_are_not_known():
    assert packet_content(TAP, answers={"overall": 4}, service_point_code="P1", sample_unit_code=None) == {
        "uuid": "6f1c2f52-9f0e-4a43-8f0a-0d5f0a3c9b1e",
        "round": "taps",
        "questionnaire": "rating",
        "version": 1,
        "mode": "kiosk",
        "language": "vi",
        "answers": {"overall": 4},
        "service_point": "P1",
    }


def test_hash_is_the_sha256_of_the_canonical_json():
    # sha256sum of {"answers":{"overall":4},"language":"vi","mode":"kiosk","questionnaire":"rating",
    # "round":"taps","service_point":"P1","uuid":"6f1c2f52-9f0e-4a43-8f0a-0d5f0a3c9b1e","version":1}
    assert digest(TAP) == "5e4c97d1e5b941a8be04629fefaf2784ed8f4edd3e43f8deb6b25de706b37d9d"


def test_hash_does_not_depend_on_row_ids_or_on_who_was_signed_in():
    assert digest(replace(TAP, service_point_id=7, entered_by_id=3, sample_unit_id=None)) == digest(TAP)


def test_hash_does_not_depend_on_the_order_of_answers_or_the_composition_of_letters():
    one = digest(TAP, answers={"overall": 1, "comment": "Chờ lâu"})
    other = digest(TAP, answers={"comment": unicodedata.normalize("NFD", "Chờ lâu"), "overall": 1})
    assert one == other


def test_the_same_moment_in_another_zone_is_the_same_content():
    utc = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    local = utc.astimezone(timezone(timedelta(hours=7)))
    assert digest(replace(TAP, captured_at=utc)) == digest(replace(TAP, captured_at=local))


def test_every_thing_the_client_says_changes_the_hash():
    hashes = {
        digest(TAP),
        digest(TAP, answers={"overall": 5}),
        digest(TAP, point="P2"),
        digest(replace(TAP, round_code="other")),
        digest(replace(TAP, questionnaire_version=2)),
        digest(replace(TAP, mode=Mode.QR)),
        digest(replace(TAP, language="en")),
        digest(replace(TAP, captured_at=datetime(2026, 3, 2, tzinfo=UTC))),
        digest(replace(TAP, supplements=UUID(int=1))),
    }
    assert len(hashes) == 9
