"""A batch of packets from another programme: read, limited to what its token may write, and received."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey.domain.packet_reading import PacketDocument, UnreadablePacket, read_packet_document
from survey.domain.packets import Packet, PacketProblem
from survey.domain.packets import PacketProblemCode as Code
from survey.queries.packet_places import Place, sample_units_by_code, service_points_by_code
from survey.services.intake import Outcome, Problem, Receipt, receive_packets


@dataclass(frozen=True)
class BatchReceipt:
    """The answer to one packet of a batch; `uuid` is the text that was sent, `code` empty when not kept."""

    uuid: str | None
    outcome: Outcome
    code: str | None
    problems: tuple[Problem, ...]


def receive_documents(
    session: Session, documents: Sequence[object], *, organisation_ids: Collection[int] | None, now: datetime
) -> list[BatchReceipt]:
    """Receive packets in their JSON form, one receipt for each in their order.

    `organisation_ids` are the units that the sender may write for, None for all. The caller commits.
    """
    read = [read_packet_document(document) for document in documents]
    readable = [document for document in read if isinstance(document, PacketDocument)]
    places = _Places(session, readable, organisation_ids)
    answers: list[BatchReceipt | Packet] = [
        BatchReceipt(document.uuid, Outcome.REJECTED, None, document.problems)
        if isinstance(document, UnreadablePacket)
        else places.packet(document)
        for document in read
    ]
    receipts = iter(
        receive_packets(session, [packet for packet in answers if isinstance(packet, Packet)], now=now)
    )
    return [answer if isinstance(answer, BatchReceipt) else _kept(next(receipts)) for answer in answers]


def _kept(receipt: Receipt) -> BatchReceipt:
    code = receipt.code if receipt.is_kept else None
    return BatchReceipt(str(receipt.uuid), receipt.outcome, code, receipt.problems)


class _Places:
    """Turns codes of places into rows, all of a batch at once."""

    def __init__(
        self,
        session: Session,
        documents: Sequence[PacketDocument],
        organisation_ids: Collection[int] | None,
    ) -> None:
        self._allowed = organisation_ids
        self._points = service_points_by_code(
            session, {document.service_point for document in documents if document.service_point}
        )
        self._units = sample_units_by_code(
            session,
            {(document.round, document.sample_unit) for document in documents if document.sample_unit},
        )

    def packet(self, document: PacketDocument) -> Packet | BatchReceipt:
        """The packet of a document, or a receipt that says which place is unknown or out of reach."""
        point = self._points.get(document.service_point or "")
        unit = self._units.get((document.round, document.sample_unit or ""))
        problems: list[PacketProblem] = []
        if document.service_point is not None:
            problems += self._problems(
                "service_point", point, Code.UNKNOWN_SERVICE_POINT, document.service_point
            )
        if document.sample_unit is not None:
            problems += self._problems("sample_unit", unit, Code.UNKNOWN_SAMPLE_UNIT, document.sample_unit)
        if self._allowed is not None and point is None and unit is None and not problems:
            problems.append(PacketProblem("service_point", Code.OUTSIDE_TOKEN))
        if problems:
            return BatchReceipt(str(document.uuid), Outcome.REJECTED, None, tuple(problems))
        return Packet(
            uuid=document.uuid,
            round_code=document.round,
            questionnaire_code=document.questionnaire,
            questionnaire_version=document.version,
            mode=document.mode,
            language=document.language,
            answers=document.answers,
            captured_at=document.captured_at,
            service_point_id=None if point is None else point.id,
            sample_unit_id=None if unit is None else unit.id,
            supplements=document.supplements,
            completeness=document.completeness,
        )

    def _problems(self, field: str, place: Place | None, unknown: Code, value: str) -> list[PacketProblem]:
        if place is None:
            return [PacketProblem(field, unknown, {"value": value})]
        if self._allowed is not None and place.organisation_id not in self._allowed:
            return [PacketProblem(field, Code.OUTSIDE_TOKEN)]
        return []
