"""The canonical content of a packet and its fingerprint, by which a packet sent twice is known as one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC

from forms.answers import canonical_json
from survey.domain.packets import Packet


def packet_content(
    packet: Packet,
    *,
    answers: Mapping[str, object],
    service_point_code: str | None,
    sample_unit_code: str | None,
) -> dict[str, object]:
    """What the client said, as plain JSON; `answers` is the checked document of forms.answers.

    Nothing the server makes is in it (row ids, its clock, who was signed in), so the same packet has the same
    content whenever and wherever it arrives. What is not known is left out, never null.
    """
    content: dict[str, object] = {
        "uuid": str(packet.uuid),
        "round": packet.round_code,
        "questionnaire": packet.questionnaire_code,
        "version": packet.questionnaire_version,
        "mode": packet.mode.value,
        "language": packet.language,
        "answers": answers,
    }
    if service_point_code is not None:
        content["service_point"] = service_point_code
    if sample_unit_code is not None:
        content["sample_unit"] = sample_unit_code
    if packet.supplements is not None:
        content["supplements"] = str(packet.supplements)
    if packet.captured_at is not None:
        content["captured_at"] = packet.captured_at.astimezone(UTC).isoformat()
    return content


def content_hash(content: Mapping[str, object]) -> str:
    """SHA-256 (hexadecimal) of the canonical JSON of a packet's content."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
