"""Keyed-in paper comes in whole: every cell counted, raw marks kept, nothing twice, nothing by halves."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import Mode, Selection
from survey.errors import ImportRefusedError
from survey.models import Response, SurveyRound, UncapturedResponse
from survey.queries.rounds import get_round
from survey.services.csv_tables import CsvFile
from survey.services.keyed_paper import PaperMapping, read_mapping
from survey.services.response_import import PaperReport, form_uuid, import_responses

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "data" / "somerville_happiness_2011_2013_2015.csv"
MAPPING = ROOT / "survey" / "data" / "mappings" / "somerville_2011_map.yaml"
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

# item: (column, valid, refused, invalid, missing), counted by hand from the distinct cells of each column
BY_HAND = {
    "happy_now": ("How.happy.do.you.feel.right.now.", 5987, 114, 66, 0),
    "life_satisfaction": ("How.satisfied.are.you.with.your.life.in.general.", 5986, 113, 68, 0),
    "somerville_satisfaction": (
        "How.satisfied.are.you.with.Somerville.as.a.place.to.live.",
        5849,
        254,
        64,
        0,
    ),
    "similar_to_others": (
        "In.general..how.similar.are.you.to.other.people.you.know._2011",
        5949,
        157,
        61,
        0,
    ),
    "seek_advice": (
        "When.making.decisions..are.you.more.likely.to.seek.advice.or.decide.for.yourself._2011.",
        5947,
        137,
        83,
        0,
    ),
    "affordable_housing": ("The.availability.of.affordable.housing_2011", 5647, 502, 18, 0),
    "public_schools": (
        "How.would.you.rate.the.following..The.overall.quality.of.public.schools.in.your.community._2011",
        4265,
        1865,
        37,
        0,
    ),
    "physical_setting": (
        "How.would.you.rate.the.following..The.beauty.or.physical.setting_2011",
        5820,
        275,
        72,
        0,
    ),
    "police": (
        "How.would.you.rate.the.following..The.effectiveness.of.the.local.police_2011_2013",
        5358,
        778,
        31,
        0,
    ),
    "gender": ("What.is.your.gender._2011", 5860, 307, 0, 0),
    "age_band": ("Age.", 5905, 262, 0, 0),
}
ONE_TO_TEN = frozenset(str(level) for level in range(1, 11))
ONE_TO_FIVE = frozenset(str(level) for level in range(1, 6))
PRINTED = {
    "happy_now": ONE_TO_TEN,
    "life_satisfaction": ONE_TO_TEN,
    "somerville_satisfaction": ONE_TO_TEN,
    "similar_to_others": ONE_TO_TEN,
    "seek_advice": ONE_TO_TEN,
    "affordable_housing": ONE_TO_FIVE,
    "public_schools": ONE_TO_FIVE,
    "physical_setting": ONE_TO_FIVE,
    "police": ONE_TO_FIVE,
    "gender": frozenset({"Female", "Male", "Transgender"}),
    "age_band": frozenset({"18-21", "22-25", "26-30", "31-40", "41-50", "51-60", "61+"}),
}


def mapping() -> PaperMapping:
    return read_mapping(CsvFile(MAPPING.name, MAPPING.read_bytes()))


def import_bytes(session: Session, content: bytes) -> PaperReport:
    file = CsvFile("forms.csv", content)
    return import_responses(session, file, mapping(), now=NOW, progress=lambda _rows: None)


def cells_of_2011(column: str) -> Counter[str]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return Counter(row[column] for row in csv.DictReader(file) if row["Year"] == "2011")


def small_file(*rows: Sequence[str], columns: Sequence[str] | None = None) -> bytes:
    """Rows of the mapped columns: id, year, then the eleven answers."""
    header = columns or ["Combined_ID", "Year", *(column for column, *_ in BY_HAND.values())]
    return "\n".join(",".join(cells) for cells in (header, *rows)).encode()


ANSWERS = ["7", "8", "9", "10", "1", "3", "R", "2.5", "5", "Female", "31-40"]


@pytest.mark.parametrize("item", BY_HAND)
def test_counts_by_hand_are_those_of_the_file(item: str) -> None:
    column, valid, refused, invalid, missing = BY_HAND[item]
    cells = cells_of_2011(column)
    kinds: Counter[str] = Counter()
    for cell, count in cells.items():
        if cell in PRINTED[item]:
            kinds["valid"] += count
        elif cell in ("r", "R"):
            kinds["refused"] += count
        else:
            kinds["missing" if cell in ("", "NA") else "invalid"] += count
    assert (kinds["valid"], kinds["refused"], kinds["invalid"], kinds["missing"]) == (
        valid,
        refused,
        invalid,
        missing,
    )


def test_every_cell_of_2011_is_counted_as_by_hand(session: Session) -> None:
    report = import_bytes(session, DATA.read_bytes())
    assert report.stored_count == 6167
    assert {
        c.item_code: (c.column, c.valid, c.refused, c.invalid, c.missing) for c in report.columns
    } == BY_HAND


def test_every_form_goes_through_the_door_once_and_waits_for_the_snapshot(session: Session) -> None:
    import_bytes(session, DATA.read_bytes())
    again = import_bytes(session, DATA.read_bytes())
    assert (again.stored_count, again.duplicate_count) == (0, 6167)
    assert session.scalar(select(func.count(Response.id))) == 6167
    assert session.scalar(select(func.count(UncapturedResponse.response_id))) == 6167


def test_stored_answers_say_what_the_paper_said(session: Session) -> None:
    import_bytes(session, DATA.read_bytes())
    stored = {response.uuid: response for response in session.scalars(select(Response))}
    columns = {column: item for item, (column, *_) in BY_HAND.items()}
    labels = {column.column: column.labels or {} for column in mapping().columns}
    with DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["Year"] != "2011":
                continue
            answers = stored[form_uuid("somerville-2011", row["Combined_ID"])].answers
            for column, item in columns.items():
                cell = row[column]
                answer = answers[item]
                if cell in PRINTED[item]:
                    assert answer == labels[column].get(cell, int(cell) if cell.isdigit() else None)
                elif cell in ("r", "R"):
                    assert answer == {"status": "refused", "raw": cell}
                else:
                    assert (answer["status"], answer["raw"]) == ("invalid", cell)


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ("7.5", "not_whole"),
        ("X", "not_a_number"),
        ("9*", "not_a_number"),
        ("6/1/2011", "not_a_number"),
        ("1O", "not_a_number"),
        ("`0", "not_a_number"),
        ("10R", "not_a_number"),
        ("0", "off_scale"),
        ("42", "several_marks"),
        ("110", "several_marks"),
    ],
)
def test_a_mark_that_is_no_answer_keeps_its_text_and_reason(session: Session, mark: str, reason: str) -> None:
    import_bytes(session, small_file(["1", "2011", mark, *ANSWERS[1:]]))
    answers = session.scalars(select(Response)).one().answers
    assert answers["happy_now"] == {"status": "invalid", "raw": mark, "reason": reason}


def test_blank_and_na_are_missing_and_left_out(session: Session) -> None:
    report = import_bytes(session, small_file(["1", "2011", "", "NA", *ANSWERS[2:]]))
    assert [(c.item_code, c.missing) for c in report.columns if c.missing] == [
        ("happy_now", 1),
        ("life_satisfaction", 1),
    ]
    answers = session.scalars(select(Response)).one().answers
    assert answers.keys() & {"happy_now", "life_satisfaction"} == set()


def test_rows_of_other_years_are_not_taken(session: Session) -> None:
    report = import_bytes(session, small_file(["1", "2013", *ANSWERS], ["2", "2011", *ANSWERS]))
    assert report.stored_count == 1
    assert session.scalars(select(Response.uuid)).all() == [form_uuid("somerville-2011", "2")]


def test_the_round_is_opened_from_the_mapping_and_claims_no_sampling_design(session: Session) -> None:
    import_bytes(session, small_file(["1", "2011", *ANSWERS]))
    round_ = get_round(session, "somerville-2011")
    assert round_.selection is Selection.INVITED
    assert round_.organiser_id is None
    assert (round_.questionnaire_version.questionnaire_code, round_.questionnaire_version.version) == (
        "somerville-2011",
        1,
    )
    response = session.scalars(select(Response)).one()
    assert (response.round_id, response.mode, response.language) == (round_.id, Mode.PAPER, "en")


def problems_of(session: Session, content: bytes) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(ImportRefusedError) as refused:
        import_bytes(session, content)
    session.rollback()
    assert session.scalar(select(func.count(Response.id))) == 0
    assert session.scalar(select(func.count(SurveyRound.id))) == 0
    return [(problem.line, problem.column, problem.message) for problem in refused.value.problems]


def test_missing_columns_are_all_named(session: Session) -> None:
    content = small_file(["1", "2011"], columns=["Combined_ID", "Year"])
    assert [(line, column) for line, column, _ in problems_of(session, content)] == [
        (1, column) for column, *_ in BY_HAND.values()
    ]


def test_rows_with_too_few_cells_are_all_located(session: Session) -> None:
    content = small_file(["1", "2011", *ANSWERS], ["2", "2011"], ["3"], ["4", "2011", *ANSWERS])
    assert [line for line, _, _ in problems_of(session, content)] == [3, 4]


def test_bytes_that_are_not_utf8_are_located(session: Session) -> None:
    content = small_file(["1", "2011", *ANSWERS], ["2", "2011", "S\xe9", *ANSWERS[1:]])
    content = content.replace("é".encode(), b"\xe9")
    assert [line for line, _, _ in problems_of(session, content)] == [3]


def test_an_id_given_twice_or_not_at_all_is_located(session: Session) -> None:
    content = small_file(["1", "2011", *ANSWERS], ["1", "2011", *ANSWERS], ["", "2011", *ANSWERS])
    assert [(line, column) for line, column, _ in problems_of(session, content)] == [
        (3, "Combined_ID"),
        (4, "Combined_ID"),
    ]


def test_a_file_without_a_row_of_the_year_is_refused(session: Session) -> None:
    assert problems_of(session, small_file(["1", "2013", *ANSWERS])) == [
        (None, "Year", "No row has 2011 here.")
    ]


def test_a_form_stored_with_other_answers_is_refused_and_stays(session: Session) -> None:
    import_bytes(session, small_file(["1", "2011", *ANSWERS]))
    session.commit()
    with pytest.raises(ImportRefusedError) as refused:
        import_bytes(session, small_file(["2", "2011", *ANSWERS], ["1", "2011", "1", *ANSWERS[1:]]))
    session.rollback()
    assert [(problem.line, problem.column) for problem in refused.value.problems] == [(3, "Combined_ID")]
    assert session.scalars(select(Response)).one().answers["happy_now"] == 7
