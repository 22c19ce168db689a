"""What the door must know to let a packet in: rounds, questionnaire versions, service points, sample units.

Rounds, versions and service points are remembered in the process for a few seconds, so that a tap costs no
read. An edit therefore counts a few seconds later; opening and closing dates are compared for every packet.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select, tuple_
from sqlalchemy.orm import Session

from forms.questionnaire import Questionnaire
from survey.config import TIME_ZONE
from survey.domain.enums import Selection
from survey.domain.packets import Packet
from survey.models import QuestionnaireVersion, Response, SampleUnit, ServicePoint, SurveyRound
from survey.queries.questionnaires import read_stored

REMEMBERED_FOR = timedelta(seconds=5)
REMEMBERED_ENTRIES = 4_096
PROVINCE_TIME = ZoneInfo(TIME_ZONE)

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True)
class RoundTerms:
    """What a round accepts; dates are days of the province, `closes_on` the last one."""

    id: int
    code: str
    selection: Selection
    opens_on: date
    closes_on: date | None
    questionnaire_code: str
    questionnaire_version: int
    is_demonstration: bool

    def is_open_at(self, moment: datetime) -> bool:
        """Whether the round is open on the day of this moment in the province."""
        day = moment.astimezone(PROVINCE_TIME).date()
        return self.opens_on <= day and (self.closes_on is None or day <= self.closes_on)


@dataclass(frozen=True)
class StoredQuestionnaire:
    """A stored version and what it says."""

    id: int
    questionnaire: Questionnaire


@dataclass(frozen=True)
class SampleUnitTerms:
    """A drawn unit and the round it was drawn for."""

    code: str
    round_id: int


@dataclass(frozen=True)
class PlaceInRound:
    """Where a stored packet belongs, and whether it is itself a supplement."""

    round_id: int
    service_point_id: int | None
    sample_unit_id: int | None
    is_supplement: bool


@dataclass(frozen=True)
class Admission:
    """Everything that the packets of one call refer to and that exists.

    `supplemented` are the uuids that a stored packet already adds to; `places` the stored packets that
    packets of this call add to, by uuid.
    """

    rounds: Mapping[str, RoundTerms]
    questionnaires: Mapping[tuple[str, int], StoredQuestionnaire]
    service_point_codes: Mapping[int, str]
    sample_units: Mapping[int, SampleUnitTerms]
    places: Mapping[UUID, PlaceInRound]
    supplemented: frozenset[UUID]


class Memory:
    """Values by kind and key, each with the time it was read; bounded, and forgotten with its database."""

    def __init__(self) -> None:
        self._read_at: dict[Hashable, tuple[datetime, object]] = {}

    @property
    def size(self) -> int:
        """How many values are remembered."""
        return len(self._read_at)

    def recall(
        self, kind: str, keys: Iterable[Key], *, now: datetime, read: Callable[[list[Key]], dict[Key, Value]]
    ) -> dict[Key, Value]:
        """The values of these keys, those not remembered read together; what does not exist is left out."""
        found: dict[Key, Value] = {}
        missing: list[Key] = []
        for key in keys:
            entry = self._read_at.get((kind, key))
            if entry is not None and entry[0] <= now < entry[0] + REMEMBERED_FOR:
                found[key] = entry[1]  # type: ignore[assignment]  # `kind` decides the type of the value
            else:
                missing.append(key)
        if missing:
            fresh = read(missing)
            if len(self._read_at) + len(fresh) > REMEMBERED_ENTRIES:
                self._read_at.clear()
            self._read_at.update({(kind, key): (now, value) for key, value in fresh.items()})
            found |= fresh
        return found


# One per database: tests and tools use several in one process.
_memories: WeakKeyDictionary[Engine, Memory] = WeakKeyDictionary()


def memory_of(session: Session) -> Memory:
    """What is remembered of this session's database."""
    bind = session.get_bind()
    engine = bind.engine if isinstance(bind, Connection) else bind
    memory = _memories.get(engine)
    if memory is None:
        memory = _memories[engine] = Memory()
    return memory


def admission_for(session: Session, packets: Iterable[Packet], *, now: datetime) -> Admission:
    """Everything these packets refer to: a handful of statements for any number, none for a known tap."""
    packets = list(packets)
    memory = memory_of(session)
    parents = {packet.supplements for packet in packets if packet.supplements is not None}
    return Admission(
        rounds=memory.recall(
            "round",
            {packet.round_code for packet in packets},
            now=now,
            read=lambda codes: round_terms(session, codes),
        ),
        questionnaires=memory.recall(
            "questionnaire",
            {(packet.questionnaire_code, packet.questionnaire_version) for packet in packets},
            now=now,
            read=lambda names: stored_questionnaires(session, names),
        ),
        service_point_codes=memory.recall(
            "service point",
            {packet.service_point_id for packet in packets if packet.service_point_id is not None},
            now=now,
            read=lambda ids: _service_point_codes(session, ids),
        ),
        sample_units=_sample_units(
            session, {packet.sample_unit_id for packet in packets if packet.sample_unit_id is not None}
        ),
        places=_places(session, parents),
        supplemented=_supplemented(session, {packet.uuid for packet in packets if packet.supplements})
        if parents
        else frozenset(),
    )


def round_terms(session: Session, codes: list[str]) -> dict[str, RoundTerms]:
    rows = session.execute(
        select(
            SurveyRound.id,
            SurveyRound.code,
            SurveyRound.selection,
            SurveyRound.opens_on,
            SurveyRound.closes_on,
            QuestionnaireVersion.questionnaire_code,
            QuestionnaireVersion.version,
            SurveyRound.is_demonstration,
        )
        .join(QuestionnaireVersion, SurveyRound.questionnaire_version_id == QuestionnaireVersion.id)
        .where(SurveyRound.code.in_(codes))
    )
    return {row.code: RoundTerms(*row) for row in rows}


def stored_questionnaires(
    session: Session, names: list[tuple[str, int]]
) -> dict[tuple[str, int], StoredQuestionnaire]:
    version = QuestionnaireVersion
    rows = session.execute(
        select(version.id, version.questionnaire_code, version.version, version.content_hash).where(
            tuple_(version.questionnaire_code, version.version).in_(names)
        )
    ).all()
    return {
        (row.questionnaire_code, row.version): StoredQuestionnaire(
            row.id, read_stored(session, row.id, content_hash=row.content_hash)
        )
        for row in rows
    }


def _service_point_codes(session: Session, ids: list[int]) -> dict[int, str]:
    rows = session.execute(select(ServicePoint.id, ServicePoint.code).where(ServicePoint.id.in_(ids)))
    return {row.id: row.code for row in rows}


def _sample_units(session: Session, ids: set[int]) -> dict[int, SampleUnitTerms]:
    if not ids:
        return {}
    unit = SampleUnit
    # Held until the transaction ends, in one order: interviews of one unit take turns whatever their door.
    rows = session.execute(
        select(unit.id, unit.code, unit.round_id)
        .where(unit.id.in_(ids))
        .order_by(unit.id)
        .with_for_update(key_share=True)
    )
    return {row.id: SampleUnitTerms(row.code, row.round_id) for row in rows}


def _places(session: Session, uuids: set[UUID]) -> dict[UUID, PlaceInRound]:
    if not uuids:
        return {}
    stored = Response
    rows = session.execute(
        select(
            stored.uuid, stored.round_id, stored.service_point_id, stored.sample_unit_id, stored.supplements
        ).where(stored.uuid.in_(uuids))
    )
    return {
        row.uuid: PlaceInRound(
            row.round_id, row.service_point_id, row.sample_unit_id, row.supplements is not None
        )
        for row in rows
    }


def _supplemented(session: Session, uuids: set[UUID]) -> frozenset[UUID]:
    rows = session.scalars(select(Response.supplements).where(Response.supplements.in_(uuids)))
    return frozenset(uuid for uuid in rows if uuid is not None)
