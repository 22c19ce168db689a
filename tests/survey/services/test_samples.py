"""Frames, samples and totals come in whole, agree with one another, and are never silently replaced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import Disposition, Mode, SampleFileKind, Selection
from survey.errors import ImportRefusedError
from survey.models import FrameUnit, PopulationTotal, SampleUnit, SurveyRound
from survey.queries import samples as sample_queries
from survey.services.csv_tables import CsvFile
from survey.services.samples import ImportOutcome, ImportReceipt, import_frame, import_sample, import_totals
from tests.factories import make_organisation, make_response, make_survey_round

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FRAME = [
    ("stratum", "psu", "population_count", "organisation_code"),
    ("urban", "p1", "100", "C1"),
    ("urban", "p2", "200", "C1"),
    ("urban", "p3", "300", ""),
    ("rural", "p4", "400", "C2"),
]
SAMPLE = [
    ("code", "stratum", "psu"),
    ("a", "urban", "p1"),
    ("b", "urban", "p1"),
    ("c", "urban", "p3"),
    ("d", "rural", "p4"),
]


def csv_file(rows: Sequence[Sequence[str]], name: str = "file.csv") -> CsvFile:
    return CsvFile(name, "\n".join(",".join(row) for row in rows).encode())


@pytest.fixture
def round_(session: Session) -> SurveyRound:
    make_organisation(session, code="C1")
    make_organisation(session, code="C2")
    round_ = make_survey_round(
        session,
        questionnaire="sipas-2023",
        selection=Selection.PROBABILITY_SAMPLE,
        weighting_class_items=["sex", "age_band"],
    )
    session.commit()
    return round_


def load_frame(session: Session, round_: SurveyRound, rows: Sequence[Sequence[str]] = FRAME) -> ImportReceipt:
    return import_frame(session, round_, file=csv_file(rows), now=NOW)


def load_sample(
    session: Session, round_: SurveyRound, rows: Sequence[Sequence[str]] = SAMPLE
) -> ImportReceipt:
    return import_sample(session, round_, file=csv_file(rows), now=NOW)


def frame_problems(
    session: Session, round_: SurveyRound, rows: Sequence[Sequence[str]]
) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(ImportRefusedError) as refused:
        load_frame(session, round_, rows)
    assert session.scalar(select(func.count(FrameUnit.id))) == 0
    return [(problem.line, problem.column, problem.message) for problem in refused.value.problems]


def sample_problems(
    session: Session, round_: SurveyRound, rows: Sequence[Sequence[str]]
) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(ImportRefusedError) as refused:
        load_sample(session, round_, rows)
    assert session.scalar(select(func.count(SampleUnit.id))) == 0
    return [(problem.line, problem.column, problem.message) for problem in refused.value.problems]


def test_a_frame_is_stored_with_its_organisations(session: Session, round_: SurveyRound) -> None:
    assert load_frame(session, round_) == ImportReceipt(ImportOutcome.STORED, 4)
    units = sample_queries.frame_units(session, round_)
    assert [(unit.stratum, unit.psu, unit.population_count) for unit in units] == [
        ("rural", "p4", 400),
        ("urban", "p1", 100),
        ("urban", "p2", 200),
        ("urban", "p3", 300),
    ]
    assert [unit.organisation.code if unit.organisation else None for unit in units] == [
        "C2",
        "C1",
        "C1",
        None,
    ]


def test_every_problem_of_a_frame_is_named_at_once(session: Session, round_: SurveyRound) -> None:
    rows = [
        FRAME[0],
        ("urban", "p1", "0", "C1"),
        ("", "p2", "1.5", "C9"),
        ("urban", "p1", "3000000000", ""),
        ("u" * 61, "p4", "4", ""),
    ]
    assert frame_problems(session, round_, rows) == [
        (2, "population_count", "0 must lie between 1 and 2147483647."),
        (3, "stratum", "This cell is empty; please fill it in."),
        (3, "population_count", "1.5 is not a whole number in plain digits, such as 1250."),
        (3, "organisation_code", "There is no organisation C9."),
        (4, "population_count", "3000000000 must lie between 1 and 2147483647."),
        (4, "psu", "p1 stands in line 2 already."),
        (5, "stratum", "At most 60 characters fit here; this has 61."),
    ]


def test_counts_and_chances_come_from_the_frame(session: Session, round_: SurveyRound) -> None:
    load_frame(session, round_)
    assert load_sample(session, round_) == ImportReceipt(ImportOutcome.STORED, 4)
    units = {unit.code: unit for unit in sample_queries.sample_units(session, round_)}
    assert {
        code: (unit.psu_population, unit.element_population, unit.inclusion_probability)
        for code, unit in units.items()
    } == {
        "a": (3, 100, 2 * 2 / (3 * 100)),
        "b": (3, 100, 2 * 2 / (3 * 100)),
        "c": (3, 300, 2 * 1 / (3 * 300)),
        "d": (1, 400, 1 / 400),
    }
    assert {code: unit.organisation.code if unit.organisation else None for code, unit in units.items()} == {
        "a": "C1",
        "b": "C1",
        "c": None,
        "d": "C2",
    }
    assert {unit.disposition for unit in units.values()} == {Disposition.PENDING}


def test_probabilities_alone_are_kept_without_counts(session: Session, round_: SurveyRound) -> None:
    rows = [
        (*SAMPLE[0], "inclusion_probability", "nonresponse_class", "disposition", "organisation_code"),
        ("a", "urban", "p1", "0.25", "young", "refused", "C2"),
        ("b", "urban", "p2", "1", "", "", ""),
    ]
    load_sample(session, round_, rows)
    first, second = sample_queries.sample_units(session, round_)
    assert (first.inclusion_probability, first.psu_population, first.element_population) == (0.25, None, None)
    assert (first.nonresponse_class, first.disposition) == ("young", Disposition.REFUSED)
    assert (second.inclusion_probability, second.nonresponse_class) == (1, None)
    assert first.organisation is not None
    assert first.organisation.code == "C2"


def test_counts_in_the_file_give_the_chances_and_must_agree_with_written_ones(
    session: Session, round_: SurveyRound
) -> None:
    header = (*SAMPLE[0], "psu_population", "element_population", "inclusion_probability")
    load_sample(session, round_, [header, ("a", "u", "p1", "8", "30", "0.00417")])
    assert sample_queries.sample_units(session, round_)[0].inclusion_probability == 1 / 240
    session.rollback()
    assert sample_problems(session, round_, [header, ("a", "u", "p1", "8", "30", "0.0043")]) == [
        (
            2,
            "inclusion_probability",
            "The counts give 0.00416667, not 0.0043; correct one or leave the column out.",
        )
    ]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            SAMPLE[0],
            "The chance of being drawn is not given: add inclusion_probability, or psu_population and "
            "element_population, or import the frame first.",
        ),
        (
            (*SAMPLE[0], "psu_population"),
            "The columns psu_population and element_population belong together; give both.",
        ),
    ],
)
def test_a_sample_that_does_not_tell_its_design_is_refused(
    session: Session, round_: SurveyRound, header: tuple[str, ...], message: str
) -> None:
    row = ("a", "u", "p1", "8")[: len(header)]
    assert sample_problems(session, round_, [header, row]) == [(1, None, message)]


@pytest.mark.parametrize("written", ["0", "1.01", "-0.1", "half", "1e999", "nan"])
def test_a_probability_must_lie_above_zero_and_at_most_one(
    session: Session, round_: SurveyRound, written: str
) -> None:
    rows = [(*SAMPLE[0], "inclusion_probability"), ("a", "u", "p1", written)]
    assert [problem[:2] for problem in sample_problems(session, round_, rows)] == [
        (2, "inclusion_probability")
    ]


def test_a_sample_must_fit_its_frame(session: Session, round_: SurveyRound) -> None:
    load_frame(session, round_)
    rows = [
        (*SAMPLE[0], "psu_population", "element_population"),
        ("a", "urban", "p1", "3", "100"),
        ("a", "rural", "p2", "1", "200"),
        ("c", "urban", "p9", "3", "5"),
        ("d", "rural", "p4", "2", "40"),
    ]
    assert sample_problems(session, round_, rows) == [
        (3, "code", "a stands in line 2 already."),
        (3, "stratum", "In the frame, PSU p2 is in stratum urban."),
        (3, "psu_population", "The frame says 3, not 1."),
        (3, "psu_population", "2 PSUs were drawn in stratum rural, which has 1."),
        (4, "psu", "The frame has no PSU p9."),
        (5, "psu_population", "The frame says 1, not 2."),
        (5, "element_population", "The frame says 400, not 40."),
        (5, "psu_population", "Line 3 says 1 for stratum rural; both cannot be."),
    ]


def test_counts_must_be_the_same_within_a_psu_and_a_stratum(session: Session, round_: SurveyRound) -> None:
    rows = [
        (*SAMPLE[0], "psu_population", "element_population"),
        ("a", "u", "p1", "8", "30"),
        ("b", "u", "p1", "8", "31"),
        ("c", "u", "p2", "9", "30"),
        ("d", "v", "p2", "9", "30"),
    ]
    assert sample_problems(session, round_, rows) == [
        (3, "element_population", "Line 2 says 30 for PSU p1; both cannot be."),
        (4, "psu_population", "Line 2 says 8 for stratum u; both cannot be."),
        (5, "stratum", "Line 4 says u for PSU p2; both cannot be."),
    ]


def test_not_more_can_be_drawn_than_there_is(session: Session, round_: SurveyRound) -> None:
    rows = [
        (*SAMPLE[0], "psu_population", "element_population"),
        ("a", "u", "p1", "1", "1"),
        ("b", "u", "p1", "1", "1"),
        ("c", "u", "p2", "1", "5"),
    ]
    assert sample_problems(session, round_, rows) == [
        (2, "element_population", "2 elements were drawn in PSU p1, which has 1."),
        (2, "psu_population", "2 PSUs were drawn in stratum u, which has 1."),
    ]


def test_the_same_file_again_changes_nothing(session: Session, round_: SurveyRound) -> None:
    load_frame(session, round_)
    load_sample(session, round_)
    ids = [unit.id for unit in sample_queries.sample_units(session, round_)]
    assert load_frame(session, round_) == ImportReceipt(ImportOutcome.UNCHANGED, 4)
    assert load_sample(session, round_) == ImportReceipt(ImportOutcome.UNCHANGED, 4)
    assert [unit.id for unit in sample_queries.sample_units(session, round_)] == ids


def test_another_file_before_field_work_replaces_the_sample_and_says_so(
    session: Session, round_: SurveyRound
) -> None:
    load_frame(session, round_)
    load_sample(session, round_)
    receipt = load_sample(session, round_, SAMPLE[:4])
    assert receipt == ImportReceipt(
        ImportOutcome.REPLACED, 3, ("The earlier sample of 4 units was taken away.",)
    )
    assert [unit.code for unit in sample_queries.sample_units(session, round_)] == ["a", "b", "c"]


def test_another_frame_takes_the_sample_away_that_was_checked_against_the_first(
    session: Session, round_: SurveyRound
) -> None:
    load_frame(session, round_)
    load_sample(session, round_)
    receipt = load_frame(session, round_, FRAME[:3])
    assert receipt == ImportReceipt(
        ImportOutcome.REPLACED, 2, ("The earlier sample of 4 units was taken away.",)
    )
    assert sample_queries.sample_size(session, round_) == 0
    assert sample_queries.sample_file(session, round_, SampleFileKind.SAMPLE) is None


def test_once_there_are_responses_frame_and_sample_stay(session: Session, round_: SurveyRound) -> None:
    load_frame(session, round_)
    load_sample(session, round_)
    unit = sample_queries.sample_units(session, round_)[0]
    make_response(session, round_, mode=Mode.TABLET, sample_unit_id=unit.id, answers={})
    for load, rows in ((load_sample, SAMPLE[:4]), (load_frame, FRAME[:4])):
        with pytest.raises(ImportRefusedError) as refused:
            load(session, round_, rows)
        assert [problem.file for problem in refused.value.problems] == ["file.csv"]
    assert sample_queries.sample_size(session, round_) == 4
    assert load_sample(session, round_).outcome is ImportOutcome.UNCHANGED


def test_a_round_that_is_no_probability_sample_takes_no_sample(session: Session) -> None:
    round_ = make_survey_round(session)
    with pytest.raises(ImportRefusedError) as refused:
        load_sample(session, round_)
    assert refused.value.problems[0].message.startswith(f"Round {round_.code} was opened as self_selected;")


TOTALS = [
    ("sex", "age_band", "total"),
    *(
        (sex, age, "50")
        for sex in ("male", "female")
        for age in ("age_18_25", "age_25_34", "age_35_49", "age_50_60", "age_over_60")
    ),
]


def test_totals_are_stored_by_cell_in_the_order_of_the_items(session: Session, round_: SurveyRound) -> None:
    rows = [("age_band", "total", "sex"), *((age, total, sex) for sex, age, total in TOTALS[1:])]
    receipt = import_totals(session, round_, file=csv_file(rows), now=NOW)
    assert receipt == ImportReceipt(ImportOutcome.STORED, 10)
    assert sample_queries.population_totals(session, round_) == {
        f"{sex}|{age}": 50 for sex, age, _ in TOTALS[1:]
    }


def test_totals_that_leave_cells_out_say_which(session: Session, round_: SurveyRound) -> None:
    receipt = import_totals(session, round_, file=csv_file(TOTALS[:-2]), now=NOW)
    assert receipt.notes == ("These cells have no total: female|age_50_60, female|age_over_60.",)


def test_corrected_totals_replace_the_first_ones(session: Session, round_: SurveyRound) -> None:
    import_totals(session, round_, file=csv_file(TOTALS), now=NOW)
    assert import_totals(session, round_, file=csv_file(TOTALS), now=NOW).outcome is ImportOutcome.UNCHANGED
    corrected = [*TOTALS[:-1], ("female", "age_over_60", "60")]
    assert import_totals(session, round_, file=csv_file(corrected), now=NOW).outcome is ImportOutcome.REPLACED
    assert sample_queries.population_totals(session, round_)["female|age_over_60"] == 60
    assert session.scalar(select(func.count(PopulationTotal.id))) == 10


def test_every_problem_of_totals_is_named_at_once(session: Session, round_: SurveyRound) -> None:
    rows = [
        TOTALS[0],
        ("male", "age_18_25", "50"),
        ("man", "", "-5"),
        ("male", "age_18_25", "60"),
    ]
    with pytest.raises(ImportRefusedError) as refused:
        import_totals(session, round_, file=csv_file(rows), now=NOW)
    assert [(problem.line, problem.column) for problem in refused.value.problems] == [
        (3, "sex"),
        (3, "age_band"),
        (3, "total"),
        (4, "age_band"),
    ]


def test_a_round_without_items_to_weight_by_takes_no_totals(session: Session) -> None:
    round_ = make_survey_round(session, selection=Selection.PROBABILITY_SAMPLE)
    with pytest.raises(ImportRefusedError) as refused:
        import_totals(session, round_, file=csv_file(TOTALS), now=NOW)
    assert refused.value.problems[0].message == (
        f"Round {round_.code} was opened without items to weight by, so it takes no totals."
    )
