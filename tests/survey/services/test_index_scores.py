"""Published results of provinces come out of the commands and services as they were printed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from analysis.display import half_up
from analysis.index.scoring import SheetStatus
from survey.queries.index_rounds import get_index_round
from survey.services.index_inputs import MissingReason
from survey.services.index_scores import compute
from tests.support.index_rounds import (
    GOLDEN,
    golden_rows,
    make_units,
    set_of_year,
    succeed,
    write_points,
    write_round,
)

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CENT = Decimal("0.01")


@pytest.fixture
def run(runner, session, tmp_path):
    """run(code, set_path, points, **settings) → results of a round made from files alone."""
    make_units(session, ["organiser"], kind_code="province")
    made = set()

    def run_round(code, set_path, points, *, year, criteria_set, units=None, **settings):
        make_units(session, sorted(set(points) - made), kind_code="district")
        made.update(points)
        succeed(runner, "criteria", "load", str(set_path))
        path = write_round(
            tmp_path,
            code,
            year=year,
            criteria_set=criteria_set,
            organiser="organiser",
            units=units or [{"code": unit} for unit in points],
            **settings,
        )
        succeed(runner, "index", "open", "--file", str(path))
        succeed(runner, "index", "load-points", code, str(write_points(tmp_path, code, points)))
        session.expire_all()
        return compute(session, get_index_round(session, code), now=NOW)

    return run_round


def published_points(rows):
    """Points by unit and leaf of a published table; leaf codes are its columns with points."""
    return {
        row["unit_code"]: {column: value for column, value in row.items() if column[0].isdigit()}
        for row in rows
    }


def ranks(results):
    return {sheet.unit_code: sheet.rank for sheet in results.sheets}


def printed(results):
    return {sheet.unit_code: half_up(sheet.score.index, decimals=2) for sheet in results.sheets}


@pytest.mark.golden
def test_the_ten_best_provinces_of_2020_keep_their_totals_and_ranks(run):
    rows = golden_rows("national-2020-points.csv")
    results = run(
        "national-2020",
        GOLDEN / "national-2020-set.csv",
        published_points(rows),
        year=2020,
        criteria_set="NATIONAL-2020-COMPONENTS",
    )
    differences = {
        row["unit_code"]: printed(results)[row["unit_code"]] - Decimal(row["published_index"]) for row in rows
    }
    assert {unit: difference for unit, difference in differences.items() if difference} == {
        "quang-ninh": CENT,  # the publisher added unrounded points
        "dong-thap": -CENT,
        "phu-tho": -CENT,
    }
    assert ranks(results) == {row["unit_code"]: int(row["published_rank"]) for row in rows}
    assert results.groups[0].class_counts == {"excellent": 2, "good": 8, "fair": 0, "weak": 0}


@pytest.mark.golden
def test_the_districts_of_binh_duong_2017_keep_totals_ranks_and_mean(run):
    rows = golden_rows("binh-duong-2017-points.csv")
    results = run(
        "binh-duong-2017",
        GOLDEN / "binh-duong-2017-set.csv",
        published_points(rows),
        year=2017,
        criteria_set="BINH-DUONG-2017-COMPONENTS",
    )
    assert printed(results) == {row["unit_code"]: Decimal(row["published_index"]) for row in rows}
    assert ranks(results) == {row["unit_code"]: int(row["published_rank"]) for row in rows}
    summary = results.groups[0].summary
    assert (summary.n, half_up(summary.mean, decimals=2)) == (9, Decimal("78.39"))
    assert (summary.highest_units, summary.lowest_units) == (("tp-thu-dau-mot",), ("huyen-bac-tan-uyen",))


@pytest.mark.golden
def test_points_that_do_not_apply_leave_the_maximum(run):
    results = run(
        "thanh-hoa-2023",
        GOLDEN / "thanh-hoa-2023-set.csv",
        {"ban-dan-toc": {"1.1.1": "68,32"}},
        year=2023,
        criteria_set="THANH-HOA-2023-COMPONENTS",
        units=[{"code": "ban-dan-toc", "not_applicable": ["2"]}],
    )
    sheet = results.sheet("ban-dan-toc")
    assert (sheet.score.total_points, sheet.score.applicable_points) == (Decimal("68.32"), Decimal(84))
    assert half_up(sheet.score.index, decimals=2) == Decimal("81.33")


@pytest.mark.golden
@pytest.mark.parametrize(("points", "index"), [("61,46", "87.80"), ("62,62", "89.46")])
def test_a_part_of_the_scale_is_put_in_percent_of_its_own_total(run, points, index):
    results = run(
        "nam-dinh-2020",
        GOLDEN / "nam-dinh-2020-set.csv",
        {"mean-unit": {"1.1.1": points}},
        year=2020,
        criteria_set="NAM-DINH-2020-APPRAISED",
    )
    assert printed(results) == {"mean-unit": Decimal(index)}


@pytest.mark.golden
def test_the_areas_of_ninh_thuan_2022_are_shares_of_their_maximum(run):
    (row,) = golden_rows("national-2022-points.csv")
    results = run(
        "national-2022",
        GOLDEN / "national-2022-set.csv",
        published_points([row]),
        year=2022,
        criteria_set="NATIONAL-2022-COMPONENTS",
    )
    score = results.sheet("ninh-thuan").score
    assert [half_up(area.share * 100, decimals=2) for area in score.areas] == [
        Decimal("88.13"),
        Decimal("82.05"),
    ]
    assert half_up(score.index, decimals=2) - Decimal(row["published_index"]) == CENT


def one_leaf(value, maximum=100):
    """Published totals of a set with a single component."""
    return {"1.1.1": format(Decimal(value) * maximum / 100, "f")}


@pytest.fixture
def one_leaf_set(tmp_path):
    """A set of one component for a year: only totals of these tables were published."""

    def write(year):
        text = set_of_year(GOLDEN / "nam-dinh-2020-set.csv", year).replace(",70", ",100")
        path = tmp_path / f"totals-{year}.csv"
        path.write_text(text.replace("NAM-DINH-2020-APPRAISED", "TOTALS"), encoding="utf-8")
        return path

    return write


@pytest.mark.golden
def test_two_of_63_provinces_rise_and_fall_between_two_rounds_as_published(run, one_leaf_set):
    """Quảng Ngãi 73.25 (63rd) → 86.45 (39th), Bà Rịa – Vũng Tàu 86.02 (9th) → 87.61, seven places down.

    The 61 others were not published with these figures; invented ones take their places.
    """
    others = [f"province-{number:02}" for number in range(61)]
    before = {unit: one_leaf("90" if place < 8 else "80") for place, unit in enumerate(others)}
    after = {
        unit: one_leaf("88" if place < 15 else "87" if place < 37 else "80")
        for place, unit in enumerate(others)
    }
    before |= {"quang-ngai": one_leaf("73.25"), "ba-ria-vung-tau": one_leaf("86.02")}
    after |= {"quang-ngai": one_leaf("86.45"), "ba-ria-vung-tau": one_leaf("87.61")}
    run("totals-2020", one_leaf_set(2020), before, year=2020, criteria_set="TOTALS-2020")
    results = run(
        "totals-2021",
        one_leaf_set(2021),
        after,
        year=2021,
        criteria_set="TOTALS-2021",
        previous_round="totals-2020",
    )
    change = results.sheet("quang-ngai").change
    assert (change.previous_index, change.index) == (Decimal("73.25"), Decimal("86.45"))
    assert (change.index_change, change.previous_rank, change.rank) == (Decimal("13.20"), 63, 39)
    assert change.rank_change == 24
    change = results.sheet("ba-ria-vung-tau").change
    assert (change.index_change, change.previous_rank, change.rank_change) == (Decimal("1.59"), 9, -7)


@pytest.mark.golden
def test_thanh_hoa_2023_ranks_departments_and_districts_apart(run, one_leaf_set):
    departments = {"cong-thuong": "92.83", "gtvt": "91.86", "nghi-son": "91.651", "ban-dan-toc": "81.33"}
    districts = {"dong-son": "92.15", "hoang-hoa": "91.92", "tp-thanh-hoa": "91.46", "muong-lat": "86.09"}
    fill = {f"department-{n}": "91.7" for n in range(3)} | {f"department-low-{n}": "85" for n in range(13)}
    more = {f"district-{n}": "90" for n in range(23)}
    totals = {**departments, **fill, **districts, **more}
    groups = {
        group: {
            "names": {"vi": group, "en": group},
            "classes": [{"code": "all", "at_least": 0, "names": {"vi": "Tất cả", "en": "All"}}],
        }
        for group in ("department", "district")
    }
    results = run(
        "totals-2023",
        one_leaf_set(2023),
        {unit: one_leaf(value) for unit, value in totals.items()},
        year=2023,
        criteria_set="TOTALS-2023",
        decimals=3,
        groups=groups,
        units=[
            {"code": unit, "group": "department" if unit in {**departments, **fill} else "district"}
            for unit in totals
        ],
    )
    found = ranks(results)
    assert [found[unit] for unit in departments] == [1, 2, 6, 20]
    assert [found[unit] for unit in districts] == [1, 2, 3, 27]
    assert results.sheet("nghi-son").change is None


@pytest.mark.golden
def test_class_counts_of_khanh_hoa_change_between_two_rounds(run, one_leaf_set):
    classes = [("good", 80), ("fair", 65), ("average", 50), ("weak", 0)]
    groups = {
        "units": {
            "names": {"vi": "Các đơn vị", "en": "Units"},
            "classes": [
                {"code": code, "at_least": bound, "names": {"vi": code, "en": code}}
                for code, bound in classes
            ],
        }
    }
    counts = []
    for year, sizes in ((2020, (29, 11, 4, 0)), (2021, (30, 13, 1, 0))):
        values = [bound for (_, bound), size in zip(classes, sizes, strict=True) for _ in range(size)]
        points = {f"unit-{n:02}": one_leaf(str(value)) for n, value in enumerate(values)}
        results = run(
            f"khanh-hoa-{year}",
            one_leaf_set(year),
            points,
            year=year,
            criteria_set=f"TOTALS-{year}",
            groups=groups,
        )
        counts.append(tuple(results.groups[0].class_counts.values()))
    assert counts == [(29, 11, 4, 0), (30, 13, 1, 0)]


def test_equal_printed_indices_share_a_rank_and_the_next_is_left_out(run, one_leaf_set):
    totals = {"a": "80", "b": "70.004", "c": "69.996", "d": "60"}
    results = run(
        "ties",
        one_leaf_set(2024),
        {unit: one_leaf(value) for unit, value in totals.items()},
        year=2024,
        criteria_set="TOTALS-2024",
    )
    assert ranks(results) == {"a": 1, "b": 2, "c": 2, "d": 4}
    assert [sheet.is_tied for sheet in results.sheets] == [False, True, True, False]


def test_a_sheet_without_all_points_has_no_total_no_rank_and_says_what_it_waits_for(run):
    results = run(
        "binh-duong-2017",
        GOLDEN / "binh-duong-2017-set.csv",
        {"a": {"1.1.1": "50", "2.1.1": "30"}, "b": {"1.1.1": "60"}},
        year=2017,
        criteria_set="BINH-DUONG-2017-COMPONENTS",
    )
    assert [sheet.unit_code for sheet in results.groups[0].ranked] == ["a"]
    (waiting,) = results.groups[0].incomplete
    assert (waiting.score.status, waiting.score.total_points, waiting.rank) == (
        SheetStatus.INCOMPLETE,
        None,
        None,
    )
    assert [(leaf.leaf.code, leaf.entry.missing_reason) for leaf in waiting.missing_leaves()] == [
        ("2.1.1", MissingReason.NOT_APPRAISED)
    ]
    assert results.groups[0].summary.n == 1


def test_a_unit_outside_the_ranking_has_an_index_and_a_class_and_shifts_nobody(run, one_leaf_set):
    results = run(
        "outside",
        one_leaf_set(2024),
        {"a": one_leaf("80"), "b": one_leaf("95"), "c": one_leaf("70")},
        year=2024,
        criteria_set="TOTALS-2024",
        units=[{"code": "a"}, {"code": "b", "ranked": False}, {"code": "c"}],
    )
    assert ranks(results) == {"a": 1, "b": None, "c": 2}
    assert results.sheet("b").unit_class.code == "excellent"
    assert results.groups[0].summary.n == 2


def test_a_reader_of_one_unit_sees_its_sheet_with_its_rank_and_nothing_about_others(
    run, session, one_leaf_set
):
    results = run(
        "seen",
        one_leaf_set(2024),
        {"a": one_leaf("80"), "b": one_leaf("95")},
        year=2024,
        criteria_set="TOTALS-2024",
    )
    seen = results.limited_to({results.sheet("a").organisation_id})
    assert [(sheet.unit_code, sheet.rank) for sheet in seen.sheets] == [("a", 2)]
    assert (seen.is_whole, seen.groups[0].summary, seen.groups[0].class_counts) == (False, None, None)
