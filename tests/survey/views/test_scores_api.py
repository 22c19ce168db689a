"""GET /api/v1/scores: every figure says what it is, and a token sees its own units alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.domain.figure_rows import COLUMNS
from survey.domain.permissions import TokenScope
from survey.models import SurveyRound
from survey.queries.organisations import get_organisation
from tests.factories import make_organisation, make_response, make_service_point, make_survey_round
from tests.support.sampled_rounds import Drawn, make_sampled_round

Get = Callable[..., Any]


@pytest.fixture
def rounds(session: Session) -> tuple[SurveyRound, SurveyRound]:
    """Ratings at the counters of two departments, and a sample, both under one province."""
    province = make_organisation(session, code="95", names={"vi": "Tỉnh Bạc Liêu", "en": "Bạc Liêu"})
    counters = make_survey_round(session, code="counters", organiser_id=province.id, is_demonstration=True)
    for code, name, levels in (("D1", "Sở Y tế", [5] * 30 + [2] * 10), ("D2", "=1+1", [4] * 3)):
        department = make_organisation(
            session, kind_code="department", code=code, parent_id=province.id, names={"vi": name, "en": name}
        )
        point = make_service_point(session, organisation=department, round_id=counters.id)
        for level in levels:
            make_response(session, counters, answers={"overall": level}, service_point_id=point.id)
    drawn: list[Drawn] = [
        ("A", f"p{number}", 0.1, {"f1_1": 5 - number % 4, "f2_1": 4, "sex": ["male", "female"][number % 2]})
        for number in range(80)
    ]
    sample = make_sampled_round(
        session, drawn, code="sample", questionnaire="sipas-2017", organiser_id=province.id
    )
    session.commit()
    return counters, sample


@pytest.fixture
def get(client: FlaskClient, api_token: Callable[..., str], rounds: object) -> Get:
    """get(query, unit=None, **headers) → the answer to a token, limited to the unit."""

    def ask(query: str = "", unit: str | None = None, **headers: str) -> Any:
        secret = api_token([TokenScope.READ_SCORES], unit)
        return client.get(f"/api/v1/scores{query}", headers={"Authorization": f"Bearer {secret}", **headers})

    return ask


def row(answer: Any, **wanted: object) -> Mapping[str, Any]:
    """The one row with these values."""
    found = [one for one in answer.json["scores"] if all(one[key] == value for key, value in wanted.items())]
    assert len(found) == 1
    return found[0]


def test_a_monitoring_figure_says_so(get: Get) -> None:
    assert row(get("?round=counters&language=en"), level="overall") == {
        "round": "counters",
        "unit": None,
        "by": None,
        "domain": None,
        "domain_name": "All",
        "level": "overall",
        "code": "overall",
        "name": "Overall",
        "factor": None,
        "measure": "satisfied_share",
        "figure_kind": "monitoring",
        "label": "satisfied, self-selected; not representative",
        "value": 33 / 43,
        "value_exact": "33/43",
        "n": 43,
        "standard_error": None,
        "lower": None,
        "upper": None,
        "confidence_level": None,
        "degrees_of_freedom": None,
        "design_effect": None,
        "method_version": "item-mean/1",
        "suppressed": False,
        "reason": None,
        "open_hours": None,
        "covered_hours": None,
        "missing_hours": None,
        "unknown_hours": None,
        "coverage": None,
        "days_without_data": None,
        "is_demonstration": True,
    }


def test_official_and_design_based_figures_stand_apart(get: Get) -> None:
    answer = get("?round=sample&factor=F1")
    official = row(answer, code="F1", figure_kind="official")
    estimated = row(answer, code="F1", figure_kind="design_based")
    assert (official["value_exact"], official["standard_error"], official["n"]) == ("1/2", None, 80)
    assert (estimated["value"], estimated["value_exact"], estimated["n"]) == (0.5, None, 80)
    assert (
        round(estimated["standard_error"], 6),
        estimated["degrees_of_freedom"],
        estimated["confidence_level"],
    ) == (
        0.056254,
        79,
        0.95,
    )
    assert estimated["method_version"] == (
        "item-mean/1 + linearization/1 + design-weights/1 + nonresponse-classes/1"
    )
    assert {one["factor"] or one["code"] for one in answer.json["scores"]} == {"F1"}


def test_filters_by_item_and_domain(get: Get) -> None:
    answer = get("?round=sample&item=f1_1&by=sex&kind=official")
    assert [(one["domain"], one["measure"], one["code"], one["n"]) for one in answer.json["scores"]] == [
        (None, "satisfied_share", "f1_1", 80),
        (None, "mean_level", "f1_1", 80),
        ("male", "satisfied_share", "f1_1", 40),
        ("male", "mean_level", "f1_1", 40),
        ("female", "satisfied_share", "f1_1", 40),
        ("female", "mean_level", "f1_1", 40),
    ]


def test_withheld_cells_have_a_reason_and_no_number(get: Get) -> None:
    answer = get("?round=counters&by=organisation")
    small = row(answer, level="overall", unit="D2")
    assert (small["suppressed"], small["reason"], small["value"], small["value_exact"], small["n"]) == (
        True,
        "too_few_to_show",
        None,
        None,
        None,
    )
    # The other department would give it away.
    assert row(answer, level="overall", unit="D1")["reason"] == "complementary"


def test_internal_audience_sees_from_the_smaller_threshold(
    get: Get, session: Session, rounds: object
) -> None:
    point = make_service_point(session, organisation=get_organisation(session, "D2"))
    for _ in range(2):
        make_response(session, rounds[0], answers={"overall": 5}, service_point_id=point.id)  # type: ignore[index]
    session.commit()
    public, internal = (get(f"?round=counters&unit=D2&audience={who}") for who in ("public", "internal"))
    assert (row(public, level="overall")["reason"], row(public, level="overall")["n"]) == (
        "too_few_to_publish",
        5,
    )
    assert (row(internal, level="overall")["reason"], row(internal, level="overall")["value"]) == (None, 1.0)


def test_all_rounds_are_told_of_unless_one_is_named(get: Get) -> None:
    assert {one["code"] for one in get("").json["rounds"]} == {"counters", "sample"}
    assert [one["code"] for one in get("?round=sample").json["rounds"]] == ["sample"]
    assert [one["code"] for one in get("?kind=monitoring").json["rounds"]] == ["counters"]
    assert [one["code"] for one in get("?by=sex").json["rounds"]] == ["sample"]


def test_a_token_of_a_unit_sees_its_subtree_alone(get: Get) -> None:
    own = get("?round=counters", unit="D1")
    # 40 of 43 answers: with the whole public, the three of the other department could be had from them.
    assert {(one["unit"], one["reason"]) for one in own.json["scores"]} == {("D1", "complementary")}
    assert get("?round=counters&unit=D2", unit="D1").status_code == 404
    assert own.json["rounds"][0]["response_count"] == 40


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        (
            "?nonsense=1",
            400,
            "There is no parameter nonsense. The parameters are: round, unit, by, factor, item, kind",
        ),
        ("?round=nothing", 404, "No round has the code nothing. The rounds are: counters, sample."),
        (
            "?round=sample&unit=nothing",
            404,
            "No unit with the code nothing is among those you may see. The list of organisations",
        ),
        (
            "?round=counters&by=sex",
            400,
            "Round counters cannot be divided by sex. It can be divided by: organisation, service_point",
        ),
        ("?round=sample&factor=F9", 400, "There is no factor F9. There are: F1, F2"),
        ("?round=sample&item=q", 400, "There is no item q. There are: f1_1"),
        ("?kind=best", 400, "kind must be one of official, design_based, monitoring."),
        ("?format=xml", 400, "format must be one of json, csv."),
        ("?audience=everybody", 400, "audience must be one of internal, public."),
        (
            "?round=counters&kind=official",
            400,
            "Round counters (selection: self_selected) has no official figures; it has: monitoring.",
        ),
    ],
)
def test_what_does_not_exist_is_explained(get: Get, query: str, status: int, detail: str) -> None:
    answer = get(f"{query}&language=en")
    told = answer.json["error"]
    assert (answer.status_code, told["status"], told["detail"][: len(detail)]) == (status, status, detail)


def test_csv_is_for_spreadsheets_and_cannot_run_formulas(get: Get) -> None:
    answer = get("?round=counters&by=organisation&format=csv")
    text = answer.get_data(as_text=True)
    assert (answer.mimetype, text[0], text.count("\r\n"), text.count("\n")) == (
        "text/csv",
        "\ufeff",
        len(text.splitlines()),
        len(text.splitlines()),
    )
    rows = list(csv.DictReader(io.StringIO(text[1:])))
    assert tuple(rows[0]) == COLUMNS
    assert {one["domain_name"] for one in rows if one["unit"] == "D2"} == {"'=1+1"}
    assert [
        (one["value_exact"], one["n"], one["suppressed"], one["is_demonstration"]) for one in rows[:1]
    ] == [("33/43", "43", "false", "true")]


def test_accept_header_chooses_the_format(get: Get) -> None:
    types = [
        get("?round=counters", Accept=accept).mimetype for accept in ("text/csv", "application/json", "*/*")
    ]
    assert types == ["text/csv", "application/json", "application/json"]


def test_order_is_stable(get: Get) -> None:
    query = "?by=organisation&format=csv"
    assert get(query).data == get(query).data


def test_without_the_scope_there_is_nothing(
    client: FlaskClient, api_token: Callable[..., str], rounds: object
) -> None:
    wrong = api_token([TokenScope.WRITE_RESPONSES])
    answers = [
        client.get("/api/v1/scores"),
        client.get("/api/v1/scores", headers={"Authorization": f"Bearer {wrong}"}),
    ]
    assert [answer.status_code for answer in answers] == [401, 403]
