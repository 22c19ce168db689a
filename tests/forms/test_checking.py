"""Checking definitions: every kind of disagreement is found and located."""

import pytest

from forms.checking import check_definition
from forms.definitions import list_definitions, load_definition
from forms.documents import read_questionnaire


def problems_of(document):
    return [(problem.where, problem.message) for problem in check_definition(read_questionnaire(document))]


@pytest.mark.parametrize("name", list_definitions(), ids=str)
def test_shipped_definition_has_no_problem(name):
    assert check_definition(load_definition(name.code, name.version)) == []


def test_sample_has_no_problem(sample):
    assert check_definition(sample) == []


GONE = object()
MAIN = ("sections", 0, "items")
FIVE = ("scales", 0)
CONSTRAINT = (*MAIN, 5, "constraint", "rule")


def edited(document, path, value):
    """The document with one place replaced, or taken out (GONE)."""
    *parents, key = path
    target = document
    for parent in parents:
        target = target[parent]
    if value is GONE:
        del target[key]
    else:
        target[key] = value
    return document


CASES = {
    "text missing in a language": (
        (*MAIN, 0, "text", "en"),
        GONE,
        [("items[overall].text", "No text in en.")],
    ),
    "text in another language": (
        ("names", "km"),
        "x",
        [("names", "Text in km, which is not among the languages.")],
    ),
    "placeholder not declared": (
        (*MAIN, 0, "text", "en"),
        "In {year}?",
        [("items[overall].text.en", "{year} is not among the placeholders.")],
    ),
    "item code twice": (
        (*MAIN, 7, "code"),
        "hours",
        [("items", "hours is there twice.")],
    ),
    "item code not usable": (
        (*MAIN, 7, "code"),
        "Day-1",
        [("items[Day-1]", "Use small letters, digits and underscores, starting with a letter.")],
    ),
    "item code taken by the form": (
        (*MAIN, 7, "code"),
        "data",
        [("items[data]", "This word is taken by the form that draws the item; choose another.")],
    ),
    "questionnaire code not usable": (
        ("code",),
        "Mẫu 1",
        [("code", "Use small letters, digits and hyphens, starting with a letter.")],
    ),
    "version zero": (("version",), 0, [("version", "Versions count from 1.")]),
    "choice twice": (
        (*MAIN, 3, "choices", 1, "code"),
        "yes",
        [("items[visited].choices", "yes is there twice.")],
    ),
    "levels out of order": (
        (*FIVE, "levels", 2, "code"),
        8,
        [("scales[five@1].levels", "Order the levels from the lowest to the highest code.")],
    ),
    "level code twice": (
        (*FIVE, "extra_codes", 0, "code"),
        5,
        [("scales[five@1].levels", "5 is there twice.")],
    ),
    "satisfied_from off the scale": (
        (*FIVE, "satisfied_from"),
        9,
        [("scales[five@1].satisfied_from", "This is not the code of one of the levels.")],
    ),
    "percentage missing on one level": (
        (*FIVE, "levels", 2, "percentage"),
        GONE,
        [("scales[five@1].levels", "Give a percentage to every level or to none.")],
    ),
    "scale missing": (
        (*MAIN, 9, "scale"),
        GONE,
        [
            ("items[units].scale", "A scale belongs to the kinds scale and unit_grid only."),
            ("items[units].leaf", "To feed a criterion an item needs a scale with percentages."),
        ],
    ),
    "choices missing": (
        (*MAIN, 3, "choices"),
        GONE,
        [("items[visited].choices", "Choices belong to the kinds multiple_choice and single_choice only.")],
    ),
    "limits on a text": (
        (*MAIN, 2, "minimum"),
        1,
        [("items[reason_text]", "minimum and maximum belong to the kinds decimal and integer only.")],
    ),
    "minimum above maximum": (
        (*MAIN, 4, "minimum"),
        30,
        [("items[visits]", "The minimum is above the maximum: no answer would do.")],
    ),
    "length on a number": (
        (*MAIN, 4, "max_length"),
        3,
        [("items[visits].max_length", "A length of at least 1 belongs to the kind text only.")],
    ),
    "factor unknown": (
        (*MAIN, 0, "factor"),
        "F9",
        [("items[overall].factor", "There is no factor F9.")],
    ),
    "factor without items": (
        ("contents", 0, "factors"),
        [{"code": code, "names": {"vi": "x", "en": "x"}} for code in ("F1", "F2")],
        [("contents[service].factors[F2]", "No item belongs to this factor.")],
    ),
    "scored item without satisfied_from": (
        (*FIVE, "satisfied_from"),
        GONE,
        [
            (f"items[{code}].scale", "A scored item needs a scale with satisfied_from.")
            for code in ("overall", "row_a", "row_b")
        ],
    ),
    "rule about a later item": (
        (*MAIN, 1, "relevance"),
        ["answered", {"item": "visits"}],
        [("items[reasons].relevance", "No item visits is asked before this point.")],
    ),
    "rule about an unknown item": (
        (*MAIN, 1, "relevance"),
        ["not", ["answered", {"item": "ghost"}]],
        [("items[reasons].relevance", "No item ghost is asked before this point.")],
    ),
    "rule about an unknown code": (
        (*MAIN, 1, "relevance"),
        ["in", {"item": "overall"}, [1, 7]],
        [("items[reasons].relevance", "overall has no code 7.")],
    ),
    "any-in on a single choice": (
        (*MAIN, 2, "relevance"),
        ["any-in", {"item": "overall"}, [1]],
        [
            (
                "items[reason_text].relevance",
                "overall: 'any-in' is for multiple choice items and 'in' for the others.",
            )
        ],
    ),
    "order among choices": (
        CONSTRAINT,
        ["<", {"item": "visited"}, "yes"],
        [("items[kept_visits].constraint.rule", "visited: answers of the kind single_choice have no order.")],
    ),
    "comparison of ticked choices": (
        CONSTRAINT,
        ["==", {"item": "reasons"}, "late"],
        [
            (
                "items[kept_visits].constraint.rule",
                "reasons: answers of the kind multiple_choice cannot be compared;"
                " use 'any-in' or 'answered'.",
            )
        ],
    ),
    "number against a text": (
        CONSTRAINT,
        ["<", {"item": "visits"}, "many"],
        [("items[kept_visits].constraint.rule", "visits: 'many' is no answer of the kind integer.")],
    ),
    "items of different kinds compared": (
        CONSTRAINT,
        ["==", {"item": "visits"}, {"item": "visited"}],
        [("items[kept_visits].constraint.rule", "visits and visited have answers of different kinds.")],
    ),
    "grid rows with different options": (
        (*MAIN, 8, "rows", 1, "level_order"),
        "highest_first",
        [("sections[main].grids[rows]", "All rows need the same kind and options.")],
    ),
    "grid without rows": (
        ("sections", 0, "grids"),
        [{"code": "empty", "text": {"vi": "x", "en": "x"}}],
        [("sections[main].grids[empty]", "No item is a row of this grid.")],
    ),
    "grid unknown": (
        (*MAIN, 4, "grid"),
        "ghost",
        [("items[visits].grid", "There is no grid ghost in this section.")],
    ),
}


@pytest.mark.parametrize(("path", "value", "expected"), CASES.values(), ids=CASES.keys())
def test_disagreement_is_found_and_located(sample_document, path, value, expected):
    assert problems_of(edited(sample_document, path, value)) == expected


def test_questionnaire_without_items_is_refused(sample_document):
    sample_document["sections"] = []
    sample_document["contents"] = []
    assert problems_of(sample_document) == [("sections", "A questionnaire needs at least one item.")]
