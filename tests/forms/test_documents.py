"""Questionnaires as documents and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.checking import check_definition
from forms.definitions import list_definitions, load_definition
from forms.documents import content_hash, questionnaire_document, read_questionnaire
from forms.errors import DefinitionError, Problem


def problems_of(document):
    with pytest.raises(DefinitionError) as caught:
        read_questionnaire(document, source="sample.yaml")
    return [(problem.where, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize("name", list_definitions(), ids=str)
def test_definition_survives_the_way_through_its_document(name):
    questionnaire = load_definition(name.code, name.version)
    document = questionnaire_document(questionnaire)
    again = read_questionnaire(json.loads(json.dumps(document)))
    assert again == questionnaire
    assert questionnaire_document(again) == document
    assert content_hash(again) == content_hash(questionnaire)


def test_every_kind_of_item_survives_the_way_through_its_document(sample):
    assert read_questionnaire(questionnaire_document(sample)) == sample


def test_grid_rows_inherit_from_their_grid(sample):
    row = sample.items_by_code["row_b"]
    assert (row.grid, row.kind, row.scale.reference, row.factor) == ("rows", "scale", "five@1", "F1")
    assert sample.sections[0].grid("rows").texts["en"] == "Rows (en)"


def test_hash_changes_with_any_wording(sample, sample_document):
    sample_document["sections"][0]["items"][0]["text"]["en"] = "Overall (EN)"
    assert content_hash(read_questionnaire(sample_document)) != content_hash(sample)


def test_hash_does_not_change_with_the_order_of_keys(sample, sample_document):
    shuffled = dict(reversed(sample_document.items()))
    assert content_hash(read_questionnaire(shuffled)) == content_hash(sample)


def test_problems_come_all_at_once_with_their_paths(sample_document):
    items = sample_document["sections"][0]["items"]
    sample_document["version"] = "1"
    items[0]["scale"] = "six@1"
    items[1]["kind"] = "many"
    items[1]["relevance"] = ["in", {"item": "overall"}, 1]
    items[3]["choices"][0]["code"] = True
    items[4]["minimum"] = "few"
    items[8]["rows"][1]["fractor"] = "F1"
    assert [where for where, _ in problems_of(sample_document)] == [
        "version",
        "sections[0].items[0].scale",
        "sections[0].items[1].kind",
        "sections[0].items[1].relevance",
        "sections[0].items[3].choices[0].code",
        "sections[0].items[4].minimum",
        "sections[0].items[8].rows[1].fractor",
    ]


def test_unknown_scale_is_named_with_the_known_ones(sample_document):
    sample_document["sections"][0]["items"][0]["scale"] = "six@1"
    assert problems_of(sample_document) == [
        ("sections[0].items[0].scale", "No scale 'six@1'. Known: five@1.")
    ]


@pytest.mark.parametrize("document", [None, [], "x", 7])
def test_document_that_is_no_mapping_is_refused(document):
    assert problems_of(document)[0] == ("", f"Expected a mapping of keys to values; found {document!r}.")


def test_definition_error_names_source_and_path_on_every_line():
    error = DefinitionError("a.yaml", [Problem("code", "Expected a text."), Problem("", "Empty.")])
    assert str(error) == "a.yaml: code: Expected a text.\na.yaml: Empty."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places_in(value, path=()):
    yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, entry in entries:
        yield from places_in(entry, (*path, key))


@given(st.data())
def test_damaged_document_is_read_or_refused_but_never_breaks_the_reader(sample, data):
    document = json.loads(json.dumps(questionnaire_document(sample)))
    *parents, key = data.draw(st.sampled_from([path for path in places_in(document) if path]))
    target = document
    for parent in parents:
        target = target[parent]
    target[key] = data.draw(JSON)
    try:
        questionnaire = read_questionnaire(document)
    except DefinitionError:
        return
    assert read_questionnaire(questionnaire_document(questionnaire)) == questionnaire
    assert [problem for problem in check_definition(questionnaire) if not problem.message] == []
