"""The 2022 satisfaction group of a unit in a quarter: rates of complaints and dossiers, made into points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from sqlalchemy.orm import Session

from analysis.on_site.dossiers import LONGER, DossierInputs, has_complaint, timeliness
from analysis.on_site.proxy import SettledCounts, converted_points, settling_rate, share_of
from survey.domain.enums import CitizenRating
from survey.domain.quarters import Quarter, province_day
from survey.models import ServedDossier
from survey.queries import dossiers as dossier_queries
from survey.services.on_site import ratings_of
from survey.services.on_site_definitions import ProxyDefinition, ProxyIndicator, proxy_definition

DISLIKES = (CitizenRating.DISSATISFIED, CitizenRating.VERY_DISSATISFIED)


class ProxyGap(StrEnum):
    """Why an indicator has no rate."""

    NOT_STATED = "not_stated"
    NOTHING_RECEIVED = "nothing_received"
    CONTRADICTORY = "contradictory"
    NO_DOSSIERS = "no_dossiers"
    INPUTS_MISSING = "inputs_missing"
    TOO_FEW_RATINGS = "too_few_ratings"


@dataclass(frozen=True)
class IndicatorResult:
    """One indicator: its rate (a share 0–1) and points, exact; without them, why."""

    indicator: ProxyIndicator
    rate: Fraction | None
    points: Fraction | None
    gap: ProxyGap | None


@dataclass(frozen=True)
class ProxyResult:
    """The group; `points` is None while an indicator is missing."""

    definition: ProxyDefinition
    indicators: tuple[IndicatorResult, ...]
    overdue_not_returned: int

    @property
    def points(self) -> Fraction | None:
        """The sum of all indicators."""
        known = [one.points for one in self.indicators if one.points is not None]
        return sum(known, start=Fraction(0)) if len(known) == len(self.indicators) else None

    @property
    def max_points(self) -> int:
        """What the group gives at most."""
        return sum(one.indicator.max_points for one in self.indicators)


def proxy_result(session: Session, quarter: Quarter, *, organisation_id: int) -> ProxyResult:
    """The group for one unit, from its statements and the dossiers it returned in the quarter."""
    definition = proxy_definition()
    statements = dossier_queries.newest_statements(session, quarter).get(organisation_id, {})
    counts = {measure: row.value for measure, row in statements.items()}
    dossiers = dossier_queries.returned_in(session, quarter, organisation_id=organisation_id)
    return ProxyResult(
        definition=definition,
        indicators=tuple(_indicator(one, definition, counts, dossiers) for one in definition.indicators),
        overdue_not_returned=dossier_queries.overdue_count(session, quarter, organisation_id=organisation_id),
    )


def _indicator(
    indicator: ProxyIndicator,
    definition: ProxyDefinition,
    counts: Mapping[str, int],
    dossiers: Sequence[ServedDossier],
) -> IndicatorResult:
    rate = _settled(dossiers) if indicator.rule == "dossiers_settled" else _feedback(indicator.rule, counts)
    if isinstance(rate, ProxyGap):
        return IndicatorResult(indicator, None, None, rate)
    points = converted_points(rate, max_points=indicator.max_points, full_from=definition.full_from)
    return IndicatorResult(indicator, rate, points, None)


def _feedback(rule: str, counts: Mapping[str, int]) -> Fraction | ProxyGap:
    received = counts.get("feedback-received")
    part = counts.get(
        {
            "feedback_classified": "feedback-classified",
            "feedback_on_time": "feedback-on-time",
            "feedback_satisfied": "feedback-unsatisfactory",
        }[rule]
    )
    if received == 0:
        return ProxyGap.NOTHING_RECEIVED
    if received is None or part is None:
        return ProxyGap.NOT_STATED
    if part > received:
        return ProxyGap.CONTRADICTORY
    share = share_of(part, received)
    if share is None:
        return ProxyGap.NOT_STATED
    return 1 - share if rule == "feedback_satisfied" else share


def _settled(dossiers: Sequence[ServedDossier]) -> Fraction | ProxyGap:
    """The rate over all returned dossiers; each must tell its due date and whether there was a complaint."""
    if not dossiers:
        return ProxyGap.NO_DOSSIERS
    if ratings_of(dossiers).is_withheld:
        return ProxyGap.TOO_FEW_RATINGS
    found = [timeliness(_dates(dossier)) for dossier in dossiers]
    if None in found or any(dossier.complaint is None for dossier in dossiers):
        return ProxyGap.INPUTS_MISSING
    bad = sum(
        dossier.citizen_rating in DISLIKES
        or (dossier.complaint is not None and has_complaint(dossier.complaint))
        for dossier in dossiers
    )
    rate = settling_rate(SettledCounts(len(dossiers), found.count(LONGER), bad))
    return ProxyGap.NO_DOSSIERS if rate is None else rate


def _dates(dossier: ServedDossier) -> DossierInputs:
    return DossierInputs(
        due_on=None if dossier.due_at is None else province_day(dossier.due_at),
        returned_on=None if dossier.returned_at is None else province_day(dossier.returned_at),
    )
