"""Commands: each reads its arguments, calls one service, commits once, and says what it did."""

from __future__ import annotations

from flask import Flask

from survey.cli import (
    accounts,
    criteria,
    demo,
    devices,
    index_rounds,
    on_site,
    organisations,
    questionnaires,
    responses,
    rounds,
    samples,
    scores,
    service_points,
    snapshots,
)

COMMANDS = (
    accounts.group,
    criteria.group,
    demo.group,
    devices.group,
    index_rounds.group,
    on_site.group,
    organisations.group,
    questionnaires.group,
    responses.group,
    rounds.group,
    samples.group,
    scores.group,
    service_points.group,
    snapshots.group,
)


def register(app: Flask) -> None:
    """Attach every command group."""
    for group in COMMANDS:
        app.cli.add_command(group)
