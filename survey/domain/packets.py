"""Packets: one submission as it comes to the door, and why it may be turned away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from forms.answers import Completeness
from forms.messages import N_
from survey.domain.enums import Mode


@dataclass(frozen=True, kw_only=True)
class Packet:
    """One submission, whatever the channel. `uuid` was made by the client and is its identity.

    `answers` are raw values by item code. `captured_at` is the device's clock (aware), None when it has none.
    `supplements` names the packet this one adds to. `completeness` is COMPLETE or PARTIAL; a supplement needs
    neither. `units` are the codes of the assessed units where the questionnaire has a unit grid.
    """

    uuid: UUID
    round_code: str
    questionnaire_code: str
    questionnaire_version: int
    mode: Mode
    language: str
    answers: Mapping[str, object]
    captured_at: datetime | None = None
    service_point_id: int | None = None
    sample_unit_id: int | None = None
    entered_by_id: int | None = None
    supplements: UUID | None = None
    completeness: Completeness = Completeness.COMPLETE
    units: tuple[str, ...] = ()


class PacketProblemCode(StrEnum):
    """Why a packet is turned away, its answers aside."""

    UNKNOWN_ROUND = "unknown_round"
    ROUND_NOT_OPEN = "round_not_open"
    UNKNOWN_QUESTIONNAIRE = "unknown_questionnaire"
    WRONG_QUESTIONNAIRE = "wrong_questionnaire"
    UNKNOWN_LANGUAGE = "unknown_language"
    MODE_NOT_TAKEN = "mode_not_taken"
    SERVICE_POINT_MISSING = "service_point_missing"
    UNKNOWN_SERVICE_POINT = "unknown_service_point"
    UNKNOWN_SAMPLE_UNIT = "unknown_sample_unit"
    ALREADY_INTERVIEWED = "already_interviewed"
    IMPLAUSIBLE_CLOCK = "implausible_clock"
    SUPPLEMENT_OF_ITSELF = "supplement_of_itself"
    SUPPLEMENT_OF_SUPPLEMENT = "supplement_of_supplement"
    SUPPLEMENT_ELSEWHERE = "supplement_elsewhere"
    EMPTY_SUPPLEMENT = "empty_supplement"
    UNKNOWN_FIELD = "unknown_field"
    FIELD_MISSING = "field_missing"
    UNREADABLE_FIELD = "unreadable_field"
    NOT_AN_OBJECT = "not_an_object"
    OUTSIDE_TOKEN = "outside_token"  # noqa: S105 -- a code, not a secret


MESSAGES: Mapping[PacketProblemCode, str] = {
    PacketProblemCode.UNKNOWN_ROUND: N_("There is no survey round %(value)s."),
    PacketProblemCode.ROUND_NOT_OPEN: N_("Ratings are not being collected here at this time."),
    PacketProblemCode.UNKNOWN_QUESTIONNAIRE: N_(
        "There is no questionnaire %(value)s; send the code and version that were shown."
    ),
    PacketProblemCode.WRONG_QUESTIONNAIRE: N_("This round does not use the questionnaire %(value)s."),
    PacketProblemCode.UNKNOWN_LANGUAGE: N_("The questionnaire has no language %(value)s."),
    PacketProblemCode.MODE_NOT_TAKEN: N_("This round takes no answers collected as %(value)s."),
    PacketProblemCode.SERVICE_POINT_MISSING: N_("Name the service point where the rating was given."),
    PacketProblemCode.UNKNOWN_SERVICE_POINT: N_("There is no service point %(value)s."),
    PacketProblemCode.UNKNOWN_SAMPLE_UNIT: N_("The sample of this round has no unit %(value)s."),
    PacketProblemCode.ALREADY_INTERVIEWED: N_(
        "The drawn unit %(value)s has its interview already; each drawn person is counted once."
    ),
    PacketProblemCode.IMPLAUSIBLE_CLOCK: N_(
        "The device's time %(value)s cannot be right. Set its clock, or leave the time out."
    ),
    PacketProblemCode.SUPPLEMENT_OF_ITSELF: N_("A packet cannot add to itself."),
    PacketProblemCode.SUPPLEMENT_OF_SUPPLEMENT: N_("A supplement cannot add to another supplement."),
    PacketProblemCode.SUPPLEMENT_ELSEWHERE: N_(
        "The packet this one adds to belongs to another round or service point."
    ),
    PacketProblemCode.EMPTY_SUPPLEMENT: N_("Please choose or write something, or leave this page."),
    PacketProblemCode.UNKNOWN_FIELD: N_("There is no field %(value)s; check its spelling."),
    PacketProblemCode.FIELD_MISSING: N_("This field is missing."),
    PacketProblemCode.UNREADABLE_FIELD: N_("This must be %(expected)s, not %(value)s."),
    PacketProblemCode.NOT_AN_OBJECT: N_("A packet must be a JSON object."),
    PacketProblemCode.OUTSIDE_TOKEN: N_("This token may not write answers for this place."),
}


@dataclass(frozen=True)
class PacketProblem:
    """One reason to turn a packet away; `item` is the field of the packet that it is about."""

    item: str
    code: PacketProblemCode
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The English sentence, with %(name)s places for `params`."""
        return MESSAGES[self.code]

    def render(self, translate: Callable[[str], str]) -> str:
        """The whole sentence; `translate` is gettext or str."""
        params = dict(self.params)
        if "expected" in params:
            params["expected"] = translate(str(params["expected"]))
        return translate(self.message) % params
