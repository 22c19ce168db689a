"""Published results of ministries and provinces come out of the real set, sheet, ranking and class code."""

from decimal import Decimal

import pytest

from analysis.display import half_up, percentage
from analysis.index.classification import ClassBand, ClassScheme, class_changes, class_counts
from analysis.index.inputs import PointsInput
from analysis.index.ranking import (
    GroupRanking,
    RankedUnit,
    Ranking,
    UnitIndex,
    compare_rounds,
    rank_units,
    unit_index,
)
from analysis.index.scoring import score_sheet
from analysis.index.summary import change_counts, summarise

pytestmark = pytest.mark.golden

NATIONAL_CLASSES = ClassScheme(
    {"province": (ClassBand("A", Decimal(90)), ClassBand("B", Decimal(80)), ClassBand("C", Decimal(0)))}
)


def sheets_of(criteria_set, points):
    return {code: score_sheet(criteria_set, inputs) for code, (inputs, _, _) in points.items()}


def rank_sheets(sheets, group):
    return rank_units(
        [unit_index(sheet, unit_code=code, group=group, is_ranked=True) for code, sheet in sheets.items()]
    )


def rank_figures(figures, group="province"):
    return rank_units([UnitIndex(code, group, Decimal(index)) for code, index in figures.items()])


def ranks(ranking):
    return {unit.unit_code: unit.rank for unit in ranking.ranked}


def published_table(places, group="province"):
    """A published table of which only some rows are known: unit → (index, rank)."""
    ranked = tuple(
        RankedUnit(code, group, Decimal(index), Decimal(index), rank)
        for code, (index, rank) in places.items()
    )
    return Ranking(groups=(GroupRanking(group, ranked, (), ()),), decimals=2, tie_breakers=())


# Rounded components add up to 0.01 more or less than the published total where the publisher added
# unrounded points; everywhere else the total must be met exactly.
ROUNDED_BY_PUBLISHER = {"quang-ninh": "0.01", "dong-thap": "-0.01", "phu-tho": "-0.01"}


def test_national_index_2020_totals(golden_set, golden_points):
    points = golden_points("national-2020")
    sheets = sheets_of(golden_set("national-2020"), points)
    assert {code: half_up(sheet.index) - points[code][1] for code, sheet in sheets.items()} == {
        code: Decimal(ROUNDED_BY_PUBLISHER.get(code, "0.00")) for code in points
    }


def test_national_index_2020_ranks_and_classes(golden_set, golden_points):
    points = golden_points("national-2020")
    ranking = rank_sheets(sheets_of(golden_set("national-2020"), points), "province")
    assert ranks(ranking) == {code: rank for code, (_, _, rank) in points.items()}
    assert class_counts(ranking.ranked, group="province", scheme=NATIONAL_CLASSES) == {"A": 2, "B": 8, "C": 0}


def test_national_index_2020_the_best_appraised_province_is_not_the_first(golden_set, golden_points):
    sheets = sheets_of(golden_set("national-2020"), golden_points("national-2020"))
    best_appraised = max(sheets, key=lambda code: sheets[code].area("1").points)
    best = max(sheets, key=lambda code: sheets[code].index)
    assert (best_appraised, best) == ("hai-phong", "quang-ninh")


def test_binh_duong_2017_totals_ranks_and_mean(golden_set, golden_points):
    points = golden_points("binh-duong-2017")
    sheets = sheets_of(golden_set("binh-duong-2017"), points)
    assert {code: sheet.index for code, sheet in sheets.items()} == {
        code: row[1] for code, row in points.items()
    }
    assert ranks(rank_sheets(sheets, "district")) == {code: row[2] for code, row in points.items()}
    summary = summarise({code: sheet.index for code, sheet in sheets.items()})
    assert (summary.n, half_up(summary.mean), half_up(summary.mean, decimals=4)) == (
        9,
        Decimal("78.39"),
        Decimal("78.3878"),
    )


def test_binh_duong_2017_rank_7_has_a_lower_appraisal_than_rank_8(golden_set, golden_points):
    sheets = sheets_of(golden_set("binh-duong-2017"), golden_points("binh-duong-2017"))
    by_rank = {rank: code for code, rank in ranks(rank_sheets(sheets, "district")).items()}
    seventh, eighth = (sheets[by_rank[rank]].area("1").points for rank in (7, 8))
    assert (seventh, eighth) == (Decimal("44.00"), Decimal("46.00"))


def test_thanh_hoa_2023_ban_dan_toc_is_measured_on_the_84_points_that_apply(golden_set):
    sheet = score_sheet(
        golden_set("thanh-hoa-2023"), {"1.1.1": PointsInput(Decimal("68.32"))}, not_applicable=["2"]
    )
    assert (sheet.total_points, sheet.applicable_points) == (Decimal("68.32"), Decimal(84))
    assert half_up(sheet.index) == Decimal("81.33")


def test_thanh_hoa_2023_departments_rank_by_percentage(golden_set):
    criteria_set = golden_set("thanh-hoa-2023")
    ban_dan_toc = score_sheet(criteria_set, {"1.1.1": PointsInput(Decimal("68.32"))}, not_applicable=["2"])
    published = {"cong-thuong": "92.83", "gtvt": "91.86", "kkt-nghi-son": "91.651"}
    # the other sixteen were not published; anything between their neighbours keeps the order
    published |= {f"unknown-{n}": f"91.7{n}" for n in range(3)} | {
        f"unknown-{n}": f"8{n % 7 + 2}.5" for n in range(3, 16)
    }
    units = [UnitIndex(code, "department", Decimal(index)) for code, index in published.items()]
    units.append(unit_index(ban_dan_toc, unit_code="ban-dan-toc", group="department", is_ranked=True))
    placed = ranks(rank_units(units))
    assert [placed[code] for code in ("cong-thuong", "gtvt", "kkt-nghi-son", "ban-dan-toc")] == [1, 2, 6, 20]


def test_thanh_hoa_2023_districts():
    published = {"dong-son": "92.15", "hoang-hoa": "91.92", "tp-thanh-hoa": "91.46", "muong-lat": "86.09"}
    published |= {
        f"unknown-{n}": f"90.{n:02}" for n in range(23)
    }  # constructed, between the 3rd and the 27th
    placed = ranks(rank_figures(published, "district"))
    assert [placed[code] for code in ("dong-son", "hoang-hoa", "tp-thanh-hoa", "muong-lat")] == [1, 2, 3, 27]


@pytest.mark.parametrize(("points", "index"), [("62.62", "89.46"), ("61.46", "87.80")])
def test_nam_dinh_2020_is_measured_on_the_appraised_70_points_alone(golden_set, points, index):
    sheet = score_sheet(golden_set("nam-dinh-2020"), {"1.1.1": PointsInput(Decimal(points))})
    assert (sheet.applicable_points, half_up(sheet.index)) == (Decimal(70), Decimal(index))


def test_ninh_thuan_2022_parts_and_total(golden_set, golden_points):
    ((inputs, published, _),) = golden_points("national-2022").values()
    sheet = score_sheet(golden_set("national-2022"), inputs)
    appraised, impact = sheet.area("1"), sheet.area("2")
    assert (appraised.points, percentage(appraised.share)) == (Decimal("54.2"), Decimal("88.13"))
    assert (impact.points, impact.applicable_points) == (Decimal("31.59"), Decimal("38.5"))
    assert percentage(impact.share) == Decimal("82.05")
    assert half_up(sheet.index) - published == Decimal("0.01")  # the publisher added unrounded points


def test_quang_ngai_and_ba_ria_vung_tau_from_2020_to_2021():
    before = published_table({"quang-ngai": ("73.25", 63), "br-vt": ("86.02", 9)})
    after = published_table({"quang-ngai": ("86.45", 39), "br-vt": ("87.61", 16)})
    br_vt, quang_ngai = compare_rounds(before, after)
    assert (quang_ngai.index_change, quang_ngai.rank_change) == (Decimal("13.20"), 24)
    assert (br_vt.index_change, br_vt.rank_change) == (Decimal("1.59"), -7)
    assert change_counts([br_vt, quang_ngai]).index_up == 2


def test_the_mean_of_2020_follows_from_that_of_2021_and_its_rise():
    before = published_table({"mean": ("83.72", 1)})
    after = published_table({"mean": ("86.37", 1)})
    (change,) = compare_rounds(before, after)
    assert change.index_change == Decimal("2.65")


def units_per_class(counts, lowest_of_class):
    """As many made-up units in every class as were published."""
    return rank_figures(
        {
            f"{code}-{number}": str(Decimal(lowest_of_class[code]) + Decimal(number) / 100)
            for code, count in counts.items()
            for number in range(count)
        }
    ).ranked


def test_khanh_hoa_classes_of_2020_and_2021_and_their_change():
    bounds = {"good": "80", "fair": "70", "average": "50", "weak": "0"}
    scheme = ClassScheme(
        {"province": tuple(ClassBand(code, Decimal(bound)) for code, bound in bounds.items())}
    )
    of_2020 = {"good": 29, "fair": 11, "average": 4, "weak": 0}
    of_2021 = {"good": 30, "fair": 13, "average": 1, "weak": 0}
    counted = [
        class_counts(units_per_class(counts, bounds), group="province", scheme=scheme)
        for counts in (of_2020, of_2021)
    ]
    assert counted == [of_2020, of_2021]
    assert [sum(counts.values()) for counts in counted] == [44, 44]
    assert class_changes(*counted) == {"good": 1, "fair": 2, "average": -3, "weak": 0}


def test_the_classes_of_2012_had_data_driven_bounds_and_cover_63_provinces():
    bounds = {"good": "80", "fairly_good": "70", "moderate": "67.68", "poor": "62.58"}
    scheme = ClassScheme(
        {
            "province": tuple(
                ClassBand(code, Decimal(bound)) for code, bound in {**bounds, "poor": "0"}.items()
            )
        }
    )
    published = {"good": 19, "fairly_good": 33, "moderate": 5, "poor": 6}
    counts = class_counts(units_per_class(published, bounds), group="province", scheme=scheme)
    assert (counts, sum(counts.values())) == (published, 63)


def test_tuyen_quang_2025_ranks_departments_and_communes_apart():
    departments = {"tu-phap": "91.21", "vp-ubnd": "90.84", "noi-vu": "90.81"}
    communes = {"quang-binh": "85.10", "yen-phu": "85.07", "du-gia": "84.36"}
    ranking = rank_units(
        [UnitIndex(code, "department", Decimal(index)) for code, index in departments.items()]
        + [UnitIndex(code, "commune", Decimal(index)) for code, index in communes.items()]
    )
    for group, published in (("department", departments), ("commune", communes)):
        assert [(unit.unit_code, unit.rank) for unit in ranking.group(group).ranked] == list(
            zip(published, (1, 2, 3), strict=True)
        )


def test_national_index_2021_has_one_unit_below_80():
    published = {
        "hai-phong": "91.80",
        "quang-ninh": "91.14",
        "da-nang": "90.25",
        "tt-hue": "89.32",
        "vinh-phuc": "89.28",
        "kien-giang": "79.97",
    }
    ranking = rank_figures(published)
    assert list(ranks(ranking)) == list(published)
    assert class_counts(ranking.ranked, group="province", scheme=NATIONAL_CLASSES) == {"A": 3, "B": 2, "C": 1}


def test_national_index_2023_keeps_its_order():
    published = {"first": "92.18", "second": "91.87", "third": "91.43", "fourth": "91.16", "fifth": "91.03"}
    assert ranks(rank_figures(published)) == dict(zip(published, range(1, 6), strict=True))
