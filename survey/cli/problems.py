"""How commands say what they refuse: every problem on a line of its own, and an exit code that is not 0."""

from __future__ import annotations

import click

from survey.errors import ImportRefusedError

MOST_PROBLEMS = 200


def refusal(error: Exception) -> click.ClickException:
    """The error for the terminal; of a very long list, the first problems and how many more there are."""
    if not isinstance(error, ImportRefusedError) or len(error.problems) <= MOST_PROBLEMS:
        return click.ClickException(str(error))
    shown = [str(problem) for problem in error.problems[:MOST_PROBLEMS]]
    return click.ClickException(
        "\n".join([*shown, f"… and {len(error.problems) - MOST_PROBLEMS} more problems."])
    )
