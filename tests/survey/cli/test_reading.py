"""Commands that only show something neither wait for a writer nor hold one up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import insert
from sqlalchemy.orm import Session

from survey.config import PROJECT_ROOT
from survey.domain.enums import Selection
from survey.extensions import db
from survey.models import Survey
from tests.factories import make_organisation, make_response, make_survey_round
from tests.support.index_rounds import set_of_year, succeed, write_round
from tests.support.statements import counted_statements

CRITERIA = PROJECT_ROOT / "survey" / "data" / "criteria" / "bl-huyen-2020-demo.csv"
SHOWING = (
    ("score", "show", "stream"),
    ("index", "show", "index"),
    ("round", "list"),
    ("organisation", "check"),
)
WITHOUT_DATABASE = (
    ("criteria", "check", str(CRITERIA)),
    ("questionnaire", "check"),
    ("sample", "size", "--population", "1000"),
)


@pytest.fixture
def filled(session: Session, runner: FlaskCliRunner, tmp_path: Path) -> None:
    """A round with a response, and a round of the index."""
    province = make_organisation(session, code="P", valid_from=date(2000, 1, 1))
    make_organisation(session, code="T", kind_code="district", parent_id=province.id)
    make_survey_round(
        session, code="leaders", questionnaire="leaders-cross-assessment", selection=Selection.INVITED
    )
    make_response(session, make_survey_round(session, code="stream", organiser=province))
    session.commit()
    path = tmp_path / "set.csv"
    path.write_text(set_of_year(CRITERIA, 2026), encoding="utf-8")
    succeed(runner, "criteria", "load", str(path))
    file = write_round(
        tmp_path,
        "index",
        year=2026,
        criteria_set="BL-HUYEN-2020-DEMO-2026",
        organiser="P",
        units=[{"code": "T"}],
        satisfaction={"round": "stream", "figure": "monitoring"},
        leaders_round="leaders",
    )
    succeed(runner, "index", "open", "--file", str(file))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("command", SHOWING, ids=" ".join)
def test_command_that_shows_works_while_another_writes(
    app: Flask, runner: FlaskCliRunner, session: Session, command: tuple[str, ...]
) -> None:
    session.rollback()
    with db.engine.connect() as writer:  # on SQLite it holds the one place for a writer
        writer.execute(insert(Survey).values(code="other", names={"vi": "Khác"}))
        result = runner.invoke(args=list(command))
        writer.rollback()
    assert (result.exit_code, result.exception) == (0, None)


@pytest.mark.parametrize("command", WITHOUT_DATABASE, ids=" ".join)
def test_command_that_needs_no_database_asks_it_nothing(
    runner: FlaskCliRunner, command: tuple[str, ...]
) -> None:
    with counted_statements() as sent:
        result = runner.invoke(args=list(command))
    assert (result.exit_code, sent) == (0, [])
