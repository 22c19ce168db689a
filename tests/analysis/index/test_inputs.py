"""The stored document of an entry becomes the input it means, or is refused."""

from decimal import Decimal
from fractions import Fraction

import pytest

from analysis.errors import ScoringError
from analysis.index.inputs import (
    ChecklistInput,
    ChoiceInput,
    CountInput,
    DeductionInput,
    NotApplicableInput,
    PointsInput,
    RatioInput,
    RollupInput,
    ShareInput,
    YesNoInput,
    input_from_plain,
)


@pytest.mark.parametrize(
    ("document", "entry"),
    [
        ({"yes": True}, YesNoInput(fulfilled=True)),
        ({"choice": "late"}, ChoiceInput("late")),
        ({"numerator": "18", "denominator": 20}, RatioInput(Decimal(18), Decimal(20))),
        ({"count": 2}, CountInput(2)),
        ({"deductions": {"late": 2}}, DeductionInput({"late": 2})),
        ({"fulfilled": ["plan", "report"]}, ChecklistInput(frozenset({"plan", "report"}))),
        ({"points": "1.25"}, PointsInput(Decimal("1.25"))),
        ({"share": "3283/3500"}, ShareInput(Fraction(3283, 3500))),
        ({"share": "0.938"}, ShareInput(Fraction(938, 1000))),
        (
            {"children": {"31813": {"numerator": "1", "denominator": "2"}, "31816": None}},
            RollupInput({"31813": RatioInput(Decimal(1), Decimal(2)), "31816": None}),
        ),
        ({"not_applicable": True}, NotApplicableInput()),
    ],
)
def test_a_document_is_read_as_what_it_means(document, entry):
    assert input_from_plain("1.1.1", document) == entry


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"answer": 42},
        {"yes": 1},
        {"yes": True, "choice": "late"},
        {"choice": 1},
        {"numerator": "1"},
        {"numerator": 0.5, "denominator": 2},
        {"numerator": "1,5", "denominator": "2"},
        {"count": "2"},
        {"count": True},
        {"deductions": ["late"]},
        {"fulfilled": "plan"},
        {"points": "NaN"},
        {"points": 1.25},
        {"share": "1/0"},
        {"share": "one/two"},
        {"children": {"a": {"numerator": "1"}}},
        {"children": {"a": 1}},
        {"not_applicable": False},
    ],
)
def test_any_other_document_is_refused_with_the_leaf_it_stands_on(document):
    with pytest.raises(ScoringError) as refused:
        input_from_plain("3.4.2", document)
    assert [(problem.code, problem.place) for problem in refused.value.problems] == [
        ("unreadable-input", "3.4.2")
    ]
