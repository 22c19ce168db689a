"""Checking packets of answers."""

import json
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.answers import (
    AnswerProblem,
    BlankedAnswer,
    Completeness,
    Entry,
    canonical_json,
    check_answers,
)
from forms.definitions import load_definition
from forms.messages import MESSAGES, AnswerProblemCode
from forms.questionnaire import ItemKind
from forms.values import REFUSED, InvalidAnswer, InvalidReason

UNITS = ("31813", "31816")


def codes(checked):
    return [(problem.item, problem.code.value) for problem in checked.problems]


def test_one_tap_is_accepted_as_it_is():
    checked = check_answers(load_definition("rating"), {"overall": 5}, entry=Entry.RESPONDENT)
    assert (checked.is_accepted, dict(checked.document)) == (True, {"overall": 5})


def test_every_kind_becomes_its_type_and_its_stored_form(sample):
    checked = check_answers(
        sample,
        {
            "units": {"31816": 9, "31813": 2},
            "overall": 1,
            "reasons": ["other", "late"],
            "reason_text": "  cha\u0323\u0302m\r\nquá ",
            "visited": "yes",
            "visits": 3,
            "hours": 1.50,
            "day": "2020-02-29",
        },
        units=UNITS,
    )
    assert checked.problems == ()
    assert checked.answers == {
        "overall": 1,
        "reasons": ("late", "other"),
        "reason_text": "chậm\nquá",
        "visited": "yes",
        "visits": 3,
        "hours": Decimal("1.5"),
        "day": date(2020, 2, 29),
        "units": {"31813": 2, "31816": 9},
    }
    assert list(checked.document.items()) == [
        ("overall", 1),
        ("reasons", ["late", "other"]),
        ("reason_text", "chậm\nquá"),
        ("visited", "yes"),
        ("visits", 3),
        ("hours", "1.5"),
        ("day", "2020-02-29"),
        ("units", {"31813": 2, "31816": 9}),
    ]


@pytest.mark.parametrize(
    ("item", "value", "problem"),
    [
        ("overall", 0, "not_on_scale"),
        ("overall", 6, "not_on_scale"),
        ("overall", True, "not_on_scale"),
        ("overall", "5", "not_on_scale"),
        ("overall", 5.0, "not_on_scale"),
        pytest.param("overall", 10**5000, "not_on_scale", id="huge"),
        ("overall", [5], "not_on_scale"),
        ("visited", "maybe", "not_a_choice"),
        ("visited", 1, "not_a_choice"),
        ("reasons", "late", "wrong_type"),
        ("reasons", ["late", "rain"], "not_a_choice"),
        ("reasons", ["late", "late"], "repeated_choice"),
        ("visits", 2.5, "not_whole"),
        ("visits", "2", "not_whole"),
        ("visits", True, "not_whole"),
        ("visits", -1, "too_small"),
        ("visits", 21, "too_large"),
        ("hours", "24.5", "too_large"),
        ("hours", "-0.1", "too_small"),
        ("hours", "1,5", "not_a_number"),
        ("hours", "1_5", "not_a_number"),
        ("hours", "٣", "not_a_number"),
        ("hours", "NaN", "not_a_number"),
        ("hours", float("inf"), "not_a_number"),
        ("hours", "0.1234567890123456", "too_long"),
        ("hours", True, "not_a_number"),
        ("day", "2021-02-29", "not_a_date"),
        ("day", "20210228", "not_a_date"),
        ("day", "2020-W53-4", "not_a_date"),
        ("day", 20210228, "not_a_date"),
        ("units", [1, 2], "wrong_type"),
        ("units", {"31813": 7}, "not_on_scale"),
        ("units", {"99999": 1}, "unknown_unit"),
    ],
)
def test_value_of_the_wrong_form_is_refused_with_its_reason(sample, item, value, problem):
    checked = check_answers(sample, {item: value}, completeness=Completeness.PARTIAL, units=UNITS)
    assert codes(checked) == [(item, problem)]
    assert item not in checked.document


def test_text_limits_and_control_characters_are_checked(sample):
    def problem(text):
        raw = {"overall": 1, "reasons": ["other"], "reason_text": text}
        return codes(check_answers(sample, raw))

    assert problem("x" * 20) == []
    assert problem("x" * 21) == [("reason_text", "too_long")]
    assert problem("a\x00b") == [("reason_text", "unreadable_text")]
    assert problem("a\ud800b") == [("reason_text", "unreadable_text")]
    assert problem(7) == [("reason_text", "wrong_type")]


def test_all_problems_come_at_once_and_name_their_item(sample):
    checked = check_answers(sample, {"visits": "many", "ghost": 1, "visited": "perhaps"})
    assert codes(checked) == [
        ("visits", "not_whole"),
        ("ghost", "unknown_item"),
        ("visited", "not_a_choice"),
        ("overall", "required"),
    ]


@pytest.mark.parametrize("raw", [None, [], "x", 3, [{"overall": 5}]])
def test_packet_that_is_no_object_is_refused(sample, raw):
    assert codes(check_answers(sample, raw)) == [("", "not_a_document")]


@pytest.mark.parametrize("blank", [None, "", "  ", [], {}])
def test_blank_values_mean_not_answered(sample, blank):
    checked = check_answers(sample, {"overall": 5, "visits": blank})
    assert (codes(checked), dict(checked.document)) == ([], {"overall": 5})


def test_required_is_enforced_on_complete_packets_only(sample):
    assert codes(check_answers(sample, {})) == [("overall", "required")]
    assert codes(check_answers(sample, {}, completeness=Completeness.PARTIAL)) == []
    assert codes(check_answers(sample, {}, completeness=Completeness.SUPPLEMENT)) == []


def test_required_item_is_asked_for_only_where_it_is_relevant(sample):
    assert codes(check_answers(sample, {"overall": 1, "reasons": ["late"]})) == []
    assert codes(check_answers(sample, {"overall": 1, "reasons": ["other"]})) == [("reason_text", "required")]


def test_refused_answer_satisfies_required(sample):
    checked = check_answers(sample, {"overall": {"status": "refused"}})
    assert (codes(checked), checked.answers) == ([], {"overall": REFUSED})


def test_refusal_on_paper_keeps_its_mark_and_no_other_entry_may(sample):
    raw = {"overall": {"status": "refused", "raw": "r"}}
    keyed = check_answers(sample, raw, entry=Entry.KEYED)
    assert (codes(keyed), dict(keyed.document)) == ([], raw)
    assert codes(check_answers(sample, raw, entry=Entry.INTERVIEWER)) == [("overall", "malformed_status")]


def test_answer_to_an_item_not_asked_is_blanked_and_noted(sample):
    checked = check_answers(sample, {"overall": 5, "reasons": ["other"], "reason_text": "x"})
    assert checked.problems == ()
    assert dict(checked.document) == {"overall": 5}
    assert checked.blanked == (BlankedAnswer("reasons", ["other"]), BlankedAnswer("reason_text", "x"))


def test_partial_packet_blanks_what_hangs_on_a_missing_answer(sample):
    checked = check_answers(sample, {"reasons": ["late"]}, completeness=Completeness.PARTIAL)
    assert (dict(checked.document), [entry.item for entry in checked.blanked]) == ({}, ["reasons"])


def test_supplement_is_accepted_before_the_tap_it_belongs_to(sample):
    checked = check_answers(
        sample, {"reasons": ["late", "other"], "reason_text": "x"}, completeness=Completeness.SUPPLEMENT
    )
    assert dict(checked.document) == {"reasons": ["late", "other"], "reason_text": "x"}
    assert checked.blanked == ()


def test_supplement_is_routed_by_the_tap_where_that_is_known(sample):
    def document(overall):
        return dict(
            check_answers(
                sample,
                {"reasons": ["late"]},
                completeness=Completeness.SUPPLEMENT,
                known={"overall": overall},
            ).document
        )

    assert document(2) == {"reasons": ["late"]}
    assert document(4) == {}


def test_broken_constraint_speaks_the_language_asked_for(sample):
    raw = {"overall": 5, "visits": 2, "kept_visits": 3}
    english = check_answers(sample, raw, language="en").problems
    vietnamese = check_answers(sample, raw, language="vi").problems
    assert [problem.render(str) for problem in english] == ["Cannot be more than all."]
    assert [problem.render(str) for problem in vietnamese] == ["Không thể nhiều hơn tổng số."]


def test_constraint_with_a_missing_answer_does_not_complain(sample):
    assert codes(check_answers(sample, {"overall": 5, "kept_visits": 3})) == []


@pytest.mark.parametrize(
    ("entry", "refused", "invalid"),
    [
        (Entry.RESPONDENT, ["status_not_allowed"], ["status_not_allowed"]),
        (Entry.INTERVIEWER, [], ["status_not_allowed"]),
        (Entry.KEYED, [], []),
    ],
)
def test_special_values_depend_on_who_entered_them(sample, entry, refused, invalid):
    def problems(value):
        checked = check_answers(sample, {"overall": value}, entry=entry, completeness=Completeness.PARTIAL)
        return [problem.code.value for problem in checked.problems]

    assert problems({"status": "refused"}) == refused
    assert problems({"status": "invalid", "raw": "7.5", "reason": "not_whole"}) == invalid


def test_invalid_answer_keeps_its_raw_text(sample):
    value = {"status": "invalid", "raw": "6/1/2011", "reason": "not_a_number"}
    checked = check_answers(sample, {"overall": value}, entry=Entry.KEYED)
    assert checked.answers == {"overall": InvalidAnswer("6/1/2011", InvalidReason.NOT_A_NUMBER)}
    assert checked.document == {"overall": value}


@pytest.mark.parametrize(
    "value",
    [
        {"status": "lost"},
        {"status": "refused", "why": "x"},
        {"status": "invalid"},
        {"status": "invalid", "raw": 7, "reason": "not_whole"},
        {"status": "invalid", "raw": "7", "reason": "because"},
    ],
)
def test_malformed_special_values_are_refused(sample, value):
    assert codes(check_answers(sample, {"overall": value}, entry=Entry.KEYED)) == [
        ("overall", "malformed_status")
    ]


def test_cross_assessment_needs_every_unit_for_every_question():
    questionnaire = load_definition("leaders-cross-assessment")
    full = {item.code: {"31813": 5, "31816": 9} for item in questionnaire.items}
    assert codes(check_answers(questionnaire, full, units=UNITS)) == []
    checked = check_answers(questionnaire, {**full, "q3": {"31813": 5}}, units=UNITS)
    assert checked.problems == (AnswerProblem("q3", AnswerProblemCode.UNITS_MISSING, {"units": "31816"}),)


def test_problem_of_one_unit_names_the_unit(sample):
    checked = check_answers(sample, {"overall": 5, "units": {"31816": 77}}, units=UNITS)
    assert [(problem.item, problem.unit) for problem in checked.problems] == [("units", "31816")]


def test_every_problem_code_has_a_message_that_can_be_filled():
    assert set(MESSAGES) == set(AnswerProblemCode)
    params = {"value": "v", "limit": 3, "units": "u"}
    assert [code for code in MESSAGES if "%(" in MESSAGES[code] % params] == []


def test_canonical_json_has_one_spelling():
    composed, decomposed = "chậm", unicodedata.normalize("NFD", "chậm")
    assert canonical_json({"b": 1, "a": decomposed}) == '{"a":"chậm","b":1}'
    assert canonical_json({"a": composed, "b": 1}) == canonical_json({"b": 1, "a": decomposed})


def test_canonical_json_keeps_an_escape_apart_from_a_combining_mark():
    text = "\n\u0303"
    assert json.loads(canonical_json({"a": text})) == {"a": text}


def test_canonical_json_refuses_what_json_cannot_hold():
    with pytest.raises(ValueError, match="Out of range float"):
        canonical_json({"a": float("nan")})


SPECIAL_VALUES = st.just({"status": "refused"}) | st.builds(
    lambda raw, reason: {"status": "invalid", "raw": raw, "reason": str(reason)},
    st.text(),
    st.sampled_from(InvalidReason),
)
VALUES_OF_KIND = {
    ItemKind.INTEGER: st.integers(-5, 30),
    ItemKind.DECIMAL: st.decimals(-1, 30, places=3).map(str) | st.floats() | st.integers(),
    ItemKind.TEXT: st.text(),
    ItemKind.DATE: st.dates().map(str),
}


def values_of(item):
    if not item.codes:
        return VALUES_OF_KIND[item.kind]
    code = st.sampled_from(sorted(item.codes))
    if item.kind is ItemKind.UNIT_GRID:
        return st.dictionaries(st.sampled_from(UNITS), code)
    return st.lists(code, unique=True) if item.kind is ItemKind.MULTIPLE_CHOICE else code


def value_strategy(item):
    return values_of(item) | SPECIAL_VALUES | st.none()


@given(st.data())
def test_accepted_answers_always_reload(sample, data):
    asked = data.draw(st.lists(st.sampled_from(sorted(sample.items_by_code)), unique=True))
    raw = {code: data.draw(value_strategy(sample.items_by_code[code])) for code in asked}
    checked = check_answers(sample, raw, completeness=Completeness.PARTIAL, entry=Entry.KEYED, units=UNITS)
    stored = canonical_json(checked.document) if checked.is_accepted else "{}"
    again = check_answers(
        sample, json.loads(stored), completeness=Completeness.PARTIAL, entry=Entry.KEYED, units=UNITS
    )
    assert again.problems == ()
    assert again.answers == (checked.answers if checked.is_accepted else {})
    assert canonical_json(again.document) == stored


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_no_packet_breaks_the_check(sample, data):
    raw = data.draw(st.dictionaries(st.sampled_from([*sample.items_by_code, "ghost"]), JSON))
    checked = check_answers(sample, raw, units=UNITS)
    rendered = [problem.render(str) for problem in checked.problems]
    assert len(rendered) == len(checked.problems)
    assert checked.document.keys() <= sample.items_by_code.keys()
