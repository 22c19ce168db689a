"""A private PostgreSQL cluster for one test run, started from Debian's binaries."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg

UNPRIVILEGED_USERS = ("postgres", "nobody")


class PostgresMissingError(Exception):
    """No PostgreSQL server binaries are on this machine."""


def binaries_folder() -> Path:
    """The folder with initdb and postgres; the newest version wins."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    if found:
        return Path(found[-1]).parent
    initdb = shutil.which("initdb")
    if initdb is None:
        raise PostgresMissingError("Install the Debian package postgresql (make test does it where it may).")
    return Path(initdb).resolve().parent


class PostgresCluster:
    """A cluster in a temporary folder on a free port of the loopback address; durable as in production."""

    def __init__(self) -> None:
        self.binaries = binaries_folder()
        self.user = _unprivileged_user() if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="hai-long-pg-"))
        self.port = _free_port()

    def start(self) -> None:
        """Create and start the cluster; root hands it to another user, as PostgreSQL asks."""
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        data = self.folder / "data"
        self._run(
            "initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
        )
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder}"
        )
        options += " -c max_connections=200 -c shared_buffers=64MB"
        self._run("pg_ctl", "-D", data, "-w", "-o", options, "-l", self.folder / "log", "start")

    def stop(self) -> None:
        """Stop it and remove its folder."""
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def address(self, database: str) -> str:
        """The SQLAlchemy address of a database of this cluster."""
        return f"postgresql+psycopg://tests@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, *, copy_of: str) -> None:
        """Make a database that is a copy of another."""
        self._command(f'CREATE DATABASE "{database}" TEMPLATE "{copy_of}"')

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._command(f'DROP DATABASE "{database}" WITH (FORCE)')

    def _command(self, statement: str) -> None:
        address = self.address("postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: object) -> None:
        user = self.user
        extra = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        done = subprocess.run(  # noqa: S603 -- fixed programs
            [str(self.binaries / program), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            text=True,
            check=False,
            **extra,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout}")


def _unprivileged_user() -> pwd.struct_passwd:
    for name in UNPRIVILEGED_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissingError("Root cannot run PostgreSQL and there is no unprivileged user to hand it to.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
