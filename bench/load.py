"""Sending many requests over a few lasting connections, with as little work on this side as Python allows."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

CONNECTIONS = 8


def form_request(path: str, fields: dict[str, str], headers: dict[str, str]) -> bytes:
    """A POST of a form as bytes."""
    body = urlencode(fields).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: bench",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def exchange(connection: socket.socket, request: bytes) -> bytes:
    """Send one request and give the whole answer; raises ConnectionError when the server hangs up."""
    connection.sendall(request)
    received = b""
    while True:
        part = connection.recv(65_536)
        if not part:
            raise ConnectionError("The server closed the connection.")
        received += part
        head, separator, body = received.partition(b"\r\n\r\n")
        if separator and len(body) >= _content_length(head):
            return received


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def accepted_per_second(port: int, *, make_request: Callable[[int], bytes], seconds: float) -> float:
    """How many requests a second were answered with 201, over all connections.

    `make_request` gets a running number and gives a request nobody sent before. Raises RuntimeError with the
    answer when one is not 201: a measurement of refusals would be worth nothing.
    """
    started = time.perf_counter()
    deadline = started + seconds

    def work(lane: int) -> int:
        accepted = 0
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while time.perf_counter() < deadline:
                answer = exchange(connection, make_request(lane + CONNECTIONS * accepted))
                if not answer.startswith(b"HTTP/1.1 201"):
                    raise RuntimeError(answer[:600].decode(errors="replace"))
                accepted += 1
        return accepted

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        accepted = sum(pool.map(work, range(CONNECTIONS)))
    return accepted / (time.perf_counter() - started)
