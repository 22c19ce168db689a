"""Results of the on-site evaluation: what a quarter's dossiers and statements give for units and officers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from analysis.on_site.definition import OnSiteScheme
from analysis.on_site.dossiers import DossierInputs, Points, dossier_points
from analysis.on_site.results import IndexMean, class_of, index_means, officer_score, ranks, unit_total
from survey.domain.enums import CitizenRating
from survey.domain.quarters import Quarter, province_day
from survey.errors import NotFoundError
from survey.models import OnSiteStatement, ServedDossier
from survey.queries import dossiers as dossier_queries
from survey.queries.scores import UnitNode, unit_tree
from survey.services.dossier_records import agency_times_of
from survey.services.on_site_definitions import SchemeDefinition, scheme_definition
from survey.services.on_site_statements import appraised_measure, stated_measure

MINIMUM_RATINGS = 5  # fewer citizens' ratings of their dossiers are shown to nobody

Statements = Mapping[str, OnSiteStatement]


@dataclass(frozen=True)
class PeriodPoints:
    """The points of an index scored once per quarter: the unit's own, the appraiser's, and their notes."""

    stated: int | None
    appraised: int | None
    note: str

    @property
    def counted(self) -> int | None:
        """What the total takes: the appraiser's points where there are any, else the unit's own."""
        return self.stated if self.appraised is None else self.appraised


@dataclass(frozen=True)
class Ratings:
    """How citizens rated the handling of their own dossiers; self-selected, no sample.

    `shares` are exact, 0 to 1, by level; None where nobody rated or too few to show.
    """

    rated_count: int | None
    shares: Mapping[CitizenRating, Fraction] | None

    @property
    def is_withheld(self) -> bool:
        """Whether there are ratings, but too few to show."""
        return self.rated_count is None


@dataclass(frozen=True, kw_only=True)
class UnitResult:
    """A unit or centre in a quarter; `total` is None while an index is missing."""

    unit: UnitNode
    dossier_count: int
    means: Mapping[int, IndexMean]
    period_points: Mapping[int, PeriodPoints]
    total: Fraction | None
    class_code: str | None
    rank: int | None
    ratings: Ratings

    @property
    def missing_indices(self) -> list[int]:
        """The indices without points, by number."""
        without_mean = [number for number, mean in self.means.items() if mean.mean is None]
        return sorted(
            without_mean + [number for number, given in self.period_points.items() if given.counted is None]
        )


@dataclass(frozen=True)
class QuarterReport:
    """Everybody in a quarter. Units are who handles a dossier, centres where its counter stands."""

    quarter: Quarter
    definition: SchemeDefinition
    units: tuple[UnitResult, ...]
    centres: tuple[UnitResult, ...]

    def limited_to(self, organisation_ids: Collection[int]) -> QuarterReport:
        """Only these units and centres; ranks stay those among all."""
        return replace(
            self,
            units=tuple(result for result in self.units if result.unit.id in organisation_ids),
            centres=tuple(result for result in self.centres if result.unit.id in organisation_ids),
        )

    def unit(self, code: str) -> UnitResult:
        """The result of a unit. Raises NotFoundError."""
        for result in self.units:
            if result.unit.code == code:
                return result
        raise NotFoundError


@dataclass(frozen=True)
class OfficerResult:
    """An officer in a quarter; `score` is None while one of its indices has no mean."""

    officer_code: str
    dossier_count: int
    means: Mapping[int, IndexMean]
    score: Fraction | None
    class_code: str | None


@dataclass(frozen=True)
class DossierLine:
    """A returned dossier with its points; what citizens said of it is not told one by one."""

    code: str
    version: int
    procedure_code: str
    officer_code: str | None
    received_at: datetime
    due_on: date | None
    returned_at: datetime | None
    points: Points


def quarter_report(session: Session, quarter: Quarter) -> QuarterReport:
    """The results of every unit and centre with dossiers or statements, ranked ones first, by code."""
    definition = scheme_definition()
    by_unit: dict[int, list[ServedDossier]] = defaultdict(list)
    by_centre: dict[int, list[ServedDossier]] = defaultdict(list)
    centres = dossier_queries.centre_ids_by_point(session)
    for dossier in dossier_queries.returned_in(session, quarter):
        by_unit[dossier.organisation_id].append(dossier)
        if dossier.service_point_id is not None:
            by_centre[centres[dossier.service_point_id]].append(dossier)
    statements = dossier_queries.newest_statements(session, quarter)
    for organisation_id in statements:
        if organisation_id not in by_centre:
            by_unit.setdefault(organisation_id, [])
    nodes = unit_tree(session).nodes
    return QuarterReport(
        quarter=quarter,
        definition=definition,
        units=_ranked(definition.scheme, nodes, by_unit, statements),
        centres=_ranked(definition.scheme, nodes, by_centre, statements),
    )


def officer_results(session: Session, quarter: Quarter, *, organisation_id: int) -> list[OfficerResult]:
    """The officers of a unit by code; dossiers without an officer are nobody's."""
    scheme = scheme_definition().scheme
    by_officer: dict[str, list[Points]] = defaultdict(list)
    for dossier in dossier_queries.returned_in(session, quarter, organisation_id=organisation_id):
        if dossier.officer_code is not None:
            by_officer[dossier.officer_code].append(points_of(scheme, dossier))
    found = []
    for code, points in sorted(by_officer.items()):
        means = index_means(scheme, points)
        score = officer_score(scheme, means)
        known = None if score is None else class_of(score, scheme.officer_classes, decimals=scheme.decimals)
        found.append(OfficerResult(code, len(points), means, score, known))
    return found


def dossier_lines(session: Session, quarter: Quarter, *, organisation_id: int) -> list[DossierLine]:
    """The returned dossiers of a unit by time, then code."""
    scheme = scheme_definition().scheme
    return [
        DossierLine(
            code=dossier.code,
            version=dossier.version,
            procedure_code=dossier.procedure_code,
            officer_code=dossier.officer_code,
            received_at=dossier.received_at,
            due_on=_day(dossier.due_at),
            returned_at=dossier.returned_at,
            points=points_of(scheme, dossier),
        )
        for dossier in dossier_queries.returned_in(session, quarter, organisation_id=organisation_id)
    ]


def points_of(scheme: OnSiteScheme, dossier: ServedDossier) -> Points:
    """The points of a stored dossier."""
    return dossier_points(
        scheme,
        DossierInputs(
            due_on=_day(dossier.due_at),
            returned_on=_day(dossier.returned_at),
            agency_times=agency_times_of(dossier.agency_times),
            contact_count=dossier.contact_count,
            applicant_fault_count=dossier.applicant_fault_count or 0,
            agency_contact_count=dossier.agency_contact_count,
            publication=dossier.publication,
            complaint=dossier.complaint,
        ),
    )


def ratings_of(dossiers: Sequence[ServedDossier]) -> Ratings:
    """The shares of the five levels among the dossiers that were rated."""
    counts = Counter(dossier.citizen_rating for dossier in dossiers if dossier.citizen_rating is not None)
    rated = counts.total()
    if 0 < rated < MINIMUM_RATINGS:
        return Ratings(None, None)
    shares = {level: Fraction(counts[level], rated) for level in CitizenRating} if rated else None
    return Ratings(rated, shares)


def _ranked(
    scheme: OnSiteScheme,
    nodes: Mapping[int, UnitNode],
    dossiers: Mapping[int, Sequence[ServedDossier]],
    statements: Mapping[int, Statements],
) -> tuple[UnitResult, ...]:
    results = [
        _result(scheme, nodes[unit_id], rows, statements.get(unit_id, {}))
        for unit_id, rows in dossiers.items()
    ]
    places = ranks({result.unit.code: result.total for result in results}, decimals=scheme.decimals)
    placed = [replace(result, rank=places.get(result.unit.code)) for result in results]
    return tuple(sorted(placed, key=lambda one: (one.rank is None, one.rank or 0, one.unit.code)))


def _result(
    scheme: OnSiteScheme, unit: UnitNode, dossiers: Sequence[ServedDossier], statements: Statements
) -> UnitResult:
    means = index_means(scheme, [points_of(scheme, dossier) for dossier in dossiers])
    period_points = {number: _period_points(number, statements) for number in scheme.per_period}
    counted = {number: given.counted for number, given in period_points.items() if given.counted is not None}
    total = unit_total(scheme, means, counted)
    return UnitResult(
        unit=unit,
        dossier_count=len(dossiers),
        means=means,
        period_points=period_points,
        total=total,
        class_code=None if total is None else class_of(total, scheme.classes, decimals=scheme.decimals),
        rank=None,
        ratings=ratings_of(dossiers),
    )


def _period_points(number: int, statements: Statements) -> PeriodPoints:
    stated, appraised = statements.get(stated_measure(number)), statements.get(appraised_measure(number))
    notes = [row.note for row in (stated, appraised) if row is not None and row.note]
    return PeriodPoints(
        stated=None if stated is None else stated.value,
        appraised=None if appraised is None else appraised.value,
        note="; ".join(notes),
    )


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else province_day(moment)
