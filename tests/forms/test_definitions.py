"""The shipped definitions: what they contain and that they never change silently."""

import pytest

from forms.definitions import (
    DefinitionName,
    check_shipped_hashes,
    list_definitions,
    load_definition,
    read_definition,
)
from forms.errors import DefinitionError, DefinitionNotFoundError
from forms.questionnaire import ItemKind, LevelOrder
from forms.wording import Mark


def test_all_instruments_are_shipped():
    assert list_definitions() == (
        DefinitionName("leaders-cross-assessment", 1),
        DefinitionName("rating", 1),
        DefinitionName("rating-business", 1),
        DefinitionName("sipas-2017", 1),
        DefinitionName("sipas-2022", 1),
        DefinitionName("sipas-2023", 1),
        DefinitionName("somerville-2011", 1),
    )


def test_shipped_definitions_are_what_their_hashes_say():
    assert check_shipped_hashes() == []


def test_newest_version_is_loaded_once():
    assert load_definition("rating") is load_definition("rating", 1)


def test_unknown_definition_names_the_known_ones():
    with pytest.raises(DefinitionNotFoundError, match=r"^No questionnaire rating version 9\. Known: leaders"):
        load_definition("rating", 9)


@pytest.mark.parametrize(
    ("code", "items_by_factor"),
    [
        ("sipas-2017", {"F1": 4, "F2": 5, "F3": 6, "F4": 3, "F5": 4}),
        (
            "sipas-2022",
            {
                "I.A": 2,
                "I.B": 2,
                "I.C": 8,
                "I.D": 2,
                "II.I": 4,
                "II.II": 4,
                "II.III": 5,
                "II.IV": 3,
                "II.V": 3,
            },
        ),
        (
            "sipas-2023",
            {"I.A": 2, "I.B": 2, "I.C": 9, "I.D": 10, "II.A": 3, "II.B": 4, "II.C": 3, "II.D": 3, "II.E": 3},
        ),
    ],
)
def test_sipas_form_has_the_published_numbers_of_items(code, items_by_factor):
    questionnaire = load_definition(code)
    counted = {factor.code: len(questionnaire.factor_items(factor.code)) for factor in questionnaire.factors}
    assert counted == items_by_factor
    assert {item.scale.reference for item in questionnaire.scored_items} == {"satisfaction-5@1"}


def test_forms_have_their_questions_1_to_10():
    counts = {}
    for code in ("sipas-2022", "sipas-2023"):
        questions = [item.code.split("_")[0] for item in load_definition(code).items]
        counts[code] = {f"c{number}": questions.count(f"c{number}") for number in range(1, 11)}
    assert counts["sipas-2022"] == {
        "c1": 8, "c2": 2, "c3": 1, "c4": 1, "c5": 1, "c6": 1, "c7": 1, "c8": 7, "c9": 33, "c10": 10,
    }  # fmt: skip
    assert counts["sipas-2023"] == {
        "c1": 9, "c2": 2, "c3": 7, "c4": 1, "c5": 1, "c6": 1, "c7": 3, "c8": 7, "c9": 39, "c10": 11,
    }  # fmt: skip


def test_missing_expectation_item_of_2022_is_left_out_and_said_so():
    questionnaire = load_definition("sipas-2022")
    numbers = [item.number for item in questionnaire.items if item.grid == "c10_wishes"]
    assert numbers == ["1", "2", "3", "4", "5", "6", "7", "9", "10"]
    assert [gap.code for gap in questionnaire.gaps] == ["c10_8", "identity"]


def test_criteria_of_2017_seen_word_for_word_are_the_only_verified_ones():
    verified = [
        item.number for item in load_definition("sipas-2017").items if item.provenance.mark is Mark.VERIFIED
    ]
    assert verified == ["F2.1", "F2.5", "F3.1", "F3.3", "F3.4", "F3.6", "F5.4"]


def test_satisfaction_scale_counts_the_top_two_levels():
    scale = load_definition("sipas-2023").scored_items[0].scale
    assert [level.labels["vi"] for level in scale.levels] == [
        "Rất không hài lòng",
        "Không hài lòng",
        "Bình thường",
        "Hài lòng",
        "Rất hài lòng",
    ]
    assert scale.satisfied_codes == {4, 5}


@pytest.mark.parametrize("code", ["rating", "rating-business"])
def test_rating_asks_five_labelled_levels_and_reasons_after_the_two_lowest(code):
    overall, reasons, *_ = load_definition(code).items
    assert overall.labels("vi") == (
        (5, "Rất hài lòng"),
        (4, "Hài lòng"),
        (3, "Bình thường"),
        (2, "Không hài lòng"),
        (1, "Rất không hài lòng"),
    )
    assert (reasons.kind, reasons.relevance.options) == (ItemKind.MULTIPLE_CHOICE, (1, 2))


def test_cross_assessment_feeds_its_criteria_by_percentages_without_no_opinion():
    questionnaire = load_definition("leaders-cross-assessment")
    scale = questionnaire.items[0].scale
    assert [item.leaf for item in questionnaire.items] == [
        "1.7.1", "1.7.1", "2.5.1", "3.7.1", "4.4.1", "5.7.1", "5.7.1", "6.4.1", "7.5.1",
    ]  # fmt: skip
    assert scale.percentages == {1: 0, 2: 40, 3: 60, 4: 80, 5: 100}
    assert (sorted(scale.codes), sorted(scale.level_codes)) == ([1, 2, 3, 4, 5, 9], [1, 2, 3, 4, 5])
    assert {item.kind for item in questionnaire.items} == {ItemKind.UNIT_GRID}
    assert {item.level_order for item in questionnaire.items} == {LevelOrder.HIGHEST_FIRST}


def test_somerville_has_the_items_of_2011():
    questionnaire = load_definition("somerville-2011")
    lengths = {item.code: len(item.scale.levels) for item in questionnaire.scale_items}
    assert lengths == {
        "happy_now": 10,
        "life_satisfaction": 10,
        "somerville_satisfaction": 10,
        "similar_to_others": 10,
        "seek_advice": 10,
        "affordable_housing": 5,
        "public_schools": 5,
        "physical_setting": 5,
        "police": 5,
    }
    assert [item.code for item in questionnaire.items if item.scale is None] == ["gender", "age_band"]


@pytest.mark.parametrize("name", list_definitions(), ids=str)
def test_wording_stands_in_composed_unicode_with_plain_spaces(name):
    questionnaire = load_definition(name.code, name.version)
    texts = [item.texts["vi"] for item in questionnaire.items]
    assert [
        text for text in texts if "\u00a0" in text or any("\u0300" <= char <= "\u036f" for char in text)
    ] == []


def test_unreadable_yaml_is_located_by_line(tmp_path):
    path = tmp_path / "v1.yaml"
    path.write_text("code: x\nversion: [1\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        read_definition(path)
    assert caught.value.problems[0].where == "line 3, column 1"


def test_key_written_twice_is_refused(tmp_path):
    path = tmp_path / "v1.yaml"
    path.write_text("code: x\nversion: 1\ncode: y\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="the key 'code' is there twice"):
        read_definition(path)
