"""The one door for answers: every channel's packets are checked, stored once, and answered with a receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from forms.answers import AnswerProblem
from survey.domain.packets import Packet, PacketProblem, PacketProblemCode
from survey.domain.receipts import receipt_code
from survey.queries.admission import Admission, admission_for
from survey.queries.responses import content_hashes
from survey.services.intake_checks import CheckedPacket, check_packet
from survey.services.intake_storage import insert_responses

__all__ = ["Outcome", "Packet", "Receipt", "receive_packet", "receive_packets"]

# Bounds the parameters of one statement; callers may hand over any number.
PACKETS_AT_ONCE = 1_000

Problem: TypeAlias = PacketProblem | AnswerProblem


class Outcome(StrEnum):
    """What became of a packet."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    """The same packet is stored already: a success for the sender."""
    CONFLICT = "conflict"
    """Another packet with this uuid is stored; it stands."""
    REJECTED = "rejected"


@dataclass(frozen=True)
class Receipt:
    """The answer to one packet; `code` is what a respondent can quote, `problems` say why it was rejected."""

    uuid: UUID
    outcome: Outcome
    code: str
    problems: tuple[Problem, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether the packet is in the database, now or since before."""
        return self.outcome in (Outcome.STORED, Outcome.DUPLICATE)


def receive_packet(session: Session, packet: Packet, *, now: datetime) -> Receipt:
    """Check and store one packet; the receipt is good once the caller has committed."""
    return receive_packets(session, [packet], now=now)[0]


def receive_packets(session: Session, packets: Sequence[Packet], *, now: datetime) -> list[Receipt]:
    """Check and store packets, one receipt for each in their order; a bad one never spoils the others.

    The receipts are good once the caller has committed. `now` is the server's clock (aware).
    """
    receipts: list[Receipt] = []
    for start in range(0, len(packets), PACKETS_AT_ONCE):
        receipts += _receive(session, packets[start : start + PACKETS_AT_ONCE], now=now)
    return receipts


def _receive(session: Session, packets: Sequence[Packet], *, now: datetime) -> list[Receipt]:
    admission = admission_for(session, packets, now=now)
    supplements = frozenset(packet.uuid for packet in packets if packet.supplements is not None)
    checked = [
        check_packet(packet, admission=admission, supplements_of_call=supplements, now=now)
        for packet in packets
    ]
    first: dict[UUID, CheckedPacket] = {}
    for packet in checked:
        if not packet.problems:
            first.setdefault(packet.uuid, packet)
    inserted = insert_responses(session, [packet.row for packet in first.values()])
    stored = {uuid: first[uuid].content_hash for uuid in inserted}
    # Whatever was not inserted is compared with what stands there: the unique constraint has decided, not we.
    # That goes for rejected packets too: one taken while the round was open stays a success ever after.
    doubtful = {packet.uuid for packet in checked if packet.content_hash} - stored.keys()
    if doubtful:
        stored |= content_hashes(session, doubtful)
    # What was neither inserted nor stands there was kept out by the other unique constraint: its drawn unit
    # has its interview.
    refused = {
        uuid: _already_interviewed(packet, admission) for uuid, packet in first.items() if uuid not in stored
    }
    return _receipts(checked, stored=stored, inserted=set(inserted), refused=refused)


def _already_interviewed(packet: CheckedPacket, admission: Admission) -> tuple[Problem, ...]:
    unit = admission.sample_units[packet.row["sample_unit_id"]]
    return (PacketProblem("sample_unit", PacketProblemCode.ALREADY_INTERVIEWED, {"value": unit.code}),)


def _receipts(
    checked: Sequence[CheckedPacket],
    *,
    stored: Mapping[UUID, str],
    inserted: set[UUID],
    refused: Mapping[UUID, tuple[Problem, ...]],
) -> list[Receipt]:
    receipts = []
    for packet in checked:
        problems: tuple[Problem, ...] = ()
        same = packet.content_hash != "" and stored.get(packet.uuid) == packet.content_hash
        if same and packet.uuid in inserted:
            inserted.discard(packet.uuid)
            outcome = Outcome.STORED
        elif same:
            outcome = Outcome.DUPLICATE
        else:
            problems = packet.problems or refused.get(packet.uuid, ())
            outcome = Outcome.REJECTED if problems else Outcome.CONFLICT
        receipts.append(Receipt(packet.uuid, outcome, receipt_code(packet.uuid), problems))
    return receipts
