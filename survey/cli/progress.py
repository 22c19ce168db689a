"""A bar on the error output while rows are stored, so that standard output holds the result alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress_bar(row_count: int, label: str) -> Iterator[Callable[[int], None]]:
    """Gives a function that is called with the number of rows done since the last call.

    `row_count` may be a guess: the bar is full once the work ended well.
    """
    with click.progressbar(length=row_count, label=label, file=sys.stderr) as bar:
        yield bar.update
        bar.update(max(row_count - bar.pos, 0))
