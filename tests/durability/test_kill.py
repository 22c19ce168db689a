"""Nothing that was acknowledged is lost when the server is killed; one packet sent many times is one row."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.permissions import TokenScope
from survey.models import Response, UncapturedResponse
from tests.factories import make_service_point, make_survey_round
from tests.support.server import LiveServer
from tests.support.taps import TapSender, tap

SENDERS = 8
KILLS = 3


@pytest.fixture
def token(session: Session, api_token: Callable[..., str]) -> str:
    make_service_point(session, code="Q7", round_id=make_survey_round(session, code="taps").id)
    session.commit()
    return api_token([TokenScope.WRITE_RESPONSES])


def stored_uuids(session: Session) -> set[str]:
    found = {str(uuid) for uuid in session.scalars(select(Response.uuid))}
    session.rollback()
    return found


def test_every_acknowledged_uuid_is_found_after_the_server_was_killed_under_load(
    live_server: LiveServer, session: Session, token: str
):
    acknowledged: set[str] = set()
    for _ in range(KILLS):
        before = len(acknowledged)
        acknowledged |= load_and_kill(live_server, token)
        assert len(acknowledged) > before  # else nothing was tried
        live_server.start()
        assert acknowledged - stored_uuids(session) == set()
    responses = session.scalar(select(func.count(Response.id)))
    marks = session.scalar(select(func.count(UncapturedResponse.response_id)))
    session.rollback()
    assert responses == marks


def load_and_kill(server: LiveServer, token: str) -> set[str]:
    """Post from many connections, kill at a random moment; gives the uuids that were acknowledged."""
    acknowledged: set[str] = set()
    begun = threading.Event()
    lock = threading.Lock()

    def send() -> None:
        sender = TapSender(server.port, token)
        with suppress(OSError, http.client.HTTPException):
            while True:
                packet = tap("taps", "Q7")
                status, _ = sender.post(packet)
                assert status == 201
                with lock:
                    acknowledged.add(str(packet["uuid"]))
                begun.set()
        sender.close()

    with ThreadPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(send) for _ in range(SENDERS)]
        assert begun.wait(timeout=60)
        time.sleep(random.uniform(0.2, 1.2))
        server.kill()
        for work in sending:
            work.result()
    return acknowledged


def test_200_parallel_posts_of_one_packet_are_one_row_and_200_successes(
    live_server: LiveServer, session: Session, token: str
):
    packet = tap("taps", "Q7")
    together = threading.Barrier(25)

    def send_eight() -> list[tuple[int, str]]:
        sender = TapSender(live_server.port, token)
        together.wait(timeout=60)
        answers = [sender.post(packet) for _ in range(8)]
        sender.close()
        return [(status, body["receipts"][0]["code"]) for status, body in answers]

    with ThreadPoolExecutor(25) as pool:
        answers = [
            answer for sent in [pool.submit(send_eight) for _ in range(25)] for answer in sent.result()
        ]
    assert sorted(status for status, _ in answers) == [200] * 199 + [201]
    assert len({code for _, code in answers}) == 1
    assert stored_uuids(session) == {packet["uuid"]}


def test_batches_with_the_same_packets_in_other_orders_do_not_wait_for_each_other_for_ever(
    live_server: LiveServer, session: Session, token: str
):
    packets = [tap("taps", "Q7") for _ in range(60)]
    together = threading.Barrier(6)

    def send(turn: int) -> dict[str, object]:
        mine = random.Random(turn).sample(packets, len(packets))
        sender = TapSender(live_server.port, token)
        together.wait(timeout=60)
        status, body = sender.post(*mine)
        sender.close()
        assert status == 200
        return body["counts"]

    with ThreadPoolExecutor(6) as pool:
        counts = list(pool.map(send, range(6)))
    assert sum(count["stored"] for count in counts) == 60
    assert sum(count["duplicate"] for count in counts) == 300
    assert stored_uuids(session) == {packet["uuid"] for packet in packets}
