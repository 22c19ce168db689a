"""Counters are set up one by one or from a file, each with an address code of its own."""

import re
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import Selection
from survey.domain.public_codes import ALPHABET, typed_public_code
from survey.errors import ImportRefusedError, NotFoundError
from survey.models import ServicePoint
from survey.queries import service_points as service_point_queries
from survey.services.csv_tables import CsvFile
from survey.services.organisations import Change, LoadReport
from survey.services.service_points import create_service_point, load_service_points
from tests.factories import make_organisation, make_survey_round

HEADER = "code,centre_code,organisation_code,valid_from,valid_to,name_vi,name_en,service_vi,service_en"
ROW = "Q1,CENTRE,SNV,2020-01-01,,Quầy 1,Counter 1,Lý lịch,Records"


@pytest.fixture(autouse=True)
def units(session: Session) -> None:
    for code in ("CENTRE", "SNV", "STP"):
        make_organisation(session, code=code)


def load(session: Session, *rows: str, header: str = HEADER) -> LoadReport:
    return load_service_points(session, CsvFile("points.csv", "\n".join([header, *rows]).encode()))


def stored(session: Session, code: str) -> ServicePoint:
    return service_point_queries.service_points_by_code(session)[code]


def test_new_counter_gets_an_address_code_that_reads_aloud(session: Session) -> None:
    load(session, ROW)
    assert re.fullmatch(f"[{ALPHABET}]{{8}}", stored(session, "Q1").public_code)
    assert set(ALPHABET) & set("01ilouae") == set()


def test_address_codes_of_many_counters_differ(session: Session) -> None:
    load(session, *(ROW.replace("Q1", f"Q{number}") for number in range(200)))
    assert session.scalar(select(func.count(ServicePoint.public_code.distinct()))) == 200


def test_same_file_again_changes_nothing_and_keeps_the_address(session: Session) -> None:
    load(session, ROW)
    address = stored(session, "Q1").public_code
    assert load(session, ROW) == LoadReport(created=(), changed=(), unchanged_count=1)
    assert stored(session, "Q1").public_code == address


def test_changed_name_and_last_day_are_taken_and_told(session: Session) -> None:
    load(session, ROW)
    report = load(session, ROW.replace("2020-01-01,,Quầy 1", "2020-01-01,2020-12-31,Quầy Một"))
    assert report.changed == (
        Change("Q1", "names: Quầy 1 / Counter 1 → Quầy Một / Counter 1; valid_to: – → 2020-12-31"),
    )
    assert stored(session, "Q1").valid_to == date(2020, 12, 31)


def test_round_is_set_by_its_column_and_left_alone_without_it(session: Session) -> None:
    round_ = make_survey_round(session, code="counters-2020", selection=Selection.SELF_SELECTED)
    load(session, f"{ROW},counters-2020", header=f"{HEADER},round_code")
    without_column = load(session, ROW)
    kept = stored(session, "Q1").round_id
    emptied = load(session, f"{ROW},", header=f"{HEADER},round_code")
    assert (kept, without_column.unchanged_count, emptied.changed) == (
        round_.id,
        1,
        (Change("Q1", "round: counters-2020 → –"),),
    )


def test_every_problem_is_told_at_once_and_nothing_is_stored(session: Session) -> None:
    make_survey_round(session, code="sample-2020", selection=Selection.PROBABILITY_SAMPLE)
    load(session, "Q9,CENTRE,SNV,2020-01-01,,Quầy 9,Counter 9,Lý lịch,Records")
    with pytest.raises(ImportRefusedError) as refused:
        load(
            session,
            "Q1,NOWHERE,SNV,2020-01-01,2019-01-01,Quầy 1,,Lý lịch,Records,sample-2020",
            "Q1,CENTRE,SNV,soon,,Quầy 1,Counter 1,Lý lịch,Records,none",
            "Q9,CENTRE,STP,2020-01-01,,Quầy 9,Counter 9,Lý lịch,Records,",
            header=f"{HEADER},round_code",
        )
    assert [str(problem) for problem in refused.value.problems] == [
        "points.csv:2, centre_code: No organisation has the code NOWHERE.",
        "points.csv:2, round_code: Round sample-2020 does not take ratings: "
        "its respondents are not self-selected.",
        "points.csv:2, name_en: This cell is empty; please fill it in.",
        "points.csv:2, valid_to: The last day lies before the first (valid_from).",
        "points.csv:3, code: The code Q1 stands in the file more than once.",
        "points.csv:3, round_code: No round has the code none.",
        "points.csv:3, valid_from: soon is not a date that exists; write it as 2025-07-01 or 01/07/2025.",
        "points.csv:4, organisation_code: Q9 is stored with SNV here; a counter that moved gets a new code.",
    ]
    assert session.scalar(select(func.count(ServicePoint.id))) == 1


def test_counter_is_found_by_its_address_however_it_is_typed(session: Session) -> None:
    centre = make_organisation(session)
    point = create_service_point(
        session,
        code="Q7",
        centre=centre,
        organisation=centre,
        names={"vi": "Quầy 7"},
        service_names={"vi": "Đất đai"},
        valid_from=date(2020, 1, 1),
    )
    code = point.public_code
    typed = f" {code[:4].capitalize()} {code[4:].upper()}"
    assert typed_public_code(typed) == code
    assert service_point_queries.service_point_by_public_code(session, typed) is point


def test_unknown_address_is_not_found(session: Session) -> None:
    with pytest.raises(NotFoundError):
        service_point_queries.service_point_by_public_code(session, "22222222")
