"""A small survey, from its files through the commands and the door for answers to every published figure."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.enums import Mode
from survey.domain.packets import Packet
from survey.models import SampleUnit, SurveyRound
from survey.queries.rounds import get_round
from survey.services.intake import Outcome, receive_packets
from survey.services.score_data import load_score_data
from survey.services.weighted_sample import weighted_sample
from tests.support.index_rounds import succeed

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "tests" / "golden" / "small_survey"
NOW = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
NUMBERS = ("value", "standard_error", "lower", "upper", "design_effect")

pytestmark = pytest.mark.golden


def golden(name: str) -> list[dict[str, str]]:
    """The rows of a file of the survey."""
    with (FILES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def round_(runner: FlaskCliRunner, session: Session) -> SurveyRound:
    """The survey with all its answers, brought in as a province would."""
    kinds = ROOT / "survey" / "data" / "organisations" / "kinds.csv"
    succeed(runner, "organisation", "load", str(FILES / "organisations.csv"), "--kinds", str(kinds))
    opening = "--survey trial --name Thử --questionnaire sipas-2017 --selection probability_sample"
    terms = "--opens 2026-03-01 --organiser P --weight-by sex --minimum-shown 1 --minimum-published 1"
    succeed(runner, "round", "open", "small", *opening.split(), *terms.split())
    for command, name in (("import-frame", "frame"), ("import", "sample"), ("import-totals", "totals")):
        succeed(runner, "sample", command, "small", str(FILES / f"{name}.csv"))
    ids = {unit.code: unit.id for unit in session.scalars(select(SampleUnit))}
    receipts = receive_packets(session, [packet(row, ids) for row in golden("answers.csv")], now=NOW)
    session.commit()
    assert {receipt.outcome for receipt in receipts} == {Outcome.STORED}
    return get_round(session, "small")


def packet(row: Mapping[str, str], ids: Mapping[str, int]) -> Packet:
    """The sheet of one person; an empty cell was not answered."""
    marks: dict[str, object] = {
        "refused": {"status": "refused"},
        "invalid": {"status": "invalid", "raw": "4.5", "reason": "not_whole"},
    }
    given = {code: mark for code, mark in row.items() if code != "code" and mark}
    return Packet(
        uuid=uuid4(),
        round_code="small",
        questionnaire_code="sipas-2017",
        questionnaire_version=1,
        mode=Mode.PAPER if "invalid" in given.values() else Mode.TABLET,
        language="vi",
        answers={
            code: int(mark) if mark.isdigit() else marks.get(mark, mark) for code, mark in given.items()
        },
        sample_unit_id=ids[row["code"]],
    )


def test_weights_are_those_computed_apart(round_: SurveyRound, session: Session) -> None:
    data = load_score_data(session, round_)
    weighted = weighted_sample(data)
    codes = {unit.id: unit.code for unit in session.scalars(select(SampleUnit))}
    found = {
        codes[unit]: (base, final)
        for unit, base, final in zip(
            data.columns.row("sample_unit_id").tolist(),
            weighted.sample.design_weights.tolist(),
            weighted.sample.weights.tolist(),
            strict=False,
        )
    }
    assert found == {
        row["code"]: pytest.approx((float(row["adjusted"]), float(row["final"])), rel=1e-12)
        for row in golden("weights.csv")
    }


@pytest.mark.parametrize("by", ["", "organisation", "sex"])
def test_every_published_figure_is_the_one_computed_apart(
    round_: SurveyRound, runner: FlaskCliRunner, by: str
) -> None:
    shown = succeed(runner, "score", "show", "small", "--format", "json", *(["--by", by] if by else []))
    found = {
        (row["domain"] or "", row["level"], row["code"], row["measure"], row["figure_kind"]): row
        for row in json.loads(shown)["scores"]
        if (row["by"] or "") == by and row["level"] != "content"
    }
    expected = [row for row in golden("expected.csv") if row["by"] == by]
    for row in expected:
        key = (row["domain"], row["level"], row["code"], row["measure"])
        official = found.pop((*key, "official"))
        assert (official["value_exact"], official["n"]) == (row["official"], int(row["people"])), key
        design_based = found.pop((*key, "design_based"))
        numbers = [design_based[name] for name in NUMBERS]
        assert numbers == [
            pytest.approx(float(row[name]), rel=1e-9) if row[name] else None for name in NUMBERS
        ], key
        assert (design_based["n"], design_based["degrees_of_freedom"]) == (
            int(row["n"]),
            int(row["degrees_of_freedom"]),
        ), key
    # Whatever else there is was answered by nobody.
    assert {(row["reason"], row["value"], row["n"]) for row in found.values()} == {("no_answers", None, 0)}
