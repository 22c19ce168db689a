"""A sync to disk stands between the insert and the answer, seen from outside with strace.

Killing a process shows nothing about durability, since the kernel keeps what was written; only the sync does.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from survey.domain.permissions import TokenScope
from tests.factories import make_service_point, make_survey_round
from tests.support.server import LiveServer
from tests.support.taps import TapSender, tap

SYSTEM_CALLS = "fdatasync,fsync,sync_file_range,write,writev,pwrite64,pwritev,sendto,sendmsg,recvfrom,read"
SECONDS_TO_ATTACH = 20
ANSWER = re.compile(r"HTTP/1\.1 201")


@pytest.fixture
def token(session: Session, api_token: Callable[..., str]) -> str:
    make_service_point(session, code="Q7", round_id=make_survey_round(session, code="taps").id)
    session.commit()
    return api_token([TokenScope.WRITE_RESPONSES])


def processes_of_group(group: int) -> list[int]:
    """Every process of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with_name = _stat(entry)
            if with_name is not None and int(with_name[2]) == group:
                found.append(int(entry.name))
    return found


def descendants(ancestor: int) -> list[int]:
    """Every process below another."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(entry)
            if fields is not None:
                parents[int(entry.name)] = int(fields[1])
    found = {ancestor}
    while True:
        more = {process for process, parent in parents.items() if parent in found} - found
        if not more:
            return sorted(found - {ancestor})
        found |= more


def _stat(entry: Path) -> list[str] | None:
    try:
        text = (entry / "stat").read_text()
    except OSError:
        return None  # ended meanwhile
    return text[text.rindex(")") + 2 :].split()


@pytest.fixture
def sender(live_server: LiveServer, token: str) -> Iterator[TapSender]:
    sender = TapSender(live_server.port, token)
    yield sender
    sender.close()


@contextmanager
def tracing(processes: list[int], log: Path) -> Iterator[None]:
    """strace on these processes and all their threads; skips where the machine forbids it."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed (Debian package strace)")
    command = [strace, "-f", "-ttt", "-s", "4000", "-e", f"trace={SYSTEM_CALLS}", "-o", str(log)]
    for process in processes:
        command += ["-p", str(process)]
    tracer = subprocess.Popen(  # noqa: S603 -- fixed program
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until_attached(tracer, processes)
        yield
    finally:
        if tracer.poll() is None:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(timeout=SECONDS_TO_ATTACH)
        tracer.stderr.close()


def wait_until_attached(tracer: subprocess.Popen[str], processes: list[int]) -> None:
    """Wait until the kernel names a tracer for each process."""
    deadline = time.monotonic() + SECONDS_TO_ATTACH
    while time.monotonic() < deadline:
        if tracer.poll() is not None:
            pytest.skip(f"strace may not attach here: {tracer.stderr.read().strip()}")
        statuses = [Path(f"/proc/{process}/status").read_text() for process in processes]
        if all(re.search(r"^TracerPid:\t[1-9]", status, re.MULTILINE) for status in statuses):
            return
        time.sleep(0.05)
    raise TimeoutError("strace did not attach.")


def lines_of(log: Path) -> list[str]:
    """The calls in the order in which they began, one line each."""
    return sorted(log.read_text(errors="replace").splitlines(), key=lambda line: float(line.split()[1]))


def place_of(lines: list[str], pattern: str, *, after: int = -1) -> int:
    """The first line after another one that holds the pattern; fails with the log when there is none."""
    for place, line in enumerate(lines):
        if place > after and re.search(pattern, line):
            return place
    raise AssertionError(f"No {pattern} after line {after} of:\n" + "\n".join(lines[-60:]))


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_sqlite_syncs_its_log_between_the_insert_and_the_answer(
    live_server: LiveServer, sender: TapSender, tmp_path: Path
):
    assert sender.post(tap("taps", "Q7"))[0] == 201  # everything is opened and read once
    packet = tap("taps", "Q7")
    log = tmp_path / "strace"
    with tracing(processes_of_group(os.getpgid(live_server.process.pid)), log):
        assert sender.post(packet)[0] == 201
    lines = lines_of(log)
    asked = place_of(lines, re.escape(str(packet["uuid"])[:8]))
    written = place_of(lines, r"pwrite64\(", after=asked)
    synced = place_of(lines, r"fdatasync\(|fsync\(", after=written)
    answered = place_of(lines, ANSWER.pattern)
    assert asked < written < synced < answered
    assert no_write_between(lines, synced, answered)


def no_write_between(lines: list[str], synced: int, answered: int) -> bool:
    """Whether the last sync before the answer comes after every write to the database before the answer."""
    last_write = max(place for place, line in enumerate(lines[:answered]) if "pwrite64(" in line)
    last_sync = max(
        place for place, line in enumerate(lines[:answered]) if re.search(r"fdatasync\(|fsync\(", line)
    )
    return synced <= last_sync and last_write < last_sync


@pytest.mark.parametrize("database_address", ["postgresql"], indirect=True)
def test_postgresql_syncs_its_log_between_the_insert_and_the_answer(
    live_server: LiveServer, sender: TapSender, tmp_path: Path, request: pytest.FixtureRequest
):
    cluster = request.getfixturevalue("postgres_cluster")
    postmaster = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    assert sender.post(tap("taps", "Q7"))[0] == 201
    packet = tap("taps", "Q7")
    log = tmp_path / "strace"
    group = processes_of_group(os.getpgid(live_server.process.pid))
    with tracing([*group, *descendants(postmaster)], log):
        assert sender.post(packet)[0] == 201
    lines = lines_of(log)
    asked = place_of(lines, re.escape(str(packet["uuid"])[:8]))
    inserted = place_of(lines, r"INSERT INTO response|COMMIT", after=asked)
    answered = place_of(lines, ANSWER.pattern)
    synced = place_of(lines, r"fdatasync\(|fsync\(", after=inserted)
    assert asked < inserted < synced < answered
