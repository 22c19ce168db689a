"""Keyed-in paper: valid, refused, invalid or missing, and never something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.answers import Completeness, Entry, check_answers
from forms.definitions import load_definition
from forms.keyed import KeyedStatus, KeyedValue, read_keyed_value
from forms.values import Refused

SOMERVILLE = load_definition("somerville-2011")
TEN = SOMERVILLE.items_by_code["happy_now"]
FIVE = SOMERVILLE.items_by_code["police"]
AGE = SOMERVILLE.items_by_code["age_band"]
GENDER = SOMERVILLE.items_by_code["gender"]


@pytest.mark.parametrize("text", ["1", "7", "10", " 7", "7 ", "\t7\n"])
def test_whole_number_on_the_scale_is_valid(text):
    assert read_keyed_value(TEN, text) == KeyedValue(KeyedStatus.VALID, text, int(text))


@pytest.mark.parametrize("text", ["r", "R", " R "])
def test_r_is_refused(text):
    assert read_keyed_value(TEN, text) == KeyedValue(KeyedStatus.REFUSED, text, Refused(text.strip()))


@pytest.mark.parametrize("text", ["", "   ", "NA", " NA "])
def test_blank_and_na_are_missing(text):
    value = read_keyed_value(TEN, text)
    assert (value.status, value.stored) == (KeyedStatus.MISSING, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("7.5", "not_whole"),
        ("7,5", "not_whole"),
        ("1O", "not_a_number"),
        ("9*", "not_a_number"),
        ("`0", "not_a_number"),
        ("+", "not_a_number"),
        ("X", "not_a_number"),
        ("10R", "not_a_number"),
        ("na", "not_a_number"),
        ("6/1/2011", "not_a_number"),
        ("٣", "not_a_number"),
        ("²", "not_a_number"),
        ("7e0", "not_a_number"),
        ("0", "off_scale"),
        ("20", "off_scale"),
        ("-3", "off_scale"),
        ("0.0", "off_scale"),
        ("9" * 40, "off_scale"),
        ("810", "several_marks"),
        ("88", "several_marks"),
        ("108", "several_marks"),
        ("5/7", "several_marks"),
        ("5, 7", "several_marks"),
        ("3 4", "several_marks"),
        ("5-7", "several_marks"),
        ("07", "not_as_printed"),
        ("+7", "not_as_printed"),
        ("7.0", "not_as_printed"),
    ],
)
def test_anything_else_is_invalid_with_its_reason(text, reason):
    value = read_keyed_value(TEN, text)
    assert (value.status, value.reason, value.raw) == (KeyedStatus.INVALID, reason, text)
    assert value.stored == {"status": "invalid", "raw": text, "reason": reason}


def test_several_marks_depend_on_the_scale():
    assert read_keyed_value(FIVE, "33").reason == "several_marks"
    assert read_keyed_value(FIVE, "62").reason == "off_scale"
    assert read_keyed_value(FIVE, "7").reason == "off_scale"


def test_choices_are_read_by_the_labels_of_the_file():
    labels = {"31-40": "age_31_40", "61+": "age_61_plus"}
    assert read_keyed_value(AGE, "31-40", labels).answer == "age_31_40"
    assert read_keyed_value(AGE, " 61+ ", labels).answer == "age_61_plus"
    assert read_keyed_value(AGE, "31 - 40", labels).reason == "not_a_choice"
    assert read_keyed_value(AGE, "31-40;61+", labels).reason == "several_marks"
    assert read_keyed_value(AGE, "R", labels).status is KeyedStatus.REFUSED
    assert read_keyed_value(AGE, "age_31_40", labels).reason == "not_a_choice"


def test_a_label_wins_over_the_marks_for_refused_and_missing():
    assert read_keyed_value(GENDER, "R", {"R": "male"}).answer == "male"


def test_choices_without_labels_are_read_by_their_codes():
    assert read_keyed_value(GENDER, "female").answer == "female"
    assert read_keyed_value(GENDER, "Female").reason == "not_a_choice"


def test_other_kinds_are_read_as_printed(sample):
    items = sample.items_by_code
    assert read_keyed_value(items["visits"], "12").answer == 12
    assert read_keyed_value(items["visits"], "21").reason == "out_of_range"
    assert read_keyed_value(items["visits"], "2.5").reason == "not_whole"
    assert read_keyed_value(items["hours"], "1,5").stored == "1.5"
    assert read_keyed_value(items["hours"], "99").reason == "out_of_range"
    assert read_keyed_value(items["day"], "29/2/2020").stored == "2020-02-29"
    assert read_keyed_value(items["day"], "30/2/2020").reason == "not_a_date"
    assert read_keyed_value(items["day"], "hôm nay").reason == "not_a_date"
    assert read_keyed_value(items["reasons"], "fees; late").stored == ["late", "fees"]
    assert read_keyed_value(items["reasons"], "fees; fees").reason == "several_marks"
    assert read_keyed_value(items["reason_text"], " trễ hẹn ").stored == "trễ hẹn"
    assert read_keyed_value(items["reason_text"], "x" * 21).reason == "too_long"
    assert read_keyed_value(items["units"], "9").answer == 9
    assert read_keyed_value(items["units"], "8").reason == "off_scale"


@given(text=st.text() | st.from_regex(r"\s?[0-9rRxX.,/+* -]{0,6}\s?", fullmatch=True))
def test_valid_is_exactly_a_printed_level_and_every_result_can_be_stored(text):
    value = read_keyed_value(TEN, text)
    assert (value.status is KeyedStatus.VALID) == (text.strip() in {str(level) for level in range(1, 11)})
    document = {} if value.stored is None else {"happy_now": value.stored}
    checked = check_answers(SOMERVILLE, document, completeness=Completeness.PARTIAL, entry=Entry.KEYED)
    assert checked.problems == ()
    assert checked.document == document


def test_unstorable_mark_is_kept_whole_in_raw_and_readable_in_the_document():
    value = read_keyed_value(TEN, "7\x00" + "9" * 600)
    assert value.raw == "7\x00" + "9" * 600
    assert value.stored["raw"] == "7\N{REPLACEMENT CHARACTER}" + "9" * 498
