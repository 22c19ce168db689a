"""Points of one dossier: each index by its rule, and nothing where the input is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from analysis.on_site.definition import OnSiteScheme, Rule

SHORTER, EQUAL, LONGER = 2, 1, 0


class Publication(StrEnum):
    """How the procedure was made public: posted and online, one of the two, or neither."""

    BOTH = "both"
    ONE = "one"
    NEITHER = "neither"


class Complaint(StrEnum):
    """A complaint about the conduct of staff: none, not concluded yet, found true, found untrue."""

    NONE = "none"
    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class AgencyTime:
    """What one agency was allowed and what it took, both in working days."""

    agency: str
    allowed_days: Decimal
    taken_days: Decimal


@dataclass(frozen=True, kw_only=True)
class DossierInputs:
    """What is known of a returned dossier; None where it is not known, which is never zero.

    Times are compared by calendar day: a result on the due day took exactly the time allowed.
    `contact_count` are contacts that were needed to complete the dossier; `applicant_fault_count` are those
    of them caused by the applicant, which the third index excepts. `agency_contact_count` leaves out agencies
    that the law itself sends the applicant to.
    """

    due_on: date | None = None
    returned_on: date | None = None
    agency_times: tuple[AgencyTime, ...] = ()
    contact_count: int | None = None
    applicant_fault_count: int = 0
    agency_contact_count: int | None = None
    publication: Publication | None = None
    complaint: Complaint | None = None


Points = Mapping[int, int | None]
"""Index number to points; None where the dossier lacks the input and leaves that index."""


def dossier_points(scheme: OnSiteScheme, dossier: DossierInputs) -> Points:
    """The points of every index that is scored per dossier (level texts: domain file, 2018 scheme)."""
    return {
        index.number: _RULES[index.rule](scheme, dossier)
        for index in scheme.indices
        if index.rule is not None
    }


def timeliness(dossier: DossierInputs) -> int | None:
    """`SHORTER`, `EQUAL` or `LONGER` than allowed; None when a date is missing."""
    if dossier.due_on is None or dossier.returned_on is None:
        return None
    return _compared(dossier.returned_on, dossier.due_on)


def has_complaint(complaint: Complaint) -> bool:
    """Whether the complaint counts: one found untrue does not, one still open does."""
    return complaint in (Complaint.OPEN, Complaint.UPHELD)


def _total_time(_scheme: OnSiteScheme, dossier: DossierInputs) -> int | None:
    return timeliness(dossier)


def _agency_times(_scheme: OnSiteScheme, dossier: DossierInputs) -> int | None:
    """The slowest agency decides: the text asks for the time of each agency."""
    return min((_compared(time.taken_days, time.allowed_days) for time in dossier.agency_times), default=None)


def _contacts(_scheme: OnSiteScheme, dossier: DossierInputs) -> int | None:
    if dossier.contact_count is None:
        return None
    return _none_one_more(dossier.contact_count - dossier.applicant_fault_count)


def _agencies_contacted(_scheme: OnSiteScheme, dossier: DossierInputs) -> int | None:
    return None if dossier.agency_contact_count is None else _none_one_more(dossier.agency_contact_count)


def _publication(_scheme: OnSiteScheme, dossier: DossierInputs) -> int | None:
    levels = {Publication.BOTH: 2, Publication.ONE: 1, Publication.NEITHER: 0}
    return None if dossier.publication is None else levels[dossier.publication]


def _attitude(scheme: OnSiteScheme, dossier: DossierInputs) -> int | None:
    if dossier.complaint is None:
        return None
    if has_complaint(dossier.complaint):
        return 0
    found = timeliness(dossier)
    return scheme.late_without_complaint if found == LONGER else found


def _compared(taken: date | Decimal, allowed: date | Decimal) -> int:
    if taken == allowed:
        return EQUAL
    return SHORTER if taken < allowed else LONGER  # type: ignore[operator]  # both are days or both dates


def _none_one_more(count: int) -> int:
    return max(2 - count, 0)


_RULES: Mapping[Rule, Callable[[OnSiteScheme, DossierInputs], int | None]] = {
    Rule.TOTAL_TIME: _total_time,
    Rule.AGENCY_TIMES: _agency_times,
    Rule.CONTACTS: _contacts,
    Rule.AGENCIES_CONTACTED: _agencies_contacted,
    Rule.PUBLICATION: _publication,
    Rule.ATTITUDE: _attitude,
}
