"""`flask response import` works on an empty database, prints counts, and changes nothing the second time."""

from __future__ import annotations

import json
from pathlib import Path

from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import Response

ROOT = Path(__file__).resolve().parents[3]
DATA = str(ROOT / "tests" / "data" / "somerville_happiness_2011_2013_2015.csv")
MAPPING = str(ROOT / "survey" / "data" / "mappings" / "somerville_2011_map.yaml")


def test_json_report_is_all_that_standard_output_holds(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["response", "import", DATA, "--mapping", MAPPING, "--report", "json"])
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert list(report) == ["items"]
    assert len(report["items"]) == 11
    assert report["items"]["Age."] == {"valid": 5905, "refused": 262, "invalid": 0, "missing": 0}
    assert report["items"]["The.availability.of.affordable.housing_2011"] == {
        "valid": 5647,
        "refused": 502,
        "invalid": 18,
        "missing": 0,
    }
    assert {sum(counts.values()) for counts in report["items"].values()} == {6167}


def test_second_import_says_so_and_leaves_the_number_of_rows(
    runner: FlaskCliRunner, session: Session
) -> None:
    arguments = ["response", "import", DATA, "--mapping", MAPPING]
    first = runner.invoke(args=arguments)
    second = runner.invoke(args=arguments)
    assert first.stdout.splitlines()[0] == "Round somerville-2011: 6167 forms stored, 0 were there already."
    assert second.stdout.splitlines()[0] == "Round somerville-2011: 0 forms stored, 6167 were there already."
    assert session.scalar(select(func.count(Response.id))) == 6167


def test_a_broken_file_is_refused_with_every_problem_and_stores_nothing(
    runner: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    lines = Path(DATA).read_text(encoding="utf-8").splitlines()
    lines[600] += ",one too many"
    lines[700] = lines[700].rpartition(",")[0]
    broken = tmp_path / "broken.csv"
    broken.write_text("\n".join(lines), encoding="utf-8")
    result = runner.invoke(args=["response", "import", str(broken), "--mapping", MAPPING, "--report", "json"])
    assert result.exit_code == 1
    assert result.stdout == ""
    errors = [line for line in result.stderr.splitlines() if "broken.csv" in line]
    assert errors == [
        "Error: broken.csv:601: This line has 44 cells, the header has 43.",
        "broken.csv:701: This line has 42 cells, the header has 43.",
    ]
    assert session.scalar(select(func.count(Response.id))) == 0
