"""Starting what is measured: gunicorn as the service configures it, whichever application it carries."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 40


@contextmanager
def serving(application: str, *, database_address: str) -> Iterator[int]:
    """Run an application, named as gunicorn does, on a free port of the loopback address; gives the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(  # noqa: S603 -- fixed program
        [
            *(sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"),
            *("--bind", f"127.0.0.1:{port}", "--max-requests", "0", "--log-level", "warning", application),
        ],
        cwd=PROJECT_ROOT,
        env=os.environ | {"DATABASE_URL": database_address, "SECRET_KEY": "measured-" * 5},
        start_new_session=True,
    )
    try:
        wait_for(port, process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a worker answers anything at all."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("The server ended while starting.")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
                if connection.recv(12).startswith(b"HTTP/1."):
                    return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"The server did not answer in {SECONDS_TO_START} seconds.")
