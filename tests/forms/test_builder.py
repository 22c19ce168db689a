"""Drawing questionnaires with WTForms and reading them back."""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField

from forms.answers import Entry, check_answers
from forms.builder import build_form, form_sections, raw_answers
from forms.definitions import load_definition
from forms.validators import place_problems

UNITS = [("31813", "Phường 2"), ("31816", "Phường 3")]


def drawn(questionnaire, data=None, **settings):
    form_class = build_form(questionnaire, **{"language": "vi", "units": UNITS, **settings})
    return form_class(MultiDict(data or []))


def test_fields_are_named_by_item_codes_in_their_order(sample):
    assert [field.name for field in drawn(sample)] == list(sample.items_by_code)


def test_no_answer_is_preselected(sample):
    html = "".join(str(field()) for field in drawn(sample))
    assert (html.count("checked"), html.count("selected")) == (0, 0)
    assert raw_answers(drawn(sample)) == {}


def test_rating_is_drawn_in_the_language_asked_for():
    def labels(language):
        overall = drawn(load_definition("rating"), language=language).overall
        return [str(option.label.text) for option in overall]

    assert labels("vi") == ["Rất hài lòng", "Hài lòng", "Bình thường", "Không hài lòng", "Rất không hài lòng"]
    assert labels("en") == ["Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied"]


def test_language_the_questionnaire_does_not_have_is_refused(sample):
    with pytest.raises(KeyError, match="sample has no texts in 'km'"):
        build_form(sample, language="km")


def test_base_form_brings_its_own_fields(sample):
    class Base(Form):
        token = StringField()

    form = drawn(sample, base=Base)
    assert (isinstance(form, Base), "token" in form, "overall" in form) == (True, True, True)


def test_filled_in_form_becomes_the_raw_answers(sample):
    form = drawn(
        sample,
        [
            ("overall", "1"),
            ("reasons", "other"),
            ("reasons", "late"),
            ("reason_text", " chờ lâu "),
            ("visited", "no"),
            ("visits", "3"),
            ("hours", "1,5"),
            ("day", "1/2/2020"),
            ("row_a", "9"),
            ("units-unit-31816", "4"),
        ],
    )
    raw = raw_answers(form)
    assert raw == {
        "overall": 1,
        "reasons": ["other", "late"],
        "reason_text": "chờ lâu",
        "visited": "no",
        "visits": 3,
        "hours": "1.5",
        "day": "2020-02-01",
        "row_a": 9,
        "units": {"31816": 4},
    }
    assert check_answers(sample, raw, entry=Entry.RESPONDENT, units=["31813", "31816"]).problems == ()


def test_what_cannot_be_read_is_left_for_the_check_to_refuse(sample):
    form = drawn(
        sample, [("overall", "best"), ("visits", "2,5"), ("day", "31/2/2020"), ("visited", "perhaps")]
    )
    problems = check_answers(sample, raw_answers(form)).problems
    assert [(problem.item, problem.code.value) for problem in problems] == [
        ("overall", "not_on_scale"),
        ("visited", "not_a_choice"),
        ("visits", "not_whole"),
        ("day", "not_a_date"),
    ]


def test_sections_group_questions_and_grids(sample):
    (section,) = form_sections(drawn(sample, language="en"))
    assert [(block.kind, len(block.fields)) for block in section.blocks][-3:] == [
        ("question", 1),
        ("grid", 2),
        ("question", 1),
    ]
    grid = section.blocks[-2]
    assert (grid.title, grid.number) == ("Rows (en)", "5")
    assert [str(field.label.text) for field in grid.fields] == ["Row A (en)", "Row B (en)"]


def test_placeholders_are_filled_by_default_and_by_the_caller(sample):
    def title(**settings):
        return form_sections(drawn(sample, **settings))[0].blocks[-1].title

    assert title() == "Về đơn vị?"
    assert title(placeholders={"unit": "Sở Tư pháp"}) == "Về Sở Tư pháp?"


def test_unit_table_has_a_row_per_unit(sample):
    table = drawn(sample)["units"].form
    assert [str(row.label.text) for row in table] == ["Phường 2", "Phường 3"]


def test_problems_go_to_their_fields_and_input_stays(sample):
    form = drawn(sample, [("visits", "many"), ("units-unit-31816", "77")])
    raw = {**raw_answers(form), "ghost": 1}
    problems = check_answers(sample, raw, units=["31813", "31816"]).problems
    homeless = place_problems(form, problems, str)
    assert homeless == ("This questionnaire has no question ghost.",)
    assert form["visits"].errors == ["Please enter a whole number."]
    assert form["overall"].errors == ["Please answer this question."]
    assert form["units"].form["unit-31816"].errors == [
        "Please choose one of the levels shown; 77 is none of them."
    ]
    assert 'value="many"' in str(form["visits"]())


def test_problem_of_a_whole_unit_table_stands_on_the_table():
    questionnaire = load_definition("leaders-cross-assessment")
    form = drawn(questionnaire)
    problems = check_answers(questionnaire, {"q1": {"31813": 5}}, units=["31813", "31816"]).problems
    place_problems(form, problems, str)
    assert form["q1"].form.form_errors == ["Please give an answer for every unit. Still missing: 31816."]
