"""flask questionnaire."""

from __future__ import annotations

from flask.testing import FlaskCliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definitions import list_definitions
from survey.models import QuestionnaireVersion


def test_check_proves_every_shipped_definition(runner: FlaskCliRunner):
    result = runner.invoke(args=["questionnaire", "check"])
    assert (result.exit_code, result.output.splitlines()[-1]) == (
        0,
        f"{len(list_definitions())} definitions are sound.",
    )


def test_load_stores_every_definition_and_again_changes_nothing(runner: FlaskCliRunner, session: Session):
    for _ in range(2):
        assert runner.invoke(args=["questionnaire", "load"]).exit_code == 0
    stored = session.execute(
        select(QuestionnaireVersion.questionnaire_code, QuestionnaireVersion.version).order_by(
            QuestionnaireVersion.questionnaire_code, QuestionnaireVersion.version
        )
    ).all()
    assert [tuple(row) for row in stored] == [(name.code, name.version) for name in list_definitions()]


def test_load_of_an_unknown_code_says_which_are_known_and_stores_nothing(
    runner: FlaskCliRunner, session: Session
):
    result = runner.invoke(args=["questionnaire", "load", "rating", "nonsense"])
    assert result.exit_code == 1
    assert result.output.startswith(
        "Error: No questionnaire nonsense. Known: leaders-cross-assessment, rating"
    )
    assert session.scalars(select(QuestionnaireVersion)).all() == []
