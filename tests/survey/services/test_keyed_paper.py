"""Mappings of keyed-in paper are read strictly: what is missing, wrong or unknown is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms.definitions import load_definition
from survey.domain.enums import Selection
from survey.errors import ImportRefusedError
from survey.services.csv_tables import CsvFile
from survey.services.keyed_paper import check_mapping, read_mapping

MAPPINGS = Path(__file__).resolve().parents[3] / "survey" / "data" / "mappings"
TEXT = (MAPPINGS / "somerville_2011_map.yaml").read_text(encoding="utf-8")


def problems_of(text: str) -> list[tuple[str | None, str]]:
    with pytest.raises(ImportRefusedError) as refused:
        read_mapping(CsvFile("map.yaml", text.encode()))
    return [(problem.column, problem.message) for problem in refused.value.problems]


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_mapping_fits_its_questionnaire(path: Path) -> None:
    mapping = read_mapping(CsvFile(path.name, path.read_bytes()))
    check_mapping(mapping, load_definition(mapping.questionnaire_code, mapping.questionnaire_version))


def test_shipped_mapping_covers_every_item_of_2011_and_every_choice() -> None:
    mapping = read_mapping(CsvFile("map.yaml", TEXT.encode()))
    questionnaire = load_definition("somerville-2011", 1)
    assert tuple(column.item_code for column in mapping.columns) == tuple(questionnaire.items_by_code)
    for column in mapping.columns:
        item = questionnaire.items_by_code[column.item_code]
        if column.labels is not None:
            assert set(column.labels.values()) == item.codes
    assert (mapping.row_column, mapping.row_value, mapping.id_column) == ("Year", "2011", "Combined_ID")
    assert mapping.round.selection is Selection.INVITED


def test_all_problems_are_named_with_their_place() -> None:
    text = (
        TEXT.replace("id_column: Combined_ID\n", "")
        .replace("version: 1", 'version: "1"')
        .replace("selection: invited", "selection: census")
        .replace("language: en", "langauge: en")
        .replace("item: happy_now}", "itme: happy_now}")
    )
    assert problems_of(text) == [
        ("questionnaire.version", "This must be a whole number."),
        ("round.selection", "This must be one of probability_sample, self_selected, invited."),
        ("language", "This key is missing; it holds a text in quotation marks."),
        ("id_column", "This key is missing; it holds a text in quotation marks."),
        ("items[0].item", "This key is missing; it holds a text in quotation marks."),
        ("langauge", "This key is not known here."),
        ("items[0].itme", "This key is not known here."),
    ]


def test_a_file_that_is_not_yaml_is_refused() -> None:
    assert len(problems_of("a: [")) == 1
    assert problems_of("- a\n- b")[0] == (None, "This must be a group of keys and values.")


def test_items_choices_and_language_must_be_those_of_the_questionnaire() -> None:
    text = (
        TEXT.replace("item: happy_now", "item: happy_then")
        .replace("Female: female", "Female: woman")
        .replace("language: en", "language: km")
        .replace("item: police", "item: physical_setting")
    )
    mapping = read_mapping(CsvFile("map.yaml", text.encode()))
    with pytest.raises(ImportRefusedError) as refused:
        check_mapping(mapping, load_definition("somerville-2011", 1))
    assert [(problem.column, problem.message) for problem in refused.value.problems] == [
        ("language", "The questionnaire has no language km."),
        ("How.happy.do.you.feel.right.now.", "The questionnaire has no item happy_then."),
        ("What.is.your.gender._2011", "Item gender has no choice woman."),
        ("items", "physical_setting is mapped twice."),
    ]
