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


class FigureKind(StrEnum):
    """What a published figure is; every figure says it."""

    OFFICIAL = "official"
    DESIGN_BASED = "design_based"
    MONITORING = "monitoring"
