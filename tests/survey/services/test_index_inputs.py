"""Survey and satisfaction leaves take their points from the answers in force, never from a keyboard."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from analysis.display import half_up
from analysis.index.scoring import SheetStatus
from survey.domain.enums import FigureKind, Mode, Selection
from survey.models import ServicePoint, SurveyRound
from survey.queries.index_rounds import get_index_round
from survey.services.index_inputs import MissingReason
from survey.services.index_scores import compute
from survey.services.scores import satisfaction_by_organisation
from survey.views.index_tables import leaf_row
from tests.factories import (
    make_organisation,
    make_response,
    make_sample_unit,
    make_service_point,
    make_survey_round,
)
from tests.support.index_rounds import succeed, write_round

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SET = """#code,TOWN-2024
#version,1
#year,2024
#unit_kind,town
#name_vi,Bộ thử
#name_en,Trial set
#total_points,20
code,level,name_vi,name_en,max_points,kind,formula,parameters,questions,not_applicable,evidence,note
1,area,Một,One,10,,,,,,,
1.1,criterion,Một một,One one,10,,,,,,,
1.1.1,sub_criterion,Lãnh đạo,Leaders,5,SURVEY,SURVEY,,q1;q2,allowed,,
1.1.2,sub_criterion,Văn bản,Documents,5,SURVEY,SURVEY,,q3,allowed,,
2,area,Hai,Two,10,,,,,,,
2.1,criterion,Hai một,Two one,10,,,,,,,
2.1.1,sub_criterion,Hài lòng,Satisfaction,10,SIPAS,SIPAS,,,allowed,,
"""


@pytest.fixture
def towns(session):
    """Two towns with a counter each that takes ratings, by code."""
    province = make_organisation(session, code="P")
    stream = make_survey_round(session, code="stream", selection=Selection.SELF_SELECTED)
    make_survey_round(
        session, code="leaders", selection=Selection.INVITED, questionnaire="leaders-cross-assessment"
    )
    towns = {}
    for code in ("T1", "T2"):
        towns[code] = make_organisation(session, code=code, kind_code="district", parent_id=province.id)
        make_service_point(session, code=f"{code}-1", organisation=towns[code], round_id=stream.id)
    session.commit()
    return towns


@pytest.fixture
def open_round(runner, session, tmp_path, towns):
    """open_round(**settings) → the results of a fresh round of the two towns, computed when called."""
    path = tmp_path / "town.csv"
    path.write_text(SET, encoding="utf-8")
    succeed(runner, "criteria", "load", str(path))

    def open_with(**settings):
        settings = {"satisfaction": {"round": "stream", "figure": "monitoring"}, **settings}
        profile = settings.pop("unit")
        path = write_round(
            tmp_path,
            "towns",
            year=2024,
            criteria_set="TOWN-2024",
            organiser="P",
            units=[{"code": code, **profile} for code in towns],
            leaders_round="leaders",
            **settings,
        )
        succeed(runner, "index", "open", "--file", str(path))

        def results():
            session.rollback()
            return compute(session, get_index_round(session, "towns"), now=NOW)

        return results

    return open_with


ONLY_SATISFACTION = {"not_applicable": ["1"]}
ONLY_LEADERS = {"not_applicable": ["2"]}


def rate(session, point_code, *levels):
    """Ratings at a counter."""
    point = session.scalar(select(ServicePoint).where(ServicePoint.code == point_code))
    round_ = session.get(SurveyRound, point.round_id)
    for level in levels:
        make_response(session, round_, service_point_id=point.id, answers={"overall": level})
    session.commit()


def test_the_satisfaction_leaf_takes_the_counters_rate_and_a_tap_changes_the_index(session, open_round):
    rate(session, "T1-1", 5, 4, 4, 5, 4, 4, 5, 3, 2, 1)
    results = open_round(unit=ONLY_SATISFACTION)
    sheet = results().sheet("T1")
    (leaf,) = [leaf for leaf in sheet.leaves if leaf.leaf.code == "2.1.1"]
    assert leaf.score.points == Decimal(7)
    assert leaf.entry.basis.figure is FigureKind.MONITORING
    assert (leaf.entry.basis.rate, leaf.entry.basis.respondent_count) == (Fraction(7, 10), 10)
    assert (sheet.score.total_points, sheet.score.index, sheet.satisfaction_points) == (7, 70, 7)
    rate(session, "T1-1", 1)
    assert half_up(results().sheet("T1").score.total_points, decimals=6) == Decimal("6.363636")


def test_a_unit_without_ratings_is_missing_and_not_zero(session, open_round):
    rate(session, "T1-1", 5, 5, 5, 5, 5)
    sheet = open_round(unit=ONLY_SATISFACTION)().sheet("T2")
    assert (sheet.score.status, sheet.score.total_points) == (SheetStatus.INCOMPLETE, None)
    assert [leaf.entry.missing_reason for leaf in sheet.missing_leaves()] == [MissingReason.NO_ANSWERS]


def test_fewer_ratings_than_may_be_shown_give_no_points(session, open_round):
    rate(session, "T1-1", 5, 5, 5, 5)
    (leaf,) = open_round(unit=ONLY_SATISFACTION)().sheet("T1").missing_leaves()
    assert leaf.entry.missing_reason is MissingReason.TOO_FEW_ANSWERS
    assert (leaf.entry.basis.rate, leaf.entry.basis.respondent_count) == (None, 4)


def test_a_rate_that_would_give_a_neighbours_away_gives_no_points(session, open_round):
    rate(session, "T1-1", 5, 5, 5, 5, 5, 5)
    rate(session, "T2-1", 1, 1, 1)
    results = open_round(unit=ONLY_SATISFACTION)()
    missing = [results.sheet(code).missing_leaves()[0] for code in ("T1", "T2")]
    assert [(leaf.entry.missing_reason, leaf.entry.basis.rate) for leaf in missing] == [
        (MissingReason.COMPLEMENTARY, None),
        (MissingReason.TOO_FEW_ANSWERS, None),
    ]
    assert [leaf_row(leaf)["answer_count"] for leaf in missing] == [None, None]


def assess(session, **answers):
    """One leader's answers: question → unit → level."""
    round_ = session.scalar(select(SurveyRound).where(SurveyRound.code == "leaders"))
    make_response(session, round_, mode=Mode.INVITED, answers=answers)
    session.commit()


def test_a_survey_leaf_is_the_mean_of_its_questions(session, open_round):
    for level in (5, 5, 4, 4, 3, 9):  # 100, 100, 80, 80, 60, no opinion: 84
        assess(session, q1={"T1": level}, q2={"T1": 5}, q3={"T1": 4})
    sheet = open_round(unit=ONLY_LEADERS)().sheet("T1")
    found = {leaf.leaf.code: leaf for leaf in sheet.leaves}
    assert found["1.1.1"].score.points == Decimal("4.6")
    assert [(q.code, q.percentage, q.answered_count) for q in found["1.1.1"].entry.basis.questions] == [
        ("q1", 84, 5),
        ("q2", 100, 6),
    ]
    assert (found["1.1.2"].score.points, sheet.leaders_points) == (Decimal(4), Decimal("8.6"))
    assert (sheet.score.applicable_points, sheet.score.index) == (10, 86)


def test_a_survey_leaf_waits_until_each_of_its_questions_has_enough_answers(session, open_round):
    for level in (5, 5, 4, 4, 9):
        assess(session, q1={"T1": level}, q2={"T1": 5}, q3={"T1": 4})
    (leaf,) = open_round(unit=ONLY_LEADERS)().sheet("T1").missing_leaves()
    assert (leaf.leaf.code, leaf.entry.missing_reason) == ("1.1.1", MissingReason.TOO_FEW_ANSWERS)
    assert [(q.percentage, q.answered_count) for q in leaf.entry.basis.questions] == [(None, 4), (None, 5)]


@pytest.fixture
def sample(session, towns):
    """A sampled round: 24 people of T1 in six PSUs of unequal satisfaction and weight."""
    round_ = make_survey_round(session, code="sample", selection=Selection.PROBABILITY_SAMPLE)
    for psu in range(6):
        for person in range(4):
            unit = make_sample_unit(
                session,
                round_id=round_.id,
                organisation_id=towns["T1"].id,
                psu=f"psu-{psu}",
                inclusion_probability=0.1 if psu < 3 else 0.05,
            )
            level = 2 if person < psu % 3 else 5
            make_response(
                session, round_, mode=Mode.TABLET, sample_unit_id=unit.id, answers={"overall": level}
            )
    session.commit()
    return round_


def test_the_official_rate_is_unweighted_and_has_no_interval(session, sample, open_round):
    results = open_round(unit=ONLY_SATISFACTION, satisfaction={"round": "sample", "figure": "official"})
    sheet = results().sheet("T1")
    assert (sheet.score.total_points, sheet.index_interval) == (Decimal("7.5"), None)


def test_the_design_based_rate_brings_its_interval_into_points_and_index(session, sample, open_round, towns):
    results = open_round(unit=ONLY_SATISFACTION, satisfaction={"round": "sample", "figure": "design_based"})
    sheet = results().sheet("T1")
    estimate = satisfaction_by_organisation(session, sample)[towns["T1"].id].design_based
    assert sheet.score.total_points == Decimal(str(estimate.value)) * 10
    assert sheet.satisfaction_interval.low == Decimal(str(estimate.lower)) * 10
    assert sheet.satisfaction_interval.high == Decimal(str(estimate.upper)) * 10
    assert (sheet.index_interval.low, sheet.index_interval.high) == (
        sheet.satisfaction_interval.low * 10,
        sheet.satisfaction_interval.high * 10,
    )
    assert sheet.index_interval.low < sheet.score.index < sheet.index_interval.high
