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
from tests.support.printed import rendered, seen_codes, text_of
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


def test_page_of_a_counter_offers_its_three_sheets_as_files(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 1)
    client = sign_in("administrator", "BL")
    page = client.get("/service-points/Q1/sheet").text
    offered = re.findall(r'href="(/service-points/[^"]+\.pdf)" download="([^"]+)"', page)
    answers = [client.get(address) for address, _name in offered]
    names = [answer.headers["Content-Disposition"] for answer in answers]
    assert [name for _address, name in offered] == [
        "ap-phich-a4-Q1.pdf",
        "bien-de-ban-Q1.pdf",
        "phieu-phat-tay-Q1.pdf",
    ]
    assert names == [f"attachment; filename={name}" for _address, name in offered]
    assert [(answer.mimetype, answer.data[:5]) for answer in answers] == [("application/pdf", b"%PDF-")] * 3


def test_sheet_speaks_vietnamese_first_and_names_counter_unit_centre_and_address(
    app: Flask, session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    app.config["PUBLIC_ADDRESS"] = "https://danhgia.example"
    add_points(session, centre, 1)
    client = sign_in("administrator", "BL")
    client.get("/service-points?language=en")  # the reader's language does not change the sheet
    lines = text_of(client.get("/service-points/Q1/sheets/poster.pdf").data).splitlines()
    unit = service_points_by_code(session)["Q1"].organisation
    wanted = [
        centre.names["vi"],
        centre.names["en"],
        "Mời Ông/Bà đánh giá",
        "Ông/Bà có hài lòng với lần phục vụ vừa rồi không?",
        "Please rate our service. How satisfied are you with the service you just received?",
        "Quầy 1",
        unit.names["vi"],
        "danhgia.example/q/bcdfghj2",
        "Chỉ quét mã in trên tờ chính thức này, không quét mã trên tem dán đè.",
    ]
    assert [line for line in lines if line in wanted] == wanted


def test_all_sheets_of_a_centre_are_one_file_that_leaves_closed_counters_out(
    app: Flask, session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    app.config["PUBLIC_ADDRESS"] = "https://danhgia.example"
    add_points(session, centre, 3)
    service_points_by_code(session)["Q2"].valid_to = date(2026, 3, 1)  # the eve of the tests' today
    session.commit()
    client = sign_in("administrator", "BL")
    page = client.get("/service-points/centre/CENTRE/sheets").text
    (address,) = re.findall(r'href="(/service-points/centre/[^"]+/poster\.pdf)"', page)
    pages = rendered(client.get(address).data, dots_per_inch=100)
    assert [[code.text for code in seen_codes(each)] for each in pages] == [
        ["https://danhgia.example/q/bcdfghj2"],
        ["https://danhgia.example/q/bcdfghj4"],
    ]


@pytest.mark.parametrize("kind", ["poster", "tent", "strip"])
def test_stream_tells_every_page_and_then_gives_the_same_file(
    kind: str, session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 3)
    client = sign_in("administrator", "BL")
    address = f"/service-points/centre/CENTRE/sheets/{kind}"
    answer = client.get(f"{address}/stream")
    lines, _, file = answer.data.partition(b"\n\n")
    assert lines.decode().split("\n") == ["1/3", "2/3", "3/3"]
    assert file == client.get(f"{address}.pdf").data
    assert answer.headers["X-Accel-Buffering"] == "no"


def test_word_of_every_page_goes_out_by_itself(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 2)
    answer = sign_in("administrator", "BL").get(
        "/service-points/centre/CENTRE/sheets/poster/stream", buffered=False
    )
    parts = iter(answer.response)
    assert [next(parts), next(parts), next(parts)] == [b"1/2\n", b"2/2\n", b"\n"]
    answer.close()


def test_a_centre_without_open_counters_has_nothing_to_print(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 1)
    service_points_by_code(session)["Q1"].valid_to = date(2026, 3, 1)
    session.commit()
    client = sign_in("administrator", "BL")
    page = client.get("/service-points/centre/CENTRE/sheets")
    statuses = [
        client.get(f"/service-points/centre/CENTRE/sheets/{end}").status_code
        for end in ("poster.pdf", "poster/stream")
    ]
    assert (page.status_code, page.text.count(".pdf"), statuses) == (200, 0, [404, 404])


def test_unknown_kinds_of_sheet_are_not_found(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 1)
    client = sign_in("administrator", "BL")
    addresses = [
        "Q1/sheets/banner.pdf",
        "centre/CENTRE/sheets/banner.pdf",
        "centre/CENTRE/sheets/banner/stream",
    ]
    assert [client.get(f"/service-points/{address}").status_code for address in addresses] == [404] * 3


def test_letters_that_cannot_be_printed_are_said_before_anything_is_sent(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 1)
    service_points_by_code(session)["Q1"].names = {"vi": "Quầy ខ្មែរ", "en": "Counter 1"}
    session.commit()
    client = sign_in("administrator", "BL")
    addresses = ["Q1/sheets/tent.pdf", "centre/CENTRE/sheets/tent.pdf", "centre/CENTRE/sheets/tent/stream"]
    assert [client.get(f"/service-points/{address}").status_code for address in addresses] == [422] * 3


def test_counters_of_another_province_are_not_found(
    session: Session, centre: Organisation, sign_in: SignIn
) -> None:
    add_points(session, centre, 1)
    make_organisation(session, code="CM")
    session.commit()
    client = sign_in("administrator", "CM")
    pages = ["Q1/qr.svg", "Q1/qr.png", "Q1/sheet", "Q1/sheets/poster.pdf", "centre/CENTRE/sheets"]
    pages += ["centre/CENTRE/sheets/poster.pdf", "centre/CENTRE/sheets/poster/stream"]
    assert [client.get(f"/service-points/{page}").status_code for page in pages] == [404] * 7
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
