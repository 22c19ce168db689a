"""Closed sets of the domain."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """How a response was collected."""

    KIOSK = "kiosk"
    QR = "qr"
    TABLET = "tablet"
    INVITED = "invited"
    PAPER = "paper"


class Selection(StrEnum):
    """How the respondents of a round came to answer; the three are never pooled."""

    PROBABILITY_SAMPLE = "probability_sample"
    SELF_SELECTED = "self_selected"
    INVITED = "invited"


class CodeSource(StrEnum):
    """Who gave an organisation its code."""

    STATISTICS_OFFICE = "statistics_office"
    OWN = "own"


class SuccessionKind(StrEnum):
    """How an organisation turned into another."""

    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"


class Disposition(StrEnum):
    """What came of a sampled unit (AAPOR Standard Definitions, final codes)."""

    PENDING = "pending"
    COMPLETE = "complete"
    PARTIAL = "partial"
    REFUSED = "refused"
    NOT_CONTACTED = "not_contacted"
    OTHER_NON_INTERVIEW = "other_non_interview"
    NOT_ELIGIBLE = "not_eligible"


class OutcomeReason(StrEnum):
    """Why a sampled unit gave no complete interview, as an enumerator meets it at the door."""

    REFUSED = "refused"
    ABSENT = "absent"
    WRONG_ADDRESS = "wrong_address"
    BROKEN_OFF = "broken_off"
    UNABLE = "unable"
    MOVED_OR_DIED = "moved_or_died"

    @property
    def disposition(self) -> Disposition:
        """The final code it counts as (AAPOR Standard Definitions)."""
        return _DISPOSITIONS[self]


# A wrong address leaves open whether anybody eligible lives there; such a unit stays in RR1's denominator.
_DISPOSITIONS = {
    OutcomeReason.REFUSED: Disposition.REFUSED,
    OutcomeReason.ABSENT: Disposition.NOT_CONTACTED,
    OutcomeReason.WRONG_ADDRESS: Disposition.NOT_CONTACTED,
    OutcomeReason.BROKEN_OFF: Disposition.PARTIAL,
    OutcomeReason.UNABLE: Disposition.OTHER_NON_INTERVIEW,
    OutcomeReason.MOVED_OR_DIED: Disposition.NOT_ELIGIBLE,
}


class SampleFileKind(StrEnum):
    """What an imported file of a sampled round holds; the frame keeps its own."""

    SAMPLE = "sample"
    POPULATION_TOTALS = "population_totals"


class FigureKind(StrEnum):
    """What a published figure is; every figure says it."""

    OFFICIAL = "official"
    DESIGN_BASED = "design_based"
    MONITORING = "monitoring"


class ScreenState(StrEnum):
    """What an enrolled device shows."""

    READY = "ready"
    """The question, waiting for somebody."""
    IN_USE = "in_use"
    ASLEEP = "asleep"
    CLOSED = "closed"
    """The counter takes no ratings at present."""


class StorageState(StrEnum):
    """Whether the browser of a device keeps what waits to be sent."""

    WORKING = "working"
    REFUSED = "refused"


class DeviceCondition(StrEnum):
    """How a device is doing, the worst first."""

    SILENT = "silent"
    """Not heard for too long while its counter is open: an alert."""
    NEVER_HEARD = "never_heard"
    QUIET = "quiet"
    """Not heard lately, and nobody expects it: the counter is closed, or it happened just now."""
    HEARD = "heard"
    REVOKED = "revoked"


class CitizenRating(StrEnum):
    """How satisfied somebody was with the handling of their own dossier, on the five levels of Mẫu 02."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"
