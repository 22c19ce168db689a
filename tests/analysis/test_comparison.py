"""The comparison with reference results finds what is wrong: a changed digit, a missing number, a refusal."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.golden.comparison.cases import Case, read_cases
from tests.golden.comparison.outcome import Verdict, compare

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "tests" / "golden" / "reference"
ENTRIES = {case.id: case for case in read_cases(REFERENCE)}
MEAN = ENTRIES["apistrat/mean/num"]


def changed(case: Case, **expected: Any) -> Case:
    entry = copy.deepcopy(case.entry)
    entry["expected"] = {**entry["expected"], **expected}
    return Case(entry, case.directory)


def off_by(case: Case, name: str, relative: float) -> Case:
    first, *rest = case.expected[name]
    return changed(case, **{name: [first * (1 + relative), *rest]})


@pytest.mark.parametrize("name", ["estimate", "se", "ci_t95_lower", "ci_z95_upper", "deff"])
def test_a_changed_digit_differs(name: str) -> None:
    assert compare(MEAN).verdict is Verdict.AGREE
    assert compare(off_by(MEAN, name, 1e-8)).verdict is Verdict.DIFFER


def test_a_difference_within_tolerance_agrees_and_is_told() -> None:
    outcome = compare(off_by(MEAN, "estimate", 1e-10))
    assert outcome.verdict is Verdict.AGREE
    assert 0.9e-10 < outcome.worst < 1.1e-10


def test_another_number_of_numbers_differs() -> None:
    assert compare(changed(MEAN, estimate=MEAN.expected["estimate"][:-1])).verdict is Verdict.DIFFER


def test_a_number_we_do_not_give_is_unsupported() -> None:
    outcome = compare(changed(MEAN, kurtosis=3.0))
    assert (outcome.verdict, outcome.reason) == (Verdict.UNSUPPORTED, "no kurtosis")


def test_an_answer_where_the_reference_refuses_differs() -> None:
    entry = {**MEAN.entry, "expected": {"error": "only one PSU"}}
    assert compare(Case(entry, MEAN.directory)).verdict is Verdict.DIFFER


def test_a_refusal_where_the_reference_answers_differs() -> None:
    entry = {**MEAN.entry, "args": {**MEAN.entry["args"], "y": ["no such item"]}}
    assert compare(Case(entry, MEAN.directory)).verdict is Verdict.DIFFER


def test_a_refusal_where_the_reference_refuses_agrees() -> None:
    refused = next(case for case in ENTRIES.values() if case.refusal and case.estimator == "mean")
    assert compare(refused).verdict is Verdict.AGREE


def test_an_unknown_estimator_is_unsupported() -> None:
    entry = {**MEAN.entry, "estimator": "horoscope"}
    assert compare(Case(entry, MEAN.directory)).verdict is Verdict.UNSUPPORTED


def run(directory: Path, *options: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tests" / "golden" / "compare.py"), str(directory), *options]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture
def own_directory(tmp_path: Path) -> Path:
    """A directory as a user brings it: two entries and their data."""
    directory = tmp_path / "own"
    directory.mkdir()
    shutil.copy(REFERENCE / "apistrat.csv", directory)
    entries = [MEAN.entry, ENTRIES["apistrat/ratio/api.stu_enroll"].entry]
    (directory / "own.json").write_text(json.dumps({"meta": {}, "entries": entries}), encoding="utf-8")
    (directory / "margins.json").write_text("{}", encoding="utf-8")
    return directory


def test_the_command_counts_as_json(own_directory: Path, tmp_path: Path) -> None:
    ran = run(own_directory, "--json", cwd=tmp_path)
    counted = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert list(counted) == [
        "entries",
        "agree",
        "differ",
        "unsupported",
        "refused_with_reason",
        "by_estimator",
    ]
    assert (counted["entries"], counted["agree"]) == (2, 2)
    assert sorted(counted["by_estimator"]) == ["mean", "ratio"]


def test_the_command_fails_when_something_differs(own_directory: Path, tmp_path: Path) -> None:
    wrong = off_by(MEAN, "se", 1e-6)
    (own_directory / "own.json").write_text(json.dumps({"entries": [wrong.entry]}), encoding="utf-8")
    ran = run(own_directory, cwd=tmp_path)
    assert ran.returncode == 1
    assert "differ: apistrat/mean/num: se" in ran.stdout


def test_the_command_refuses_a_directory_without_entries(tmp_path: Path) -> None:
    ran = run(tmp_path, cwd=tmp_path)
    assert ran.returncode == 2
    assert "no entries" in ran.stderr
