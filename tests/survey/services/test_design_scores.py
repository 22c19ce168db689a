"""Design-based scores agree with the textbook and with the analysis package, whatever is asked."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import pytest
from sqlalchemy.orm import Session

from analysis.design import Design, SinglePsu
from analysis.estimation import mean, share
from analysis.sample import Sample
from survey.domain.enums import FigureKind
from survey.domain.figures import Figure, FigureLevel, Measure, Topic
from survey.models import SurveyRound
from survey.services.composites import GroupAnswers, composite
from survey.services.score_data import Group, load_score_data
from survey.services.scores import ScoreRequest, score_round
from survey.services.weighted_sample import weighted_sample
from tests.factories import (
    make_organisation,
    make_population_total,
    make_response,
    make_sample_unit,
)
from tests.support.sampled_rounds import Drawn, make_sampled_round

# Two strata with two PSUs of two people each; who answers 4 or 5 is satisfied. With design weights 10 and 20
# the share is (10 × 3 + 20 × 1) / (10 × 4 + 20 × 4) = 50 / 120.
TINY: list[Drawn] = [
    ("A", "a1", 0.10, {"overall": 5}),
    ("A", "a1", 0.10, {"overall": 2}),
    ("A", "a2", 0.10, {"overall": 4}),
    ("A", "a2", 0.10, {"overall": 4}),
    ("B", "b1", 0.05, {"overall": 1}),
    ("B", "b1", 0.05, {"overall": 3}),
    ("B", "b2", 0.05, {"overall": 5}),
    ("B", "b2", 0.05, {"overall": 2}),
]
SHARE = 50 / 120
# PSU totals of the linearized variable w (y - p) / 120.
A1, A2 = 10 * (1 - 2 * SHARE) / 120, 10 * (2 - 2 * SHARE) / 120
B1, B2 = 20 * (0 - 2 * SHARE) / 120, 20 * (1 - 2 * SHARE) / 120


def figure(
    session: Session, round_: SurveyRound, level: FigureLevel = FigureLevel.OVERALL, **asked: object
) -> Figure:
    """The one design-based share of this level that was asked for, with nothing withheld."""
    round_.minimum_shown = round_.minimum_published = 1
    scored = score_round(session, round_, ScoreRequest(**asked))  # type: ignore[arg-type]
    assert scored.design_problems == ()
    wanted = FigureKind.DESIGN_BASED, level, Measure.SATISFIED_SHARE
    return next(
        one
        for one in scored.figures
        if (one.kind, one.topic.level, one.measure) == wanted and one.domain.by == ""
    )


@pytest.mark.parametrize("level", [FigureLevel.OVERALL, FigureLevel.FACTOR, FigureLevel.ITEM])
def test_with_replacement_the_error_comes_from_psu_totals(session: Session, level: FigureLevel) -> None:
    found = figure(session, make_sampled_round(session, TINY), level)
    # V = Σ_h n/(n-1) Σ (z - mean)², which is (z1 - z2)² for two PSUs (Cochran 1977).
    error = sqrt((A1 - A2) ** 2 + (B1 - B2) ** 2)
    assert (found.value, found.standard_error) == (pytest.approx(SHARE), pytest.approx(error, rel=1e-12))
    assert (found.respondent_count, found.degrees_of_freedom) == (8, 2)
    t = 4.302652729911275  # 97.5 % point with 2 degrees of freedom
    reach, centre = t * error / (SHARE * (1 - SHARE)), log(SHARE / (1 - SHARE))
    assert (found.lower, found.upper) == (
        pytest.approx(1 / (1 + exp(-(centre - reach))), rel=1e-9),
        pytest.approx(1 / (1 + exp(-(centre + reach))), rel=1e-9),
    )
    # Simple random sampling with replacement of 8: p (1 - p) / (n - 1), as R survey's deff = "replace".
    assert found.design_effect == pytest.approx(error**2 / (SHARE * (1 - SHARE) / 7), rel=1e-9)


def test_known_counts_bring_in_both_finite_populations(session: Session) -> None:
    counts = {"psu_population": 10, "element_population": 20}
    found = figure(session, make_sampled_round(session, TINY, unit=counts))
    first, second = 2 / 10, 2 / 20
    between = (1 - first) * ((A1 - A2) ** 2 + (B1 - B2) ** 2)
    # Within a PSU of two people the sum of squares is (z1 - z2)²; a2 and b1 are all of one mind.
    within = first * (1 - second) * ((10 / 120) ** 2 + (20 / 120) ** 2)
    assert found.standard_error == pytest.approx(sqrt(between + within), rel=1e-12)


def test_respondents_take_over_the_weight_of_their_class(session: Session) -> None:
    drawn: list[Drawn] = [*TINY, ("A", "a1", 0.10, None)]
    found = figure(session, make_sampled_round(session, drawn))
    # Stratum A drew five of which four answered: weights 10 × 5/4.
    assert found.value == pytest.approx((12.5 * 3 + 20 * 1) / (12.5 * 4 + 20 * 4))


def test_who_is_not_eligible_leaves_no_weight_behind(session: Session) -> None:
    round_ = make_sampled_round(session, TINY)
    make_sample_unit(
        session,
        round_id=round_.id,
        stratum="A",
        psu="a1",
        inclusion_probability=0.1,
        disposition="not_eligible",
    )
    assert figure(session, round_).value == pytest.approx(SHARE)


def test_a_psu_without_respondents_stays_in_the_design(session: Session) -> None:
    drawn: list[Drawn] = [*TINY, ("A", "a3", 0.10, None)]
    found = figure(session, make_sampled_round(session, drawn))
    share_ = (12.5 * 3 + 20) / (12.5 * 4 + 80)
    z = [12.5 * (1 - 2 * share_) / 130, 12.5 * (2 - 2 * share_) / 130, 0.0]
    spread = 3 / 2 * (sum(one**2 for one in z) - sum(z) ** 2 / 3)
    error = sqrt(spread + (20 / 130) ** 2)
    assert found.standard_error == pytest.approx(error, rel=1e-12)


def sipas_round(
    session: Session, *, weighting_class_items: list[str], rule: str = "item-mean/1"
) -> SurveyRound:
    """Three strata, four PSUs in each, eight people drawn in each, some of whom refuse or skip items."""
    generator = np.random.default_rng(20)
    codes = [
        f"f{factor}_{place}"
        for factor, count in enumerate((4, 5, 6, 3, 4), 1)
        for place in range(1, count + 1)
    ]
    drawn: list[Drawn] = []
    for number in range(96):
        stratum, psu = f"s{number // 32}", f"p{number // 8 % 4}"
        mood = generator.normal((number // 8 % 3 - 1) * 0.6, 0.7)
        levels = np.clip(np.round(3.9 + mood + generator.normal(0, 0.7, len(codes))), 1, 5)
        answers = {
            code: int(level) for code, level in zip(codes, levels, strict=True) if generator.random() > 0.1
        }
        answers |= {"sex": ["male", "female"][number % 2]}
        drawn.append((stratum, psu, 0.02 * (1 + number // 32), answers if generator.random() > 0.2 else None))
    round_ = make_sampled_round(
        session,
        drawn,
        unit={"psu_population": 12, "element_population": 300},
        questionnaire="sipas-2017",
        weighting_class_items=weighting_class_items,
        aggregation_rule=rule,
    )
    for cell, total in (("male", 1800), ("female", 2400)):
        make_population_total(session, round_id=round_.id, cell=cell, total=total)
    return round_


@pytest.mark.parametrize("items", [[], ["sex"]])
def test_group_errors_are_those_of_the_item_covariances(session: Session, items: list[str]) -> None:
    round_ = sipas_round(session, weighting_class_items=items)
    data = load_score_data(session, round_)
    columns = {f"i{code}": data.satisfied[:, place] for code, place in data.places.items()}
    sample = weighted_sample(data).with_columns(
        columns, domain=np.zeros(len(data), dtype=np.int64), domain_count=1
    )
    shares = share(sample, list(columns), categories=[1.0])
    part = np.full(22, 1 / 22)
    found = figure(session, round_)
    assert found.value == pytest.approx(float(part @ shares.values), rel=1e-12)
    assert found.standard_error == pytest.approx(sqrt(part @ shares.covariance() @ part), rel=1e-10)


def test_item_figures_are_those_of_analysis_on_the_same_rows(session: Session) -> None:
    round_ = sipas_round(session, weighting_class_items=[])
    data = load_score_data(session, round_)
    frame = weighted_sample(data).sample.frame.assign(
        level=np.append(
            data.valid_levels[:, 0], np.full(len(weighted_sample(data).sample) - len(data), np.nan)
        )
    )
    design = Design(
        strata="stratum",
        psu=("psu_label", "unit"),
        weight="weight",
        population=("psu_population", "element_population"),
        single_psu=SinglePsu.ADJUST,
    )
    expected = mean(Sample(frame, design), "level").get("level")
    round_.minimum_shown = round_.minimum_published = 1
    found = next(
        one
        for one in score_round(session, round_, ScoreRequest()).figures
        if (one.kind, one.measure, one.topic.code) == (FigureKind.DESIGN_BASED, Measure.MEAN_LEVEL, "f1_1")
    )
    assert (found.value, found.standard_error, found.lower, found.design_effect) == pytest.approx(
        (expected.value, expected.standard_error, expected.lower, expected.design_effect), rel=1e-12
    )


def test_post_stratified_weights_agree_with_the_population(session: Session) -> None:
    data = load_score_data(session, sipas_round(session, weighting_class_items=["sex"]))
    weighted = weighted_sample(data)
    sums = weighted.sample.frame.assign(final=weighted.sample.weights).groupby("cell")["final"].sum()
    assert sums.to_dict() == {"female": pytest.approx(2400), "male": pytest.approx(1800)}
    assert weighted.weighting == "design-weights/1 + nonresponse-classes/1 + poststratified/1"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("item-mean/1", (1 + 0 + 0.5) / 3), ("factor-mean/1", ((1 + 0) / 2 + 0.5) / 2), ("pooled/1", 5 / 8)],
)
def test_composites_follow_the_aggregation_rule(rule: str, expected: float) -> None:
    # Items a and b make one factor, c another. a: 4 of 4 satisfied, b: 0 of 2, c: 1 of 2.
    nan = np.nan
    satisfied = np.array([[1, 0, 1], [1, 0, 0], [1, nan, nan], [1, nan, nan]], dtype=float)
    answers = GroupAnswers(satisfied, np.ones(4), np.zeros(4, dtype=np.int64), 1)
    group = Group(Topic(FigureLevel.OVERALL, "overall", {}), (("a", "b"), ("c",)))
    made = composite(group, answers, rule=rule)
    assert made.values[0] == pytest.approx(expected)
    assert made.z.sum() == pytest.approx(0)


def test_a_unit_that_is_one_psu_gets_its_error_from_its_respondents(session: Session) -> None:
    communes = [make_organisation(session, kind_code="commune", code=code) for code in ("c1", "c2")]
    round_ = make_sampled_round(session, [])
    for commune in communes:
        for level in (5, 4, 2, 1, 4, 4):
            unit = make_sample_unit(
                session, round_id=round_.id, stratum="A", psu=commune.code, organisation_id=commune.id
            )
            make_response(session, round_, answers={"overall": level}, sample_unit_id=unit.id)
    round_.minimum_published = 6
    scored = score_round(session, round_, ScoreRequest(by="organisation"))
    found = [
        one
        for one in scored.figures
        if one.kind is FigureKind.DESIGN_BASED and one.domain.by and one.topic.level is FigureLevel.OVERALL
    ]
    # Six people drawn one by one: p (1 - p) / (n - 1).
    assert [(one.value, one.standard_error) for one in found] == [
        (pytest.approx(4 / 6), pytest.approx(sqrt(4 / 6 * 2 / 6 / 5)))
    ] * 2
    assert {one.method for one in found} == {
        "item-mean/1 + linearization-within-psu/1 + design-weights/1 + nonresponse-classes/1"
    }


def test_what_stands_in_the_way_is_said(session: Session) -> None:
    round_ = make_sampled_round(session, [*TINY, ("C", "c1", 0.1, None)])
    scored = score_round(session, round_, ScoreRequest())
    assert [str(problem) for problem in scored.design_problems] == [
        "Nobody answered in the non-response class C; join it with a similar class."
    ]
    assert {one.kind for one in scored.figures} == {FigureKind.OFFICIAL}


def test_without_drawn_units_there_is_nothing_design_based(session: Session) -> None:
    round_ = make_sampled_round(session, [])
    make_response(session, round_, answers={"overall": 4}, mode="paper")
    scored = score_round(session, round_, ScoreRequest())
    assert [str(problem) for problem in scored.design_problems] == [
        "No drawn units are recorded for this round, so nothing is known about chances of selection.",
    ]


def test_respondents_without_post_stratum_count_officially_only(session: Session) -> None:
    round_ = sipas_round(session, weighting_class_items=["sex"])
    unit = make_sample_unit(
        session, round_id=round_.id, stratum="s0", psu="p0", psu_population=12, element_population=300
    )
    before = score_round(session, round_, ScoreRequest())
    make_response(session, round_, answers={"f1_1": 5}, sample_unit_id=unit.id, mode="tablet")
    after = score_round(session, round_, ScoreRequest())
    assert (before.without_cell, after.without_cell, after.response_count - before.response_count) == (
        0,
        1,
        1,
    )
