"""Means, officers' scores, totals, classes and ranks, against cases worked out by hand."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.on_site.definition import Band, OnSiteError, OnSiteScheme, Rule, SchemeIndex, check_bands
from analysis.on_site.results import class_of, index_means, officer_score, ranks, unit_total
from survey.services.on_site_definitions import scheme_definition

CLASSES = scheme_definition().scheme.classes


def dossier(*points: int | None) -> dict[int, int | None]:
    return dict(zip((1, 2, 3, 4, 6, 7), points, strict=True))


def test_a_dossier_without_an_input_leaves_that_index_and_no_other() -> None:
    scheme = scheme_definition().scheme
    means = index_means(
        scheme, [dossier(2, 2, 2, 2, 2, 2), dossier(1, None, 0, 2, 1, 0), dossier(2, *[None] * 5)]
    )
    found = {number: (mean.mean, mean.counted, mean.left_out) for number, mean in means.items()}
    assert found == {
        1: (Fraction(5, 3), 3, 0),
        2: (Fraction(2), 1, 2),
        3: (Fraction(1), 2, 1),
        4: (Fraction(2), 2, 1),
        6: (Fraction(3, 2), 2, 1),
        7: (Fraction(1), 2, 1),
    }


def test_the_officer_is_scored_by_indices_1_2_3_4_and_7() -> None:
    scheme = scheme_definition().scheme
    means = index_means(scheme, [dossier(2, 1, 2, 0, 2, 1), dossier(1, 1, 1, 1, 2, 1)])
    # 3/2 + 1 + 3/2 + 1/2 + 1; index 6 is not among them
    assert officer_score(scheme, means) == Fraction(11, 2)


def test_an_officer_without_one_of_the_indices_has_no_score() -> None:
    scheme = scheme_definition().scheme
    assert officer_score(scheme, index_means(scheme, [dossier(2, None, 2, 2, 2, 2)])) is None


def test_a_total_adds_all_nine_indices_exactly() -> None:
    scheme = scheme_definition().scheme
    means = index_means(
        scheme, [dossier(2, 2, 2, 2, 2, 2), dossier(1, 2, 2, 2, 2, 2), dossier(1, 2, 2, 2, 2, 2)]
    )
    assert unit_total(scheme, means, {5: 2, 8: 1, 9: 0}) == Fraction(43, 3)
    assert unit_total(scheme, means, {5: 2, 8: 1}) is None


@pytest.mark.parametrize("period_points", [{1: 2}, {5: 3}, {5: -1}])
def test_period_points_off_the_scheme_are_refused(period_points: dict[int, int]) -> None:
    scheme = scheme_definition().scheme
    with pytest.raises(OnSiteError):
        unit_total(scheme, index_means(scheme, []), period_points)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("18", "excellent"),
        ("15.0", "excellent"),  # AM8: "≥ 15", where one implementation has "> 15" and calls exactly 15 weak
        ("14.95", "excellent"),  # reads 15.0
        ("14.94", "good"),
        ("12", "good"),
        ("11.9", "fair"),
        ("9", "fair"),
        ("6", "average"),
        ("5.9", "weak"),
        ("0", "weak"),
    ],
)
def test_classes_at_their_bounds(score: str, expected: str) -> None:
    assert class_of(Fraction(score), CLASSES, decimals=1) == expected


@pytest.mark.parametrize(
    ("score", "expected"), [("5", "full"), ("4.9", "most"), ("3.5", "most"), ("3.4", "lowest")]
)
def test_classes_of_officers_at_their_bounds(score: str, expected: str) -> None:
    assert class_of(Fraction(score), scheme_definition().scheme.officer_classes, decimals=1) == expected


def test_equal_printed_totals_share_a_rank_and_no_total_has_none() -> None:
    totals = {"a": Fraction("15.02"), "b": Fraction("14.98"), "c": Fraction(18), "d": None, "e": Fraction(9)}
    assert ranks(totals, decimals=1) == {"c": 1, "a": 2, "b": 2, "e": 4}


def test_bands_must_fall_to_zero() -> None:
    with pytest.raises(OnSiteError):
        check_bands((Band("a", Decimal(5)), Band("b", Decimal(6)), Band("c", Decimal(0))), name="x")
    with pytest.raises(OnSiteError):
        check_bands((Band("a", Decimal(5)),), name="x")


def test_a_scheme_whose_officer_score_adds_a_period_index_is_refused() -> None:
    with pytest.raises(OnSiteError, match="adds index 5"):
        OnSiteScheme(
            code="x",
            version=1,
            indices=(SchemeIndex(1, Rule.TOTAL_TIME), SchemeIndex(5, None)),
            standard_points=2,
            officer_indices=(1, 5),
            classes=(Band("all", Decimal(0)),),
            officer_classes=(Band("all", Decimal(0)),),
            decimals=1,
            late_without_complaint=0,
        )


levels = st.one_of(st.none(), st.integers(0, 2))


@given(st.lists(st.builds(dossier, *[levels] * 6), max_size=30), st.tuples(*[st.integers(0, 2)] * 3))
def test_totals_never_leave_the_scale_and_do_not_depend_on_order(
    dossiers: list[dict[int, int | None]], period: tuple[int, int, int]
) -> None:
    scheme = scheme_definition().scheme
    points = dict(zip((5, 8, 9), period, strict=True))
    total = unit_total(scheme, index_means(scheme, dossiers), points)
    assert total == unit_total(scheme, index_means(scheme, dossiers[::-1]), points)
    assert total is None or 0 <= total <= 18
