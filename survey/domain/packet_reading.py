"""Reading packets as other programmes send them: JSON objects with the fields named here and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from forms.answers import Completeness
from forms.messages import N_
from survey.domain.enums import Mode
from survey.domain.packets import PacketProblem
from survey.domain.packets import PacketProblemCode as Code

LONGEST_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class PacketDocument:
    """A packet whose fields are readable; places are still codes. Field meanings as in `Packet`."""

    uuid: UUID
    round: str
    questionnaire: str
    version: int
    mode: Mode
    language: str
    answers: Mapping[str, object]
    captured_at: datetime | None = None
    service_point: str | None = None
    sample_unit: str | None = None
    supplements: UUID | None = None
    completeness: Completeness = Completeness.COMPLETE


@dataclass(frozen=True)
class UnreadablePacket:
    """A packet with fields that cannot be read; `uuid` is what stood there, as text, if anything did."""

    uuid: str | None
    problems: tuple[PacketProblem, ...]


def read_packet_document(document: object) -> PacketDocument | UnreadablePacket:
    """Read one packet and find every unreadable, missing or unknown field at once."""
    if not isinstance(document, Mapping):
        return UnreadablePacket(None, (PacketProblem("", Code.NOT_AN_OBJECT),))
    problems = [
        PacketProblem(shown(name), Code.UNKNOWN_FIELD, {"value": shown(name)})
        for name in document
        if name not in _FIELDS
    ]
    values: dict[str, object] = {}
    for name, (expected, read) in _FIELDS.items():
        value = document.get(name)
        if value is None:
            if name in _REQUIRED:
                problems.append(PacketProblem(name, Code.FIELD_MISSING))
            continue
        try:
            values[name] = read(value)
        except ValueError:
            problems.append(
                PacketProblem(name, Code.UNREADABLE_FIELD, {"expected": expected, "value": shown(value)})
            )
    if problems:
        uuid = document.get("uuid")
        return UnreadablePacket(uuid[:LONGEST_SHOWN] if isinstance(uuid, str) else None, tuple(problems))
    return PacketDocument(**values)  # type: ignore[arg-type]  # each reader gives its field's type


def shown(value: object) -> str:
    """A value cut short and made printable, for messages."""
    text = value if isinstance(value, str) and value.isprintable() else ascii(value)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def read_moment(text: str) -> datetime:
    """A moment with its zone in ISO 8601, in UTC; raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone.")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is outside the calendar.") from error


def _uuid(value: object) -> UUID:
    uuid = UUID(_text(value))
    # UUID() also takes braces, URNs and digits without hyphens; one identity has one spelling here.
    if str(uuid) != str(value).lower():
        raise ValueError
    return uuid


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or not value.isprintable() or len(value) > LONGEST_SHOWN:
        raise ValueError
    return value


def _version(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 1_000_000:
        raise ValueError
    return value


def _answers(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError
    return value


def _moment(value: object) -> datetime:
    return read_moment(_text(value))


def _mode(value: object) -> Mode:
    return Mode(_text(value))


def _completeness(value: object) -> Completeness:
    completeness = Completeness(_text(value))
    if completeness is Completeness.SUPPLEMENT:  # said by the field `supplements`
        raise ValueError
    return completeness


_FIELDS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "uuid": (N_("a UUID such as 6f1c2f52-9f0e-4a43-8f0a-0d5f0a3c9b1e"), _uuid),
    "round": (N_("the code of a round"), _text),
    "questionnaire": (N_("the code of a questionnaire"), _text),
    "version": (N_("a whole number from 1"), _version),
    "mode": (N_("one of kiosk, qr, tablet, invited, paper"), _mode),
    "language": (N_("the code of a language, such as vi"), _text),
    "answers": (N_("an object of item codes and values"), _answers),
    "captured_at": (N_("a time with its zone, such as 2026-03-02T09:00:00+07:00"), _moment),
    "service_point": (N_("the code of a service point"), _text),
    "sample_unit": (N_("the code of a drawn unit"), _text),
    "supplements": (N_("the UUID of the packet it adds to"), _uuid),
    "completeness": (N_("complete or partial"), _completeness),
}
_REQUIRED = frozenset({"uuid", "round", "questionnaire", "version", "mode", "language", "answers"})
