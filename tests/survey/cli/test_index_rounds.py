"""flask index: rounds open whole or not at all; points come in from a file, and never for computed leaves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import yaml
from sqlalchemy import func, select

from survey.domain.enums import Selection
from survey.models import AppraisedPoints, IndexRound, ScoreSheet, SurveyRound
from survey.queries.index_rounds import current_points, get_index_round, list_sheets
from survey.queries.organisations import get_organisation
from tests.factories import make_organisation, make_response, make_service_point, make_survey_round
from tests.support.index_rounds import succeed, write_round

SET = """#code,TOWN-2024
#version,1
#year,2024
#unit_kind,town
#name_vi,Bộ thử
#name_en,Trial set
#total_points,20
#bonus_cap,2
code,level,name_vi,name_en,max_points,kind,formula,parameters,questions,not_applicable,evidence,note
1,area,Một,One,10,,,,,,,
1.1,criterion,Một một,One one,10,,,,,,,
1.1.1,sub_criterion,Kế hoạch,Plan,4,SELF,YESNO,,,never,,
1.1.2,sub_criterion,Tỷ lệ,Share,6,SELF,RATIO,,,allowed,,
2,area,Hai,Two,10,,,,,,,
2.1,criterion,Hai một,Two one,10,,,,,,,
2.1.1,sub_criterion,Hài lòng,Satisfaction,10,SIPAS,SIPAS,,,never,,
9.1,sub_criterion,Điểm thưởng,Bonus,3,BONUS,EXTERNAL,,,never,,
"""


@pytest.fixture
def province(session):
    """A province with two towns and a stream of ratings."""
    province = make_organisation(session, code="P")
    for code in ("T1", "T2"):
        make_organisation(session, code=code, kind_code="district", parent_id=province.id)
    make_survey_round(session, code="stream", selection=Selection.SELF_SELECTED)
    make_survey_round(session, code="sample", selection=Selection.PROBABILITY_SAMPLE)
    session.commit()


@pytest.fixture
def criteria_set(runner, tmp_path, province):
    path = tmp_path / "town.csv"
    path.write_text(SET, encoding="utf-8")
    succeed(runner, "criteria", "load", str(path))


def round_file(folder, code="towns-2024", **settings):
    settings = {
        "units": [{"code": "T1"}, {"code": "T2", "not_applicable": ["1.1.2"]}],
        "satisfaction": {"round": "stream", "figure": "monitoring"},
        **settings,
    }
    return write_round(folder, code, year=2024, criteria_set="TOWN-2024", organiser="P", **settings)


@pytest.fixture
def opened(runner, tmp_path, criteria_set):
    """The round towns-2024; 1.1.2 does not apply to T2."""
    succeed(runner, "index", "open", "--file", str(round_file(tmp_path)))


def count_of(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_an_opened_round_freezes_units_groups_caps_and_what_does_not_apply(runner, session, opened):
    index_round = get_index_round(session, "towns-2024")
    assert (index_round.bonus_cap, index_round.penalty_cap, index_round.decimals) == (Decimal(2), None, 2)
    assert index_round.unit_groups["units"]["classes"][0] == {
        "code": "excellent",
        "at_least": "90",
        "names": {"vi": "Xuất sắc", "en": "Excellent"},
    }
    sheets = list_sheets(session, index_round)
    assert [(sheet.organisation.code, sheet.not_applicable) for sheet in sheets] == [
        ("T1", []),
        ("T2", ["1.1.2"]),
    ]


def test_a_cap_in_the_file_takes_the_place_of_the_one_in_the_set(runner, session, tmp_path, criteria_set):
    succeed(runner, "index", "open", "--file", str(round_file(tmp_path, bonus_cap="1,5")))
    assert get_index_round(session, "towns-2024").bonus_cap == Decimal("1.5")


def test_a_leaders_survey_comes_from_invited_respondents_alone(runner, session, tmp_path, criteria_set):
    path = round_file(tmp_path, leaders_round="stream")
    result = runner.invoke(args=["index", "open", "--file", str(path)])
    line = path.read_text(encoding="utf-8").split("leaders_round")[0].count("\n") + 1
    assert (result.exit_code, result.output) == (
        1,
        f"Error: towns-2024.yaml:{line}, leaders_round: The leaders' survey comes from a round of kind "
        "invited; stream is self_selected.\n",
    )
    assert count_of(session, IndexRound) == 0


def test_every_problem_of_a_round_file_is_named_with_line_and_place(runner, session, tmp_path, criteria_set):
    path = tmp_path / "broken.yaml"
    path.write_text(
        """code: Towns 2024
names: {vi: Chỉ số}
year: 2025
criteria_set: {code: TOWN-2024, version: 1}
organiser: X
decimals: two
penalty_cap: -1
colour: blue
satisfaction: {round: sample, figure: monitoring}
previous_round: towns-2023
groups:
  towns:
    names: {vi: Các thị xã, en: Towns}
    classes:
      - {code: good, at_least: 70, names: {vi: Tốt, en: Good}}
      - {code: better, at_least: 80, names: {vi: Tốt hơn, en: Better}}
units:
  - {code: T1, group: towns, not_applicable: [1.1.1, 7.7]}
  - {code: T9, group: cities}
  - {code: T1, group: towns, ranked: maybe}
""",
        encoding="utf-8",
    )
    result = runner.invoke(args=["index", "open", "--file", str(path)])
    assert result.exit_code == 1
    places = [line.removeprefix("Error: ").split(": ")[0] for line in result.output.splitlines()]
    assert places == [
        "broken.yaml:1, code",
        "broken.yaml:2, names.en",
        "broken.yaml:4, criteria_set",
        "broken.yaml:5, organiser",
        "broken.yaml:6, decimals",
        "broken.yaml:7, penalty_cap",
        "broken.yaml:8, colour",
        "broken.yaml:9, satisfaction.figure",
        "broken.yaml:10, previous_round",
        "broken.yaml:14, groups.towns.classes",
        "broken.yaml:18, units[1].code",
        "broken.yaml:18, units[1].not_applicable",
        "broken.yaml:18, units[1].not_applicable",
        "broken.yaml:19, units[2].code",
        "broken.yaml:19, units[2].group",
        "broken.yaml:20, units[3].ranked",
        "broken.yaml:20, units[3].code",
    ]
    assert (count_of(session, IndexRound), count_of(session, ScoreSheet)) == (0, 0)


def test_a_file_that_is_not_yaml_is_refused_at_its_line(runner, tmp_path, criteria_set):
    path = tmp_path / "broken.yaml"
    path.write_text("code: a\nnames: {vi: 'Chỉ số\n", encoding="utf-8")
    result = runner.invoke(args=["index", "open", "--file", str(path)])
    assert (result.exit_code, result.output.startswith("Error: broken.yaml:")) == (1, True)


def test_a_set_with_a_satisfaction_leaf_needs_a_round_to_compute_it_from(runner, tmp_path, criteria_set):
    result = runner.invoke(args=["index", "open", "--file", str(round_file(tmp_path, satisfaction=None))])
    assert result.output == (
        "Error: towns-2024.yaml:43, satisfaction: Name the round whose satisfaction rate becomes the points"
        " of 2.1.1.\n"
    )


def test_a_stream_of_ratings_gives_no_official_figure(runner, tmp_path, criteria_set):
    path = round_file(tmp_path, satisfaction={"round": "stream", "figure": "official"})
    result = runner.invoke(args=["index", "open", "--file", str(path)])
    assert result.output.split(": ", 2)[2] == (
        "The figure official comes from a round of kind probability_sample; stream is self_selected.\n"
    )


def test_a_unit_of_another_time_is_refused(runner, session, tmp_path, criteria_set):
    make_organisation(session, code="OLD", kind_code="district", valid_to=date(2023, 12, 31))
    session.commit()
    path = round_file(tmp_path, units=[{"code": "OLD"}])
    result = runner.invoke(args=["index", "open", "--file", str(path)])
    assert result.output.split(": ", 2)[2] == "OLD did not exist in 2024.\n"


def test_the_same_round_code_twice_is_refused(runner, session, tmp_path, opened):
    result = runner.invoke(args=["index", "open", "--file", str(tmp_path / "towns-2024.yaml")])
    assert (result.exit_code, count_of(session, IndexRound)) == (1, 1)


def load(runner, folder, text, name="points.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return runner.invoke(args=["index", "load-points", "towns-2024", str(path)])


def points_in_force(session):
    index_round = get_index_round(session, "towns-2024")
    units = {sheet.id: sheet.organisation.code for sheet in list_sheets(session, index_round)}
    rows = current_points(session, index_round)
    return {(units[sheet_id], code): row.points for (sheet_id, code), row in rows.items()}


def test_points_may_be_written_with_a_comma_or_a_point(runner, session, tmp_path, opened):
    result = load(
        runner,
        tmp_path,
        'unit_code,sub_criterion_code,points,note\nT1,1.1.1,"3,75",thiếu phụ lục\nT1,1.1.2,5.125,\n',
    )
    assert result.output == "2 points added, 0 were in force already.\n"
    assert points_in_force(session) == {("T1", "1.1.1"): Decimal("3.75"), ("T1", "1.1.2"): Decimal("5.125")}


def test_semicolons_separate_where_commas_are_decimal(runner, session, tmp_path, opened):
    load(runner, tmp_path, "\ufeffunit_code;sub_criterion_code;points\nT2;1.1.1;3,5\n")
    assert points_in_force(session) == {("T2", "1.1.1"): Decimal("3.5")}


def test_the_same_file_twice_adds_nothing(runner, session, tmp_path, opened):
    text = "unit_code,sub_criterion_code,points\nT1,1.1.1,4\nT1,9.1,3\n"
    load(runner, tmp_path, text)
    assert load(runner, tmp_path, text).output == "0 points added, 2 were in force already.\n"
    assert count_of(session, AppraisedPoints) == 2


def test_the_newest_points_count_and_the_older_ones_stay(runner, session, tmp_path, opened):
    head = "unit_code,sub_criterion_code,points\n"
    for points in ("4", "3", "4"):
        load(runner, tmp_path, f"{head}T1,1.1.1,{points}\n")
    assert points_in_force(session) == {("T1", "1.1.1"): Decimal(4)}
    rows = session.scalars(select(AppraisedPoints).order_by(AppraisedPoints.id)).all()
    assert [row.points for row in rows] == [Decimal(4), Decimal(3), Decimal(4)]
    assert rows[0].file_hash == rows[2].file_hash


def test_every_wrong_row_is_named_and_nothing_is_stored(runner, session, tmp_path, opened):
    result = load(
        runner,
        tmp_path,
        "unit_code,sub_criterion_code,points,note\n"
        "T1,1.1.1,4,\n"
        "T9,1.1.1,4,\n"
        "T1,1.1.9,4,\n"
        "T1,2.1.1,8,\n"
        "T2,1.1.2,5,\n"
        'T2,1.1.1,"4,01",\n'
        "T1,1.1.2,-1,\n"
        "T1,9.1,1.000.5,\n"
        "T1,1.1.1,3,\n"
        "T2,9.1,,\n",
    )
    assert result.exit_code == 1
    assert result.output.removeprefix("Error: ").splitlines() == [
        "points.csv:3, unit_code: T9 is not a unit of the round towns-2024.",
        "points.csv:4, sub_criterion_code: The criteria set has no sub-criterion 1.1.9.",
        "points.csv:5, sub_criterion_code: The points of 2.1.1 are computed from estimates, never typed;"
        " take the row out.",
        "points.csv:6, sub_criterion_code: 1.1.2 does not apply to T2; take the row out.",
        "points.csv:7, points: 4,01 is not between 0 and 4.",
        "points.csv:8, points: -1 is not between 0 and 6.",
        "points.csv:9, points: 1.000.5 is not a number of points, such as 1,75 or 1.75"
        " (at most ten decimals).",
        "points.csv:10, sub_criterion_code: 1.1.1 of T1 stands in line 2 already.",
        "points.csv:11, points: This cell is empty; please fill it in.",
    ]
    assert count_of(session, AppraisedPoints) == 0


def test_a_missing_column_is_named(runner, tmp_path, opened):
    result = load(runner, tmp_path, "unit_code,sub_criterion_code\nT1,1.1.1\n")
    assert result.output.split(": ")[1] == "points.csv:1, points"


def test_points_for_an_unknown_round_are_refused(runner, tmp_path, opened):
    path = tmp_path / "points.csv"
    path.write_text("unit_code,sub_criterion_code,points\nT1,1.1.1,4\n", encoding="utf-8")
    result = runner.invoke(args=["index", "load-points", "towns-2023", str(path)])
    assert (result.exit_code, result.output) == (1, "Error: No index round has the code towns-2023.\n")


def test_the_file_of_a_round_keeps_codes_as_written(runner, session, tmp_path, criteria_set):
    make_organisation(session, code="01", kind_code="district")
    session.commit()
    path = round_file(tmp_path)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    text = yaml.safe_dump({**document, "units": []}, allow_unicode=True).replace(
        "units: []", "units:\n- {code: 01, group: units}"
    )
    path.write_text(text, encoding="utf-8")
    succeed(runner, "index", "open", "--file", str(path))
    sheets = list_sheets(session, get_index_round(session, "towns-2024"))
    assert [sheet.organisation.code for sheet in sheets] == ["01"]


def test_a_leaf_that_always_applies_cannot_be_left_out(runner, tmp_path, criteria_set):
    path = round_file(tmp_path, units=[{"code": "T1", "not_applicable": ["1.1"]}])
    result = runner.invoke(args=["index", "open", "--file", str(path)])
    assert result.output == (
        "Error: towns-2024.yaml:39, units[1].not_applicable: 1.1.1: the set does not let this leaf be left"
        " out.\n"
    )


def test_the_result_shows_ranks_and_what_is_waited_for(runner, session, tmp_path, opened):
    stream = session.scalar(select(SurveyRound).where(SurveyRound.code == "stream"))
    counter = make_service_point(session, organisation=get_organisation(session, "T1"), round_id=stream.id)
    for level in (5, 5, 4, 4, 1):
        make_response(session, stream, service_point_id=counter.id, answers={"overall": level})
    session.commit()
    load(runner, tmp_path, "unit_code,sub_criterion_code,points\nT1,1.1.1,4\nT1,1.1.2,3\nT2,1.1.1,4\n")
    assert succeed(runner, "index", "show", "towns-2024") == (
        "units: 1 ranked, mean 75.00\n1\tT1\t15.00 of 20\t75.00%\tfair\n-\tT2\twaits for 2.1.1\n"
    )
