"""Two at the same instant, without luck: one waits for what the other has not committed yet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from flask import Flask
from sqlalchemy import Connection, text

from survey.extensions import db

Result = TypeVar("Result")
LONGEST_WAIT = 20


def held_up_by(faster: Connection, app: Flask, slower: Callable[[], Result]) -> Result:
    """What `slower` gives when it meets what `faster` has written but not committed; commits it then.

    `slower` runs in a thread and application context of its own.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with app.app_context():
                results.append(slower())
        except BaseException as error:  # told to the test below
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        _wait_until_held(thread)
    finally:
        faster.commit()
        thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _wait_until_held(thread: threading.Thread) -> None:
    if db.engine.dialect.name == "sqlite":
        time.sleep(0.3)  # its one writer is ahead whenever the other comes
        return
    deadline = time.monotonic() + LONGEST_WAIT
    with db.engine.connect() as watcher:
        while not watcher.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            if time.monotonic() > deadline or not thread.is_alive():
                raise AssertionError("Nothing waited for the uncommitted change.")
            time.sleep(0.02)
