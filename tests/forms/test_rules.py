"""The rule language: reading, writing, and what missing answers mean."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.errors import RuleError
from forms.rules import evaluate, items_in, parse_rule, rule_document
from forms.values import REFUSED, InvalidAnswer, InvalidReason

ITEMS = st.sampled_from(["a", "b", "c"]).map(lambda code: {"item": code})
LITERALS = st.integers(-9, 9) | st.sampled_from(["x", "y"]) | st.sampled_from([0.5, 2.25])
TESTS = st.one_of(
    st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), ITEMS, LITERALS | ITEMS).map(list),
    st.tuples(st.sampled_from(["in", "any-in"]), ITEMS, st.lists(LITERALS, min_size=1, max_size=3)).map(list),
    ITEMS.map(lambda item: ["answered", item]),
)
RULES = st.recursive(
    TESTS,
    lambda inner: (
        inner.map(lambda rule: ["not", rule])
        | st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)).map(
            lambda parts: [parts[0], *parts[1]]
        )
    ),
    max_leaves=8,
)


@given(RULES)
def test_rule_written_and_read_again_is_the_same_rule(document):
    rule = parse_rule(document)
    assert parse_rule(rule_document(rule)) == rule


@pytest.mark.parametrize(
    ("document", "answers", "expected"),
    [
        (["==", {"item": "a"}, 1], {"a": 1}, True),
        (["==", {"item": "a"}, 1], {"a": 2}, False),
        (["!=", {"item": "a"}, 1], {"a": 2}, True),
        (["<", {"item": "a"}, 3], {"a": Decimal("2.5")}, True),
        (["<=", {"item": "a"}, {"item": "b"}], {"a": 4, "b": 4}, True),
        ([">", {"item": "a"}, 3], {"a": 3}, False),
        ([">=", {"item": "a"}, "2020-01-01"], {"a": "2020-02-01"}, True),
        (["in", {"item": "a"}, [1, 2]], {"a": 2}, True),
        (["in", {"item": "a"}, [1, 2]], {"a": 5}, False),
        (["any-in", {"item": "a"}, ["x", "y"]], {"a": ("w", "y")}, True),
        (["any-in", {"item": "a"}, ["x"]], {"a": ("w",)}, False),
        (["answered", {"item": "a"}], {"a": 0}, True),
        (["answered", {"item": "a"}], {}, False),
    ],
)
def test_rule_about_given_answers_is_true_or_false(document, answers, expected):
    assert evaluate(parse_rule(document), answers) is expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (["==", {"item": "gone"}, 1], None),
        (["!=", {"item": "gone"}, 1], None),
        (["in", {"item": "gone"}, [1]], None),
        (["any-in", {"item": "gone"}, ["x"]], None),
        (["not", ["==", {"item": "gone"}, 1]], None),
        (["and", ["==", {"item": "gone"}, 1], ["==", {"item": "a"}, 2]], False),
        (["and", ["==", {"item": "gone"}, 1], ["==", {"item": "a"}, 1]], None),
        (["or", ["==", {"item": "gone"}, 1], ["==", {"item": "a"}, 1]], True),
        (["or", ["==", {"item": "gone"}, 1], ["==", {"item": "a"}, 2]], None),
        (["not", ["answered", {"item": "gone"}]], True),
    ],
)
def test_missing_answer_leaves_a_rule_open_unless_the_rest_decides(document, expected):
    assert evaluate(parse_rule(document), {"a": 1}) is expected


@pytest.mark.parametrize("special", [REFUSED, InvalidAnswer("7.5", InvalidReason.NOT_WHOLE)])
def test_refused_and_invalid_answers_count_as_missing(special):
    assert evaluate(parse_rule(["answered", {"item": "a"}]), {"a": special}) is False
    assert evaluate(parse_rule(["==", {"item": "a"}, 1]), {"a": special}) is None


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("overall", "A rule is a list that starts with an operator; found 'overall'."),
        ([], "A rule is a list that starts with an operator; found []."),
        (["not"], "'not' takes exactly one rule; found 0."),
        (["and"], "'and' takes at least one rule; found 0."),
        (["==", {"item": "a"}], "'==' takes 2 operand(s); found 1."),
        (["==", "a", 1], "Expected an item reference such as {item: overall}; found 'a'."),
        (["in", {"item": "a"}, 1], "'in' needs a list of options on the right; found 1."),
        (["==", {"item": "a"}, True], "true is no answer code; in YAML put yes and no in quotes."),
        (["==", {"item": "a"}, None], "Expected a number or a text; found None."),
    ],
)
def test_unreadable_rule_says_what_is_wrong(document, message):
    with pytest.raises(RuleError) as caught:
        parse_rule(document)
    assert str(caught.value) == message


def test_unknown_operator_is_refused_with_the_known_ones():
    with pytest.raises(RuleError, match=r"^Unknown operator 'exec'\. Use one of: and, or, not, "):
        parse_rule(["exec", {"item": "a"}, 1])


def test_numbers_and_texts_have_no_order_between_them():
    with pytest.raises(RuleError, match="Cannot order"):
        evaluate(parse_rule(["<", {"item": "a"}, "x"]), {"a": 1})


def test_items_of_a_rule_come_in_reading_order():
    rule = parse_rule(["or", ["==", {"item": "b"}, {"item": "a"}], ["not", ["answered", {"item": "c"}]]])
    assert list(items_in(rule)) == ["b", "a", "c"]
