"""flask score and flask snapshot: the same figures as everywhere else."""

from __future__ import annotations

import json

from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from survey.domain.enums import Mode, Selection
from tests.factories import make_response, make_survey_round


def made_round(session: Session) -> None:
    round_ = make_survey_round(
        session, code="happiness", questionnaire="somerville-2011", selection=Selection.INVITED
    )
    for number in range(60):
        answers = {"happy_now": 10 - number % 4, "gender": ["female", "male"][number % 2]}
        make_response(session, round_, answers=answers, mode=Mode.PAPER)
    session.commit()


def test_json_has_the_rows_of_the_api(runner: FlaskCliRunner, session: Session) -> None:
    made_round(session)
    answer = runner.invoke(args=["score", "show", "happiness", "--by", "gender", "--format", "json"])
    rows = [
        (one["domain"], one["value"], one["value_exact"], one["n"], one["figure_kind"])
        for one in json.loads(answer.output)["scores"]
        if (one["code"], one["measure"], one["by"]) == ("happy_now", "mean_level", "gender")
    ]
    assert rows == [
        ("female", 9.0, "9/1", 30, "official"),
        ("male", 8.0, "8/1", 30, "official"),
        ("transgender", None, None, 0, "official"),
    ]


def test_table_says_what_the_figures_are(runner: FlaskCliRunner, session: Session) -> None:
    made_round(session)
    lines = runner.invoke(args=["score", "show", "happiness", "--language", "en"]).output.splitlines()
    found = next(line.split() for line in lines if "happy_now" in line and "mean_level" in line)
    assert (lines[0], found) == (
        "Round happiness: 60 responses",
        ["All", "item", "happy_now", "official", "mean_level", "8.5000", "60"],
    )
    assert "official: official calculation, unweighted [mean-level/1]" in lines


def test_errors_end_with_a_message_and_a_code(runner: FlaskCliRunner, session: Session) -> None:
    made_round(session)
    for arguments, message in (
        (["nothing"], "Error: No round has the code nothing."),
        (["happiness", "--unit", "X"], "Error: No unit with the code X is among those you may see."),
        (["happiness", "--by", "X"], "Error: Round happiness cannot be divided by X."),
    ):
        answer = runner.invoke(args=["score", "show", *arguments])
        assert (answer.exit_code, answer.output[: len(message)]) == (1, message)


def test_snapshot_update_captures_what_waits(runner: FlaskCliRunner, session: Session) -> None:
    made_round(session)
    answers = [
        runner.invoke(args=["snapshot", *arguments]).output
        for arguments in (["update"], ["update"], ["rebuild", "happiness"])
    ]
    assert answers == [
        "happiness: 60 responses captured.\n",
        "No responses wait.\n",
        "happiness: made again from 60 responses.\n",
    ]
