"""GET /api/v1/index: ranks, totals and points for other programmes, within the units of their token."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from survey.domain.permissions import TokenScope
from tests.factories import make_organisation
from tests.support.index_rounds import GOLDEN, make_units, succeed, write_points, write_round


@pytest.fixture
def districts(runner, session, tmp_path):
    """Two districts of one province, ranked by two components."""
    province = make_organisation(session, code="province", valid_from=date(2000, 1, 1))
    points = {"a": {"1.1.1": "51,75", "2.1.1": "32.83"}, "b": {"1.1.1": "48.75", "2.1.1": "33.25"}}
    make_units(session, list(points), kind_code="district", parent=province)
    succeed(runner, "criteria", "load", str(GOLDEN / "binh-duong-2017-set.csv"))
    path = write_round(
        tmp_path,
        "districts",
        year=2017,
        criteria_set="BINH-DUONG-2017-COMPONENTS",
        organiser="province",
        units=[{"code": unit} for unit in points],
        demonstration=True,
    )
    succeed(runner, "index", "open", "--file", str(path))
    succeed(runner, "index", "load-points", "districts", str(write_points(tmp_path, "districts", points)))


@pytest.fixture
def ask(client, api_token):
    """ask(query, unit_code=None) → the answer to a token that may read scores."""

    def get(query, unit_code=None):
        secret = api_token([TokenScope.READ_SCORES], unit_code)
        return client.get(f"/api/v1/index?{query}", headers={"Authorization": f"Bearer {secret}"})

    return get


def test_the_answer_says_what_the_figures_are(districts, ask, clock):
    body = ask("round=districts").json
    assert {
        key: value for key, value in body.items() if key not in ("names", "units", "criteria_set_notes")
    } == {
        "round": "districts",
        "year": 2017,
        "criteria_set": "BINH-DUONG-2017-COMPONENTS",
        "criteria_set_version": 1,
        "criteria_set_is_official": False,
        "satisfaction_round": None,
        "satisfaction_figure": None,
        "leaders_round": None,
        "previous_round": None,
        "decimals": 2,
        "is_demonstration": True,
        "is_whole": True,
        "computed_at": clock().isoformat(),
    }


def test_units_come_in_their_order_with_exact_texts(districts, ask):
    units = ask("round=districts").json["units"]
    assert [(unit["unit_code"], unit["rank"], unit["total_points"], unit["index"]) for unit in units] == [
        ("a", 1, "84.58", "84.58"),
        ("b", 2, "82.00", "82.00"),
    ]
    assert (units[0]["applicable_points"], units[0]["class"], units[0]["status"]) == (
        "100.00",
        "good",
        "complete",
    )


def test_leaves_come_when_they_are_asked_for(districts, ask):
    leaves = ask("round=districts&detail=leaves").json["units"][0]["leaves"]
    assert [(leaf["code"], leaf["kind"], leaf["max_points"], leaf["points"]) for leaf in leaves] == [
        ("1.1.1", "EXTERNAL", "65", "51.75"),
        ("2.1.1", "EXTERNAL", "35", "32.83"),
    ]


@pytest.mark.parametrize(("detail", "row_count"), [("units", 2), ("leaves", 4)])
def test_the_same_comes_as_a_table(districts, ask, detail, row_count):
    answer = ask(f"round=districts&format=csv&detail={detail}")
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert (len(rows), rows[0]["round"], rows[0]["unit_code"], rows[0]["is_demonstration"]) == (
        row_count,
        "districts",
        "a",
        "true",
    )


def test_a_token_of_one_unit_reads_that_unit_alone(districts, ask):
    body = ask("round=districts", "b").json
    assert ([(unit["unit_code"], unit["rank"]) for unit in body["units"]], body["is_whole"]) == (
        [("b", 2)],
        False,
    )


def test_a_token_that_reaches_the_organiser_reads_all(districts, ask):
    body = ask("round=districts", "province").json
    assert (len(body["units"]), body["is_whole"]) == (2, True)


def test_a_token_of_a_unit_outside_the_round_does_not_find_it(districts, session, ask):
    make_organisation(session, code="elsewhere")
    session.commit()
    assert ask("round=districts", "elsewhere").status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("round=districts&format=xml", 400),
        ("round=districts&detail=all", 400),
        ("round=districts&unit=a", 400),
        ("round=nowhere", 404),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_reason(districts, ask, query, status):
    answer = ask(query)
    assert (answer.status_code, answer.json["error"]["status"]) == (status, status)
    assert answer.json["error"]["detail"]


def test_another_scope_is_not_enough(districts, client, api_token):
    secret = api_token([TokenScope.WRITE_RESPONSES])
    answer = client.get("/api/v1/index?round=districts", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 403


def test_without_a_token_nothing_is_told(districts, client):
    assert client.get("/api/v1/index?round=districts").status_code == 401
