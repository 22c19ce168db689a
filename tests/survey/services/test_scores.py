"""Scores of a round: exact where official, honest where estimated, and only for who may see them."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from analysis.satisfaction import Content, Factor, SatisfactionStructure, satisfaction
from analysis.scales import FIVE_LEVELS
from analysis.suppression import Audience, Reason
from forms.definitions import load_definition
from survey.domain.enums import FigureKind, Mode, Selection
from survey.domain.figures import Figure, FigureLevel, Measure
from survey.errors import NotFoundError
from survey.models import Organisation, SurveyRound
from survey.queries.organisations import get_organisation
from survey.services.score_domains import UnknownDomainError
from survey.services.scores import (
    MixedSelectionsError,
    OrganisationSatisfaction,
    QuestionPercentage,
    Reach,
    RoundScores,
    ScoreRequest,
    cross_assessment,
    satisfaction_by_organisation,
    score_round,
)
from tests.factories import (
    make_organisation,
    make_response,
    make_sample_unit,
    make_service_point,
    make_survey_round,
)
from tests.support.sampled_rounds import Drawn, make_sampled_round
from tests.support.statements import counted_statements

OVERALL = FigureLevel.OVERALL


def shares(scored: RoundScores, level: FigureLevel = OVERALL) -> dict[str, Figure]:
    """The first kind's shares of one level by domain code, "" for the undivided one."""
    found: dict[str, Figure] = {}
    for one in scored.figures:
        if one.topic.level is level and one.measure is not Measure.MEAN_LEVEL:
            found.setdefault(one.domain.code, one)
    return found


@pytest.fixture
def province(session: Session) -> Organisation:
    """A province over two districts; the first has two communes."""
    province = make_organisation(session, code="95")
    for code in ("D1", "D2"):
        district = make_organisation(session, code=code, kind_code="district", parent_id=province.id)
        if code == "D1":
            for commune in ("C1", "C2"):
                make_organisation(session, code=commune, kind_code="commune", parent_id=district.id)
    session.commit()
    return province


def unit(session: Session, code: str) -> Organisation:
    return get_organisation(session, code)


def counter_round(session: Session, ratings: dict[str, list[int]], **values: object) -> SurveyRound:
    """Ratings at one counter of each unit, by the unit's code."""
    round_ = make_survey_round(session, **values)
    for code, levels in ratings.items():
        point = make_service_point(
            session, organisation=unit(session, code), code=f"P-{code}", round_id=round_.id
        )
        for level in levels:
            make_response(session, round_, answers={"overall": level}, service_point_id=point.id)
    session.commit()
    return round_


def test_official_figures_are_those_of_the_analysis_package(session: Session) -> None:
    definition = load_definition("sipas-2017")
    items = [item.code for item in definition.scored_items]
    drawn: list[Drawn] = []
    for number in range(40):
        answers = {
            code: 1 + (number * place + number // 3) % 5
            for place, code in enumerate(items, 1)
            if (number + place) % 7
        }
        drawn.append(("A", f"p{number}", 0.1, answers))
    round_ = make_sampled_round(session, drawn, questionnaire="sipas-2017")
    structure = SatisfactionStructure(
        contents=tuple(
            Content(
                content.code,
                tuple(
                    Factor(factor.code, tuple(item.code for item in definition.factor_items(factor.code)))
                    for factor in content.factors
                ),
            )
            for content in definition.contents
        ),
        scale=FIVE_LEVELS,
    )
    counts: dict[str, dict[int, int]] = {}
    for _, _, _, given in drawn:
        for code, level in (given or {}).items():
            counts.setdefault(code, {}).setdefault(level, 0)
            counts[code][level] += 1
    expected = satisfaction(structure, counts)
    found = {
        one.topic.key: one.value
        for one in score_round(session, round_, ScoreRequest()).figures
        if (one.kind, one.measure) == (FigureKind.OFFICIAL, Measure.SATISFIED_SHARE)
    }
    assert found == {
        "overall:overall": expected.overall.rate,
        **{f"content:{one.code}": one.rate for one in expected.contents},
        **{f"factor:{one.code}": one.rate for one in expected.factors},
        **{f"item:{one.code}": one.rate for one in expected.items},
    }


def test_mean_levels_are_exact_and_on_their_scale(session: Session) -> None:
    round_ = make_survey_round(session, questionnaire="somerville-2011", selection=Selection.INVITED)
    for level in [10, 9, 7] * 10:
        make_response(session, round_, answers={"happy_now": level}, mode=Mode.PAPER)
    found = {
        one.measure: (one.value, one.respondent_count)
        for one in score_round(session, round_, ScoreRequest()).figures
        if one.topic.key == "item:happy_now"
    }
    assert found == {
        Measure.SATISFIED_SHARE: (Fraction(2, 3), 30),
        Measure.MEAN_LEVEL: (Fraction(26, 3), 30),
    }


def test_levels_of_different_scales_have_no_common_figure(session: Session) -> None:
    round_ = make_survey_round(session, questionnaire="somerville-2011", selection=Selection.INVITED)
    make_response(session, round_, answers={"happy_now": 5, "police": 5}, mode=Mode.PAPER)
    levels = {one.topic.level for one in score_round(session, round_, ScoreRequest()).figures}
    assert levels == {FigureLevel.CONTENT, FigureLevel.FACTOR, FigureLevel.ITEM}


def test_a_supplement_is_no_second_tap(session: Session, province: Organisation) -> None:
    round_ = counter_round(session, {"C1": [5, 4, 1] * 10})
    tap = make_response(session, round_, answers={"overall": 1})
    make_response(session, round_, answers={"overall": 5, "reasons": ["late"]}, supplements=tap.uuid)
    make_response(session, round_, answers={"reasons": ["late"]}, supplements=uuid4())
    found = shares(score_round(session, round_, ScoreRequest()))[""]
    assert (found.kind, found.value, found.respondent_count) == (FigureKind.MONITORING, Fraction(20, 31), 31)
    assert (found.standard_error, found.lower, found.design_effect) == (None, None, None)


def test_units_roll_up_the_tree(session: Session, province: Organisation) -> None:
    round_ = counter_round(session, {"C1": [5] * 30, "C2": [1] * 30, "D1": [5] * 40, "D2": [4, 1] * 20})
    found = shares(score_round(session, round_, ScoreRequest(by="organisation")))
    assert {code: (one.value, one.respondent_count) for code, one in found.items()} == {
        "": (Fraction(90, 140), 140),
        "95": (Fraction(90, 140), 140),
        "D1": (Fraction(70, 100), 100),
        "D2": (Fraction(1, 2), 40),
        "C1": (Fraction(1), 30),
        "C2": (Fraction(0), 30),
    }


def test_children_are_the_units_directly_below(session: Session, province: Organisation) -> None:
    round_ = counter_round(session, {"C1": [5] * 30, "C2": [1] * 30, "D2": [4] * 40})
    reach = Reach.CHILDREN
    of_round = score_round(session, round_, ScoreRequest(by="organisation", reach=reach))
    of_unit = score_round(session, round_, ScoreRequest(by="organisation", reach=reach, unit="D1"))
    assert [list(shares(one)) for one in (of_round, of_unit)] == [["", "D1", "D2"], ["", "C1", "C2"]]


def test_a_reader_sees_the_answers_about_the_own_units_alone(
    session: Session, province: Organisation
) -> None:
    round_ = counter_round(
        session, {"C1": [5] * 30, "C2": [1] * 30, "D2": [4] * 40}, organiser_id=province.id
    )
    visible = frozenset(unit(session, code).id for code in ("D1", "C1", "C2"))
    scored = score_round(session, round_, ScoreRequest(by="organisation", visible=visible))
    found = {code: one.respondent_count for code, one in shares(scored).items()}
    assert (scored.unit.code if scored.unit else None, found) == ("D1", {"": 60, "C1": 30, "C2": 30})
    by_month = shares(score_round(session, round_, ScoreRequest(by="month", visible=visible)))
    assert {code: one.respondent_count for code, one in by_month.items()} == {"": 60, "2026-03": 60}
    with pytest.raises(NotFoundError):
        score_round(session, round_, ScoreRequest(unit="D2", visible=visible))


def test_the_organiser_sees_the_whole_round(session: Session, province: Organisation) -> None:
    round_ = counter_round(session, {"C1": [5] * 30}, organiser_id=province.id)
    make_response(session, round_, answers={"overall": 1})  # at no counter, so about no unit
    scored = score_round(session, round_, ScoreRequest(visible=frozenset({province.id})))
    assert (scored.unit, scored.response_count) == (None, 31)


def test_small_cells_are_withheld_with_the_reason(session: Session, province: Organisation) -> None:
    round_ = counter_round(session, {"C1": [5] * 4, "C2": [1] * 29, "D1": [5] * 100, "D2": [4] * 40})
    told = {
        audience: {
            code: (one.reason, one.value is None, one.respondent_count)
            for code, one in shares(
                score_round(session, round_, ScoreRequest(by="organisation", audience=audience))
            ).items()
            if code in ("C1", "C2", "D2")
        }
        for audience in Audience
    }
    assert told == {
        Audience.PUBLIC: {
            "C1": (Reason.TOO_FEW_TO_SHOW, True, None),
            "C2": (Reason.TOO_FEW_TO_PUBLISH, True, 29),
            "D2": (Reason.ENOUGH_ANSWERS, False, 40),
        },
        Audience.INTERNAL: {
            "C1": (Reason.TOO_FEW_TO_SHOW, True, None),
            "C2": (Reason.COMPLEMENTARY, True, None),
            "D2": (Reason.ENOUGH_ANSWERS, False, 40),
        },
    }


def test_how_few_answered_is_not_told(session: Session, province: Organisation) -> None:
    round_ = counter_round(session, {"C1": [5] * 4, "C2": [1] * 5})
    told = [
        score_round(session, round_, ScoreRequest(unit=code)).told_response_count
        for code in ("C1", "C2", "D2")
    ]
    assert told == [None, 5, 0]


def test_what_a_table_withholds_cannot_be_had_by_asking_for_the_unit(
    session: Session, province: Organisation
) -> None:
    round_ = counter_round(session, {"C1": [5] * 4, "C2": [1] * 40, "D2": [4] * 40})
    for asked in (
        ScoreRequest(unit="C2"),
        ScoreRequest(unit="C2", by="hour"),
        ScoreRequest(unit="C2", by="overall"),
    ):
        found = [one for one in score_round(session, round_, asked).figures if one.respondent_count != 0]
        assert {(one.reason, one.value) for one in found} == {(Reason.COMPLEMENTARY, None)}


def test_a_unit_that_is_withheld_does_not_show_through_its_counters(
    session: Session, province: Organisation
) -> None:
    round_ = counter_round(session, {"C1": [5] * 3, "C2": [1] * 40, "D2": [4] * 40})
    point = make_service_point(session, organisation=get_organisation(session, "D2"))
    for level in [2] * 30:  # a second counter in the other district
        make_response(session, round_, answers={"overall": level}, service_point_id=point.id)
    asked = ScoreRequest(by="service_point", audience=Audience.INTERNAL)
    found = [
        (one.respondent_count, one.reason)
        for code, one in shares(score_round(session, round_, asked)).items()
        if code
    ]
    # The district of C1 and C2 is told of, so the only counter of C2 would give that of C1 away.
    assert sorted(found, key=str) == [
        (30, Reason.ENOUGH_ANSWERS),
        (40, Reason.ENOUGH_ANSWERS),
        (None, Reason.COMPLEMENTARY),
        (None, Reason.TOO_FEW_TO_SHOW),
    ]


def test_an_item_that_few_answered_does_not_show_through_its_factor(session: Session) -> None:
    drawn: list[Drawn] = [
        ("A", f"p{number}", 0.1, {"f1_1": 5, "f1_2": 4, "f1_3": 1} | ({"f1_4": 1} if number < 3 else {}))
        for number in range(40)
    ]
    round_ = make_sampled_round(session, drawn, questionnaire="sipas-2017")
    found = {
        one.topic.key: one.reason
        for one in score_round(session, round_, ScoreRequest()).figures
        if (one.kind, one.topic.key[:9])
        in {
            (FigureKind.OFFICIAL, "factor:F1"),
            (FigureKind.OFFICIAL, "item:f1_1"),
            (FigureKind.OFFICIAL, "item:f1_4"),
        }
    }
    assert found == {
        "factor:F1": Reason.ENOUGH_ANSWERS,
        "item:f1_1": Reason.COMPLEMENTARY,
        "item:f1_4": Reason.TOO_FEW_TO_SHOW,
    }


def test_a_tap_in_a_sampled_round_is_left_out_and_counted(session: Session) -> None:
    round_ = make_sampled_round(session, [("A", "a", 0.1, {"overall": 5}), ("A", "b", 0.1, {"overall": 1})])
    make_response(session, round_, answers={"overall": 5})
    scored = score_round(session, round_, ScoreRequest())
    assert (scored.response_count, scored.left_out.without_unit) == (2, 1)


@pytest.mark.parametrize(
    ("selection", "kind"),
    [
        (Selection.SELF_SELECTED, FigureKind.DESIGN_BASED),
        (Selection.SELF_SELECTED, FigureKind.OFFICIAL),
        (Selection.PROBABILITY_SAMPLE, FigureKind.MONITORING),
        (Selection.INVITED, FigureKind.DESIGN_BASED),
    ],
)
def test_asking_for_a_mix_raises(session: Session, selection: Selection, kind: FigureKind) -> None:
    round_ = make_survey_round(session, selection=selection)
    with pytest.raises(MixedSelectionsError, match="never pooled"):
        score_round(session, round_, ScoreRequest(kind=kind))


def test_an_unknown_division_names_the_known_ones(session: Session, province: Organisation) -> None:
    round_ = counter_round(session, {"C1": [5]})
    with pytest.raises(UnknownDomainError, match="organisation, service_point, month, day, hour, overall"):
        score_round(session, round_, ScoreRequest(by="sex"))


def test_times_are_those_of_the_province(session: Session) -> None:
    round_ = make_survey_round(session, minimum_published=5)
    for _ in range(5):
        make_response(session, round_, captured_at=datetime(2026, 2, 28, 17, 30, tzinfo=UTC))
    for by, code in (("month", "2026-03"), ("day", "2026-03-01"), ("hour", "00")):
        assert list(shares(score_round(session, round_, ScoreRequest(by=by)))) == ["", code]


def test_satisfaction_by_organisation_is_for_the_index(session: Session, province: Organisation) -> None:
    round_ = counter_round(session, {"C1": [5, 5, 1], "D2": [4]})
    ids = {code: unit(session, code).id for code in ("95", "D1", "D2", "C1")}
    assert satisfaction_by_organisation(session, round_) == {
        ids["95"]: OrganisationSatisfaction(Fraction(3, 4), None, 4, Reason.TOO_FEW_TO_SHOW),
        ids["D1"]: OrganisationSatisfaction(Fraction(2, 3), None, 3, Reason.TOO_FEW_TO_SHOW),
        ids["C1"]: OrganisationSatisfaction(Fraction(2, 3), None, 3, Reason.TOO_FEW_TO_SHOW),
        ids["D2"]: OrganisationSatisfaction(Fraction(1), None, 1, Reason.TOO_FEW_TO_SHOW),
    }


def test_sampled_units_have_both_figures(session: Session, province: Organisation) -> None:
    round_ = make_sampled_round(session, [])
    for district, level in (("D1", 5), ("D1", 1), ("D2", 4), ("D2", 4)):
        sampled = make_sample_unit(session, round_id=round_.id, organisation_id=unit(session, district).id)
        make_response(session, round_, answers={"overall": level}, sample_unit_id=sampled.id)
    found = satisfaction_by_organisation(session, round_)[province.id]
    estimate = found.design_based
    assert estimate is not None
    assert (found.official, found.respondent_count, estimate.value) == (Fraction(3, 4), 4, 0.75)
    assert estimate.standard_error == pytest.approx((0.75 * 0.25 / 3) ** 0.5)


def test_cross_assessment_is_the_mean_worth_of_the_levels(session: Session) -> None:
    round_ = make_survey_round(session, questionnaire="leaders-cross-assessment", selection=Selection.INVITED)
    scale = load_definition("leaders-cross-assessment").items_by_code["q1"].scale
    assert scale is not None
    by_worth = {int(worth): level for level, worth in scale.percentages.items()}
    for given in ({"A": by_worth[100], "B": by_worth[40]}, {"A": by_worth[80], "B": 9}, {"A": by_worth[80]}):
        make_response(session, round_, answers={"q1": given}, mode=Mode.INVITED)
    found = cross_assessment(session, round_)
    assert {key: found[key] for key in (("q1", "A"), ("q1", "B"))} == {
        ("q1", "A"): QuestionPercentage(Fraction(260, 3), 3),
        ("q1", "B"): QuestionPercentage(Fraction(40), 1),
    }
    with pytest.raises(MixedSelectionsError):
        cross_assessment(session, make_survey_round(session))


def test_leaders_figures_are_limited_to_visible_units(session: Session, province: Organisation) -> None:
    round_ = make_survey_round(
        session, questionnaire="leaders-cross-assessment", selection=Selection.INVITED, minimum_published=5
    )
    for _ in range(6):
        make_response(session, round_, answers={"q1": {"D1": 5, "D2": 3}}, mode=Mode.INVITED)
    everything = score_round(session, round_, ScoreRequest(by="organisation"))
    own = score_round(session, round_, ScoreRequest(visible=frozenset({unit(session, "D2").id})))
    assert [(one.domain.code, one.value, one.respondent_count) for one in everything.figures] == [
        ("D1", Fraction(1), 6),
        ("D2", Fraction(3, 5), 6),
    ]
    assert [one.domain.code for one in own.figures] == ["D2"]


def test_the_number_of_queries_does_not_grow_with_the_data(session: Session, province: Organisation) -> None:
    round_ = counter_round(session, {"C1": [5] * 3})
    score_round(session, round_, ScoreRequest(by="service_point"))
    session.commit()
    with counted_statements() as few:
        score_round(session, round_, ScoreRequest(by="service_point"))
    for code in ("C2", "D1", "D2"):
        point = make_service_point(session, organisation=unit(session, code), round_id=round_.id)
        for level in (1, 2, 5):
            make_response(session, round_, answers={"overall": level}, service_point_id=point.id)
    session.commit()
    with counted_statements() as many:
        score_round(session, round_, ScoreRequest(by="service_point"))
    assert len(few) == len(many)
