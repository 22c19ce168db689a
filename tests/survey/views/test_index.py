"""The pages of the index: who sees what, in words and numbers of the page's language."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import event

from survey.extensions import db
from tests.factories import make_organisation
from tests.support.index_rounds import GOLDEN, golden_rows, make_units, succeed, write_points, write_round


@pytest.fixture
def districts(runner, session, tmp_path):
    """The districts of Bình Dương 2017 under one province, and a sheet that is not complete."""
    province = make_organisation(session, code="province", valid_from=date(2000, 1, 1))
    rows = golden_rows("binh-duong-2017-points.csv")
    points = {row["unit_code"]: {"1.1.1": row["1.1.1"], "2.1.1": row["2.1.1"]} for row in rows}
    points["new-district"] = {"1.1.1": "40"}
    make_units(session, list(points), kind_code="district", parent=province)
    succeed(runner, "criteria", "load", str(GOLDEN / "binh-duong-2017-set.csv"))
    path = write_round(
        tmp_path,
        "binh-duong-2017",
        year=2017,
        criteria_set="BINH-DUONG-2017-COMPONENTS",
        organiser="province",
        units=[{"code": unit} for unit in points],
        demonstration=True,
    )
    succeed(runner, "index", "open", "--file", str(path))
    file = write_points(tmp_path, "binh-duong-2017", points)
    succeed(runner, "index", "load-points", "binh-duong-2017", str(file))


def text_of(response):
    """The words of a page, one space between them."""
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def table_rows(response):
    """The cells of every body row of the ranking."""
    (table,) = re.findall(r'<table class="ranking">.*?</table>', response.text, flags=re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1], flags=re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in rows]
    return [
        [re.sub(r"<svg.*?</svg>|<[^>]+>", "", cell, flags=re.DOTALL).split() for cell in row] for row in cells
    ]


def test_the_organiser_sees_the_ranking_with_a_decimal_point_in_english(districts, sign_in):
    page = sign_in("home-affairs-analyst", "province").get("/index/binh-duong-2017?language=en")
    assert page.status_code == 200
    first = table_rows(page)[0]
    assert [first[0], first[2], first[3], first[4]] == [["1"], ["84.58"], ["84.58", "/", "100"], ["84.58"]]
    assert len(table_rows(page)) == 9


def test_the_page_says_that_points_are_invented_and_the_set_is_not_official(districts, sign_in):
    words = text_of(sign_in("home-affairs-analyst", "province").get("/index/binh-duong-2017?language=en"))
    assert words.count("Demonstration data: what stands on this page is invented.") == 1
    assert words.count("An illustrative criteria set, not an official one.") == 1


def test_an_incomplete_sheet_stands_apart_with_its_reason(districts, sign_in):
    words = text_of(sign_in("home-affairs-analyst", "province").get("/index/binh-duong-2017?language=en"))
    apart = words.split("Not complete, so without a total and a rank")[1]
    assert apart.count("1 / 2 Not appraised yet: 2.1.1.") == 1


def test_a_unit_sees_its_own_row_and_no_other(districts, sign_in):
    page = sign_in("unit-officer", "tx-thuan-an").get("/index/binh-duong-2017?language=en")
    assert [row[0] for row in table_rows(page)] == [["4"]]
    assert text_of(page).count("Mean index") == 0


@pytest.mark.parametrize(
    "address",
    [
        "/index/binh-duong-2017/units/tx-tan-uyen",
        "/index/binh-duong-2017/units/nowhere",
        "/index/binh-duong-2016",
    ],
)
def test_what_is_out_of_sight_looks_as_if_it_did_not_exist(districts, sign_in, address):
    page = sign_in("unit-officer", "tx-thuan-an").get(f"{address}?language=en")
    assert page.status_code == 404
    assert text_of(page).count("There is nothing here") == 2  # title and heading


def test_a_unit_outside_the_round_does_not_find_it(districts, session, sign_in):
    make_organisation(session, code="elsewhere")
    session.commit()
    client = sign_in("home-affairs-analyst", "elsewhere")
    assert client.get("/index/binh-duong-2017").status_code == 404
    assert text_of(client.get("/index?language=en")).count("There is no index round yet") == 1


def test_the_list_shows_the_rounds_a_unit_takes_part_in(districts, sign_in):
    words = text_of(sign_in("unit-officer", "tx-thuan-an").get("/index?language=en"))
    assert words.count("2017 Reform index 2017 demonstration") == 1


def test_an_account_without_the_permission_may_not_open_it(districts, sign_in):
    assert sign_in("enumerator", "province").get("/index/binh-duong-2017").status_code == 403


def test_a_visitor_is_asked_to_sign_in(districts, client):
    assert client.get("/index/binh-duong-2017").status_code in (302, 303)


def test_the_sheet_shows_every_leaf_with_points_rule_and_source(districts, sign_in):
    page = sign_in("unit-officer", "huyen-phu-giao").get(
        "/index/binh-duong-2017/units/huyen-phu-giao?language=en"
    )
    words = text_of(page)
    assert words.count("1.1.1 Appraised given by a higher authority or another body 65 46.00") == 1
    assert words.count("76.03%") == 1
    assert words.count("1. Appraised 46.00 of 65 points (70.8%)") == 1


def test_the_sheet_of_a_waiting_unit_names_what_is_missing(districts, sign_in):
    page = sign_in("unit-officer", "new-district").get(
        "/index/binh-duong-2017/units/new-district?language=en"
    )
    words = text_of(page)
    assert words.count("1 sub-criterion is still without points") == 1
    assert words.count("Not appraised yet.") == 1


def test_the_file_holds_the_rows_of_the_page_in_its_order(districts, sign_in):
    response = sign_in("home-affairs-analyst", "province").get("/index/binh-duong-2017/results.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="binh-duong-2017.csv"'
    rows = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
    published = golden_rows("binh-duong-2017-points.csv")
    assert [(row["unit_code"], row["rank"], row["index"]) for row in rows[:9]] == [
        (row["unit_code"], row["published_rank"], row["published_index"]) for row in published
    ]
    assert (rows[9]["status"], rows[9]["index"], rows[9]["missing"]) == ("incomplete", "", "2.1.1")


def test_pages_ask_the_database_as_often_for_nine_units_as_for_one(districts, app, sign_in):
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    counts = []
    for unit in ("tx-thuan-an", "province"):  # one role: other roles have other things in the menu
        client = sign_in("unit-officer", unit)
        client.get("/index/binh-duong-2017")
        statements.clear()
        client.get("/index/binh-duong-2017")
        counts.append(len(statements))
    assert counts[0] == counts[1]
