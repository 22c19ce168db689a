"""Points of one dossier: every level of every index, and nothing where the input is missing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from analysis.on_site.definition import Band, OnSiteScheme, Rule, SchemeIndex
from analysis.on_site.dossiers import AgencyTime, Complaint, DossierInputs, Publication, dossier_points

DUE = date(2026, 7, 10)
EARLY, ON_TIME, LATE = DUE - timedelta(days=1), DUE, DUE + timedelta(days=1)


def scheme(**values: object) -> OnSiteScheme:
    rules = {1: Rule.TOTAL_TIME, 2: Rule.AGENCY_TIMES, 3: Rule.CONTACTS, 4: Rule.AGENCIES_CONTACTED}
    rules |= {6: Rule.PUBLICATION, 7: Rule.ATTITUDE}
    return OnSiteScheme(
        **{
            "code": "test",
            "version": 1,
            "indices": tuple(SchemeIndex(number, rules.get(number)) for number in range(1, 10)),
            "standard_points": 2,
            "officer_indices": (1, 2, 3, 4, 7),
            "classes": (Band("good", Decimal(12)), Band("weak", Decimal(0))),
            "officer_classes": (Band("all", Decimal(0)),),
            "decimals": 1,
            "late_without_complaint": 0,
            **values,
        }  # type: ignore[arg-type]
    )


def points(number: int, **inputs: object) -> int | None:
    return dossier_points(scheme(), DossierInputs(**inputs))[number]  # type: ignore[arg-type]


def agency(allowed: str, taken: str) -> AgencyTime:
    return AgencyTime("STP", Decimal(allowed), Decimal(taken))


@pytest.mark.parametrize(("returned_on", "expected"), [(EARLY, 2), (ON_TIME, 1), (LATE, 0)])
def test_total_time_is_compared_by_day(returned_on: date, expected: int) -> None:
    assert points(1, due_on=DUE, returned_on=returned_on) == expected


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([agency("5", "4.5")], 2),
        ([agency("5", "5.0")], 1),
        ([agency("5", "4"), agency("2", "2")], 1),
        ([agency("5", "1"), agency("2", "2.5")], 0),
    ],
)
def test_the_slowest_agency_decides(times: list[AgencyTime], expected: int) -> None:
    assert points(2, agency_times=tuple(times)) == expected


@pytest.mark.parametrize(
    ("contacts", "faults", "expected"), [(0, 0, 2), (1, 0, 1), (2, 0, 0), (5, 0, 0), (3, 2, 1), (2, 2, 2)]
)
def test_contacts_caused_by_the_applicant_are_not_counted(contacts: int, faults: int, expected: int) -> None:
    assert points(3, contact_count=contacts, applicant_fault_count=faults) == expected


@pytest.mark.parametrize(("count", "expected"), [(0, 2), (1, 1), (2, 0), (9, 0)])
def test_agencies_contacted(count: int, expected: int) -> None:
    assert points(4, agency_contact_count=count) == expected


@pytest.mark.parametrize(
    ("publication", "expected"), [(Publication.BOTH, 2), (Publication.ONE, 1), (Publication.NEITHER, 0)]
)
def test_publication(publication: Publication, expected: int) -> None:
    assert points(6, publication=publication) == expected


@pytest.mark.parametrize(
    ("complaint", "returned_on", "expected"),
    [
        (Complaint.NONE, EARLY, 2),
        (Complaint.NONE, ON_TIME, 1),
        (Complaint.NONE, LATE, 0),
        (Complaint.OPEN, EARLY, 0),
        (Complaint.UPHELD, EARLY, 0),
        (Complaint.DISMISSED, EARLY, 2),
        (Complaint.DISMISSED, ON_TIME, 1),
    ],
)
def test_attitude_by_time_and_complaint(complaint: Complaint, returned_on: date, expected: int) -> None:
    assert points(7, complaint=complaint, due_on=DUE, returned_on=returned_on) == expected


def test_a_late_dossier_without_complaint_is_read_as_the_scheme_says() -> None:
    lenient = scheme(late_without_complaint=1)
    dossier = DossierInputs(due_on=DUE, returned_on=LATE, complaint=Complaint.NONE)
    assert dossier_points(lenient, dossier)[7] == 1


def test_what_is_not_known_is_never_zero() -> None:
    assert dossier_points(scheme(), DossierInputs()) == dict.fromkeys((1, 2, 3, 4, 6, 7))


def test_attitude_needs_the_dates_unless_there_is_a_complaint() -> None:
    assert (points(7, complaint=Complaint.NONE), points(7, complaint=Complaint.OPEN)) == (None, 0)
