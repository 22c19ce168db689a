"""The pages of counters: listed by centre, with codes that can be read and sheets that can be printed."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.models import Organisation
from survey.queries.service_points import service_points_by_code
from tests.factories import make_organisation, make_service_point
from tests.support.qr_reader import read_qr
from tests.support.statements import counted_statements

SignIn = Callable[[str, str], FlaskClient]


@pytest.fixture
def centre(session: Session) -> Organisation:
    province = make_organisation(session, code="BL")
    centre = make_organisation(session, code="CENTRE", kind_code="centre", parent_id=province.id)
    session.commit()
    return centre


def add_points(session: Session, centre: Organisation, count: int) -> None:
    for number in range(1, count + 1):
        unit = make_organisation(session, kind_code="department", parent_id=centre.parent_id)
        make_service_point(
            session,
            code=f"Q{number}",
            public_code=f"bcdfghj{number + 1}",
            organisation=unit,
            centre_id=centre.id,
            names={"vi": f"Quầy {number}", "en": f"Counter {number}"},
        )
    session.commit()


@pytest.mark.usefixtures("centre")
def test_empty_list_says_what_will_be_here_and_how_it_begins(sign_in: SignIn) -> None:
    page = sign_in("administrator", "BL").get("/service-points").text
    assert re.findall(r"<code>(.*?)</code>", page) == ["flask service-point load FILE"]


def test_list_costs_the_same_for_one_row_and_for_three(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    client = sign_in("administrator", "BL")
    counts = []
    for new in (1, 2):
        for _time in range(new):
            unit = make_organisation(session, kind_code="department", parent_id=centre.parent_id)
            make_service_point(session, organisation=unit, centre_id=centre.id)
        session.commit()
        with counted_statements() as sent:
            page = client.get("/service-points").text
        counts.append((page.count('class="qr"'), len(sent)))
    assert [rows for rows, _ in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]


def test_addresses_of_a_counter_are_on_the_list_and_lead_to_its_pages(
    app: Flask, session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    app.config["PUBLIC_ADDRESS"] = "https://danhgia.example"
    add_points(session, centre, 1)
    page = sign_in("administrator", "BL").get("/service-points").text
    assert re.findall(r'href="(https:[^"]*)"', page) == [
        "https://danhgia.example/q/bcdfghj2",
        "https://danhgia.example/kiosk/bcdfghj2",
    ]
    routes = app.url_map.bind("danhgia.example")
    assert [routes.match(path, method="GET")[0] for path in ("/q/bcdfghj2", "/kiosk/bcdfghj2")] == [
        "qr.rate",
        "kiosk.screen",
    ]


def test_png_download_holds_the_rating_address(
    app: Flask, session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    app.config["PUBLIC_ADDRESS"] = "https://danhgia.example"
    add_points(session, centre, 1)
    answer = sign_in("home-affairs-analyst", "BL").get("/service-points/Q1/qr.png")
    assert (answer.mimetype, read_qr(answer.data)) == ("image/png", "https://danhgia.example/q/bcdfghj2")


def test_svg_is_a_picture(session: Session, centre: Organisation, sign_in: SignIn) -> None:
    add_points(session, centre, 1)
    answer = sign_in("administrator", "BL").get("/service-points/Q1/qr.svg")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


def test_sheet_names_counter_unit_centre_and_address_in_both_languages(
    app: Flask, session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    app.config["PUBLIC_ADDRESS"] = "https://danhgia.example"
    add_points(session, centre, 1)
    page = sign_in("administrator", "BL").get("/service-points/Q1/sheet").text
    assert re.search(r'<p class="typed">(.*?)</p>', page)[1] == "danhgia.example/q/bcdfghj2"
    assert re.search(r'<h2 lang="vi">(.*?)</h2>', page)[1] == "Quầy 1"
    assert re.search(r'<p class="centre" lang="vi">(.*?)</p>', page)[1] == centre.names["vi"]
    second = re.findall(r'<p class="second" lang="en">(.*?)</p>', page)
    assert (second[0], second[2]) == (
        centre.names["en"],
        "How satisfied are you with the service you just received?",
    )


def test_all_sheets_of_a_centre_leave_closed_counters_out(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 3)
    service_points_by_code(session)["Q2"].valid_to = date(2026, 3, 1)  # the eve of the tests' today
    session.commit()
    page = sign_in("administrator", "BL").get("/service-points/centre/CENTRE/sheets").text
    assert re.findall(r'<h2 lang="vi">(.*?)</h2>', page) == ["Quầy 1", "Quầy 3"]


def test_counters_of_another_province_are_not_found(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 1)
    make_organisation(session, code="CM")
    session.commit()
    client = sign_in("administrator", "CM")
    pages = ["Q1/qr.svg", "Q1/qr.png", "Q1/sheet", "centre/CENTRE/sheets"]
    assert [client.get(f"/service-points/{page}").status_code for page in pages] == [404] * 4
    assert client.get("/service-points").text.count('class="qr"') == 0


def test_unit_that_is_served_sees_its_own_counter_alone(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 2)
    make_service_point(
        session, organisation=make_organisation(session, code="OWN"), centre_id=centre.id, code="OWN-1"
    )
    session.commit()
    page = sign_in("administrator", "OWN").get("/service-points").text
    assert re.findall(r"/service-points/([^/]+)/sheet\"", page) == ["OWN-1"]
