"""Commands: each reads its arguments, calls one service, commits once, and says what it did."""

from __future__ import annotations

from flask import Flask

from survey.cli import accounts, criteria, index_rounds, organisations, rounds, samples

COMMANDS = (
    accounts.group,
    criteria.group,
    index_rounds.group,
    organisations.group,
    rounds.group,
    samples.group,
)


def register(app: Flask) -> None:
    """Attach every command group."""
    for group in COMMANDS:
        app.cli.add_command(group)
