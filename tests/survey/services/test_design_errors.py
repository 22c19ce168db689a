"""Errors of design-based figures: from the right part of the design, and never a certainty that is none."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import pytest
from sqlalchemy.orm import Session

from survey.domain.enums import FigureKind, Mode
from survey.domain.figures import Figure, FigureLevel, Measure
from survey.models import SurveyRound
from survey.services.scores import ScoreRequest, score_round
from tests.factories import make_organisation, make_response, make_sample_unit
from tests.support.sampled_rounds import Drawn, make_sampled_round

SHOWN = {"minimum_shown": 1, "minimum_published": 1}
BETWEEN = "linearization/1 + design-weights/1 + nonresponse-classes/1"
WITHIN = "linearization-within-psu/1 + design-weights/1 + nonresponse-classes/1"
T_3 = 3.182446305284263  # 97.5 % point of t with 3 degrees of freedom


def design_based(
    session: Session, round_: SurveyRound, *, by: str | None = None
) -> dict[tuple[str, FigureLevel, str, Measure], Figure]:
    """The design-based figures by domain, level, topic and measure."""
    return {
        (one.domain.code, one.topic.level, one.topic.code, one.measure): one
        for one in score_round(session, round_, ScoreRequest(by=by)).figures
        if one.kind is FigureKind.DESIGN_BASED and (by is None or one.domain.by)
    }


def overall(session: Session, round_: SurveyRound) -> Figure:
    """The overall share of the whole round."""
    return design_based(session, round_)["", FigureLevel.OVERALL, "overall", Measure.SATISFIED_SHARE]


def ratings(levels_by_psu: Sequence[tuple[str, str, Sequence[int]]]) -> list[Drawn]:
    """People of these strata and PSUs, drawn one in ten, with these levels."""
    return [
        (stratum, psu, 0.1, {"overall": level}) for stratum, psu, levels in levels_by_psu for level in levels
    ]


def test_a_unit_of_one_psu_among_others_gets_its_error_from_within_it(session: Session) -> None:
    round_ = make_sampled_round(session, [], **SHOWN)
    for code, psus in (("D1", ("a",)), ("D2", ("b", "c"))):
        district = make_organisation(session, code=code, kind_code="district")
        for psu in psus:
            for level in (5, 4, 2, 1, 4, 4) if psu != "c" else (1, 1, 1, 1, 1, 5):
                unit = make_sample_unit(
                    session, round_id=round_.id, stratum=code, psu=psu, organisation_id=district.id
                )
                make_response(session, round_, answers={"overall": level}, sample_unit_id=unit.id)
    found = design_based(session, round_, by="organisation")
    one, two = (found[code, FigureLevel.OVERALL, "overall", Measure.SATISFIED_SHARE] for code in ("D1", "D2"))
    # Six people of one PSU, drawn one by one: p (1 - p) / (n - 1). The two PSUs: half the difference of 4 of
    # 6 and 1 of 6 satisfied.
    assert (one.standard_error, one.degrees_of_freedom) == (pytest.approx(sqrt(4 / 6 * 2 / 6 / 5)), 5)
    assert (two.standard_error, two.degrees_of_freedom) == (pytest.approx(3 / 6 / 2), 1)
    assert (one.method, two.method) == (f"item-mean/1 + {WITHIN}", f"item-mean/1 + {BETWEEN}")
    item = found["D1", FigureLevel.ITEM, "overall", Measure.SATISFIED_SHARE]
    assert (item.standard_error, item.lower, item.method) == (
        pytest.approx(one.standard_error),
        pytest.approx(one.lower),
        WITHIN,
    )


def test_what_one_psu_alone_answered_is_measured_within_it_and_changes_no_other_item(
    session: Session,
) -> None:
    # Everybody answers f1_1; of PSU a alone four answer f3_1, two of them satisfied.
    everybody = {"a": (5, 2, 2, 2, 5), "b": (5, 5, 5, 5, 2)}
    asked_more: list[Drawn] = [
        (
            "A",
            psu,
            0.1,
            {"f1_1": level, **({"f3_1": (5, 2)[place % 2]} if psu == "a" and place < 4 else {})},
        )
        for psu, levels in everybody.items()
        for place, level in enumerate(levels)
    ]
    found = design_based(
        session, make_sampled_round(session, asked_more, questionnaire="sipas-2017", **SHOWN)
    )
    # V = 5/4 Σ z² over the five people of the PSU, z = ±1/2 of 1/4 for who answered, 0 for who did not.
    alone = [
        found["", FigureLevel.ITEM, "f3_1", Measure.SATISFIED_SHARE],
        found["", FigureLevel.FACTOR, "F3", Measure.SATISFIED_SHARE],
    ]
    assert [(one.value, one.standard_error, one.degrees_of_freedom) for one in alone] == [
        (0.5, pytest.approx(sqrt(5 / 4 * 4 * (0.5 / 4) ** 2)), 3)
    ] * 2
    assert [one.method for one in alone] == [WITHIN, f"item-mean/1 + {WITHIN}"]
    mean = found["", FigureLevel.ITEM, "f3_1", Measure.MEAN_LEVEL]
    error = sqrt(5 / 4 * 4 * (1.5 / 4) ** 2)
    assert (mean.value, mean.standard_error) == (3.5, pytest.approx(error))
    assert mean.lower == pytest.approx(max(3.5 - T_3 * error, 1))
    other = found["", FigureLevel.ITEM, "f1_1", Measure.SATISFIED_SHARE]
    assert (other.value, other.standard_error, other.method) == (0.6, pytest.approx(0.2), BETWEEN)


@pytest.mark.parametrize(("level", "value", "lower", "upper"), [(5, 1, 0.63058, 1), (2, 0, 0, 0.36942)])
def test_answers_that_are_all_alike_prove_no_certainty(
    session: Session, level: int, value: int, lower: float, upper: float
) -> None:
    alike = ratings([("A", psu, (level,) * 4) for psu in ("a", "b")])
    found = design_based(session, make_sampled_round(session, alike, **SHOWN))
    shares = [one for one in found.values() if one.measure is Measure.SATISFIED_SHARE]
    # Clopper and Pearson for 8 of 8, and for 0 of 8.
    assert [(one.value, one.standard_error, one.lower, one.upper, one.design_effect) for one in shares] == [
        (value, None, pytest.approx(lower, abs=5e-6), pytest.approx(upper, abs=5e-6), None)
    ] * 4
    mean = found["", FigureLevel.ITEM, "overall", Measure.MEAN_LEVEL]
    assert (mean.value, mean.standard_error, mean.lower, mean.upper) == (level, None, None, None)


def test_psus_that_happen_to_agree_prove_no_certainty(session: Session) -> None:
    round_ = make_sampled_round(session, ratings([("A", "a", (5, 1)), ("A", "b", (4, 2))]), **SHOWN)
    found = overall(session, round_)
    assert (found.value, found.standard_error, found.lower, found.upper) == (0.5, None, None, None)


@pytest.mark.parametrize(("levels", "value"), [((5, 4, 2, 5), 0.75), ((5, 4, 4, 5), 1.0)])
def test_when_everybody_was_asked_and_answered_nothing_is_left_to_chance(
    session: Session, levels: tuple[int, ...], value: float
) -> None:
    drawn: list[Drawn] = [
        ("A", psu, 1.0, {"overall": level}) for psu, level in zip("aabb", levels, strict=True)
    ]
    counts = {"psu_population": 2, "element_population": 2}
    found = overall(session, make_sampled_round(session, drawn, unit=counts, **SHOWN))
    assert (found.value, found.standard_error, found.lower, found.upper) == (value, 0, value, value)


def test_a_census_of_psus_leaves_the_error_within_them(session: Session) -> None:
    drawn: list[Drawn] = [
        ("A", psu, 0.5, {"overall": level}) for psu, level in zip("aabb", (5, 1, 4, 5), strict=True)
    ]
    counts = {"psu_population": 2, "element_population": 4}
    found = overall(session, make_sampled_round(session, drawn, unit=counts, **SHOWN))
    # f1 = 1. In PSU a: (1 - 2/4) · 2/1 · 2 · (±1/2 of 1/4)², in PSU b nobody differs.
    assert (found.value, found.standard_error) == (0.75, pytest.approx(sqrt(0.5 * 2 * 2 / 64)))
    assert found.degrees_of_freedom == 4 - 2  # chance works among four people in two PSUs


def test_a_unit_that_was_taken_with_certainty_has_an_interval_of_its_own(session: Session) -> None:
    round_ = make_sampled_round(session, [], **SHOWN)
    for code in ("c1", "c2"):
        commune = make_organisation(session, code=code, kind_code="commune")
        for level in (5, 5, 2, 4):
            unit = make_sample_unit(
                session,
                round_id=round_.id,
                psu=code,
                organisation_id=commune.id,
                inclusion_probability=0.1,
                psu_population=2,
                element_population=40,
            )
            make_response(
                session, round_, answers={"overall": level}, sample_unit_id=unit.id, mode=Mode.TABLET
            )
    found = design_based(session, round_, by="organisation")
    one = found["c1", FigureLevel.OVERALL, "overall", Measure.SATISFIED_SHARE]
    assert (one.standard_error, one.degrees_of_freedom, one.lower is None) == (
        pytest.approx(sqrt(0.9 * 0.75 * 0.25 / 3)),
        3,
        False,
    )


def test_limits_of_a_mean_level_stay_on_its_scale(session: Session) -> None:
    round_ = make_sampled_round(session, ratings([("A", "a", (5, 5)), ("A", "b", (2, 5))]), **SHOWN)
    found = design_based(session, round_)["", FigureLevel.ITEM, "overall", Measure.MEAN_LEVEL]
    # 4.25 ± 12.7 × 0.75
    assert (found.value, found.standard_error, found.lower, found.upper) == (4.25, 0.75, 1, 5)


def test_without_degrees_of_freedom_there_is_no_interval(session: Session) -> None:
    for levels in ((5, 2), (5, 5)):
        round_ = make_sampled_round(session, ratings([("A", "a", levels), ("B", "b", (4, 4))]), **SHOWN)
        found = design_based(session, round_)
        assert {(one.degrees_of_freedom, one.lower, one.upper) for one in found.values()} == {(0, None, None)}
