"""The service as it runs in production: gunicorn as processes of its own, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent


class LiveServer:
    """gunicorn on one database; `kill` ends the whole process group with SIGKILL, `start` begins again."""

    def __init__(self, database_address: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DATABASE_URL": database_address,
            "SECRET_KEY": os.environ["SECRET_KEY"],
            "PUBLIC_ADDRESS": self.url,
            "HAI_LONG_ENVIRONMENT": "development",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "gunicorn.conf.py",
            "--bind",
            f"127.0.0.1:{self.port}",
        ]
        self.process = subprocess.Popen(  # noqa: S603 -- fixed program
            [*command, "--log-level", "warning", "--access-logfile", "/dev/null", "wsgi:app"],
            cwd=PROJECT_ROOT,
            env=self.environment,
            start_new_session=True,
        )
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/sign-in", timeout=5) as answer:  # noqa: S310 -- loopback
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if self.process.poll() is not None:
                    raise RuntimeError("The server ended while starting.") from None
                time.sleep(0.1)
        raise TimeoutError("The server did not answer in 40 seconds.")

    def kill(self) -> None:
        """SIGKILL master and workers at once."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, how)
        self.process.wait(timeout=40)
