"""Ranks at published precision, ties 1-2-2-4, and units that have no place in the order."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import RankingError
from analysis.index.inputs import PointsInput
from analysis.index.ranking import (
    TieBreaker,
    UnitIndex,
    compare_rounds,
    rank_areas,
    rank_units,
    unit_index,
)
from analysis.index.scoring import score_sheet


def unit(code, index, *, group="district", **more):
    return UnitIndex(unit_code=code, group=group, index=None if index is None else Decimal(index), **more)


def places(ranking, group="district"):
    return [(unit.unit_code, unit.rank) for unit in ranking.group(group).ranked]


def test_equal_printed_indices_share_a_rank_and_the_next_is_skipped():
    ranking = rank_units([unit("d", "70"), unit("c", "80.004"), unit("b", "79.996"), unit("a", "90")])
    assert places(ranking) == [("a", 1), ("b", 2), ("c", 2), ("d", 4)]
    assert [str(unit.published_index) for unit in ranking.ranked] == ["90.00", "80.00", "80.00", "70.00"]


def test_one_more_decimal_can_part_a_tie():
    units = [unit("a", "91.651"), unit("b", "91.654")]
    assert places(rank_units(units)) == [("a", 1), ("b", 1)]
    assert places(rank_units(units, decimals=3)) == [("b", 1), ("a", 2)]


def test_tie_breakers_decide_in_their_order_and_only_ties():
    units = [
        unit("a", "80", appraised_points=Decimal(60), survey_points=Decimal(20)),
        unit("b", "80", appraised_points=Decimal(61), survey_points=Decimal(19)),
        unit("c", "80", appraised_points=Decimal(60), survey_points=Decimal(20)),
        unit("d", "81", appraised_points=Decimal(10), survey_points=Decimal(10)),
    ]
    assert places(rank_units(units)) == [("d", 1), ("a", 2), ("b", 2), ("c", 2)]
    by_appraisal = rank_units(units, tie_breakers=[TieBreaker.APPRAISED_POINTS, TieBreaker.SURVEY_POINTS])
    assert places(by_appraisal) == [("d", 1), ("b", 2), ("a", 3), ("c", 3)]
    by_survey = rank_units(units, tie_breakers=[TieBreaker.SURVEY_POINTS])
    assert places(by_survey) == [("d", 1), ("a", 2), ("c", 2), ("b", 4)]
    assert by_survey.tie_breakers == (TieBreaker.SURVEY_POINTS,)


def test_a_tie_breaker_without_points_is_refused():
    with pytest.raises(RankingError, match="Unit a has no appraised_points"):
        rank_units([unit("a", "80")], tie_breakers=[TieBreaker.APPRAISED_POINTS])


def test_groups_are_ranked_apart():
    ranking = rank_units([unit("a", "80"), unit("b", "90", group="department"), unit("c", "85")])
    assert places(ranking) == [("c", 1), ("a", 2)]
    assert places(ranking, "department") == [("b", 1)]


def test_units_outside_the_order_and_incomplete_sheets_take_no_rank():
    ranking = rank_units(
        [unit("a", "99", is_ranked=False), unit("b", None, missing=("8.1.1",)), unit("c", "50")]
    ).group("district")
    assert [(unit.unit_code, unit.rank) for unit in ranking.ranked] == [("c", 1)]
    assert [unit.unit_code for unit in ranking.not_ranked] == ["a"]
    assert [(unit.unit_code, unit.missing) for unit in ranking.incomplete] == [("b", ("8.1.1",))]


def test_a_unit_listed_twice_is_refused():
    with pytest.raises(RankingError, match="Units a are"):
        rank_units([unit("a", "80"), unit("a", "81")])


@given(
    st.dictionaries(st.text(min_size=1), st.decimals(0, 100, places=3), min_size=1).flatmap(
        lambda indices: st.tuples(st.just(indices), st.permutations(list(indices)))
    )
)
def test_the_order_units_are_given_in_does_not_matter(drawn):
    indices, order = drawn
    ranking = rank_units([unit(code, indices[code]) for code in order])
    assert ranking == rank_units([unit(code, index) for code, index in indices.items()])
    for ranked in ranking.ranked:
        better = [other for other in ranking.ranked if other.published_index > ranked.published_index]
        assert ranked.rank == len(better) + 1


def test_a_sheet_brings_its_points_and_what_it_waits_for(set_of):
    leaf = {
        "code": "1.1.1",
        "max_points": "50",
        "kind": "SELF",
        "formula": "YESNO",
        "not_applicable": "allowed",
    }
    criteria_set = set_of(leaf)
    whole = unit_index(
        score_sheet(criteria_set, {"1.1.1": PointsInput(Decimal(40))}),
        unit_code="a",
        group="g",
        is_ranked=True,
    )
    assert (whole.index, whole.appraised_points, whole.survey_points) == (
        Decimal(80),
        Decimal(40),
        Decimal(0),
    )
    waiting = unit_index(score_sheet(criteria_set, {}), unit_code="b", group="g", is_ranked=True)
    assert (waiting.index, waiting.missing) == (None, ("1.1.1",))
    excused = unit_index(
        score_sheet(criteria_set, {}, not_applicable=["1"]), unit_code="c", group="g", is_ranked=True
    )
    ranking = rank_units([whole, waiting, excused]).group("g")
    assert [unit.unit_code for unit in ranking.incomplete] == ["b"]
    assert [unit.unit_code for unit in ranking.not_ranked] == ["c"]


def test_areas_are_ranked_by_their_share_of_what_applies(golden_set):
    criteria_set = golden_set("thanh-hoa-2023")

    def sheet(first, second):
        inputs = {"1.1.1": PointsInput(Decimal(first))}
        if second is None:
            return score_sheet(criteria_set, inputs, not_applicable=["2"])
        return score_sheet(criteria_set, inputs | {"2.1.1": PointsInput(Decimal(second))})

    sheets = {"a": sheet("42", "16"), "b": sheet("63", "8"), "c": sheet("42", None)}
    by_area = rank_areas(sheets, groups=dict.fromkeys(sheets, "department"))
    assert places(by_area["1"], "department") == [("b", 1), ("a", 2), ("c", 2)]
    assert [str(unit.published_index) for unit in by_area["1"].ranked] == ["75.00", "50.00", "50.00"]
    assert places(by_area["2"], "department") == [("a", 1), ("b", 2)]
    assert [unit.unit_code for unit in by_area["2"].group("department").not_ranked] == ["c"]


def test_two_rounds_are_compared_by_unit_code_on_published_figures():
    before = rank_units([unit("a", "80.004"), unit("b", "75"), unit("gone", "60")])
    after = rank_units([unit("a", "80.006"), unit("b", "85"), unit("new", "70")])
    changes = {change.unit_code: change for change in compare_rounds(before, after)}
    assert list(changes) == ["a", "b", "gone", "new"]
    assert (changes["a"].index_change, changes["a"].rank_change) == (Decimal("0.01"), -1)
    assert (changes["b"].index_change, changes["b"].rank_change) == (Decimal("10.00"), 1)
    assert (changes["gone"].index, changes["gone"].previous_rank, changes["gone"].rank_change) == (
        None,
        3,
        None,
    )
    assert (changes["new"].previous_index, changes["new"].rank, changes["new"].index_change) == (
        None,
        3,
        None,
    )


def test_a_unit_that_changed_its_group_keeps_its_index_change_but_has_no_rank_change():
    before = rank_units([unit("a", "80")])
    after = rank_units([unit("a", "82", group="department")])
    (change,) = compare_rounds(before, after)
    assert (change.group, change.index_change, change.rank_change) == ("department", Decimal("2.00"), None)
