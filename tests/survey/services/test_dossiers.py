"""Taking in dossiers: all or nothing, the same again is one row, a change is a new version."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.quarters import Quarter, quarter_of, read_quarter
from survey.domain.wording import english
from survey.errors import ImportRefusedError
from survey.models import Organisation, ServedDossier
from survey.queries import dossiers as dossier_queries
from survey.services import dossiers, on_site_statements
from survey.services.csv_tables import CsvFile
from survey.services.dossiers import DossierOutcome, DossierReceipts
from tests.factories import make_organisation, make_service_point

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
HEADER = (
    "code,unit_code,procedure_code,received_at,due_at,returned_at,service_point,agency_times,contact_count"
)
FIRST = "H01-1,STP,1.000002,2026-01-05T08:00,2026-01-12,2026-01-09T15:00,Q7,STP:5:4,0"
SECOND = "H01-2,STP,1.000002,05/01/2026,12/01/2026,12/01/2026,Q7,STP:5:5|SYT:2:1.5,1"


@pytest.fixture
def justice(session: Session) -> Organisation:
    province = make_organisation(session, code="BL")
    unit = make_organisation(session, code="STP", kind_code="department", parent_id=province.id)
    make_organisation(session, code="SYT", kind_code="department", parent_id=province.id)
    make_service_point(session, code="Q7", organisation=unit)
    session.commit()
    return unit


def bring(
    session: Session, *lines: str, header: str = HEADER, ids: set[int] | None = None
) -> DossierReceipts:
    file = CsvFile("dossiers.csv", "\n".join([header, *lines]).encode())
    return dossiers.import_dossiers(session, file, organisation_ids=ids, now=NOW, gettext=english)


def problems(session: Session, *lines: str, **options: object) -> list[tuple[int | None, str | None]]:
    with pytest.raises(ImportRefusedError) as refused:
        bring(session, *lines, **options)  # type: ignore[arg-type]
    assert session.scalars(select(ServedDossier.id)).all() == []
    return [(problem.line, problem.column) for problem in refused.value.problems]


def test_dossiers_are_stored_as_told(session: Session, justice: Organisation) -> None:
    assert bring(session, FIRST, SECOND).counts[DossierOutcome.STORED] == 2
    row = session.scalars(select(ServedDossier).where(ServedDossier.code == "H01-2")).one()
    assert (row.version, row.organisation_id, row.contact_count, row.complaint) == (1, justice.id, 1, None)
    assert row.received_at == datetime(2026, 1, 4, 17, tzinfo=UTC)  # midnight in the province
    assert row.agency_times == [
        {"agency": "STP", "allowed_days": "5", "taken_days": "5"},
        {"agency": "SYT", "allowed_days": "2", "taken_days": "1.5"},
    ]


def test_the_same_again_changes_nothing_however_it_is_written(
    session: Session, justice: Organisation
) -> None:
    bring(session, FIRST)
    again = FIRST.replace("2026-01-05T08:00", "2026-01-05T01:00+00:00").replace("STP:5:4", "STP:5.0:4")
    assert [receipt.outcome for receipt in bring(session, again).receipts] == [DossierOutcome.DUPLICATE]
    assert len(session.scalars(select(ServedDossier)).all()) == 1


def test_a_change_is_a_new_version_and_the_old_row_stays(session: Session, justice: Organisation) -> None:
    bring(session, FIRST)
    receipts = bring(session, FIRST.replace("2026-01-09T15:00", "2026-01-13T15:00")).receipts
    assert [(one.outcome, one.version) for one in receipts] == [(DossierOutcome.CHANGED, 2)]
    versions = session.scalars(select(ServedDossier.version).order_by(ServedDossier.version)).all()
    assert versions == [1, 2]
    newest = dossier_queries.newest_versions(session, ["H01-1"])["H01-1"]
    assert newest.returned_at == datetime(2026, 1, 13, 8, tzinfo=UTC)


def test_going_back_to_earlier_content_is_a_version_too(session: Session, justice: Organisation) -> None:
    for line in (FIRST, FIRST.replace("STP:5:4", "STP:5:6"), FIRST):
        bring(session, line)
    assert dossier_queries.newest_versions(session, ["H01-1"])["H01-1"].version == 3


def test_every_problem_is_named_with_line_and_column_and_nothing_is_stored(
    session: Session, justice: Organisation
) -> None:
    found = problems(
        session,
        FIRST,
        "H01-3,NOWHERE,1.000002,2026-01-05,,2026-01-09,Q7,,0",
        "H01-4,STP,1.000002,2026-01-09,,2026-01-05,Q9,STP:5,minus",
        "bad code,STP,,2026-13-40,,2027-01-01,,,",
        FIRST,
    )
    assert sorted(found, key=str) == sorted(
        [
            (3, "unit_code"),
            (4, "service_point"),
            (4, "agency_times"),
            (4, "contact_count"),
            (4, "returned_at"),
            (5, "code"),
            (5, "procedure_code"),
            (5, "received_at"),
            (5, "returned_at"),
            (6, "code"),
        ],
        key=str,
    )


def test_a_column_about_the_citizen_is_refused(session: Session, justice: Organisation) -> None:
    assert problems(session, f"{FIRST},Nguyễn Văn A", header=f"{HEADER},citizen_name") == [
        (1, "citizen_name")
    ]


def test_only_own_units_may_be_written_for(session: Session, justice: Organisation) -> None:
    other = dossier_queries.organisation_ids_by_code(session, None)["SYT"]
    assert problems(session, FIRST, ids={other}) == [(2, "unit_code"), (2, "service_point")]


def test_a_code_of_another_unit_cannot_be_taken_over(session: Session, justice: Organisation) -> None:
    bring(session, FIRST)
    other = dossier_queries.organisation_ids_by_code(session, None)["SYT"]
    with pytest.raises(ImportRefusedError) as refused:
        bring(session, "H01-1,SYT,1.000002,2026-01-05,,,,,", ids={other})
    assert [(one.line, one.column) for one in refused.value.problems] == [(2, "code")]


def test_served_cases_count_the_newest_version_by_counter_procedure_and_day(
    session: Session, justice: Organisation
) -> None:
    bring(
        session,
        FIRST,
        SECOND,
        "H01-5,STP,2.1,2026-01-05,,2026-01-09,Q7,,",
        "H01-6,STP,2.1,2026-01-05,,2026-01-09,,,",
    )
    bring(session, SECOND.replace("12/01/2026,12/01/2026", "12/01/2026,09/01/2026"))
    point = dossier_queries.service_point_ids_by_code(session, None)["Q7"]
    found = dossier_queries.served_cases(
        session, service_point_ids=[point], first_day=date(2026, 1, 9), last_day=date(2026, 1, 12)
    )
    told = [(one.service_point_id, one.procedure_code, one.day, one.count) for one in found]
    assert told == [(point, "1.000002", date(2026, 1, 9), 2), (point, "2.1", date(2026, 1, 9), 1)]


def state(session: Session, *lines: str) -> on_site_statements.StatementReceipt:
    file = CsvFile("statements.csv", "\n".join(["unit_code,quarter,measure,value,note", *lines]).encode())
    return on_site_statements.import_statements(
        session, file, organisation_ids=None, now=NOW, gettext=english
    )


def test_statements_stand_until_a_newer_one_differs(session: Session, justice: Organisation) -> None:
    receipts = [state(session, f"STP,2026-Q1,index-5-self,{value},") for value in (1, 1, 2)]
    assert [(one.stored_count, one.unchanged_count) for one in receipts] == [(1, 0), (0, 1), (1, 0)]
    newest = dossier_queries.newest_statements(session, Quarter(2026, 1))
    assert newest[justice.id]["index-5-self"].value == 2


def test_wrong_statements_are_all_named(session: Session, justice: Organisation) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        state(
            session,
            "STP,2026-Q5,index-5-self,2,",
            "STP,2026-Q1,index-1-self,2,",
            "STP,2026-Q1,index-5-self,3,",
            "HN,2026-Q1,index-8-self,1,",
            "STP,2026-Q1,feedback-received,12,",
            "STP,2026-Q1,feedback-received,13,",
        )
    found = [(one.line, one.column) for one in refused.value.problems]
    assert found == [(2, "quarter"), (3, "measure"), (4, "value"), (5, "unit_code"), (7, "measure")]


def test_quarters_begin_and_end_at_midnight_of_the_province() -> None:
    assert read_quarter("2026-Q4") == quarter_of(date(2026, 12, 31)) == Quarter(2026, 4)
    assert Quarter(2026, 4).bounds == (
        datetime(2026, 9, 30, 17, tzinfo=UTC),
        datetime(2026, 12, 31, 17, tzinfo=UTC),
    )
    assert (read_quarter("2026-Q0"), str(Quarter(2026, 4).next), Quarter(2027, 1).last_day) == (
        None,
        "2027-Q1",
        date(2027, 3, 31),
    )
