"""`flask sample` sizes samples by the published oracles and imports a round's files."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import Selection
from survey.models import SampleUnit
from tests.factories import make_survey_round


@pytest.mark.parametrize(
    ("population", "interviews"),
    [
        (100, 80),
        (200, 134),
        (300, 172),
        (500, 223),
        (1_000, 286),
        (2_000, 334),
        (5_000, 371),
        (10_000, 385),
        (100_000, 399),
        (2_000_000_000, 400),
    ],
)
def test_size_gives_the_numbers_of_the_guidance_of_2014(
    runner: FlaskCliRunner, population: int, interviews: int
) -> None:
    result = runner.invoke(args=["sample", "size", "--population", str(population), "--error", "0.05"])
    assert (result.exit_code, result.stdout.split()[:2]) == (0, [str(interviews), "interviews"])


def test_size_by_cochran_allows_for_design_effect_and_non_response(runner: FlaskCliRunner) -> None:
    arguments = ["sample", "size", "--method", "cochran", "--error", "0,05"]
    plain = runner.invoke(args=arguments)
    fuller = runner.invoke(args=[*arguments, "--design-effect", "1.5", "--response-rate", "0.8"])
    assert plain.stdout == "385 interviews (cochran, before rounding 384.16)\n"
    assert fuller.stdout == "577 interviews (cochran, before rounding 576.24); draw 722\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Error: yamane needs --population."),
        (["--population", "0"], "Error: The population is 0; it must be at least 1."),
        (
            ["--population", "10", "--error", "x"],
            "Error: Invalid value for '--error': x is not a number, such as 0.05.",
        ),
    ],
)
def test_size_says_what_is_wrong(runner: FlaskCliRunner, arguments: list[str], message: str) -> None:
    result = runner.invoke(args=["sample", "size", *arguments])
    assert (result.exit_code != 0, result.stderr.splitlines()[-1]) == (True, message)


def test_files_are_imported_in_turn_and_said_to_be_there(
    runner: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    make_survey_round(
        session,
        code="r1",
        questionnaire="sipas-2023",
        selection=Selection.PROBABILITY_SAMPLE,
        weighting_class_items=["sex"],
    )
    session.commit()
    frame, sample, totals = (tmp_path / name for name in ("frame.csv", "sample.csv", "totals.csv"))
    frame.write_text("stratum,psu,population_count\nu,p1,100\nu,p2,50\n", encoding="utf-8")
    sample.write_text("code,stratum,psu\na,u,p1\nb,u,p2\n", encoding="utf-8")
    totals.write_text("sex,total\nmale,70\n", encoding="utf-8")
    commands = {"import-frame": frame, "import": sample, "import-totals": totals}
    first, second = (
        [
            runner.invoke(args=["sample", name, "r1", str(path)]).stdout.splitlines()
            for name, path in commands.items()
        ]
        for _ in range(2)
    )
    assert first == [
        ["Imported 2 primary sampling units."],
        ["Imported 2 sampled units."],
        ["Imported 1 population totals.", "These cells have no total: female."],
    ]
    assert second == [
        ["This file was imported already (2 primary sampling units); nothing was changed."],
        ["This file was imported already (2 sampled units); nothing was changed."],
        ["This file was imported already (1 population totals); nothing was changed."],
    ]


def test_a_file_with_problems_is_refused_with_their_lines(
    runner: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    make_survey_round(session, code="r1", selection=Selection.PROBABILITY_SAMPLE)
    session.commit()
    sample = tmp_path / "sample.csv"
    sample.write_text("code,stratum,psu,inclusion_probability\na,u,p1,2\n,u,p1,0.5\n", encoding="utf-8")
    result = runner.invoke(args=["sample", "import", "r1", str(sample)])
    assert result.exit_code == 1
    assert [line for line in result.stderr.splitlines() if "sample.csv" in line] == [
        "Error: sample.csv:2, inclusion_probability: 2 must be above 0 and at most 1.",
        "sample.csv:3, code: This cell is empty; please fill it in.",
    ]
    assert session.scalar(select(func.count(SampleUnit.id))) == 0
