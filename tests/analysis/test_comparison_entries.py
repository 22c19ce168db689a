"""A broken file or entry counts as a difference and says why; the other entries go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.golden.comparison.cases import Case, numbers, read_cases
from tests.golden.comparison.labels import written
from tests.golden.comparison.outcome import Outcome, Verdict, compare

SOUND: dict[str, Any] = {
    "id": "sound",
    "data": "answers.csv",
    "estimator": "mean",
    "args": {"y": ["y"]},
    "expected": {"estimate": [2.0]},
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "answers.csv").write_text("y,g\n1,a\n2,b\n3,\n", encoding="utf-8")
    return tmp_path


def outcomes(directory: Path, *entries: object) -> dict[str, Outcome]:
    (directory / "entries.json").write_text(json.dumps({"entries": entries}), encoding="utf-8")
    return {case.id: compare(case) for case in read_cases(directory)}


def test_what_an_entry_leaves_out_is_as_usual(directory: Path) -> None:
    """No design: every row has the same weight; no tolerance: that of numbers that do not iterate."""
    assert outcomes(directory, SOUND)["sound"].verdict is Verdict.AGREE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"data": "elsewhere.csv"}, "No such file or directory"),
        ({"estimator": None}, "the entry has no estimator"),
        ({"expected": {}}, "the entry has no expected"),
        ({"expected": "NA"}, "the entry's expected is 'NA', not an object or a list of objects"),
        ({"steps": "rake"}, "the entry's steps is 'rake', not a list"),
        ({"steps": ["rake"]}, "the entry's steps has 'rake', not an object with op or name"),
        ({"domain": [{"op": "=="}]}, "the entry's domain has {'op': '=='}, not an object with col"),
        ({"domain": [{"col": "z", "op": "==", "value": 1}]}, "KeyError: there is no 'z'"),
        ({"tolerance": {"rel": "x"}}, "the entry's tolerance rel is 'x', not a number"),
        ({"args": {}}, "KeyError: there is no 'y'"),
        ({"args": {"y": ["z"]}}, "we refuse: There is no column z."),
    ],
)
def test_a_broken_entry_differs_and_says_why(directory: Path, change: dict[str, Any], reason: str) -> None:
    found = outcomes(directory, {**SOUND, "id": "broken", **change}, SOUND)
    assert found["sound"].verdict is Verdict.AGREE
    assert found["broken"].verdict is Verdict.DIFFER
    assert reason in found["broken"].reason


@pytest.mark.parametrize("entry", [5, None, "mean", [SOUND]])
def test_an_entry_that_is_no_object_differs(directory: Path, entry: object) -> None:
    found = outcomes(directory, SOUND, entry)
    assert found["entries.json, entry 2"].reason == "an entry is an object, this is none"
    assert found["sound"].verdict is Verdict.AGREE


@pytest.mark.parametrize("content", [b'{"entries": [', b"", '{"entries": ["\u00e9"]}'.encode("latin-1")])
def test_a_file_that_cannot_be_read_is_a_difference(directory: Path, content: bytes) -> None:
    (directory / "broken.json").write_bytes(content)
    found = outcomes(directory, SOUND)
    assert found["broken.json"].verdict is Verdict.DIFFER
    assert found["broken.json"].reason.startswith("the file is not JSON in UTF-8")
    assert found["sound"].verdict is Verdict.AGREE


@pytest.mark.parametrize("content", ["[1, 2]", "5", '{"N": 10}'])
def test_files_about_something_else_are_passed_over(directory: Path, content: str) -> None:
    (directory / "margins.json").write_text(content, encoding="utf-8")
    assert list(outcomes(directory, SOUND)) == ["sound"]


@pytest.mark.parametrize(
    "change",
    [
        {"design": {"extra": {"moon": 1}}},
        {"design": {"extra": {"replicate": {"type": "JK9"}}}},
        {"domain": [{"col": "y", "op": "~", "value": 1}]},
        {"steps": [{"op": "magic"}]},
        {"steps": [{"name": "magic"}]},
    ],
)
def test_what_we_do_not_know_is_unsupported(directory: Path, change: dict[str, Any]) -> None:
    assert outcomes(directory, {**SOUND, **change})["sound"].verdict is Verdict.UNSUPPORTED


def test_degrees_of_freedom_are_asked_in_the_domain_of_the_entries_beside(directory: Path) -> None:
    domain = [{"col": "y", "op": ">", "value": 1}]
    beside = {**SOUND, "id": "x/dom/mean", "domain": domain, "expected": {"estimate": [2.5]}}
    asked = {**SOUND, "id": "x/degf", "estimator": "degf", "expected": {"degf": 2, "degf_domain": 1}}
    assert outcomes(directory, asked, beside)["x/degf"].verdict is Verdict.AGREE
    assert outcomes(directory, asked)["x/degf"].reason == "no degf_domain"


def test_numbers_are_read_however_deep_they_stand() -> None:
    told = numbers({"a": [[1, "Inf"], ["-Inf"]], "b": None, "c": "NA"})
    assert np.array_equal(told, [1, np.inf, -np.inf, np.nan, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("label", "text"),
    [(True, "TRUE"), (np.False_, "FALSE"), (2.0, "2"), (2.5, "2.5"), ("1e+05", "100000"), ("Huế", "Huế")],
)
def test_labels_are_compared_as_the_reference_writes_them(label: object, text: str) -> None:
    assert written(label) == text


def test_an_exception_of_ours_differs_with_its_text_and_place(directory: Path) -> None:
    case = Case({**SOUND, "args": {"y": 5}, "steps": None, "domain": None, "design": {}}, directory)
    outcome = compare(case)
    assert outcome.verdict is Verdict.DIFFER
    assert "Error: " in outcome.reason
    assert ".py, line " in outcome.reason
