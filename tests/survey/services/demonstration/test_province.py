"""The demonstration province loads, whole, into an empty database of either kind."""

from collections import Counter
from datetime import date

from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import Mode
from survey.models import (
    Account,
    Organisation,
    Response,
    SampleUnit,
    ScoreSheet,
    ServedDossier,
    ServicePoint,
    UncapturedResponse,
)
from survey.services.demonstration import province
from tests.factories import make_organisation

LAST_DAY = "2026-08-30"


def count(session: Session, column: object, *conditions: object) -> int:
    return session.scalar(select(func.count(column)).where(*conditions)) or 0  # type: ignore[arg-type]


def test_demo_load_makes_the_whole_province(runner: FlaskCliRunner, session: Session) -> None:
    result = runner.invoke(args=["demo", "load", "--last-day", LAST_DAY])
    assert (result.exit_code, result.exception) == (0, None)
    kinds = Counter(session.scalars(select(Organisation.kind_code)))
    assert kinds.pop("centre") == 1
    assert sum(kinds.values()) == 88
    taps = count(
        session, Response.id, Response.mode.in_([Mode.KIOSK, Mode.QR]), Response.supplements.is_(None)
    )
    assert taps == province.RATING_COUNT
    interviews = count(session, Response.id, Response.mode == Mode.TABLET)
    drawn = count(session, SampleUnit.id)
    assert (1_350 <= interviews <= 1_450, interviews < drawn) == (True, True)
    assert count(session, ServicePoint.id) == 19
    assert count(session, ServedDossier.id) == 480 + 1_500 + 950 + 700 + 600
    assert count(session, ScoreSheet.id) == 7 + 16
    assert count(session, UncapturedResponse.response_id) == 0


def test_demo_load_refuses_a_database_that_is_not_empty(runner: FlaskCliRunner, session: Session) -> None:
    make_organisation(session, code="HN")
    session.commit()
    refused = runner.invoke(args=["demo", "load"])
    skipped = runner.invoke(args=["demo", "load", "--if-empty"])
    assert (refused.exit_code, skipped.exit_code, count(session, Organisation.id)) == (1, 0, 1)


def test_the_same_seed_gives_the_same_identities() -> None:
    plans = [province.Plan(seed=5, last_day=date(2026, 8, 30)) for _time in range(2)]
    assert plans[0].uuid("tap", 17) == plans[1].uuid("tap", 17)


def test_welcome_shows_the_password_once(runner: FlaskCliRunner) -> None:
    assert runner.invoke(args=["demo", "load", "--last-day", LAST_DAY]).exit_code == 0
    texts = [runner.invoke(args=["demo", "welcome"]).output for _time in range(2)]
    assert ["shown this once" in text for text in texts] == [True, False]


def test_welcome_makes_no_account_beside_real_data(runner: FlaskCliRunner, session: Session) -> None:
    make_organisation(session, code="BL")
    session.commit()
    assert runner.invoke(args=["demo", "welcome"]).exit_code == 0
    assert count(session, Account.id) == 0
