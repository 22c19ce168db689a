"""Devices: the pages of staff, and what the devices themselves send."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Device, DeviceAlert, DevicePlacement, ServicePoint
from survey.services import opening_hours
from tests.factories import make_organisation, make_service_point, make_survey_round
from tests.support.devices import SigningDevice
from tests.support.statements import counted_statements

SignIn = Callable[[str, str], FlaskClient]
WEEK = {str(day): [["07:00", "17:00"]] for day in range(5)}


@pytest.fixture
def point(session: Session, clock) -> ServicePoint:
    unit = make_organisation(session, code="BL")
    round_ = make_survey_round(session, code="taps", organiser_id=unit.id)
    point = make_service_point(session, code="Q1", public_code="abc", organisation=unit, round_id=round_.id)
    opening_hours.set_week(
        session, [point], week=WEEK, valid_from=date(2026, 1, 1), account=None, now=clock()
    )
    session.commit()
    return point


@pytest.fixture
def staff(point: ServicePoint, sign_in: SignIn) -> FlaskClient:
    return sign_in("administrator", "BL")


@pytest.fixture
def signer() -> SigningDevice:
    return SigningDevice()


@pytest.fixture
def device(session: Session, point: ServicePoint, signer: SigningDevice, clock) -> Device:
    device = signer.enrol(session, point, now=clock(), name="Màn hình quầy 1")
    session.commit()
    return device


def send(client: FlaskClient, told: tuple[bytes, bytes]) -> tuple[int, str]:
    answer = client.post(
        "/kiosk/heartbeat",
        data=told[0],
        content_type="application/json",
        headers={"X-Device-Signature": base64.b64encode(told[1]).decode()},
    )
    return answer.status_code, answer.get_json()["state"]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def code_on(page: str) -> str:
    found = re.search(r"<output>([0-9 ]+)</output>", page)
    assert found is not None
    return found[1]


def test_a_code_shown_to_staff_enrols_a_device_which_is_then_heard(
    staff: FlaskClient, client: FlaskClient, session: Session, signer: SigningDevice, clock
) -> None:
    page = staff.post("/devices/new", data={"point": "Q1", "name": " Màn hình quầy 1 "})
    code = code_on(page.text).replace(" ", "")
    told = {
        "code": code,
        "public_key": signer.public_key,
        "proof": base64.b64encode(signer.sign(f"enrol {code}".encode())).decode(),
    }
    answers = [client.post("/enrol", json=told) for _ in range(2)]
    assert (page.status_code, [answer.status_code for answer in answers]) == (201, [200, 422])
    signer.uuid = answers[0].get_json()["device"]
    assert answers[0].get_json()["address"] == "/kiosk/abc"
    clock.advance(minutes=1)
    assert send(client, signer.heartbeat(clock())) == (200, "heard")
    assert re.findall(r'<span class="tag good">(\w+)</span>', staff.get("/devices?language=en").text) == [
        "alive"
    ]


def test_heartbeats_are_answered_by_what_is_wrong_with_them(
    client: FlaskClient, device: Device, signer: SigningDevice, session: Session, clock
) -> None:
    body, signature = signer.heartbeat(clock())
    answers = [send(client, (body, signature)), send(client, (body, signature))]
    clock.advance(minutes=5)
    answers.append(send(client, (body, signature)))
    answers.append(send(client, (body.replace(b"ready", b"in_use"), signature)))
    answers.append(send(client, (b"{}", signature)))
    answers.append(send(client, (b" " * 3000, signature)))
    device.revoked_at = clock()
    session.commit()
    answers.append(send(client, signer.heartbeat(clock())))
    assert answers == [
        (200, "heard"),
        (409, "replayed"),
        (409, "clock"),
        (403, "unknown"),
        (422, "unreadable"),
        (422, "unreadable"),
        (403, "revoked"),
    ]


def test_the_answer_tells_the_services_time(
    client: FlaskClient, device: Device, signer: SigningDevice, clock
) -> None:
    body, signature = signer.heartbeat(clock())
    answer = client.post(
        "/kiosk/heartbeat",
        data=body,
        headers={"X-Device-Signature": base64.b64encode(signature).decode()},
    )
    assert answer.get_json() == {
        "now": int(clock().timestamp() * 1000),
        "state": "heard",
        "address": "/kiosk/abc",
    }


def test_guesses_of_codes_are_limited(app: Flask, client: FlaskClient) -> None:
    from survey.extensions import attempt_store  # noqa: PLC0415 -- after the application

    attempt_store.is_enabled = True
    told = {"code": "0000000000", "public_key": "", "proof": ""}
    statuses = [client.post("/enrol", json=told).status_code for _ in range(11)]
    attempt_store.is_enabled = False
    assert statuses == [422] * 10 + [429]


def test_enrolling_needs_the_token_of_the_page(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/enrol", json={"code": "1"}).status_code == 400


def test_a_device_is_renamed_and_moved_by_new_rows(
    staff: FlaskClient, device: Device, session: Session, point: ServicePoint
) -> None:
    unit = point.organisation
    make_service_point(session, code="Q2", public_code="def", organisation=unit)
    session.commit()
    answer = staff.post(f"/devices/{device.id}/place", data={"point": "Q2", "name": "Mới"})
    session.expire_all()
    placements = session.scalars(select(DevicePlacement).order_by(DevicePlacement.id)).all()
    assert answer.status_code == 303
    assert [(placed.name, placed.service_point.code) for placed in placements] == [
        ("Màn hình quầy 1", "Q1"),
        ("Mới", "Q2"),
    ]


def test_revoking_asks_first(staff: FlaskClient, device: Device, session: Session) -> None:
    address = f"/devices/{device.id}/revocation"
    asked = staff.get(address).status_code
    session.refresh(device)
    before = device.revoked_at
    staff.post(address)
    session.refresh(device)
    assert (asked, before, device.revoked_at is None) == (200, None, False)


def test_devices_of_other_units_do_not_exist_here(
    sign_in: SignIn, session: Session, device: Device, point: ServicePoint
) -> None:
    make_organisation(session, kind_code="department", code="D")
    session.commit()
    other = sign_in("administrator", "D")
    statuses = [
        other.get(f"/devices/{device.id}").status_code,
        other.post(f"/devices/{device.id}/place", data={"point": "Q1", "name": "x"}).status_code,
        other.post(f"/devices/{device.id}/revocation").status_code,
        other.post("/devices/new", data={"point": "Q1", "name": "x"}).status_code,
        other.get("/service-points/Q1/opening-hours").status_code,
        other.post("/service-points/Q1/opening-hours", data={"valid_from": "01/03/2026"}).status_code,
    ]
    assert statuses == [404] * 6


def test_looking_at_the_list_raises_what_is_due_and_the_menu_counts_it(
    staff: FlaskClient, device: Device, client: FlaskClient, signer: SigningDevice, session: Session, clock
) -> None:
    send(client, signer.heartbeat(clock()))
    clock.advance(minutes=11)
    page = staff.get("/devices?language=en").text
    assert len(session.scalars(select(DeviceAlert)).all()) == 1
    assert text_of(page).count("1 device is silent while its counter is open.") == 1
    assert re.findall(r'<span class="count">(\d+)', page) == ["1"]
    send(client, signer.heartbeat(clock()))
    assert re.findall(r'<span class="count">(\d+)', staff.get("/devices?language=en").text) == []


def test_the_watch_raises_alerts_without_anybody_looking(
    runner: FlaskCliRunner, session: Session, device: Device
) -> None:
    # The command reads the real clock; the device of this test has been silent since long before.
    answers = [runner.invoke(args=["device", "watch"]).output for _ in range(2)]
    assert answers == ["1 new alerts.\n", "0 new alerts.\n"]


def test_the_limit_of_a_unit_is_set_by_command(runner: FlaskCliRunner, point: ServicePoint) -> None:
    set_ = runner.invoke(args=["device", "alert-after", "BL", "30"])
    refused = [
        runner.invoke(args=["device", "alert-after", *arguments]).exit_code
        for arguments in (("BL", "2"), ("nowhere", "30"))
    ]
    assert (set_.output, refused) == ("BL: alert after 30 minutes of silence.\n", [1, 1])


def test_the_list_takes_the_same_number_of_statements_for_any_number_of_devices(
    staff: FlaskClient, session: Session, point: ServicePoint, clock
) -> None:
    counts = []
    for _ in range(3):
        SigningDevice().enrol(session, point, now=clock())
        session.commit()
        session.expire_all()
        with counted_statements() as sent:
            assert staff.get("/devices").status_code == 200
        counts.append(len(sent))
    assert len(set(counts)) == 1, counts


def test_hours_are_recorded_for_one_counter_or_the_whole_centre(
    staff: FlaskClient, session: Session, point: ServicePoint
) -> None:
    make_service_point(session, code="Q2", public_code="def", organisation=point.organisation)
    session.commit()
    form = {"day_0": "7-11:30, 13:30-17", "valid_from": "01/04/2026"}
    staff.post("/service-points/Q1/opening-hours", data=form)
    alone = staff.get("/service-points/Q2/opening-hours?language=en").text
    staff.post("/service-points/Q1/opening-hours", data={**form, "whole_centre": "y"})
    shared = staff.get("/service-points/Q2/opening-hours?language=en").text
    values = [re.findall(r'name="day_0"[^>]*value="([^"]*)"', page) for page in (alone, shared)]
    assert values == [[""], ["07:00-11:30, 13:30-17:00"]]


def test_every_wrong_day_is_told_beside_it_and_nothing_is_saved(
    staff: FlaskClient, session: Session, point: ServicePoint
) -> None:
    form = {"day_0": "all day", "day_3": "9-8", "valid_from": "soon"}
    answer = staff.post("/service-points/Q1/opening-hours?language=en", data=form)
    wrong = re.findall(r'<p class="error" id="([\w-]+)-error">', answer.text)
    assert (answer.status_code, sorted(wrong)) == (422, ["day_0", "day_3", "valid_from"])


def test_a_closed_day_is_added_and_taken_back(staff: FlaskClient, point: ServicePoint) -> None:
    staff.post("/service-points/Q1/closed-days", data={"day": "30/04/2026", "reason": "Lễ 30/4"})
    address = "/service-points/Q1/opening-hours?language=en"
    pages = [staff.get(address).text]
    taken = staff.post("/service-points/Q1/closed-days/withdrawal", data={"day": "2026-04-30"})
    again = staff.post("/service-points/Q1/closed-days/withdrawal", data={"day": "2026-04-30"})
    pages.append(staff.get(address).text)
    assert [page.count("Lễ 30/4") for page in pages] == [1, 0]
    assert (taken.status_code, again.status_code) == (303, 404)
