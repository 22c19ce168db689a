"""`flask round` opens rounds and lists them."""

from __future__ import annotations

from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from survey.domain.enums import Selection
from survey.queries.rounds import get_round
from tests.factories import make_organisation

OPEN = [
    *("round", "open", "sipas-2026", "--survey", "sipas", "--name", "SIPAS năm 2026"),
    *("--questionnaire", "sipas-2023", "--selection", "probability_sample", "--opens", "2026-03-01"),
]


def test_open_stores_the_questionnaire_and_the_round(runner: FlaskCliRunner, session: Session) -> None:
    make_organisation(session, code="BL")
    session.commit()
    result = runner.invoke(args=[*OPEN, "--organiser", "BL", "--weight-by", "sex", "--closes", "2026-03-31"])
    assert result.stdout == "Round sipas-2026 is open from 2026-03-01 (probability_sample).\n"
    round_ = get_round(session, "sipas-2026")
    assert (round_.selection, round_.weighting_class_items) == (Selection.PROBABILITY_SAMPLE, ["sex"])
    assert (round_.questionnaire_version.questionnaire_code, round_.questionnaire_version.version) == (
        "sipas-2023",
        1,
    )
    assert round_.organiser is not None
    assert round_.organiser.code == "BL"
    assert round_.names == {"vi": "SIPAS năm 2026", "en": "SIPAS năm 2026"}


def test_open_says_what_is_wrong(runner: FlaskCliRunner) -> None:
    runner.invoke(args=OPEN)
    again = runner.invoke(args=OPEN)
    unknown = runner.invoke(args=[*OPEN, "--organiser", "XX"])
    assert (again.exit_code, again.stderr) == (
        1,
        "Error: A round with the code sipas-2026 exists already; choose another code.\n",
    )
    assert (unknown.exit_code, unknown.stderr) == (1, "Error: No organisation has the code XX.\n")


def test_list_shows_each_round_with_its_selection(runner: FlaskCliRunner) -> None:
    assert runner.invoke(args=["round", "list"]).stdout == (
        "There is no round yet. Open one with: flask round open --help\n"
    )
    runner.invoke(args=OPEN)
    assert runner.invoke(args=["round", "list"]).stdout == (
        "sipas-2026\tprobability_sample\tsipas-2023 v1\t2026-03-01 – open\tSIPAS năm 2026\n"
    )
