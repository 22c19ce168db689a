"""Enrolling devices, their heartbeats, and what remains of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.domain.coverage import LONGEST_GAP
from survey.domain.enums import DeviceCondition, ScreenState, StorageState
from survey.domain.spans import Span, span_of, united
from survey.models import CoveredStretch, Device, DeviceAlert, ServicePoint
from survey.queries import devices as device_queries
from survey.services import device_overview, device_watch, heartbeats, opening_hours
from survey.services import devices as device_services
from survey.services.counter_times import counter_times
from survey.services.heartbeats import (
    HeartbeatRefusedError,
    ReplayedHeartbeatError,
    RevokedDeviceError,
    StaleHeartbeatError,
    UnknownDeviceError,
)
from tests.factories import make_account_row, make_organisation, make_service_point
from tests.support.devices import SECRET, SigningDevice

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday, nine in the morning in the province
WEEK = {str(day): [["07:00", "11:30"], ["13:30", "17:00"]] for day in range(5)}


@pytest.fixture
def point(session: Session) -> ServicePoint:
    point = make_service_point(session)
    opening_hours.set_week(
        session, [point], week=WEEK, valid_from=datetime(2026, 1, 1, tzinfo=UTC).date(), account=None, now=NOW
    )
    return point


@pytest.fixture
def signer() -> SigningDevice:
    return SigningDevice()


@pytest.fixture
def device(session: Session, point: ServicePoint, signer: SigningDevice) -> Device:
    return signer.enrol(session, point, now=NOW)


def beat(session: Session, signer: SigningDevice, now: datetime, **changes: object) -> ServicePoint:
    body, signature = signer.heartbeat(now, **changes)
    return heartbeats.receive_heartbeat(session, body, signature=signature, now=now)


def stretches(session: Session) -> list[Span]:
    rows = session.scalars(select(CoveredStretch).order_by(CoveredStretch.begins_at))
    return [span_of(row.begins_at, row.ends_at) for row in rows]


def alerts(session: Session) -> list[tuple[datetime, datetime | None]]:
    rows = session.scalars(select(DeviceAlert).order_by(DeviceAlert.id))
    return [(row.silent_since, row.closed_at) for row in rows]


def enrol_with(session: Session, signer: SigningDevice, code: str, *, now: datetime) -> Device:
    return device_services.enrol_device(
        session,
        code=code,
        public_key=signer.public_key,
        proof=signer.sign(device_services.enrolment_message(code.replace(" ", ""))),
        secret=SECRET,
        now=now,
    )


def make_code(session: Session, point: ServicePoint) -> str:
    return device_services.make_enrolment_code(
        session, point=point, device_name="Màn hình", secret=SECRET, account=None, now=NOW
    ).code


def test_a_code_enrols_one_device_and_no_second(session: Session, point: ServicePoint, signer: SigningDevice):
    code = make_code(session, point)
    device = enrol_with(session, signer, f"{code[:5]} {code[5:]}", now=NOW + timedelta(minutes=14))
    placed = device_queries.placement_of(device)
    assert (placed.service_point_id, placed.name) == (point.id, "Màn hình")
    with pytest.raises(device_services.EnrolmentRefusedError):
        enrol_with(session, SigningDevice(), code, now=NOW + timedelta(minutes=14))


def test_a_code_is_refused_when_it_is_too_old_or_unknown(
    session: Session, point: ServicePoint, signer: SigningDevice
):
    code = make_code(session, point)
    for typed, later in ((code, 15), ("0123456789", 1), ("", 1)):
        with pytest.raises(device_services.EnrolmentRefusedError):
            enrol_with(session, signer, typed, now=NOW + timedelta(minutes=later))
    assert enrol_with(session, signer, code, now=NOW + timedelta(minutes=1)).revoked_at is None


def test_a_device_that_cannot_prove_its_key_spends_no_code(
    session: Session, point: ServicePoint, signer: SigningDevice
):
    code = make_code(session, point)
    with pytest.raises(device_services.EnrolmentRefusedError):
        device_services.enrol_device(
            session,
            code=code,
            public_key=signer.public_key,
            proof=SigningDevice().sign(device_services.enrolment_message(code)),
            secret=SECRET,
            now=NOW,
        )
    assert enrol_with(session, signer, code, now=NOW).uuid is not None


def test_a_heartbeat_is_kept_as_the_devices_state(session: Session, device: Device, signer: SigningDevice):
    at = NOW + timedelta(seconds=30)
    point = beat(session, signer, at, queue=3, clock_offset=-4500, screen="in_use", storage="refused")
    state = device.state
    assert state is not None
    assert (point, state.heard_at, state.queue_length, state.clock_offset_milliseconds) == (
        device_queries.placement_of(device).service_point,
        at,
        3,
        -4500,
    )
    assert (state.screen, state.storage) == (ScreenState.IN_USE, StorageState.REFUSED)


def test_a_heartbeat_heard_before_or_an_older_one_is_refused(
    session: Session, device: Device, signer: SigningDevice
):
    first = signer.heartbeat(NOW)
    second = signer.heartbeat(NOW)
    heartbeats.receive_heartbeat(session, second[0], signature=second[1], now=NOW)
    for body, signature in (second, first):
        with pytest.raises(ReplayedHeartbeatError):
            heartbeats.receive_heartbeat(session, body, signature=signature, now=NOW)


def test_a_heartbeat_held_back_or_from_the_future_is_refused(
    session: Session, device: Device, signer: SigningDevice
):
    for minutes in (-3, 3):
        body, signature = signer.heartbeat(NOW + timedelta(minutes=minutes))
        with pytest.raises(StaleHeartbeatError):
            heartbeats.receive_heartbeat(session, body, signature=signature, now=NOW)
    assert stretches(session) == []


def test_a_forged_a_changed_and_a_foreign_heartbeat_are_refused(
    session: Session, device: Device, signer: SigningDevice, point: ServicePoint
):
    other = SigningDevice()
    other.enrol(session, point, now=NOW)
    body, signature = signer.heartbeat(NOW)
    changed = body.replace(b'"queue": 0', b'"queue": 9')
    foreign = other.sign(b"heartbeat " + body)
    for told, signed in ((changed, signature), (body, foreign), (body, b""), (body, bytes(64))):
        with pytest.raises(UnknownDeviceError):
            heartbeats.receive_heartbeat(session, told, signature=signed, now=NOW)
    enrolment = signer.sign(body)  # a signature made for something else
    with pytest.raises(UnknownDeviceError):
        heartbeats.receive_heartbeat(session, body, signature=enrolment, now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"device": 1}',
        b'{"device": "00000000-0000-4000-8000-000000000000", "counter": true}',
        b"\xff",
        b"NaN",
    ],
)
def test_what_is_no_heartbeat_is_refused(session: Session, body: bytes):
    with pytest.raises(HeartbeatRefusedError):
        heartbeats.receive_heartbeat(session, body, signature=bytes(64), now=NOW)


def test_a_revoked_device_is_refused(session: Session, device: Device, signer: SigningDevice):
    device_services.revoke_device(session, device, account=make_account_row(session), now=NOW)
    with pytest.raises(RevokedDeviceError):
        beat(session, signer, NOW)
    with pytest.raises(device_services.DeviceError):
        device_services.place_device(
            session,
            device,
            point=device_queries.placement_of(device).service_point,
            name="x",
            account=make_account_row(session),
            now=NOW,
        )


def test_heartbeats_of_a_minute_leave_one_row_and_a_pause_begins_another(
    session: Session, device: Device, signer: SigningDevice
):
    for minute in (0, 1, 2, 5, 6, 10, 11):
        beat(session, signer, NOW + timedelta(minutes=minute))
    start = int(NOW.timestamp())
    assert stretches(session) == [Span(start, start + 360), Span(start + 600, start + 660)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=st.lists(st.integers(0, 3000), min_size=1, max_size=15))
def test_stretches_are_the_same_in_whatever_order_and_however_often_moments_come(
    session: Session, device: Device, moments: list[int]
):
    session.execute(delete(CoveredStretch))
    for moment in [*moments, *moments[:3]]:
        heartbeats.cover(session, device, moment=NOW + timedelta(seconds=moment))
    start = int(NOW.timestamp())
    whole = united((Span(start + moment, start + moment) for moment in moments), gap=LONGEST_GAP)
    assert stretches(session) == whole


def test_a_moved_device_covers_its_new_counter_and_no_longer_the_old_one(
    session: Session, device: Device, signer: SigningDevice, point: ServicePoint
):
    other = make_service_point(session)
    opening_hours.set_week(session, [other], week=WEEK, valid_from=NOW.date(), account=None, now=NOW)
    for minute in range(0, 61):
        beat(session, signer, NOW + timedelta(minutes=minute))
    moved_at = NOW + timedelta(minutes=60)
    device_services.place_device(
        session, device, point=other, name="Mới", account=make_account_row(session), now=moved_at
    )
    now = NOW + timedelta(minutes=120)
    for minute in range(61, 121):
        assert beat(session, signer, NOW + timedelta(minutes=minute)).id == other.id
    times = counter_times(session, [point.id, other.id], first=NOW.date(), last=NOW.date(), now=now)
    covered = [times[id_].coverage(NOW.date(), NOW.date()) for id_ in (point.id, other.id)]
    assert [round(found.covered_seconds / 60) for found in covered] == [60, 60]
    assert [found.missing_seconds for found in covered] == [0, 0]


def test_silence_in_opening_hours_raises_one_alert_and_the_next_heartbeat_closes_it(
    session: Session, device: Device, signer: SigningDevice
):
    beat(session, signer, NOW)
    assert device_watch.raise_alerts(session, now=NOW + timedelta(minutes=9)) == []
    late = NOW + timedelta(minutes=10)
    assert len(device_watch.raise_alerts(session, now=late)) == 1
    assert device_watch.raise_alerts(session, now=late) == []
    assert alerts(session) == [(NOW, None)]
    rows = device_overview.overview(
        session, organisation_ids=[device_queries.placement_of(device).service_point.centre_id], now=late
    )
    assert [row.condition for row in rows] == [DeviceCondition.SILENT]
    beat(session, signer, NOW + timedelta(minutes=20))
    assert alerts(session) == [(NOW, NOW + timedelta(minutes=20))]


def test_silence_at_night_raises_none_and_counts_on_in_the_morning(
    session: Session, device: Device, signer: SigningDevice
):
    evening = datetime(2026, 3, 2, 9, 59, tzinfo=UTC)  # 16:59
    beat(session, signer, evening)
    opening = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)  # 07:00 of the next day
    assert device_watch.raise_alerts(session, now=opening + timedelta(minutes=8)) == []
    assert len(device_watch.raise_alerts(session, now=opening + timedelta(minutes=9))) == 1


def test_an_alert_nobody_raised_is_recorded_when_the_device_is_heard_again(
    session: Session, device: Device, signer: SigningDevice
):
    beat(session, signer, NOW)
    back = NOW + timedelta(minutes=45)
    beat(session, signer, back)
    assert alerts(session) == [(NOW, back)]


def test_a_unit_may_wait_longer_for_its_devices(session: Session, signer: SigningDevice):
    province = make_organisation(session)
    unit = make_organisation(session, kind_code="department", parent_id=province.id)
    point = make_service_point(session, organisation=unit)
    opening_hours.set_week(session, [point], week=WEEK, valid_from=NOW.date(), account=None, now=NOW)
    signer.enrol(session, point, now=NOW)
    device_services.set_silence_limit(session, province, minutes=30, now=NOW)
    assert device_watch.raise_alerts(session, now=NOW + timedelta(minutes=29)) == []
    device_services.set_silence_limit(session, unit, minutes=5, now=NOW)
    assert len(device_watch.raise_alerts(session, now=NOW + timedelta(minutes=29))) == 1
    with pytest.raises(device_services.DeviceError):
        device_services.set_silence_limit(session, unit, minutes=1, now=NOW)


def test_a_counter_without_hours_raises_no_alert(session: Session, signer: SigningDevice):
    signer.enrol(session, make_service_point(session), now=NOW)
    assert device_watch.raise_alerts(session, now=NOW + timedelta(days=3)) == []


def test_a_counter_with_a_device_dark_for_two_days_says_so(
    session: Session, device: Device, point: ServicePoint
):
    for day in (0, 3, 4):
        for minute in range(0, 11 * 60, 2):
            moment = datetime(2026, 3, 2 + day, 0, 0, tzinfo=UTC) + timedelta(minutes=minute)
            heartbeats.cover(session, device, moment=moment)
    now = datetime(2026, 3, 8, tzinfo=UTC)
    first, last = datetime(2026, 3, 3, tzinfo=UTC).date(), datetime(2026, 3, 6, tzinfo=UTC).date()
    found = counter_times(session, [point.id], first=first, last=last, now=now)[point.id].coverage(
        first, last
    )
    assert (found.share, [day.day for day in found.dark_days]) == (0.5, [3, 4])


def test_a_closed_day_is_not_missing_and_can_be_taken_back(
    session: Session, device: Device, point: ServicePoint
):
    day, now = datetime(2026, 3, 3, tzinfo=UTC).date(), datetime(2026, 3, 4, tzinfo=UTC)

    def missing_hours() -> float:
        times = counter_times(session, [point.id], first=day, last=day, now=now)
        return times[point.id].coverage(day, day).missing_seconds / 3600

    hours = [missing_hours()]
    opening_hours.close_day(session, [point], day=day, reason="Lễ", account=None, now=NOW)
    hours.append(missing_hours())
    opening_hours.open_day(session, [point], day=day, account=None, now=NOW)
    hours.append(missing_hours())
    assert hours == [8.0, 0.0, 8.0]
