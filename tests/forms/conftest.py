"""A small questionnaire with one item of every kind."""

import copy

import pytest

from forms.documents import read_questionnaire

PROVENANCE = {"mark": "constructed", "source": "Made for tests."}


def both(text):
    return {"vi": f"{text} (vi)", "en": f"{text} (en)"}


SAMPLE = {
    "code": "sample",
    "version": 1,
    "names": both("Sample"),
    "languages": ["vi", "en"],
    "respondents": ["citizen"],
    "provenance": PROVENANCE,
    "placeholders": {"unit": {"vi": "đơn vị", "en": "the unit"}},
    "scales": [
        {
            "id": "five",
            "version": 1,
            "names": both("Five"),
            "satisfied_from": 4,
            "provenance": PROVENANCE,
            "levels": [
                {"code": code, "percentage": (code - 1) * 25, "labels": both(str(code))}
                for code in range(1, 6)
            ],
            "extra_codes": [{"code": 9, "labels": both("No opinion")}],
        }
    ],
    "contents": [
        {"code": "service", "names": both("Service"), "factors": [{"code": "F1", "names": both("Access")}]}
    ],
    "sections": [
        {
            "code": "main",
            "title": both("Main"),
            "items": [
                {
                    "code": "overall",
                    "kind": "scale",
                    "scale": "five@1",
                    "text": both("Overall"),
                    "factor": "F1",
                    "required": True,
                    "level_order": "highest_first",
                },
                {
                    "code": "reasons",
                    "kind": "multiple_choice",
                    "text": both("Reasons"),
                    "relevance": ["in", {"item": "overall"}, [1, 2]],
                    "choices": [{"code": code, "labels": both(code)} for code in ("late", "fees", "other")],
                },
                {
                    "code": "reason_text",
                    "kind": "text",
                    "max_length": 20,
                    "text": both("Which other reason"),
                    "relevance": ["any-in", {"item": "reasons"}, ["other"]],
                    "required": True,
                },
                {
                    "code": "visited",
                    "kind": "single_choice",
                    "text": both("Visited"),
                    "choices": [{"code": code, "labels": both(code)} for code in ("yes", "no")],
                },
                {"code": "visits", "kind": "integer", "text": both("Visits"), "minimum": 0, "maximum": 20},
                {
                    "code": "kept_visits",
                    "kind": "integer",
                    "text": both("Visits that were needed"),
                    "minimum": 0,
                    "constraint": {
                        "rule": ["<=", {"item": "kept_visits"}, {"item": "visits"}],
                        "message": {"vi": "Không thể nhiều hơn tổng số.", "en": "Cannot be more than all."},
                    },
                },
                {"code": "hours", "kind": "decimal", "text": both("Hours"), "minimum": "0", "maximum": "24"},
                {"code": "day", "kind": "date", "text": both("Day")},
                {
                    "grid": "rows",
                    "number": "5",
                    "text": both("Rows"),
                    "kind": "scale",
                    "scale": "five@1",
                    "rows": [
                        {"code": "row_a", "factor": "F1", "text": both("Row A")},
                        {"code": "row_b", "factor": "F1", "text": both("Row B")},
                    ],
                },
                {
                    "code": "units",
                    "kind": "unit_grid",
                    "scale": "five@1",
                    "leaf": "1.1.1",
                    "text": {"vi": "Về {unit}?", "en": "About {unit}?"},
                },
            ],
        }
    ],
    "gaps": [{"code": "x", "note": "Left out."}],
}


@pytest.fixture
def sample_document():
    return copy.deepcopy(SAMPLE)


@pytest.fixture(scope="session")
def sample():
    return read_questionnaire(SAMPLE)
